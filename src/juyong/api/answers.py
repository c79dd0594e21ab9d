"""Answers that are no JSON document: bytes, headers and other statuses, as ROA products give."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

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
