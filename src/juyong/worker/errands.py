"""Work that waits for a server outside: each has a thread of its own, and holds nothing up."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Errand(NamedTuple):
    """Work that is done over and over.

    seconds: Between rounds. round: Raises what went wrong; then it is tried less and less often.
    """

    name: str
    seconds: float
    round: Callable[[], Any]
