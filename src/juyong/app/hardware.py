"""The hardware module of a home: opened at first use, by whatever the settings name."""

import threading
from collections.abc import Mapping
from pathlib import Path

from juyong.app.home import Home
from juyong.app.settings import Settings
from juyong.base.secret import Secret
from juyong.gateway.log import log
from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable
from juyong.hsm.port import Hsm
from juyong.hsm.settings import HsmSettings

NONE = "none"
"""The value of `hsm_module` that keeps an installed SoftHSM out of use."""
PURPOSE = "hsm"
"""The platform key that the development fallback seals its files under."""


class Hardware:
    """Opens the module once, and lets go of it when the platform stops.

    Calling it is quick: the module is loaded by its first use. Several threads may ask at once.
    """

    def __init__(self, home: Home, settings: Settings, keys: Mapping[str, bytes]) -> None:
        self._home, self._settings, self._keys = home, settings, keys
        self._lock = threading.Lock()
        self._opened: Hsm | None = None
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

    def _open(self) -> Hsm:
        from juyong.hsm.open import open_process, open_token  # noqa: PLC0415  # at first use only

        named = token_settings(self._home, self._settings)
        if named is None and self._settings.hsm_fallback:
            log().warning(
                "keys of protection level HSM are kept by an isolated process of this machine, "
                "which is for development: set `hsm_module` to a PKCS#11 module"
            )
            return open_process(self._home.path / "hsm" / "process", self._keys[PURPOSE])
        return open_token(named)


def token_settings(home: Home, settings: Settings) -> HsmSettings | None:
    """Return the token that the settings name, else SoftHSM's where it is installed.

    Raises:
        HsmNotConfigured: the PIN of a named module's token cannot be read.
    """
    if settings.hsm_module == NONE:
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
        if path.stat().st_mode & 0o077:
            raise HsmNotConfigured(f"`{path}` holds the token's PIN and must have mode 0600")
        return Secret(path.read_text().rstrip("\r\n"))
    except OSError as failure:
        raise HsmNotConfigured(f"`hsm_pin_file` cannot be read: {failure.strerror}") from failure
