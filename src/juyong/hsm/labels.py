"""Labels tell who keeps a key: the sign before their last part.

The label of a key stands in its sealed proof, so that nobody can turn a key of the process into one
of the token, or the other way round.
"""

import re

IN_TOKEN, IN_PROCESS = "-", "."
"""What stands before the last part of a label."""
_OF_PROCESS = re.compile(r".*\.[a-z0-9]+")


def is_kept_by_process(label: str) -> bool:
    """Say whether a label is that of a key in the development fallback."""
    return _OF_PROCESS.fullmatch(label) is not None
