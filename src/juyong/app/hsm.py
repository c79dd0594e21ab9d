"""The PKCS#11 token of a home: the one that the settings name, or a SoftHSM token of its own."""

from pathlib import Path

from juyong.app.home import BadHome, Home
from juyong.app.settings import Settings
from juyong.base.secret import Secret
from juyong.hsm.discover import TOKEN_LABEL, discover
from juyong.hsm.settings import HsmSettings

_LONGEST_PIN = 256


def token_settings(home: Home, settings: Settings) -> HsmSettings | None:
    """Return where the token is and how to log in; None without a module.

    Raises:
        BadHome: the PIN cannot be had.
        HsmNotConfigured: the token of the home itself is damaged.
    """
    if not settings.hsm_module:
        return discover(home.path)
    return HsmSettings(
        module=Path(settings.hsm_module).expanduser(),
        token_label=settings.hsm_token or TOKEN_LABEL,
        pin=_pin(settings.hsm_pin_file),
    )


def _pin(file: str) -> Secret:
    """Read the PIN; never from a setting itself, which others may see."""
    if not file:
        raise BadHome("`hsm_module` is set, and `hsm_pin_file` names no file with the PIN")
    path = Path(file).expanduser()
    try:
        if path.stat().st_mode & 0o077:
            raise BadHome(f"`{path}` holds the token's PIN and must have mode 0600")
        with path.open(encoding="utf-8") as opened:
            pin = opened.read(_LONGEST_PIN).removesuffix("\n")
    except (OSError, UnicodeDecodeError) as bad:
        raise BadHome(f"`{path}` holds no PIN that can be read") from bad
    if not pin or "\n" in pin:
        raise BadHome(f"`{path}` holds no PIN")
    return Secret(pin)
