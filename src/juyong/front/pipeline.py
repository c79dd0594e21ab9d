"""The requests of one connection, answered one after the other, in their order."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from juyong.front.exchange import Exchange
from juyong.front.flow import Flow
from juyong.front.head import Head
from juyong.front.refusal import Refusal
from juyong.gateway.whole import Asgi


class Today(msgspec.Struct):
    """The line with the Date header, its end included; the front renews it."""

    line: bytes = b""


class Pipeline:
    """Starts the exchange of each request once the request before is answered.

    Args:
        transport, flow: The connection's.
        date: Of the answers.
        tasks: Holds the tasks of exchanges while they run.
        on_answered: Told of each complete answer.

    newest: The request that came last, answered or not. running: The request being answered, or
    the last that was. waiting: The requests between both, and who answers each.
    """

    __slots__ = (
        "_date",
        "_flow",
        "_loop",
        "_on_answered",
        "_tasks",
        "_transport",
        "newest",
        "running",
        "waiting",
    )

    def __init__(
        self,
        transport: Any,
        flow: Flow,
        *,
        date: Today,
        tasks: set[asyncio.Task[None]],
        on_answered: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._flow = flow
        self._date = date
        self._tasks = tasks
        self._on_answered = on_answered
        self._loop = asyncio.get_running_loop()
        self.newest: Exchange | None = None
        self.running: Exchange | None = None
        # PERF: a list is made faster than a deque, and few connections let requests wait.
        self.waiting: list[tuple[Exchange, Asgi]] = []

    def exchange_of(
        self, head: Head, *, keep_alive: bool, expects_continue: bool = False
    ) -> Exchange:
        """Make the exchange of a request, which has not entered yet."""
        return Exchange(
            head,
            self._transport,
            self._flow,
            date=self._date.line,
            keep_alive=keep_alive,
            expects_continue=expects_continue,
            on_answered=self._on_answered,
        )

    def enter(self, exchange: Exchange, app: Asgi) -> None:
        """Answer a request now, or after those before it; the client sends no more until then."""
        before, self.newest = self.newest, exchange
        if before is None or before.answered:
            self._start(exchange, app)
        else:
            self._flow.pause_reading()
            self.waiting.append((exchange, app))

    def go_on(self) -> None:
        """Answer the next request that waits; with none behind it, the client may send again."""
        self._start(*self.waiting.pop(0))
        if not self.waiting:
            self._flow.resume_reading()

    def refuse_next(self, known: Head, refusal: Refusal) -> None:
        """Refuse a request that has no exchange, after those before it.

        Args:
            known: What is known of its head.
        """
        before = self.newest
        exchange = self.newest = self.exchange_of(known, keep_alive=False)
        if before is None or before.answered:
            self._start(exchange, refusal)
        else:
            self.waiting.append((exchange, refusal))

    def refuse_rest(self, newest: Exchange, known: Head, refusal: Refusal) -> None:
        """Refuse the newest request, the rest of whose body is not taken."""
        if newest.answered:
            self._flow.linger()
        elif newest is not self.running:
            newest.keep_alive = False
            self.waiting[-1] = (newest, refusal)
        elif newest.started:
            newest.disconnect()
            self._flow.close()
        else:
            newest.disconnect()
            self.newest = self.exchange_of(known, keep_alive=False)
            self._start(self.newest, refusal)

    def abandon(self) -> None:
        """Tell every application that works for this connection that its client is gone."""
        waiting = [exchange for exchange, _ in self.waiting]
        self.waiting.clear()
        for exchange in (self.running, self.newest, *waiting):
            if exchange is not None:
                exchange.disconnect()

    def _start(self, exchange: Exchange, app: Asgi) -> None:
        self.running = exchange
        task = self._loop.create_task(exchange.run(app))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
