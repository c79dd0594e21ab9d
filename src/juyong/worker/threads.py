"""Threads that nothing waits for when the process ends: what a job began is found again later."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class _Working(threading.Thread):
    """A thread that `on_thread` began."""


class ThreadFailed(Exception):
    """The work of a thread raised."""


async def on_thread(name: str, work: Callable[[], T]) -> T:
    """Run work on a new thread and return its result.

    A caller that is cancelled leaves the thread to itself.

    Raises:
        ThreadFailed: the work raised, which guarded work (see guard.py) never does.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()

    def settle(outcome: T | ThreadFailed) -> None:
        if ended.done():
            return
        if isinstance(outcome, ThreadFailed):
            ended.set_exception(outcome)
        else:
            ended.set_result(outcome)

    def run() -> None:
        outcome: T | ThreadFailed
        try:
            outcome = work()
        except BaseException as failure:  # noqa: BLE001  # handed to the waiter
            outcome = ThreadFailed(repr(failure))
        with suppress(RuntimeError):  # The loop is closed: the server has stopped.
            loop.call_soon_threadsafe(settle, outcome)

    _Working(target=run, name=name, daemon=True).start()
    return await ended


def wait_for_threads(seconds: float) -> bool:
    """Wait until the threads that were left to themselves have ended; False when some have not.

    SECURITY: while such a thread runs, it holds the store that it was given, and so keys.
    """
    ends = time.monotonic() + seconds
    left = [each for each in threading.enumerate() if isinstance(each, _Working)]
    for each in left:
        each.join(max(0.0, ends - time.monotonic()))
    return not any(each.is_alive() for each in left)
