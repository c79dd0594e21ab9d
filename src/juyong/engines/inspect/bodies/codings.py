"""Content codings undone, with bounds on size and growth.

A body of a few kilobytes may inflate to gigabytes: inflating stops at the bound, and the body is
refused. A coding that is not known is refused as well, since its body cannot be inspected.

Source: RFC 9110 section 8.4, RFC 1950 to 1952, RFC 7932, RFC 8878 (documented).
"""

import zlib
from collections.abc import Callable

import brotli
import zstandard

from juyong.engines.inspect.bodies.parsed import Refusal
from juyong.engines.inspect.http import Headers, all_of
from juyong.engines.inspect.limits import Limits

_FREE = 65_536
"""Bytes to which a body may grow whatever its ratio: small texts of equal letters grow much."""
_MOST_CODINGS = 2


class _Undone(Exception):
    """The body cannot be inflated within its bounds."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.refusal = Refusal(status, reason)


def decoded(headers: Headers, body: bytes, limits: Limits, *, cut: bool = False) -> bytes | Refusal:
    """Return a body without its content codings, or why this cannot be done.

    Args:
        cut: The body is only the first part of a longer one; an early end is no fault.
    """
    told = b",".join(all_of(headers, b"content-encoding")).lower()
    names = [name for each in told.split(b",") if (name := each.strip(b" \t"))]
    names = [name for name in names if name != b"identity"]
    if not names or not body:
        return body
    if len(names) > _MOST_CODINGS:
        return Refusal(400, "the body has more than two content codings")
    most = min(limits.inflated, max(_FREE, limits.ratio * len(body)))
    try:
        for name in reversed(names):
            undo = _CODINGS.get(name)
            if undo is None:
                return Refusal(415, f"the content coding {name[:32]!r} is not known")
            body = undo(body, most, cut)
    except _Undone as fault:
        return fault.refusal
    return body


def _gzip(body: bytes, most: int, cut: bool) -> bytes:
    made = b""
    while True:
        inflater = zlib.decompressobj(31)
        made += _inflated(inflater, body, most - len(made), cut)
        body = inflater.unused_data
        if not body:
            return made
        if not body.startswith(b"\x1f\x8b"):
            raise _Undone("bytes stand behind the end of the compressed body")


def _deflate(body: bytes, most: int, cut: bool) -> bytes:
    """Undo `deflate`: in a zlib frame as the standard says, or bare as some clients send it."""
    try:
        inflater = zlib.decompressobj()
        made = _inflated(inflater, body, most, cut)
    except _Undone as fault:
        if fault.refusal.status != 400:  # noqa: PLR2004  # a status of HTTP
            raise
        inflater = zlib.decompressobj(-15)
        made = _inflated(inflater, body, most, cut)
    if inflater.unused_data:
        raise _Undone("bytes stand behind the end of the compressed body")
    return made


def _inflated(inflater: "zlib._Decompress", body: bytes, most: int, cut: bool) -> bytes:
    try:
        made = inflater.decompress(body, most + 1)
    except zlib.error:
        raise _Undone("the compressed body cannot be inflated") from None
    if len(made) > most:
        raise _too_large(most)
    if not inflater.eof and not cut:
        raise _Undone("the compressed body ends early")
    return made


def _brotli(body: bytes, most: int, cut: bool) -> bytes:
    inflater = brotli.Decompressor()
    made = bytearray()
    try:
        made += inflater.process(body, output_buffer_limit=most + 1)
        while len(made) <= most and not inflater.can_accept_more_data():
            made += inflater.process(b"", output_buffer_limit=most + 1 - len(made))
    except brotli.error:
        raise _Undone("the compressed body cannot be inflated") from None
    if len(made) > most:
        raise _too_large(most)
    if not inflater.is_finished() and not cut:
        raise _Undone("the compressed body ends early")
    return bytes(made)


def _zstd(body: bytes, most: int, cut: bool) -> bytes:
    reader = zstandard.ZstdDecompressor(max_window_size=2**23).stream_reader(
        body, read_across_frames=True
    )
    try:
        made = reader.read(most + 1)
    except zstandard.ZstdError:
        raise _Undone("the compressed body cannot be inflated") from None
    if len(made) > most:
        raise _too_large(most)
    if not cut and not _is_whole_zstd(body):
        raise _Undone("the compressed body ends early")
    return made


def _is_whole_zstd(body: bytes) -> bool:
    """Tell whether the last frame has its end; the library's reader is silent about it."""
    while body:
        inflater = zstandard.ZstdDecompressor(max_window_size=2**23).decompressobj()
        try:
            inflater.decompress(body)
        except zstandard.ZstdError:
            return False
        if not inflater.eof:
            return False
        body = inflater.unused_data
    return True


def _too_large(most: int) -> _Undone:
    return _Undone(f"the body inflates to more than {most} bytes", 413)


_CODINGS: dict[bytes, Callable[[bytes, int, bool], bytes]] = {
    b"gzip": _gzip,
    b"x-gzip": _gzip,
    b"deflate": _deflate,
    b"br": _brotli,
    b"zstd": _zstd,
}
