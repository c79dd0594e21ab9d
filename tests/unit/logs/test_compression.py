"""Each compression gives back what went in, and never more than was said."""

import gzip
import resource
import zlib

import lz4.block
import pytest
import zstandard

from juyong.logs.compression import Incompressible, compress, decompress, is_known

CODECS = ("", "lz4", "zstd", "deflate", "gzip")
RAW = b"a line of a log\n" * 500


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("raw", [b"", b"x", RAW])
def test_bytes_come_back(codec: str, raw: bytes) -> None:
    assert is_known(codec)
    assert decompress(codec, compress(codec, raw), len(raw)) == raw


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("said", [0, 1, len(RAW) - 1, len(RAW) + 1, 10 * len(RAW)])
def test_a_size_that_lies_is_refused(codec: str, said: int) -> None:
    with pytest.raises(Incompressible):
        decompress(codec, compress(codec, RAW), said)


@pytest.mark.parametrize("codec", CODECS[1:])
@pytest.mark.parametrize("packed", [b"", b"\0", b"no such thing", compress("", RAW)])
def test_what_was_not_compressed_is_refused(codec: str, packed: bytes) -> None:
    with pytest.raises(Incompressible):
        decompress(codec, packed, len(RAW))


@pytest.mark.parametrize("codec", CODECS[1:])
def test_a_cut_body_is_refused(codec: str) -> None:
    with pytest.raises(Incompressible):
        decompress(codec, compress(codec, RAW)[:-5], len(RAW))


def test_the_head_of_a_gzip_file_is_read() -> None:
    assert decompress("gzip", gzip.compress(RAW), len(RAW)) == RAW


@pytest.mark.parametrize("codec", ["deflate", "gzip"])
def test_bytes_behind_a_stream_are_refused(codec: str) -> None:
    with pytest.raises(Incompressible):
        decompress(codec, zlib.compress(RAW) + b"more", len(RAW))


def test_a_bomb_takes_no_memory() -> None:
    huge = 512 * 1024 * 1024
    chunk = bytes(1024 * 1024)
    deflated = zlib.compressobj()
    packed = b"".join([*(deflated.compress(chunk) for _ in range(512)), deflated.flush()])
    frame = zstandard.ZstdCompressor().compress(bytes(huge))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for codec, bomb in (("deflate", packed), ("gzip", packed), ("zstd", frame)):
        with pytest.raises(Incompressible):
            decompress(codec, bomb, 1000)
    with pytest.raises(Incompressible):
        decompress("lz4", lz4.block.compress(bytes(64 * 1024 * 1024), store_size=False), 1000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 96 * 1024


def test_a_frame_that_demands_a_large_window_is_refused() -> None:
    chosen = zstandard.ZstdCompressionParameters(window_log=27)
    made = zstandard.ZstdCompressor(compression_params=chosen).compressobj()
    packed = made.compress(RAW) + made.flush()
    with pytest.raises(Incompressible):
        decompress("zstd", packed, len(RAW))


def test_other_names_are_unknown() -> None:
    assert not is_known("snappy")
