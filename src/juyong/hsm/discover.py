"""SoftHSM where it is installed: a token in the home directory, without any setting."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from juyong.base.ids import random_bytes
from juyong.base.private_file import write_private
from juyong.base.secret import Secret
from juyong.hsm.errors import HsmNotConfigured
from juyong.hsm.files import held, private_directory
from juyong.hsm.settings import HsmSettings, OwnToken

USUAL_PLACES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/pkcs11/libsofthsm2.so"),
    Path("/usr/lib64/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
    Path("/home/linuxbrew/.linuxbrew/lib/softhsm/libsofthsm2.so"),
)
TOKEN_LABEL = "juyong"  # noqa: S105  # the name of the token
_PIN_BYTES = 16


class _Pins(msgspec.Struct, forbid_unknown_fields=True):
    pin: str
    so_pin: str


def installed_module(places: Iterable[Path] = USUAL_PLACES) -> Path | None:
    """Return SoftHSM's library, or None where it is not installed."""
    return next((place for place in places if place.is_file()), None)


def discover(home: Path, places: Iterable[Path] = USUAL_PLACES) -> HsmSettings | None:
    """Return settings for SoftHSM with a token in `<home>/hsm`, or None where it is not installed.

    The directory, PINs and configuration are made at the first call; the token when it is opened.

    Raises:
        HsmNotConfigured: the directory is not private, or its PIN file is damaged.
    """
    module = installed_module(places)
    if module is None:
        return None
    directory = private_directory(home / "hsm")
    lock = directory / "lock"
    with held(lock):
        pins = _pins(directory / "pins.json")
        config = _config(directory)
    return HsmSettings(
        module=module,
        token_label=TOKEN_LABEL,
        pin=Secret(pins.pin),
        own=OwnToken(config=config, lock=lock, made=directory / "made", so_pin=Secret(pins.so_pin)),
    )


def _pins(path: Path) -> _Pins:
    with suppress(FileExistsError):
        if not path.exists():
            made = _Pins(random_bytes(_PIN_BYTES).hex(), random_bytes(_PIN_BYTES).hex())
            write_private(path, msgspec.json.encode(made), replace=False)
    if path.stat().st_mode & 0o077:
        raise HsmNotConfigured(f"`{path}` holds the token's PIN and must have mode 0600")
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Pins)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # SECURITY: the decoder's text could quote a PIN, so its error is not kept.
        raise HsmNotConfigured(f"`{path}` is damaged: the token's PIN is lost") from None


def _config(directory: Path) -> Path:
    """Write SoftHSM's configuration; the home may have moved since."""
    tokens = private_directory(directory / "tokens")
    config = directory / "softhsm2.conf"
    text = (
        f"directories.tokendir = {tokens.absolute()}\n"
        "objectstore.backend = file\n"
        "log.level = ERROR\n"
        "slots.removable = false\n"
    ).encode()
    if not config.exists() or config.read_bytes() != text:
        write_private(config, text)
    return config
