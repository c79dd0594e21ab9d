"""Compressed bodies: refused, or exactly as many bytes as were said, which compress again."""

from juyong.logs.compression import Incompressible, compress, decompress

_CODECS = ("lz4", "zstd", "deflate", "gzip", "")
_RAW = b"one line and one line and one line\n" * 9
SEEDS: list[bytes] = [
    bytes([number]) + len(_RAW).to_bytes(2) + compress(codec, _RAW)
    for number, codec in enumerate(_CODECS)
]


def target(data: bytes) -> None:
    """Read a codec and a size, and decompress the rest."""
    if len(data) < 3:
        return
    codec, size = _CODECS[data[0] % len(_CODECS)], int.from_bytes(data[1:3])
    try:
        raw = decompress(codec, data[3:], size)
    except Incompressible:
        return
    assert len(raw) == size
    assert decompress(codec, compress(codec, raw), size) == raw
