"""Passphrases: read safely, and stretched as the seal file says."""

import io
import time
from pathlib import Path

import pytest

from juyong.app.keys.passphrase import (
    LONGEST,
    SHORTEST,
    UnusablePassphrase,
    fit_for_new,
    from_file,
    from_input,
    from_terminal,
    new_method,
    root_from,
    usable,
)
from juyong.base.secret import Secret


@pytest.mark.parametrize("text", ["p\n", "p\r\n", "p"])
def test_end_of_line_is_no_part_of_a_passphrase(text: str) -> None:
    assert usable(text).reveal() == "p"


def test_spaces_are_part_of_a_passphrase() -> None:
    assert usable(" p \n").reveal() == " p "


@pytest.mark.parametrize("text", ["", "\n", "§\n§", "§\n\n", "§\x00", "p" * (LONGEST + 1)])
def test_what_is_no_passphrase_is_refused(text: str) -> None:
    with pytest.raises(UnusablePassphrase) as refusal:
        usable(text)
    assert "§" not in str(refusal.value)


def test_longest_and_shortest_new_passphrases() -> None:
    assert len(usable("p" * LONGEST)) == LONGEST
    assert len(fit_for_new(Secret("p" * SHORTEST))) == SHORTEST
    with pytest.raises(UnusablePassphrase):
        fit_for_new(Secret("p" * (SHORTEST - 1)))


def test_file_is_read_if_it_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("correct horse\n")
    for mode in (0o640, 0o604, 0o644):
        path.chmod(mode)
        with pytest.raises(UnusablePassphrase, match="0600"):
            from_file(path)
    path.chmod(0o600)
    assert from_file(path).reveal() == "correct horse"
    path.chmod(0o400)
    assert from_file(path).reveal() == "correct horse"


def test_file_that_holds_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    with pytest.raises(UnusablePassphrase):
        from_file(path)
    for content in (b"", b"\n", b"\xff\xfe", b"two\nlines", b"p" * (LONGEST + 1)):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(UnusablePassphrase):
            from_file(path)


def test_nobody_at_a_terminal_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a line\n"))
    assert from_terminal("Passphrase") is None
    assert from_input("Passphrase").reveal() == "a line"
    with pytest.raises(UnusablePassphrase):
        from_input("Passphrase")


def test_terminal_is_asked_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "typed"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", ask)
    found = from_terminal("Passphrase")
    assert found is not None
    assert found.reveal() == "typed"
    assert asked == ["Passphrase: "]


def test_root_key_depends_on_passphrase_and_salt_and_not_on_spelling() -> None:
    how = new_method()
    root = root_from(Secret("pass phrase é"), how)
    assert len(root) == 32
    assert root_from(Secret("pass phrase e\u0301"), how) == root
    assert root_from(Secret("pass phrase e"), how) != root
    assert root_from(Secret("pass phrase é"), new_method()) != root


def test_a_guess_costs_what_the_file_says() -> None:
    how = new_method()
    assert (how.memory_kib, how.passes, how.lanes) == (65_536, 3, 4)
    begun = time.process_time()
    root_from(Secret("guess"), how)
    assert time.process_time() - begun > 0.02
