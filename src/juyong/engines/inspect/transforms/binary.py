"""Base 64, hexadecimal, digests, parity and length."""

import base64
import binascii
import hashlib
import re

_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")


def base64_decode(value: bytes) -> bytes:
    """Decode up to the first byte outside the alphabet; a last lone digit is dropped."""
    found = _BASE64.match(value)
    return _from_digits(found[0] if found else b"")


def _from_digits(digits: bytes) -> bytes:
    over = len(digits) % 4
    if over == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


_NO_BASE64 = bytes(
    c
    for c in range(256)
    if c not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
)


def base64_decode_ext(value: bytes) -> bytes:
    """Decode all digits, whatever stands between them; a last lone digit is dropped.

    A `=` just after the first digit of a group of four empties the result.
    """
    runs = value.translate(None, _NO_BASE64).split(b"=")
    count = 0
    for run in runs[:-1]:
        count += len(run)
        if count % 4 == 1:
            return b""
    return _from_digits(b"".join(runs))


def base64_encode(value: bytes) -> bytes:
    """Encode with padding and without line ends."""
    return base64.b64encode(value)


def hex_encode(value: bytes) -> bytes:
    """Write each byte as two hexadecimal digits in lower case."""
    return binascii.hexlify(value)


def hex_decode(value: bytes) -> bytes:
    """Read pairs of hexadecimal digits; a last single one is dropped.

    A byte that is no digit counts as ModSecurity's arithmetic has it: from 0x41 on its five low
    bits plus 9 (its sixth bit cleared), below 0x41 its distance from 0x30; modulo 256.
    """
    whole = value[: len(value) & ~1]
    try:
        return binascii.unhexlify(whole)
    except binascii.Error:
        digits = whole.translate(_DIGIT)
        return bytes([(a * 16 + b) & 0xFF for a, b in zip(digits[::2], digits[1::2], strict=True)])


_A, _ZERO_DIGIT = ord("A"), ord("0")
_DIGIT = bytes(((c & 0xDF) - _A + 10 if c >= _A else c - _ZERO_DIGIT) & 0xFF for c in range(256))

_SQL_HEX = re.compile(rb"0[xX]((?:[0-9a-fA-F]{2})+)")


def sql_hex_decode(value: bytes) -> bytes:
    """Make 0xHH…, an even number of digits, the bytes."""
    if b"0x" not in value and b"0X" not in value:
        return value
    return _SQL_HEX.sub(_from_hex, value)


def _from_hex(found: re.Match[bytes]) -> bytes:
    return binascii.unhexlify(found[1])


def length(value: bytes) -> bytes:
    """Write the number of bytes in decimal digits."""
    return b"%d" % len(value)


def md5(value: bytes) -> bytes:
    """Return the 16 bytes of MD5; a rule compares them, nothing is protected by them."""
    return hashlib.md5(value, usedforsecurity=False).digest()


def sha1(value: bytes) -> bytes:
    """Return the 20 bytes of SHA-1; a rule compares them, nothing is protected by them."""
    return hashlib.sha1(value, usedforsecurity=False).digest()


_EVEN = bytes(c | 0x80 if c.bit_count() % 2 else c & 0x7F for c in range(256))
_ODD = bytes(c & 0x7F if c.bit_count() % 2 else c | 0x80 for c in range(256))
_ZERO = bytes(c & 0x7F for c in range(256))


def parity_even(value: bytes) -> bytes:
    """Set the top bit of bytes with an odd number of bits, and clear that of the others."""
    return value.translate(_EVEN)


def parity_odd(value: bytes) -> bytes:
    """Set the top bit of bytes with an even number of bits, and clear that of the others."""
    return value.translate(_ODD)


def parity_zero(value: bytes) -> bytes:
    """Clear the top bits."""
    return value if value.isascii() else value.translate(_ZERO)
