"""Wait for what another process or thread does, without guessing how long that takes."""

import asyncio
import time
from collections.abc import Callable

_LOOK_SECONDS = 0.01


def wait_until(happened: Callable[[], object], seconds: float = 30) -> None:
    """Return as soon as something is so.

    Args:
        happened: Asked again and again; it may raise where there is nothing to wait for any more.
        seconds: When to give up.

    Raises:
        AssertionError: it is not, in all that time.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not in {seconds} seconds"
        time.sleep(_LOOK_SECONDS)


async def until(happened: Callable[[], object], seconds: float = 30) -> None:
    """As wait_until, while the event loop goes on."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110  # what happens has no event
            await asyncio.sleep(_LOOK_SECONDS)
