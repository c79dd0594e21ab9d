"""The hardware module of a home, by what the settings name."""

from pathlib import Path

import pytest

from juyong.app.hardware import Hardware, token_settings
from juyong.app.home import Home, open_home
from juyong.app.settings import Settings
from juyong.hsm import discover
from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable

KEY = b"h" * 32


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


def pin_file(folder: Path, mode: int = 0o600) -> str:
    path = folder / "pin"
    path.write_text("1234-not-shown\n")
    path.chmod(mode)
    return str(path)


def test_none_means_no_module_even_where_softhsm_is_installed(home: Home) -> None:
    hardware = Hardware(home, Settings(hsm_module="none"), {"hsm": KEY})
    with pytest.raises(HsmNotConfigured, match="hsm_module"):
        hardware()
    assert not (home.path / "hsm").exists()


def test_softhsm_is_taken_where_it_is_installed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = home.path / "libsofthsm2.so"
    module.write_bytes(b"")
    monkeypatch.setattr(discover.discover, "__defaults__", ((module,),))
    found = token_settings(home, Settings())
    assert found is not None
    assert found.module == module
    assert (home.path / "hsm").stat().st_mode & 0o077 == 0


def test_a_named_module_is_opened_with_its_pin(home: Home, tmp_path: Path) -> None:
    module = tmp_path / "vendor.so"
    found = token_settings(
        home,
        Settings(hsm_module=str(module), hsm_token="t1", hsm_pin_file=pin_file(tmp_path)),
    )
    assert found is not None
    assert (found.module, found.token_label) == (module, "t1")
    assert found.pin.reveal() == "1234-not-shown"
    assert "1234" not in repr(found)


@pytest.mark.parametrize(
    ("mode", "given", "says"),
    [(0o644, True, "0600"), (0o600, False, "hsm_pin_file"), (0o640, True, "0600")],
)
def test_a_pin_that_others_could_read_or_that_is_missing_is_refused(
    home: Home, tmp_path: Path, mode: int, given: bool, says: str
) -> None:
    path = pin_file(tmp_path, mode) if given else ""
    with pytest.raises(HsmNotConfigured, match=says) as caught:
        token_settings(home, Settings(hsm_module="x.so", hsm_pin_file=path))
    assert "1234" not in str(caught.value)


def test_a_pin_file_that_is_not_there_is_named(home: Home) -> None:
    with pytest.raises(HsmNotConfigured, match="hsm_pin_file"):
        token_settings(home, Settings(hsm_module="x.so", hsm_pin_file="/nonexistent/pin"))


def test_the_fallback_is_used_only_when_asked_for_and_says_what_it_is(
    home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    hardware = Hardware(home, Settings(hsm_module="none", hsm_fallback=True), {"hsm": KEY})
    try:
        hardware().generate("Aliyun_AES_256", "kms-1")
        assert hardware().health().development
        assert list(hardware().labels()) == ["kms-1"]
        assert hardware() is hardware()
    finally:
        hardware.close()
    with pytest.raises(HsmUnavailable):
        hardware()
    assert "development" in capfd.readouterr().err
    again = Hardware(home, Settings(hsm_module="none", hsm_fallback=True), {"hsm": KEY})
    try:
        assert list(again().labels()) == ["kms-1"]
    finally:
        again.close()
