"""Wait for the disk on a thread, so that the event loop reads the next calls meanwhile.

PERF: only the COMMIT is done there. Statements are run on the loop's thread: the driver gives the
interpreter lock away at each, and two threads would fight over it.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from juyong.store.sqlite import SqliteConnection

Done = Callable[[BaseException | None], None]


class Committer:
    """Commits the transaction of one connection at a time; no other code may use it meanwhile."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: ThreadPoolExecutor | None = None

    def commit(
        self, loop: asyncio.AbstractEventLoop, connection: SqliteConnection, done: Done
    ) -> None:
        """Commit, and then call `done` on the loop, with what went wrong if anything did."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        self._thread.submit(_commit, connection).add_done_callback(partial(_tell, loop, done))

    def close(self) -> None:
        """Let a commit under way end."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)


def _commit(connection: SqliteConnection) -> None:
    try:
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _tell(loop: asyncio.AbstractEventLoop, done: Done, committed: "Future[None]") -> None:
    failure = committed.exception()
    try:
        loop.call_soon_threadsafe(done, failure)
    except RuntimeError:
        with suppress(RuntimeError):  # The loop is closed: no call waits there any more.
            done(failure)
