"""The zones of regions.

Source: the pages "Regions and zones" and the answers of DescribeZones (documented, from memory for
the letters). Regions that the table does not have are given three zones (assumed).
"""

from functools import cache

_LETTERS = {
    "cn-qingdao": "bc",
    "cn-beijing": "acdefghijkl",
    "cn-zhangjiakou": "abc",
    "cn-hangzhou": "bfghijk",
    "cn-shanghai": "befglmn",
    "cn-shenzhen": "acdef",
    "cn-hongkong": "bcd",
    "us-west-1": "ab",
    "us-east-1": "ab",
}
_USUAL = "abc"


@cache
def zones_of(region: str) -> tuple[str, ...]:
    """Return the ids of a region's zones, in order."""
    # Outside of China a region ends in a digit, and its zones go on without a dash.
    dash = "" if region[-1:].isdigit() and not region.startswith("cn-") else "-"
    return tuple(f"{region}{dash}{letter}" for letter in _LETTERS.get(region, _USUAL))
