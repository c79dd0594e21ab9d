"""The messages between client and child: length-prefixed MessagePack, strictly read.

A frame is four bytes of length, big-endian, and a body. Whatever is no message ends the talk.
"""

import struct
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

MOST_BYTES = 1 << 20
KEY_BYTES = 32
_PREFIX = struct.Struct(">I")

SpecName = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
Algorithm = Annotated[str, msgspec.Meta(max_length=32)]
Attempt = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Nonce = Annotated[bytes, msgspec.Meta(max_length=64)]
ErrorName = Literal[
    "BadInput", "HsmUnavailable", "KeyMissing", "LabelTaken", "NotOffered", "Undecipherable"
]


class _Message(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag=True, tag_field="is"):
    """Base of all messages."""

    def __repr__(self) -> str:
        """Show no value: most are secrets."""
        return f"<{type(self).__name__}>"


class Start(_Message):
    """The first message: where files are, and the key that seals them."""

    directory: str
    key: Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]


class Health(_Message):
    """Answer."""


class Labels(_Message):
    """List labels."""


class Offers(_Message):
    """Ask for a spec, and an algorithm unless it is empty."""

    spec: SpecName
    algorithm: Algorithm


class Make(_Message):
    """Generate a key, or take material; the same attempt again is the same key."""

    spec: SpecName
    label: Label
    attempt: Attempt
    material: bytes | None = None


class PublicKey(_Message):
    """Ask for a public half."""

    label: Label


class Destroy(_Message):
    """Remove a key."""

    label: Label


class Seal(_Message):
    """Encrypt."""

    spec: SpecName
    label: Label
    nonce: Nonce
    plaintext: bytes
    aad: bytes


class Open(_Message):
    """Decrypt a sealed message."""

    spec: SpecName
    label: Label
    nonce: Nonce
    sealed: bytes
    aad: bytes


class Decrypt(_Message):
    """Decrypt by a private key."""

    spec: SpecName
    label: Label
    algorithm: Algorithm
    ciphertext: bytes


class Sign(_Message):
    """Sign a digest."""

    spec: SpecName
    label: Label
    algorithm: Algorithm
    digest: bytes


class Mac(_Message):
    """Authenticate a message."""

    spec: SpecName
    label: Label
    algorithm: Algorithm
    message: bytes


class Done(_Message):
    """The answer to a request: bytes, a yes, or names."""

    value: bytes = b""
    yes: bool = False
    names: tuple[str, ...] = ()


class Refused(_Message):
    """An error by its name."""

    error: ErrorName
    text: Annotated[str, msgspec.Meta(max_length=400)]


Request = (
    Start
    | Health
    | Labels
    | Offers
    | Make
    | PublicKey
    | Destroy
    | Seal
    | Open
    | Decrypt
    | Sign
    | Mac
)
Reply = Done | Refused

_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


class BadMessage(Exception):
    """The other side does not keep to the protocol."""


class Ended(Exception):
    """The other side is gone."""


def frame(message: Request | Reply) -> bytes:
    """Return a message as it is sent.

    Raises:
        BadMessage: it is too long.
    """
    body = msgspec.msgpack.encode(message)
    if len(body) > MOST_BYTES:
        raise BadMessage("the message is too long")
    return _PREFIX.pack(len(body)) + body


def read_frame(receive: Callable[[int], bytes]) -> bytes:
    """Read one body; receive returns at most so many bytes, and none at the end.

    Raises:
        Ended: there is no more.
        BadMessage: the length is none that is allowed.
    """
    (size,) = _PREFIX.unpack(_exactly(receive, _PREFIX.size))
    if not 0 < size <= MOST_BYTES:
        raise BadMessage("the length is out of bounds")
    return _exactly(receive, size)


def parse_request(body: bytes) -> Request:
    """Read what a client sent.

    Raises:
        BadMessage: it is no request.
    """
    try:
        return _requests.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadMessage("no request") from None


def parse_reply(body: bytes) -> Reply:
    """Read what a child sent.

    Raises:
        BadMessage: it is no reply.
    """
    try:
        return _replies.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadMessage("no reply") from None


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes:
    parts = []
    while size:
        part = receive(size)
        if not part:
            raise Ended
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
