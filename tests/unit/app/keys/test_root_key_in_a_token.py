"""A root key that is made in a PKCS#11 token and never leaves it."""

import importlib.util
import re
from pathlib import Path

import pytest

from juyong.app.home import Home, open_home
from juyong.app.keys import KeyTrouble, Unlocking, WrongRootKey, open_keys
from juyong.app.keys.opening import read_seal
from juyong.app.keys.rekey import rekey
from juyong.app.keys.token import token_of
from juyong.app.settings import Settings
from juyong.base.secret import Secret
from juyong.hsm.discover import USUAL_PLACES
from juyong.hsm.errors import HsmUnavailable

MODULE = next((place for place in USUAL_PLACES if place.is_file()), None)
HERE = Settings()

pytestmark = [
    pytest.mark.skipif(MODULE is None, reason="SoftHSM2 is not installed"),
    pytest.mark.skipif(
        importlib.util.find_spec("pkcs11") is None, reason="python-pkcs11 is not installed"
    ),
]


@pytest.fixture(scope="session")
def token_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One home for all tests: SoftHSM reads its configuration once in a process."""
    return open_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(token_home: Home) -> Home:
    for path in (token_home.key, token_home.seal):
        path.unlink(missing_ok=True)
    open_keys(token_home)
    return token_home


def unasked() -> Secret:
    raise AssertionError("no passphrase was needed")


def labels(home: Home) -> set[str]:
    with token_of(home, HERE) as hsm:
        return set(hsm.labels())


def test_root_key_moves_into_the_token_from_key_to_key_and_out_again(home: Home) -> None:
    keys, before = dict(open_keys(home)), labels(home)
    first = rekey(home, Unlocking(), "pkcs11", unasked)
    assert (first.method, dict(first.keys)) == ("pkcs11", keys)
    assert not home.key.exists()
    assert dict(open_keys(home)) == keys
    assert labels(home) - before == {f"juyong-root-{first.key_id}"}
    second = rekey(home, Unlocking(), None, unasked)
    assert labels(home) - before == {f"juyong-root-{second.key_id}"}
    assert dict(open_keys(home)) == keys
    rekey(home, Unlocking(), "file", unasked)
    assert labels(home) == before
    assert dict(open_keys(home)) == keys


def test_seal_opens_with_its_own_key_only(home: Home) -> None:
    rekey(home, Unlocking(), "pkcs11", unasked)
    text, seal = home.seal.read_text(), read_seal(home)
    assert seal is not None
    home.seal.write_text(text.replace(f'"key_id":"{seal.key_id}"', f'"key_id":"{"0" * 16}"'))
    with pytest.raises(WrongRootKey):
        open_keys(home)
    home.seal.write_text(text.replace(f"juyong-root-{seal.key_id}", "juyong-root-0"))
    with pytest.raises(KeyTrouble, match="PKCS#11"):
        open_keys(home)
    home.seal.write_text(text)
    with token_of(home, HERE) as hsm:
        hsm.destroy(f"juyong-root-{seal.key_id}")
    with pytest.raises(KeyTrouble, match="PKCS#11"):
        open_keys(home)


def test_key_that_cannot_be_destroyed_does_not_undo_the_rekey(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from juyong.hsm.token.hsm import TokenHsm

    keys = dict(rekey(home, Unlocking(), "pkcs11", unasked).keys)

    def broken(*_: object) -> None:
        raise HsmUnavailable("the token was pulled out")

    monkeypatch.setattr(TokenHsm, "destroy", broken)
    done = rekey(home, Unlocking(), "file", unasked)
    assert re.fullmatch("`juyong-root-.*` is still in the token.*pulled out", done.left)
    assert dict(open_keys(home)) == keys


def test_module_that_is_not_there_is_named(home: Home, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("1234\n")
    pin.chmod(0o600)
    settings = Settings(hsm_module=str(tmp_path / "none.so"), hsm_pin_file=str(pin))
    before = home.seal.read_bytes()
    with pytest.raises(KeyTrouble, match=r"none\.so"):
        rekey(home, Unlocking(settings=settings), "pkcs11", unasked)
    assert home.seal.read_bytes() == before
