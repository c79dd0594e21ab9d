"""Labels tell who keeps a key: the sign before their last part.

The label of a key is part of its sealed proof, so that a key of the process cannot be passed off as
a key of the token, or the other way round.
"""

import re

IN_TOKEN, IN_PROCESS = "-", "."
"""The sign before the last part of a label."""
_OF_PROCESS = re.compile(r".*\.[a-z0-9]+")


def is_kept_by_process(label: str) -> bool:
    """Say whether a label is that of a key in the development fallback."""
    return _OF_PROCESS.fullmatch(label) is not None
