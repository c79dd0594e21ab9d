"""The keys of a home: made once, the same ever after, and nothing else is taken for them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from juyong.app.home import Home, open_home
from juyong.app.keys import PURPOSES, KeyTrouble, SealFileDamaged, WrongRootKey, open_keys
from juyong.app.keys.opening import open_master
from juyong.app.keys.unlocking import Unlocking
from juyong.store.seal import derive_key


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


def keys_of(home: Home) -> Mapping[str, bytes]:
    return dict(open_keys(home))


def test_first_opening_makes_root_key_and_seal_for_their_owner_only(home: Home) -> None:
    keys_of(home)
    assert sorted(path.name for path in home.path.iterdir()) == ["root.key", "seal.json"]
    assert {path.stat().st_mode & 0o777 for path in home.path.iterdir()} == {0o600}


def test_every_purpose_has_a_key_of_its_own_and_keeps_it(home: Home) -> None:
    first = keys_of(home)
    assert set(first) == set(PURPOSES) >= {"columns", "audit", "kms"}
    assert len(set(first.values())) == len(PURPOSES) == 11
    assert {len(key) for key in first.values()} == {32}
    assert keys_of(home) == first


def test_two_homes_have_nothing_in_common(tmp_path: Path) -> None:
    one, other = (keys_of(open_home(tmp_path / name)) for name in ("one", "other"))
    assert not set(one.values()) & set(other.values())


def test_master_key_is_not_the_root_key_and_no_file_holds_it(home: Home) -> None:
    _, master = open_master(home, Unlocking())
    root = bytes.fromhex(home.key.read_text().removeprefix("v1 "))
    assert master != root
    for path in home.path.iterdir():
        assert master.hex() not in path.read_text()
        assert root.hex() not in path.read_text() or path == home.key


def test_home_of_the_first_version_keeps_its_keys_and_gets_a_seal(home: Home) -> None:
    root = bytes(range(32))
    home.key.write_text(root.hex() + "\n")
    home.key.chmod(0o600)
    home.database.touch()
    wanted = {purpose: derive_key(root, purpose) for purpose in PURPOSES}
    assert keys_of(home) == wanted
    assert json.loads(home.seal.read_text())["how"] == {"method": "file"}
    assert keys_of(home) == wanted
    home.seal.unlink()
    assert keys_of(home) == wanted, "its root key alone is enough until the first rekey"


def test_copied_key_files_give_a_second_home_the_same_keys(home: Home, tmp_path: Path) -> None:
    first = keys_of(home)
    second = open_home(tmp_path / "second")
    for path in (home.key, home.seal):
        shutil.copy(path, second.path)
    assert keys_of(second) == first


def test_lost_seal_is_missed_once_there_is_a_platform(home: Home) -> None:
    first = keys_of(home)
    home.seal.unlink()
    again = keys_of(home)
    assert again != first, "nothing was sealed yet, so a start that was killed begins anew"
    home.seal.unlink()
    home.credentials.touch()
    with pytest.raises(KeyTrouble, match=r"seal\.json` is missing"):
        keys_of(home)
    assert not home.seal.exists()


def test_lost_root_key_is_missed_and_not_made_again(home: Home) -> None:
    keys_of(home)
    home.key.unlink()
    with pytest.raises(WrongRootKey, match=r"root\.key` is missing"):
        keys_of(home)
    assert not home.key.exists()


def test_root_key_of_another_home_is_refused(home: Home, tmp_path: Path) -> None:
    other = open_home(tmp_path / "other")
    keys_of(home)
    keys_of(other)
    shutil.copy(other.key, home.key)
    with pytest.raises(WrongRootKey):
        keys_of(home)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_root_key_that_others_can_read_is_refused(home: Home, mode: int) -> None:
    keys_of(home)
    home.key.chmod(mode)
    with pytest.raises(KeyTrouble, match="0600"):
        keys_of(home)


@pytest.mark.parametrize(
    "content", ["", "v1 ", "v2 " + "00" * 32, "v1 " + "00" * 31, "00" * 33, "zz" * 32]
)
def test_damaged_root_key_is_refused(home: Home, content: str) -> None:
    keys_of(home)
    home.key.write_text(content)
    with pytest.raises(KeyTrouble, match="damaged"):
        keys_of(home)


def test_no_flipped_bit_of_the_seal_gives_a_key(home: Home) -> None:
    keys_of(home)
    whole = home.seal.read_bytes()
    for at in range(len(whole) - 1):
        for bit in range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            home.seal.write_bytes(changed)
            with pytest.raises((SealFileDamaged, WrongRootKey)):
                keys_of(home)
    home.seal.write_bytes(whole)
    assert keys_of(home)


_START = """
import sys
from pathlib import Path
from juyong.app.home import open_home
from juyong.app.keys import open_keys
home = open_home(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(open_keys(home)["audit"].hex())
"""


def test_processes_that_start_together_agree_on_the_keys(home: Home) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _START, str(home.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    found = {process.communicate(timeout=30)[0] for process in started}
    assert {process.returncode for process in started} == {0}
    assert found == {keys_of(home)["audit"].hex() + "\n"}
