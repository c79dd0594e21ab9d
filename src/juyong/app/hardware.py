"""The hardware module of a home: opened at first use, by whatever the settings name."""

import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from juyong.api.plane import PlaneHealth, PlaneState
from juyong.app.home import Home
from juyong.app.settings import Settings
from juyong.base.log import log
from juyong.base.private_file import TooOpen, read_private
from juyong.base.secret import Secret
from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable
from juyong.hsm.port import Hsm
from juyong.hsm.settings import HsmSettings

if TYPE_CHECKING:
    from juyong.hsm.process.client import ProcessHsm

NONE = "none"
"""The value of `hsm_module` that keeps SoftHSM and the development fallback out of use."""
PROCESS = "process"
"""The value that takes the development fallback, also where SoftHSM is installed."""
PURPOSE = "hsm"
"""The platform key that the development fallback seals its files under."""


class Keeper(StrEnum):
    """Where keys of protection level HSM are kept."""

    TOKEN = "token"  # noqa: S105  # a PKCS#11 token
    PROCESS = "development process"
    NOTHING = "none"


class Hardware:
    """Opens the module once, and lets go of it when the platform stops.

    Calling it is quick: the module is loaded by its first use. Several threads may ask at once.
    """

    def __init__(self, home: Home, settings: Settings, keys: Mapping[str, bytes]) -> None:
        self._home, self._settings, self._keys = home, settings, keys
        self._lock = threading.Lock()
        self._opened: Hsm | None = None
        self._process: ProcessHsm | None = None
        self._closed = False

    def __call__(self) -> Hsm:
        """Return the module.

        Raises:
            HsmNotConfigured: there is none; the text names the setting.
            HsmUnavailable: the platform has let go of it.
        """
        with self._lock:
            if self._closed:
                # SECURITY: a thread that is late must not log in again behind a seal.
                raise HsmUnavailable("the platform is sealed or stopping")
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def close(self) -> None:
        """Let go of the module, for good."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def keeper(self) -> Keeper:
        """Say where a new key of level HSM would be kept, without opening anything."""
        from juyong.hsm.discover import installed_module  # noqa: PLC0415  # at first use only

        named = self._settings.hsm_module
        if named:
            return {NONE: Keeper.NOTHING, PROCESS: Keeper.PROCESS}.get(named, Keeper.TOKEN)
        if installed_module() is not None:
            return Keeper.TOKEN
        falls_back = self._settings.hsm_fallback and not self._token_was_made()
        return Keeper.PROCESS if falls_back else Keeper.NOTHING

    def health(self) -> PlaneHealth:
        """Say how the key process does, without starting it."""
        process = self._process
        if process is None:
            return PlaneHealth(state=PlaneState.STOPPED if self._closed else PlaneState.IDLE)
        state = PlaneState.RUNNING if process.runs() else PlaneState.IDLE
        if self._closed:
            state = PlaneState.STOPPED
        elif process.trouble:
            state = PlaneState.FAILING
        return PlaneHealth(state=state, reason=process.trouble, restarts=process.ends)

    def has_process(self) -> bool:
        """Tell whether some key is, or would be, kept by the key process."""
        return self.keeper() is Keeper.PROCESS or (
            self._settings.hsm_fallback and self._folder.is_dir()
        )

    def warn(self) -> None:
        """Write to the log, at the start, that keys of level HSM are not in hardware."""
        if self.keeper() is Keeper.PROCESS:
            log().warning(
                "keys of protection level HSM are kept by an isolated process of this machine, "
                "which is for development: install SoftHSM2, or set `hsm_module` to a PKCS#11 "
                "module"
            )

    def _open(self) -> Hsm:
        from juyong.hsm.open import open_process, open_token  # noqa: PLC0415  # at first use only

        named = token_settings(self._home, self._settings)
        if named is None and self.keeper() is Keeper.PROCESS:
            self._process = open_process(self._folder, self._keys[PURPOSE])
            return self._process
        if named is not None:
            token = open_token(named)
            if not (self._settings.hsm_fallback and self._folder.is_dir()):
                return token
            from juyong.hsm.both import TokenBesideProcess  # noqa: PLC0415  # rare

            self._process = open_process(self._folder, self._keys[PURPOSE])
            return TokenBesideProcess(token, self._process)
        if not self._settings.hsm_module and self._token_was_made():
            raise HsmNotConfigured(
                "the home holds a token of SoftHSM2, which is no longer installed: install it "
                "again, or set `hsm_module`"
            )
        return open_token(None)

    @property
    def _folder(self) -> Path:
        """The files of the key process."""
        return self._home.path / "hsm" / "process"

    def _token_was_made(self) -> bool:
        """SECURITY: keys that were in a token are never followed by keys in a mere process."""
        return (self._home.path / "hsm" / "made").exists()


def token_settings(home: Home, settings: Settings) -> HsmSettings | None:
    """Return the token that the settings name, or SoftHSM's token where SoftHSM is installed.

    Raises:
        HsmNotConfigured: the PIN of a named module's token cannot be read.
    """
    if settings.hsm_module in (NONE, PROCESS):
        return None
    if not settings.hsm_module:
        from juyong.hsm.discover import discover  # noqa: PLC0415  # at first use only

        return discover(home.path)
    return HsmSettings(
        module=Path(settings.hsm_module), token_label=settings.hsm_token, pin=_pin(settings)
    )


def _pin(settings: Settings) -> Secret:
    path = Path(settings.hsm_pin_file)
    if not settings.hsm_pin_file:
        raise HsmNotConfigured("`hsm_module` needs `hsm_pin_file`, a file that holds the PIN")
    try:
        return Secret(read_private(path).rstrip("\r\n"))
    except TooOpen as bad:
        raise HsmNotConfigured(str(bad)) from bad
    except OSError as failure:
        raise HsmNotConfigured(f"`hsm_pin_file` cannot be read: {failure.strerror}") from failure
