"""The rules that protect a site out of the box: our own, in SecLang.

    00-setup.conf      levels, thresholds, what the site allows
    10 to 80           rules by class of attack, levels 1 to 3 in each file
    85-blocking.conf   the score of a request, and its refusal
    90-responses.conf  what responses tell
    95-blocking.conf   the score of a response, and its refusal

Ids are 1,100,000 to 1,199,999; the third and fourth digits are the file. Levels: 1 for every site,
2 for sites that take little text, 3 for those that take none. Each rule adds to the score of its
level; the levels up to BLOCKING_LEVEL are refused, those up to DETECTION_LEVEL are told.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

ENTRIES = ("*.conf",)
"""Where a loader begins."""


@cache
def own_pack() -> Mapping[str, bytes]:
    """Return the files of the pack by name, for the loader of rules; it begins at `ENTRIES`."""
    from importlib import resources  # noqa: PLC0415  # a site reads the folder by its path

    folder = resources.files(__name__)
    found = {
        each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(".conf")
    }
    return MappingProxyType(dict(sorted(found.items())))
