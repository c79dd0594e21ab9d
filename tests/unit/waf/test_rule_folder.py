"""Folders of rules: which files they offer, and that none lies outside."""

import os

import pytest

from juyong.engines.inspect.seclang import BadRules, load
from juyong.waf import rule_folder
from juyong.waf.rule_folder import MOST_BYTES, RuleFolder, TooManyFiles


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "rules"
    (made / "sub").mkdir(parents=True)
    (made / "main.conf").write_text('Include sub/*.conf\nSecRule ARGS "@pmFromFile w.data" "id:1"')
    (made / "sub" / "a.conf").write_text('SecAction "id:2"')
    (made / "w.data").write_text("word\n")
    (tmp_path / "secret").write_text("SecMarker secret")
    return made


def test_files_below_a_folder_load(folder):
    files = RuleFolder(folder)
    assert list(files) == ["main.conf", "sub/a.conf", "w.data"]
    assert len(files) == 3
    assert [item.id for item in load(files, ["main.conf"]).rules.items] == [2, 1]


def test_several_folders_have_names(folder, tmp_path):
    (tmp_path / "setup").mkdir()
    (tmp_path / "setup" / "s.conf").write_text("SecMarker A")
    files = RuleFolder({"setup": tmp_path / "setup", "rules": folder})
    assert list(files) == ["rules/main.conf", "rules/sub/a.conf", "rules/w.data", "setup/s.conf"]
    assert len(load(files, ["setup/s.conf", "rules/main.conf"]).rules.items) == 3


def test_links_out_of_the_folder_are_no_files_of_it(folder, tmp_path):
    (folder / "out.conf").symlink_to(tmp_path / "secret")
    (folder / "in.conf").symlink_to(folder / "sub" / "a.conf")
    (folder / "far").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.conf")
    assert list(RuleFolder(folder)) == ["in.conf", "main.conf", "sub/a.conf", "w.data"]


def test_a_file_that_turns_into_a_link_is_not_read(folder, tmp_path):
    files = RuleFolder(folder)
    (folder / "main.conf").unlink()
    (folder / "main.conf").symlink_to(tmp_path / "secret")
    (folder / "w.data").unlink()
    (folder / "sub" / "a.conf").unlink()
    (folder / "sub" / "a.conf").mkdir()
    for name in files:
        with pytest.raises(KeyError):
            files[name]
    with pytest.raises(BadRules, match=r"main.conf:0: no such file"):
        load(files, ["main.conf"])


def test_large_files_and_many_are_refused(folder, monkeypatch):
    (folder / "w.data").write_bytes(b"a" * (MOST_BYTES + 5))
    assert len(RuleFolder(folder)["w.data"]) == MOST_BYTES + 1
    with pytest.raises(BadRules, match="too large"):
        load(RuleFolder(folder), ["main.conf"])
    monkeypatch.setattr(rule_folder, "MOST_FILES", 2)
    with pytest.raises(TooManyFiles, match="more than 2 files"):
        RuleFolder(folder)
