"""Answers that are compressed as their callers ask.

Source: SLS, `x-log-compresstype` (documented); which calls ask for what (observed in the official
SDKs): the Python ones name one compression, the Go one `lz4`; the HTTP libraries of both add `gzip`
by themselves, and no SDK reads what comes of that.
"""

import msgspec

from juyong.api.answers import RawAnswer
from juyong.logs.compression import NONE, compress

ALL = ("zstd", "lz4", "deflate", "gzip")
_OF_DOCUMENTS = ("zstd", "lz4", "deflate")
_JSON = "application/json"


def chosen(accepted: str, codecs: tuple[str, ...]) -> str:
    """Return a compression that `Accept-Encoding` names; none where it names no known one."""
    named = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    return next((codec for codec in codecs if codec in named), NONE)


def compressed(body: bytes, accepted: str) -> RawAnswer:
    """Answer a JSON document, compressed where the caller asks for that.

    An answer that is not compressed tells no raw size: a client would take it for compressed
    (observed in aliyun-log-go-sdk). A caller that also names `gzip` gets no `deflate`: a library
    named both.
    """
    codec = chosen(accepted, _OF_DOCUMENTS)
    if codec == NONE or (codec == "deflate" and chosen(accepted, ("gzip",))):
        return RawAnswer(body=body, content_type=_JSON, record=msgspec.UNSET)
    return RawAnswer(
        body=compress(codec, body),
        content_type=_JSON,
        headers={"x-log-compresstype": codec, "x-log-bodyrawsize": str(len(body))},
        record=msgspec.UNSET,
    )
