"""Which bodies are held back until they are judged, and which pass while they arrive.

A body of a type that no rule can read passes as it comes, after the verdict on its head; all others
are held, so that no backend sees a byte of a request that is refused.
"""

from typing import Final

import msgspec

from juyong.engines.inspect.http import header
from juyong.engines.inspect.limits import Limits
from juyong.waf.http1.reading import AnyRequest, AnyResponse

_STREAMED = ("video/", "audio/", "font/", "application/grpc")
_STREAMED_WHOLE = frozenset(
    (
        *("application/octet-stream", "application/zip", "application/gzip", "application/x-tar"),
        *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"),
        *("application/pdf", "application/x-7z-compressed", "application/wasm"),
        *("application/x-git-upload-pack-request", "application/x-git-receive-pack-request"),
    )
)
_PARTIAL = 206
INLINE_BYTES: Final = 16_384
"""Longer bodies are judged on a thread."""


class Plan(msgspec.Struct, frozen=True):
    """How a body is treated; limit: Bytes that are held at most."""

    holds: bool
    limit: int = 0


STREAMED = Plan(holds=False)


def plan_of(head: AnyRequest, limits: Limits) -> Plan:
    """Decide on the body of a request, by its type.

    SECURITY: a body without a type, or of an unknown one, is held: servers guess types.
    """
    kind = _type_of(header(head.headers, b"content-type"))
    if kind in _STREAMED_WHOLE or kind.startswith(_STREAMED):
        return STREAMED
    files = kind == "multipart/form-data"
    return Plan(holds=True, limit=limits.body if files else limits.body_without_files)


def answer_is_read(head: AnyResponse) -> bool:
    """Tell whether an answer may wait until it is judged: not a stream of events, and no range."""
    kind = _type_of(header(head.headers, b"content-type"))
    return head.status != _PARTIAL and kind != "text/event-stream" and "grpc" not in kind


def _type_of(value: bytes | None) -> str:
    return (value or b"").partition(b";")[0].strip().lower().decode("latin-1")
