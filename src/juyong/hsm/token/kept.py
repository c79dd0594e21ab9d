"""A copy of the one file without which all keys of a SoftHSM token are lost.

SoftHSM 2.6 writes `token.object`, which holds the token's master key under the PINs, in place at
every login; a process killed between truncation and write leaves it empty (observed, under
kill -9). Only flags in it change after the token is made, so the copy of that moment restores it.
"""

from pathlib import Path

import msgspec

from juyong.base.private_file import write_private
from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.settings import OwnToken

_OBJECT = "token.object"
_SERIAL_DIGITS = 16


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    directory: str
    object: bytes


def keep(own: OwnToken, serial: str) -> None:
    """Copy the object of the token with a serial number, which ends its directory's name."""
    directory = _of(own, serial)
    kept = _Kept(directory.name, (directory / _OBJECT).read_bytes())
    write_private(own.made, msgspec.json.encode(kept))


def set_aside(own: OwnToken, serial: str) -> None:
    """Move a token out of SoftHSM's sight."""
    directory = _of(own, serial)
    directory.rename(own.config.parent / f"aside-{directory.name}")


def bring_back(own: OwnToken) -> bool:
    """Write the copy over an object that is damaged; returns whether there is one."""
    kept = msgspec.json.decode(own.made.read_bytes(), type=_Kept)
    for directory in _tokens(own):
        if directory.name == kept.directory:
            write_private(directory / _OBJECT, kept.object)
            return True
    return False


def _of(own: OwnToken, serial: str) -> Path:
    for directory in _tokens(own):
        if directory.name.replace("-", "").endswith(serial[-_SERIAL_DIGITS:]):
            return directory
    raise HsmUnavailable(f"no directory of SoftHSM is that of token `{serial}`")


def _tokens(own: OwnToken) -> list[Path]:
    return [one for one in (own.config.parent / "tokens").iterdir() if one.is_dir()]
