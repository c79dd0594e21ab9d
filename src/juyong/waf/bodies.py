"""Which bodies are held back until they are judged, and which pass while they arrive.

A body of a type that no rule can read passes as it comes, after the verdict on its head, unless it
begins as a document that servers read whatever its type says; all others are held, so that no
backend sees a byte of a request that is refused.
"""

import re
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


_LONGEST_OPEN: Final = 512
_DOCUMENT: Final = re.compile(
    rb"\xef\xbb\xbf|\xff\xfe|\xfe\xff|\xac\xed\0\x05|[ \t\r\n]*+(?:"
    rb"[\[{]\0?[ \t\r\n]*+[\"\[\]{}0-9tfn-]|\0[\[{]"
    rb"|<\?xml|<!ENTITY|<!DOCTYPE[ \t\r\n]++(?!html|htm?\Z|h\Z)[^ \t\r\n]"
    rb"|[\w.~*%+\[\]$-]{1,64}=[!-<>-~\x80-\xff])",
    re.IGNORECASE,
)
"""JSON, XML, a form, a mark of Unicode, or objects of Java.

No type that passes begins so: archives, images, sounds and films begin with marks of their own.
"""
_OPEN: Final = re.compile(
    rb"[ \t\r\n]*+(?:[\[{]\0?[ \t\r\n]*+|\0|<[?!]?[A-Z]{0,7}[ \t\r\n]*+(?:h|ht|htm)?"
    rb"|[\w.~*%+\[\]$-]{1,64}=?)?|\xef\xbb?|[\xff\xfe]|\xac(?:\xed\0?)?",
    re.IGNORECASE,
)
"""Bytes that may become a document with the next one."""


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


def is_document(begins: bytes, *, whole: bool) -> bool | None:
    """Tell whether a body begins as a document; None where more bytes have to tell.

    SECURITY: a client chooses the type, and servers that read JSON by its bytes do not ask for it.

    >>> is_document(b'{"q"', whole=False), is_document(b"\\x89PNG", whole=False)
    (True, False)
    >>> is_document(b"{", whole=False), is_document(b"{", whole=True)
    (None, False)
    """
    if _DOCUMENT.match(begins):
        return True
    if whole or not _OPEN.fullmatch(begins):
        return False
    return True if len(begins) > _LONGEST_OPEN else None


def answer_is_read(head: AnyResponse) -> bool:
    """Tell whether an answer may wait until it is judged: not a stream of events, and no range."""
    kind = _type_of(header(head.headers, b"content-type"))
    return head.status != _PARTIAL and kind != "text/event-stream" and "grpc" not in kind


def _type_of(value: bytes | None) -> str:
    return (value or b"").partition(b";")[0].strip().lower().decode("latin-1")
