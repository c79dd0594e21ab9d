"""The CRC of bodies that follow one another, from the CRCs of each: nothing is read again.

CRC-64/XZ is the remainder of the body as a polynomial over GF(2). Bytes that follow multiply the
polynomial by a power of x, so that the CRC of the whole is the product of the first CRC and that
power, plus the second CRC. Polynomials are 64-bit numbers whose highest bit is the coefficient of
x^0, as the CRC itself is.

Source: the method of zlib's crc32_combine (observed), for the polynomial of ECMA-182.
"""

from collections.abc import Iterable
from functools import cache

_ECMA = 0xC96C5795D7870F42
_TOP = 1 << 63
_X = 1 << 62
_FOUR_BITS = range(16)
Table = tuple[tuple[int, ...], ...]


def combine(parts: Iterable[tuple[int, int]]) -> int:
    """Return the CRC-64/XZ of bodies one after the other.

    Args:
        parts: CRC and length in bytes of each, in order.

    Cost: two microseconds for each part that is as long as the one before, else two for each bit
        that is set in its length.
    """
    whole, last = 0, -1
    table: Table = ()
    for crc, length in parts:
        if length == last:
            table = table or _table(_power(length, _TOP))
            whole = _times(table, whole)
        else:
            last, table = length, ()
            whole = _power(length, whole)
        whole ^= crc
    return whole


def _power(length: int, value: int) -> int:
    """Multiply by the power of x by which so many bytes shift a polynomial."""
    bits, at = 8 * length, 0
    while bits:
        if bits & 1:
            value = _times(_by_square(at), value)
        bits, at = bits >> 1, at + 1
    return value


def _times(table: Table, value: int) -> int:
    """Multiply by the polynomial that a table stands for: four bits at a time."""
    product = 0
    for row in table:
        product ^= row[value & 15]
        value >>= 4
    return product


@cache
def _by_square(number: int) -> Table:
    """Return the table of x to the power of 2^number: products of each four bits."""
    return _table(_X if number == 0 else _times(_by_square(number - 1), _square(number - 1)))


@cache
def _square(number: int) -> int:
    """Return x to the power of 2^number, modulo the polynomial of the CRC."""
    return _times(_by_square(number), _TOP)


def _table(factor: int) -> Table:
    of_bit = {}
    for at in range(63, -1, -1):
        of_bit[at] = factor
        factor = (factor >> 1) ^ _ECMA if factor & 1 else factor >> 1
    return tuple(
        tuple(_sum(of_bit[low + i] for i in range(4) if value >> i & 1) for value in _FOUR_BITS)
        for low in range(0, 64, 4)
    )


def _sum(terms: Iterable[int]) -> int:
    total = 0
    for each in terms:
        total ^= each
    return total
