"""The Filters parameter of lists: `[{"Key":"KeyState","Values":["Enabled"]}]`.

Source: KMS API reference, ListKeys and ListSecrets, "Filters" (documented). Assumed: an entry
without values restricts nothing.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec

from juyong.api.fields import Raises, Text
from juyong.services.kms.errors import InvalidParameter

_MOST = 10


class _Entry(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True):
    key: str
    values: list[str] = []


FilterText = Annotated[str, Text(0, 16_384), Raises((InvalidParameter,))]
_decoder = msgspec.json.Decoder(list[_Entry])

Filters = Mapping[str, frozenset[str]]
"""Key to accepted values; a resource must have one of them for every key."""


def parse_filters(text: str, known: frozenset[str]) -> Filters:
    """Read a Filters parameter; entries of the same key are one.

    Args:
        text: The parameter; empty restricts nothing.
        known: The keys this list can be filtered by.

    Raises InvalidParameter (another form, an unknown key, more than 10 entries or values).
    """
    if not text:
        return {}
    try:
        entries = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise InvalidParameter(name="Filters") from None
    if len(entries) > _MOST:
        raise InvalidParameter(name="Filters")
    found: dict[str, frozenset[str]] = {}
    for entry in entries:
        if entry.key not in known or len(entry.values) > _MOST:
            raise InvalidParameter(name="Filters")
        if entry.values:
            found[entry.key] = found.get(entry.key, frozenset()) | frozenset(entry.values)
    return found


def fits_tags(wanted: Filters, tags: Callable[[], Mapping[str, str]]) -> bool:
    """Say whether one of a resource's tags has one of the values of both TagKey and TagValue."""
    if not {"TagKey", "TagValue"} & wanted.keys():
        return True
    return any(
        key in wanted.get("TagKey", {key}) and value in wanted.get("TagValue", {value})
        for key, value in tags().items()
    )
