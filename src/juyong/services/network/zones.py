"""The zones of a region, which are the same in every region.

Source: ids in documents and SDKs are `cn-hangzhou-b` and `ap-southeast-1a` (observed); that every
region has zones a to k is assumed.
"""

_LETTERS = "abcdefghijk"


def zones_of(region: str) -> tuple[str, ...]:
    """Return the ids of a region's zones, in order."""
    between = "" if region[-1:].isdigit() else "-"
    return tuple(f"{region}{between}{letter}" for letter in _LETTERS)
