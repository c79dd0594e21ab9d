"""Opaque paging tokens: where the next page starts, bound to the query.

A token is only a position: the query that uses it is authorised and filtered by account again, so
a forged one reads nothing that its sender could not read anyway.
"""

import base64
import binascii
import zlib

import msgspec


class BadPageToken(ValueError):
    """The token was not issued for this listing."""


_MOST = 2**63 - 1
_decoder = msgspec.json.Decoder(list[str | int])


def page_token(listing: str, position: list[str | int]) -> str:
    """Make the token that continues `listing` after `position`."""
    raw = msgspec.json.encode([listing, *position])
    framed = zlib.crc32(raw).to_bytes(4, "big") + raw
    return base64.urlsafe_b64encode(framed).rstrip(b"=").decode()


def page_position(listing: str, token: str) -> list[str | int]:
    """Read a token back.

    Raises:
        BadPageToken: it is damaged, or belongs to another listing.
    """
    try:
        framed = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
        values = _decoder.decode(framed[4:])
    except (ValueError, binascii.Error, msgspec.DecodeError) as bad:
        raise BadPageToken(listing) from bad
    if zlib.crc32(framed[4:]).to_bytes(4, "big") != framed[:4] or values[:1] != [listing]:
        raise BadPageToken(listing)
    if not all(_storable(value) for value in values):
        raise BadPageToken(listing)
    return values[1:]


def _storable(value: str | int) -> bool:
    """Tell whether a database takes a value: no position in a token is negative or has a NUL."""
    return "\x00" not in value if isinstance(value, str) else 0 <= value <= _MOST
