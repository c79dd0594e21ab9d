"""The messages on a control socket."""

from typing import Annotated, Literal, TypeVar

import msgspec

from juyong.base.secret import Secret

T = TypeVar("T")
MOST_BYTES = 8192
_LONGEST = 1024


class BadMessage(ValueError):
    """The line is no message of this protocol; its content is not repeated."""


class StatusRequest(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="status"
):
    """Ask whether the server is sealed, and how its planes do."""


class SealRequest(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="seal"
):
    """Have the server forget its keys."""


class UnsealRequest(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="unseal"
):
    """Have the server open its home."""

    passphrase: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST)] | None = None

    def secret(self) -> Secret | None:
        """Return the passphrase, if the request holds one."""
        return None if self.passphrase is None else Secret(self.passphrase)

    def __repr__(self) -> str:
        return "UnsealRequest(****)"


Request = StatusRequest | SealRequest | UnsealRequest


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The outcome of a request.

    state: What the server is afterwards.
    refusal: Why nothing was done; empty when it was.
    planes: The states of the planes by name, in the reply to a question for the status.
    """

    state: Literal["open", "sealed"]
    refusal: Annotated[str, msgspec.Meta(max_length=2048)] = ""
    planes: dict[str, str] = {}


def encode_message(message: Request | Reply) -> bytes:
    """Render a line."""
    return msgspec.json.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """Read a request; raises BadMessage."""
    return _decode(line, _requests)


def decode_reply(line: bytes) -> Reply:
    """Read a reply; raises BadMessage."""
    return _decode(line, _replies)


def _decode(line: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    if len(line) > MOST_BYTES or not line.endswith(b"\n"):
        raise BadMessage("the message is too long or cut")
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # SECURITY: without its cause, which could repeat a passphrase.
        raise BadMessage("the message cannot be read") from None


_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
