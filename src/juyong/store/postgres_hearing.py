"""The bell of the inventory on PostgreSQL: a transaction that changes resources notifies.

Source: PostgreSQL documentation, NOTIFY (documented): a notification is sent when its transaction
commits, and not otherwise; the listener then sees what was committed. The listener holds an
advisory lock for as long as its connection lives, so that there is one, of all servers.
"""

import select
import socket
from contextlib import suppress
from typing import Any

from juyong.store.errors import Unavailable

NOTIFY = "SELECT pg_notify('juyong_resources', '')"
"""PERF: transactions that change resources commit one after the other anyway, so that the lock
which notifications take costs nothing more."""
_LISTEN = "LISTEN juyong_resources"
_TAKE = "SELECT pg_try_advisory_lock(7310892)"
"""The number is juyong's own; nothing else in the database takes this lock."""


class PostgresHearing:
    """Listens over a connection of its own."""

    def __init__(self, raw: Any, broken: type[Exception]) -> None:
        self._raw, self._broken = raw, broken
        self._knocked, self._knocker = socket.socketpair()
        self._knocked.settimeout(0)
        self._knocker.settimeout(0)

    def wait(self, seconds: float) -> bool:
        """Wait for a notification.

        Raises:
            Unavailable: the connection is lost, and with it the lock.
        """
        waiting = select.poll()
        waiting.register(self._knocked, select.POLLIN)
        waiting.register(self._raw.fileno(), select.POLLIN)
        waiting.poll(seconds * 1000)
        with suppress(BlockingIOError):
            self._knocked.recv(1024)
        try:
            # A connection that was lost must not pass for silence, and may say nothing by itself.
            self._raw.execute("SELECT 1")
            # What came with that answer is kept, and is among these.
            return bool(list(self._raw.notifies(timeout=0)))
        except self._broken as failure:
            raise Unavailable("the connection that listens is lost") from failure

    def knock(self) -> None:
        """End the wait."""
        with suppress(OSError):
            self._knocker.send(b"k")

    def close(self) -> None:
        """Hang up, which gives the lock back."""
        self._raw.close()
        self._knocked.close()
        self._knocker.close()


def hearing_at(url: str) -> PostgresHearing | None:
    """Listen at a database; None where another one listens.

    Raises:
        Unavailable: the database cannot be reached.
    """
    import psycopg  # noqa: PLC0415  # an optional extra

    try:
        raw = psycopg.connect(url, autocommit=True)
        if raw.execute(_TAKE).fetchone() != (True,):
            raw.close()
            return None
        raw.execute(_LISTEN)
    except psycopg.OperationalError as failure:
        raise Unavailable("the database cannot be reached") from failure
    return PostgresHearing(raw, psycopg.OperationalError)
