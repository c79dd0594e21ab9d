"""The hardware module of a home, by what the settings name."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conformance.harness import serving

from juyong.app.hardware import Hardware, Keeper, token_settings
from juyong.app.home import Home, open_home
from juyong.app.settings import Settings
from juyong.hsm import discover
from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable, KeyMissing

KEY = b"h" * 32
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


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


@pytest.fixture
def softhsm(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path | None], None]:
    """Say where SoftHSM is; None: nowhere."""

    def install(module: Path | None) -> None:
        places = () if module is None else (module,)
        monkeypatch.setattr(discover.discover, "__defaults__", (places,))
        monkeypatch.setattr(discover.installed_module, "__defaults__", (places,))

    return install


@contextmanager
def opened(home: Home, settings: Settings | None = None) -> Iterator[Hardware]:
    hardware = Hardware(home, settings or Settings(), {"hsm": KEY})
    try:
        yield hardware
    finally:
        hardware.close()


def test_without_any_module_the_fallback_keeps_keys_and_says_what_it_is(
    home: Home, softhsm: Callable[[Path | None], None], capfd: pytest.CaptureFixture[str]
) -> None:
    softhsm(None)
    with opened(home) as hardware:
        assert hardware.keeper() is Keeper.PROCESS
        hardware.warn()
        hardware().generate("Aliyun_AES_256", "kms-1")
        assert hardware().development
        assert hardware().health().development
        assert list(hardware().labels()) == ["kms-1"]
        assert hardware() is hardware()
    with pytest.raises(HsmUnavailable):
        hardware()
    assert "development" in capfd.readouterr().err
    with opened(home) as again:
        assert list(again().labels()) == ["kms-1"]


@pytest.mark.skipif(not SOFTHSM.is_file(), reason="SoftHSM2 is not installed")
def test_the_process_is_taken_by_name_where_softhsm_is_installed(home: Home) -> None:
    with opened(home, Settings(hsm_module="process")) as hardware:
        assert hardware.keeper() is Keeper.PROCESS
        assert hardware().development


@pytest.mark.parametrize("settings", [Settings(hsm_fallback=False), Settings(hsm_module="none")])
def test_the_fallback_is_ruled_out(
    home: Home,
    softhsm: Callable[[Path | None], None],
    capfd: pytest.CaptureFixture[str],
    settings: Settings,
) -> None:
    softhsm(None)
    with opened(home, settings) as hardware:
        hardware.warn()
        assert hardware.keeper() is Keeper.NOTHING
        with pytest.raises(HsmNotConfigured):
            hardware()
    assert capfd.readouterr().err == ""


def test_keys_of_a_token_are_never_followed_by_keys_of_the_fallback(
    home: Home, softhsm: Callable[[Path | None], None]
) -> None:
    softhsm(None)
    (home.path / "hsm").mkdir(mode=0o700)
    (home.path / "hsm" / "made").write_bytes(b"{}")
    with opened(home) as hardware:
        assert hardware.keeper() is Keeper.NOTHING
        with pytest.raises(HsmNotConfigured, match="no longer installed"):
            hardware()


@pytest.mark.skipif(not SOFTHSM.is_file(), reason="SoftHSM2 is not installed")
def test_keys_of_the_fallback_stay_where_they_are_when_a_module_appears(
    home: Home, softhsm: Callable[[Path | None], None]
) -> None:
    older, newer = "kms-1.aa", "kms-2-bb"
    softhsm(None)
    with opened(home) as hardware:
        hardware().generate("Aliyun_AES_256", older)
        sealed = hardware().key("Aliyun_AES_256", older).seal(b"n" * 12, b"text", b"")
    softhsm(SOFTHSM)
    with opened(home) as hardware:
        assert hardware.keeper() is Keeper.TOKEN
        module = hardware()
        assert not module.development
        module.generate("Aliyun_AES_256", newer)
        assert sorted(module.labels()) == [older, newer]
        assert module.key("Aliyun_AES_256", older).open(b"n" * 12, sealed, b"") == b"text"
        module.key("Aliyun_AES_256", newer).seal(b"n" * 12, b"text", b"")
        module.destroy(older)
        assert list(module.labels()) == [newer]
    with opened(home, Settings(hsm_fallback=False)) as hardware, pytest.raises(KeyMissing):
        hardware().key("Aliyun_AES_256", older).open(b"n" * 12, sealed, b"")


@pytest.mark.parametrize(
    ("setting", "says"), [("none", "none"), ("process", "development process")]
)
def test_health_says_where_keys_of_level_hsm_are_kept(
    tmp_path: Path, setting: str, says: str
) -> None:
    with (
        serving(tmp_path / "home", Settings(hsm_module=setting)) as server,
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health", timeout=5) as answer,
    ):
        assert json.loads(answer.read())["hsm"] == says
