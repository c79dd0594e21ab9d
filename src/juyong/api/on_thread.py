"""Work that is done once, on one thread, however many callers on event loops wait for it."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

_lock = Lock()
_thread: ThreadPoolExecutor | None = None
_under_way: dict[Hashable, "Future[Any]"] = {}


async def on_thread(key: Hashable, work: Callable[[], Any]) -> None:
    """Wait until the work is done.

    Callers that give the same key while the work is under way share it. A caller that is cancelled
    leaves it to the others; work that raised is tried again by the next caller.

    Args:
        key: Names the work in this process.
        work: Runs on a thread of its own, after whatever was asked for before: two imports at a
            time could each wait for a module that the other has begun.

    Raises:
        Exception: whatever the work raised.
    """
    await asyncio.shield(asyncio.wrap_future(_submitted(key, work)))


def _submitted(key: Hashable, work: Callable[[], Any]) -> "Future[Any]":
    global _thread  # noqa: PLW0603  # a server that is asked for nothing starts no thread
    with _lock:
        future = _under_way.get(key)
        if future is not None:
            return future
        if _thread is None:
            _thread = ThreadPoolExecutor(1, thread_name_prefix="juyong-import")
        future = _under_way[key] = _thread.submit(work)
    future.add_done_callback(lambda _: _under_way.pop(key, None))
    return future
