"""The first message of a TLS client, read from the bytes before TLS takes them.

Source: RFC 8446, 4.1.2, 4.2 and 5.1; RFC 6066, 3 (server names); RFC 7301, 3.1 (ALPN); RFC 8701
(GREASE) (documented).
"""

from struct import unpack
from typing import Final

import msgspec

MOST_BYTES: Final = 16_384
"""The most bytes of all records of a hello; a browser's have about 2 KB with post-quantum keys."""

_HANDSHAKE, _CLIENT_HELLO = 22, 1
_RECORD_HEAD, _MESSAGE_HEAD = 5, 4
_MOST_FRAGMENT = 16_384
_MOST_FRAGMENTS = 32
"""So that bytes that arrive one by one cost little each."""
_MOST_SESSION = 32
_MOST_NAME = 255
_RANDOM = 32

SERVER_NAME: Final = 0
SIGNATURE_ALGORITHMS: Final = 13
ALPN: Final = 16
SUPPORTED_VERSIONS: Final = 43


class MalformedHello(ValueError):
    """Bytes begin no TLS, or a hello that no server should read; the text quotes no byte."""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """The offer of a client; numbers as on the wire and in its order, GREASE included.

    version: The old field, `0x0303` in TLS 1.2 and 1.3.
    extensions: Their types.
    name: The server name, as sent; None where the extension is missing.
    protocols: The values of ALPN. versions, signatures: Those of `supported_versions` and
    `signature_algorithms`.
    """

    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...] = ()
    name: bytes | None = None
    protocols: tuple[bytes, ...] = ()
    versions: tuple[int, ...] = ()
    signatures: tuple[int, ...] = ()


def read(data: bytes) -> Hello | None:
    """Read the hello at the beginning of a connection; None while it is not whole.

    Bytes behind the hello are not looked at.

    Raises:
        MalformedHello: the bytes begin no hello, or one of more than `MOST_BYTES`.

    Cost: linear; about 50 µs for a browser's, and 20 more for its fingerprint.
    """
    message = _message(data)
    if message is None:
        if len(data) >= MOST_BYTES:
            raise MalformedHello("the hello is too long")
        return None
    body = _Bytes(message)
    version = body.number(2)
    body.take(_RANDOM)
    if len(body.prefixed(1)) > _MOST_SESSION:
        raise MalformedHello("the session id is too long")
    ciphers = _numbers(body.prefixed(2))
    if not ciphers or not body.prefixed(1):
        raise MalformedHello("the hello offers no cipher or no compression")
    if not body.left:
        return Hello(version=version, ciphers=ciphers)
    found = _extensions(body.prefixed(2))
    if body.left:
        raise MalformedHello("bytes follow the extensions")
    return Hello(
        version=version,
        ciphers=ciphers,
        extensions=tuple(found),
        name=_name(found[SERVER_NAME]) if SERVER_NAME in found else None,
        protocols=_protocols(found[ALPN]) if ALPN in found else (),
        versions=_listed(found, SUPPORTED_VERSIONS, 1),
        signatures=_listed(found, SIGNATURE_ALGORITHMS, 2),
    )


def is_grease(number: int) -> bool:
    """Tell whether a number is one of those that clients send so that servers learn to skip."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF  # noqa: PLR2004


class _Bytes:
    """Bytes that are taken from the front; a piece that is not there is malformed."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        if len(piece) != size:
            raise MalformedHello("the hello ends early")
        self._at += size
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def prefixed(self, size: int) -> bytes:
        """Take a vector whose length stands ahead of the vector in `size` bytes."""
        return self.take(self.number(size))


def _message(data: bytes) -> bytes | None:
    """Return the body of the first handshake message, put together from its records."""
    message, at = b"", 0
    for _ in range(_MOST_FRAGMENTS):
        head = data[at : at + _RECORD_HEAD]
        _check_record(head)
        if len(head) < _RECORD_HEAD:
            return None
        size = int.from_bytes(head[3:], "big")
        if not 0 < size <= _MOST_FRAGMENT:
            raise MalformedHello("a record is empty or too long")
        at += _RECORD_HEAD
        message += data[at : at + size]
        whole = _whole(message)
        if len(data) < at + size:
            return None
        if whole is not None and len(message) > whole:
            raise MalformedHello("bytes follow the hello in its record")
        if len(message) == whole:
            return message[_MESSAGE_HEAD:]
        at += size
    raise MalformedHello("the hello is cut into too many records")


def _check_record(head: bytes) -> None:
    """Refuse bytes that begin no record of a handshake, as soon as they tell."""
    if (head and head[0] != _HANDSHAKE) or head[1:2] not in (b"", b"\x03"):
        raise MalformedHello("the bytes begin no handshake of TLS")


def _whole(message: bytes) -> int | None:
    """Return the size that a message will have; None while its first bytes do not tell.

    Raises:
        MalformedHello: the message is no hello, or has more bytes than may be held.
    """
    if message and message[0] != _CLIENT_HELLO:
        raise MalformedHello("the handshake does not begin with a hello")
    if len(message) < _MESSAGE_HEAD:
        return None
    size = _MESSAGE_HEAD + int.from_bytes(message[1:_MESSAGE_HEAD], "big")
    if size > MOST_BYTES - _RECORD_HEAD:
        raise MalformedHello("the hello is too long")
    return size


def _extensions(block: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    rest = _Bytes(block)
    while rest.left:
        kind = rest.number(2)
        if kind in found:
            raise MalformedHello("an extension stands twice")
        found[kind] = rest.prefixed(2)
    return found


def _name(value: bytes) -> bytes:
    """Return the one host name of the extension.

    Other kinds of names do not exist, and OpenSSL refuses a second one too.
    """
    rest = _Bytes(value)
    names = _Bytes(rest.prefixed(2))
    kind, name = names.number(1), names.prefixed(2)
    if rest.left or names.left or kind or not 0 < len(name) <= _MOST_NAME:
        raise MalformedHello("the server name is malformed")
    if not name.isascii() or b"\0" in name:
        # SECURITY: ssl prints what it cannot decode, and so would let a client write to the log.
        raise MalformedHello("the server name is not of ASCII")
    return name


def _protocols(value: bytes) -> tuple[bytes, ...]:
    rest = _Bytes(value)
    listed = _Bytes(rest.prefixed(2))
    found = []
    while listed.left:
        found.append(listed.prefixed(1))
    if rest.left or not found or b"" in found:
        raise MalformedHello("the list of protocols is malformed")
    return tuple(found)


def _listed(found: dict[int, bytes], kind: int, size: int) -> tuple[int, ...]:
    """Return the numbers of an extension that holds one list; size: Of the list's length."""
    if kind not in found:
        return ()
    rest = _Bytes(found[kind])
    numbers = _numbers(rest.prefixed(size))
    if rest.left or not numbers:
        raise MalformedHello("a list of numbers is malformed")
    return numbers


def _numbers(block: bytes) -> tuple[int, ...]:
    if len(block) % 2:
        raise MalformedHello("a list of numbers is malformed")
    return unpack(f">{len(block) // 2}H", block)
