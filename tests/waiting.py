"""Wait for what another process or thread does, without guessing how long that takes."""

import time
from collections.abc import Callable

_LOOK_SECONDS = 0.01


def wait_until(happened: Callable[[], object], seconds: float = 30) -> None:
    """Return as soon as something is so.

    Raises:
        AssertionError: it is not, in all that time.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not in {seconds} seconds"
        time.sleep(_LOOK_SECONDS)
