"""The answer to a call, before it is written to the connection."""

from typing import Any

import msgspec

from juyong.base.ids import RequestId


class Answer(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The answer that goes back."""

    status: int
    body: bytes
    content_type: str
    request_id: RequestId
    headers: tuple[tuple[bytes, bytes], ...] = ()
    code: str = ""
    result: Any = None
