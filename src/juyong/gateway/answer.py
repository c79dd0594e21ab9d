"""The answer to a call, before it is written to the connection."""

from typing import TYPE_CHECKING, Any

import msgspec

from juyong.base.ids import RequestId

if TYPE_CHECKING:
    from juyong.blobs.content import Content


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
