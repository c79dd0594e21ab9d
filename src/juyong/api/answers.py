"""Answers: as an operation writes them itself, and as they go back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from juyong.base.ids import RequestId

if TYPE_CHECKING:
    from juyong.api.shape import Shape
    from juyong.blobs.content import Content

OCTETS = "application/octet-stream"


class RawAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an operation that writes its whole HTTP answer itself.

    headers: Added to those of every answer. record: What the event shows of it; the body is
    never shown. content: The body where it is kept in blobs; it is sent as it is read. shape: The
    body as the wire format writes shapes.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = OCTETS
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    record: object = None
    content: "Content | None" = None
    shape: "Shape | None" = None


NOTHING = RawAnswer(status=204)
"""The answer of an operation of a ROA product that returns None."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The answer that goes back.

    content: The body where it is sent as it is read; `body` is empty then. alone: No headers but
    its own and those of its body.
    """

    status: int
    body: bytes
    content_type: str
    request_id: RequestId
    headers: tuple[tuple[bytes, bytes], ...] = ()
    code: str = ""
    result: Any = None
    content: "Content | None" = None
    alone: bool = False

    @property
    def length(self) -> int:
        """The bytes of the body."""
        return len(self.body) if self.content is None else self.content.length
