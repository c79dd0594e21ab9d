"""Sealed notes that a browser carries: its session, and the state between steps of a sign-in.

So the store keeps nothing for a sign-in that stops after one step.
"""

import base64
import binascii
from typing import TypeVar

import msgspec

from juyong.base.secret import Secret
from juyong.store.errors import Tampered
from juyong.store.seal import AesSealer

T = TypeVar("T")


def seal_note(key: bytes, value: msgspec.Struct, place: bytes) -> Secret:
    """Seal a value into text.

    key: The platform's, for the purpose of sign-in. place: The kind of note; a note opens only as
    its own kind.
    """
    sealed = AesSealer(key).seal(msgspec.msgpack.encode(value), place)
    return Secret(base64.urlsafe_b64encode(sealed).decode())


def open_note(key: bytes, text: Secret | None, place: bytes, kind: type[T]) -> T | None:
    """Open a note; None if the text was not sealed here for this place."""
    if text is None:
        return None
    try:
        sealed = base64.urlsafe_b64decode(text.reveal().encode())
        opened = AesSealer(key).open(sealed, place)
        return msgspec.msgpack.decode(opened, type=kind)
    except (binascii.Error, ValueError, Tampered, msgspec.DecodeError):
        return None
