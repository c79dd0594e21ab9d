"""What `juyong seal`, `unseal` and `rekey` ask for and say."""

from pathlib import Path

import pytest

from juyong.api.command import OperatorError
from juyong.app.home import Home
from juyong.app.keys import has_keys
from juyong.app.keys.opening import read_seal
from juyong.app.keys.passphrase import UnusablePassphrase
from juyong.app.sealing import rekey_home, seal_home, unseal_home

pytestmark = pytest.mark.usefixtures("quick_passphrases")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody at a terminal answers, one after the other."""
    answers: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: answers.pop(0))
    return answers


def by_passphrase(path: Path) -> str:
    done = rekey_home(path, "passphrase", passphrase_file=None, new_passphrase_file=None)
    return done.method


def test_new_passphrase_is_typed_twice_and_alike(tmp_path: Path, typed: list[str]) -> None:
    typed += ["a new passphrase", "another passphrase"]
    with pytest.raises(UnusablePassphrase, match="differ"):
        by_passphrase(tmp_path)
    assert not has_keys(Home(tmp_path))
    typed += ["a new passphrase"] * 2
    assert by_passphrase(tmp_path) == "passphrase"
    typed += ["a new passphrase", "the next passphrase", "the next passphrase"]
    before = read_seal(Home(tmp_path))
    by_passphrase(tmp_path)
    assert read_seal(Home(tmp_path)) != before
    assert typed == []


def test_nobody_to_seal_or_unseal_is_said(tmp_path: Path) -> None:
    for command in (seal_home, lambda path: unseal_home(path, None)):
        with pytest.raises(OperatorError, match="no server runs"):
            command(tmp_path)
