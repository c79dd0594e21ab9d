"""The load client of the benchmarks: prepared requests, kept-alive connections, nothing else.

It only ever talks to loopback, for a bounded number of requests.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What one run did."""

    requests: int
    seconds: float
    failures: int

    @property
    def per_second(self) -> float:
        """Answered requests a second."""
        return self.requests / self.seconds


class _Connection(asyncio.Protocol):
    def __init__(self, queue: "list[bytes]", done: asyncio.Event, tally: list[int]) -> None:
        self._queue, self._done, self._tally = queue, done, tally
        self._buffer = b""
        self._closed_by_us = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._next()

    def _next(self) -> None:
        if self._queue:
            self._transport.write(self._queue.pop())
        else:
            self._closed_by_us = True
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        at = lower.index(b"content-length:") + len(b"content-length:")
        length = int(lower[at:].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return
        self._tally[0] += 1
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            self._tally[1] += 1
        self._buffer = rest[length:]
        if b"connection: close" in lower or head.startswith(b"HTTP/1.0"):
            self._closed_by_us = True
            self._transport.close()
        else:
            self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        self._done.set()


async def _worker(host: str, port: int, queue: list[bytes], tally: list[int]) -> None:
    loop = asyncio.get_running_loop()
    while queue:
        done = asyncio.Event()
        await loop.create_connection(lambda d=done: _Connection(queue, d, tally), host, port)
        await done.wait()


def run_load(port: int, requests: Sequence[bytes], *, connections: int = 16) -> Load:
    """Send every request once over so many connections; returns the tally."""
    queue = list(reversed(requests))
    tally = [0, 0]

    async def main() -> float:
        start = time.perf_counter()
        await asyncio.gather(
            *(_worker("127.0.0.1", port, queue, tally) for _ in range(connections))
        )
        return time.perf_counter() - start

    seconds = uvloop.run(main())
    return Load(requests=tally[0], seconds=seconds, failures=tally[1])
