"""The means to open the keys: a passphrase when it is needed, or a token."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from juyong.app.settings import Settings
from juyong.base.secret import Secret

Ask = Callable[[], Secret | None]


def no_passphrase() -> Secret | None:
    """Have no passphrase."""
    return None


class Unlocking(msgspec.Struct, frozen=True, kw_only=True):
    """The sources of the root key; nothing is asked for before it is needed."""

    passphrase: Ask = no_passphrase
    settings: Settings = msgspec.field(default_factory=Settings)
    """Where a token is."""


def by_settings(settings: Settings, otherwise: Ask = no_passphrase) -> Unlocking:
    """Read the passphrase from the file that the settings name, or ask by `otherwise`."""
    if not settings.passphrase_file:
        return Unlocking(passphrase=otherwise, settings=settings)
    from juyong.app.keys.passphrase import from_file  # noqa: PLC0415  # only this method needs it

    path = Path(settings.passphrase_file).expanduser()
    return Unlocking(passphrase=lambda: from_file(path), settings=settings)
