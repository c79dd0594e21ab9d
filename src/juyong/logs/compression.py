"""The compressions of bodies that carry logs, each with a hard bound on what comes out.

Source: SLS, `x-log-compresstype` and `x-log-bodyrawsize` (documented); lz4 is a raw block without
its size, and both `deflate` and `gzip` are zlib streams (observed in aliyun-log-python-sdk and
alibabacloud_gateway_sls). A stream with the head of a gzip file is read too (assumed).
"""

import zlib
from collections.abc import Callable, Mapping

NONE = ""
_EITHER_HEAD = zlib.MAX_WBITS | 32
"""Has zlib read the head of a zlib stream or of a gzip file."""
_WINDOW = 8 * 1024 * 1024
"""The most that a frame of zstd may have its reader keep; the usual levels need less."""
_FAST = 1


class Incompressible(Exception):
    """The bytes are not the compression of as many bytes as was said."""


def is_known(codec: str) -> bool:
    """Tell whether there is a compression of this name; the empty name is none at all."""
    return codec in _CODECS


def compress(codec: str, raw: bytes) -> bytes:
    """Compress bytes.

    Raises:
        KeyError: no compression has this name.
    """
    return _CODECS[codec][0](raw)


def decompress(codec: str, packed: bytes, raw_size: int) -> bytes:
    """Return the bytes that were compressed.

    Args:
        codec: `lz4`, `zstd`, `deflate`, `gzip`, or empty.
        packed: The compressed bytes.
        raw_size: How many bytes must come out; the caller has bounded it.

    Raises:
        Incompressible: other than so many bytes come out, or none.
        KeyError: no compression has this name.

    Cost: memory for `raw_size` and 8 MiB, whatever the bytes say of themselves.
    """
    raw = _CODECS[codec][1](packed, raw_size)
    if len(raw) != raw_size:
        raise Incompressible("the body has another size than was said")
    return raw


def _lz4(raw: bytes) -> bytes:
    from lz4 import block  # noqa: PLC0415  # the first body imports it

    return bytes(block.compress(raw, store_size=False))


def _from_lz4(packed: bytes, raw_size: int) -> bytes:
    from lz4 import block  # noqa: PLC0415  # the first body imports it

    try:
        return bytes(block.decompress(packed, uncompressed_size=raw_size))
    except (block.LZ4BlockError, ValueError) as bad:
        raise Incompressible("no lz4 block of this size") from bad


def _zstd(raw: bytes) -> bytes:
    import zstandard  # noqa: PLC0415  # the first body imports it

    return bytes(zstandard.ZstdCompressor(level=_FAST).compress(raw))


def _from_zstd(packed: bytes, raw_size: int) -> bytes:
    import zstandard  # noqa: PLC0415  # the first body imports it

    made = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    try:
        # SECURITY: a frame may say any size of itself; a reader stops at the one given.
        with made.stream_reader(packed, read_across_frames=False) as reader:
            raw = bytes(reader.read(raw_size + 1))
            while 0 < len(raw) <= raw_size and (more := reader.read(raw_size + 1 - len(raw))):
                raw += more
    except (zstandard.ZstdError, ValueError, MemoryError) as bad:
        raise Incompressible("no frame of zstd") from bad
    return raw


def _zlib(raw: bytes) -> bytes:
    return zlib.compress(raw, _FAST)


def _from_zlib(packed: bytes, raw_size: int) -> bytes:
    made = zlib.decompressobj(_EITHER_HEAD)
    try:
        raw = made.decompress(packed, raw_size + 1)
    except zlib.error as bad:
        raise Incompressible("no zlib stream") from bad
    if not made.eof or made.unused_data:
        raise Incompressible("the zlib stream does not end where the body ends")
    return raw


def _same(raw: bytes) -> bytes:
    return raw


def _as_it_is(packed: bytes, _raw_size: int) -> bytes:
    return packed


_CODECS: Mapping[str, tuple[Callable[[bytes], bytes], Callable[[bytes, int], bytes]]] = {
    NONE: (_same, _as_it_is),
    "lz4": (_lz4, _from_lz4),
    "zstd": (_zstd, _from_zstd),
    "deflate": (_zlib, _from_zlib),
    "gzip": (_zlib, _from_zlib),
}
