"""CRC-64 as Function Compute and OSS give it for a code package."""

from functools import lru_cache
from sys import byteorder

_POLYNOMIAL = 0xC96C5795D7870F42
_ALL = (1 << 64) - 1
_PAIR = 16


def crc64(data: bytes) -> int:
    """Return the CRC-64/XZ of data (polynomial of ECMA-182, reflected, inverted at both ends).

    Cost: about 0.1 s for a megabyte.
    Source: the checksums OSS returns for objects (observed).
    """
    table = _table()
    state = _ALL
    even = len(data) & ~1
    # PERF: two bytes a step; the pairs are read as little-endian numbers.
    pairs = memoryview(data[:even]).cast("H") if byteorder == "little" else _swapped(data[:even])
    for pair in pairs:
        state = table[(state ^ pair) & 0xFFFF] ^ (state >> _PAIR)
    for byte in data[even:]:
        state = _advance(state ^ byte, 8)
    return state ^ _ALL


def _swapped(data: bytes) -> list[int]:
    return [data[at] | data[at + 1] << 8 for at in range(0, len(data), 2)]


@lru_cache(maxsize=1)
def _table() -> list[int]:
    """Return what each pair of bytes does to the state."""
    single = [_advance(byte, 8) for byte in range(256)]
    return [
        single[single[pair & 0xFF] & 0xFF ^ (pair >> 8)] ^ (single[pair & 0xFF] >> 8)
        for pair in range(1 << _PAIR)
    ]


def _advance(state: int, bits: int) -> int:
    for _ in range(bits):
        state = (state >> 1) ^ (_POLYNOMIAL if state & 1 else 0)
    return state
