"""Keep the worker's task going: start it again whenever it ends."""

import asyncio
from collections.abc import Awaitable, Callable

from juyong.base.chance import backoff
from juyong.worker.figures import Figures

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
SOUND_SECONDS = 300.0
"""A worker that went on for so long ends for a new reason."""


async def kept_running(
    work: Callable[[], Awaitable[None]],
    figures: Figures,
    report: Callable[[str], None],
    *,
    first_pause: float = FIRST_PAUSE_SECONDS,
) -> None:
    """Run work until cancelled, and again whenever it ends.

    Args:
        work: Never returns where all is well.
        figures: Shows how it goes.
        report: Hears why the work ended.
        first_pause: Seconds before it is started again the first time; then twice as long each.
    """
    loop = asyncio.get_running_loop()
    ended = 0
    while True:
        began = loop.time()
        figures.state = "running"
        cause = await _end_of(work)
        figures.state = "restarting"
        figures.restarts += 1
        ended = 1 if loop.time() - began > SOUND_SECONDS else ended + 1
        report(cause)
        await asyncio.sleep(backoff(ended, first_pause, LONGEST_PAUSE_SECONDS))


async def _end_of(work: Callable[[], Awaitable[None]]) -> str:
    """Run work and return why it ended; raises CancelledError if this task is cancelled."""
    try:
        await work()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return "it was cancelled from within"
    except Exception as failure:  # noqa: BLE001  # reported, and the work is started again
        return repr(failure)
    return "it returned"
