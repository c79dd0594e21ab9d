"""The CRC of joined bodies follows from the CRCs of each."""

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.blobs.crc import combine

BODIES = st.lists(st.binary(max_size=200), max_size=8)


def crc_by_bits(body: bytes) -> int:
    """Compute CRC-64/XZ as its definition says, one bit at a time."""
    left = 2**64 - 1
    for byte in body:
        left ^= byte
        for _ in range(8):
            left = (left >> 1) ^ 0xC96C5795D7870F42 if left & 1 else left >> 1
    return left ^ (2**64 - 1)


@given(BODIES)
def test_the_whole_has_the_crc_of_its_parts_combined(bodies: list[bytes]):
    whole = combine((fastcrc.crc64.xz(body), len(body)) for body in bodies)
    joined = b"".join(bodies)
    assert whole == fastcrc.crc64.xz(joined) == crc_by_bits(joined)


@given(BODIES, BODIES)
def test_parts_may_be_combined_in_groups(first: list[bytes], second: list[bytes]):
    def each(bodies: list[bytes]) -> list[tuple[int, int]]:
        return [(fastcrc.crc64.xz(body), len(body)) for body in bodies]

    groups = [(combine(each(some)), sum(map(len, some))) for some in (first, second)]
    assert combine(groups) == combine(each([*first, *second]))


@pytest.mark.parametrize("length", [0, 1, 2**20 - 1, 2**20, 5 * 2**20 + 3])
def test_long_bodies(length: int):
    ahead, body = b"123456789", bytes(length)
    parts = [(fastcrc.crc64.xz(ahead), 9), (fastcrc.crc64.xz(body), length)]
    assert combine(parts) == fastcrc.crc64.xz(ahead + body)


def test_the_known_values():
    assert combine([]) == 0
    assert combine([(11051210869376104954, 9)]) == 11051210869376104954
    assert crc_by_bits(b"123456789") == 11051210869376104954
