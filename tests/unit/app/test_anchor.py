"""What a home remembers of the audit log, where the writers of the database cannot reach it."""

from pathlib import Path

import pytest

from juyong.app import anchor
from juyong.app.anchor import HomeAnchor
from juyong.app.home import Home
from juyong.audit.seals import SealHead

KEY = "a+1+b"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def note(size: int, log: str = "a") -> bytes:
    return f"{log}\n{size}\nroot\n\n— {log} AAAA\n".encode()


def test_the_newest_checkpoint_and_its_key_are_kept(home: Home) -> None:
    kept = HomeAnchor(home)
    assert (kept.remembered(), kept.key(), list(kept.former())) == (None, None, [])
    kept.remember(note(1), KEY)
    kept.remember(note(2), KEY)
    assert (kept.remembered(), kept.key()) == (note(2), KEY)
    kept.forget()
    assert (kept.remembered(), kept.key()) == (None, KEY)


def test_the_history_gets_one_a_minute(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = HomeAnchor(home)
    for size in (1, 2, 3):
        kept.remember(note(size), KEY)
    assert list(kept.former()) == [note(1)]
    monkeypatch.setattr(anchor, "_HISTORY_SECONDS", 0)
    for size in (4, 4, 5):
        kept.remember(note(size), KEY)
    assert list(kept.former()) == [note(1), note(4), note(5)]


def test_the_history_keeps_the_end_of_each_log_and_the_beginning_of_the_next(home: Home) -> None:
    kept = HomeAnchor(home)
    for each in (note(1), note(2), note(1, "b"), note(2, "b")):
        kept.remember(each, KEY)
    assert list(kept.former()) == [note(1), note(2), note(1, "b")]


def test_a_torn_line_of_the_history_is_left_out(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchor, "_HISTORY_SECONDS", 0)
    kept = HomeAnchor(home)
    kept.remember(note(1), KEY)
    with (home.path / "audit-checkpoints").open("ab") as file:
        file.write(b'\n"a\\n2')
    kept.remember(note(3), KEY)
    with (home.path / "audit-checkpoints").open("ab") as file:
        file.write(b"\n17\n\xff\n")
    assert list(kept.former()) == [note(1), note(3)]


def test_the_head_of_seals_is_read_until_there_is_a_checkpoint(home: Home) -> None:
    kept, file = HomeAnchor(home), home.path / "audit-head.json"
    assert kept.seal_head() is None
    file.write_text('{"number":3,"mac":"m"}')
    assert kept.seal_head() == SealHead(3, "m")
    file.write_text("{")
    assert kept.seal_head() == SealHead(0, ""), "no chain has such a block"
    kept.remember(note(1), KEY)
    assert kept.seal_head() is None
