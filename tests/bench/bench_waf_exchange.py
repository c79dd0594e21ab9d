"""What a request costs the WAF's proxy without rules, without the loop and without sockets.

    python tests/bench/bench_waf_exchange.py

Microseconds of processor time for one request and its answer, from the bytes that came to the bytes
that leave and the line of the log; the best of several rounds, with the native core and without.
The exit code is 1 when the core saves nothing.
"""

import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row

from juyong.waf.backends.link import Link
from juyong.waf.client1 import Client1
from juyong.waf.counters import Counters
from juyong.waf.http1 import reading
from juyong.waf.log import Log
from juyong.waf.plane import Plane
from juyong.waf.site import Site

ROUNDS, TIMES, CLIENTS = 7, 6_400, 32
REQUEST = (
    b"GET /a?b=c&d=e HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)"
    b"\r\nAccept: text/html\r\nCookie: a=b\r\n\r\n"
)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 30 Nov 2026 10:22:11 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"
)


class Wire:
    """A transport that goes nowhere."""

    def __init__(self, port: int) -> None:
        self._names = {"peername": ("127.0.0.1", port), "sockname": ("127.0.0.1", 8080)}

    def get_extra_info(self, name: str) -> Any:
        """Return a name; there is no TLS."""
        return self._names.get(name)

    def write(self, data: bytes) -> None:
        """Take bytes."""

    def is_closing(self) -> bool:
        """Stay open."""
        return False

    def abort(self) -> None:
        """End."""


async def microseconds(log: Path) -> float:
    """Return the cost of a request, in the best round."""
    counters = Counters()
    lines = Log(log, most_bytes=1 << 30, kept=1, counters=counters)
    plane = Plane(Site(backends=("http://127.0.0.1:1",)), None, log=lines, counters=counters)
    backend = plane.backends.all[0]
    link = Link(backend)
    link.connection_made(Wire(1))
    backend.idle(link)
    clients = [Client1(plane) for _ in range(CLIENTS)]
    for number, client in enumerate(clients):
        client.connection_made(Wire(40_000 + number))
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(TIMES // CLIENTS):
            for client in clients:
                client.data_received(REQUEST)
                link.data_received(ANSWER)
            # The lines of the log go out at the end of a turn.
            await asyncio.sleep(0)
        best = min(best, (time.process_time() - begun) / TIMES * 1e6)
    lines.close()
    return best


def measure() -> list[Row]:
    """Measure with the core, where that is installed, and without."""
    gc.freeze()
    native = reading._NATIVE
    if native is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        with_core = asyncio.run(microseconds(Path(folder) / "with"))
        reading._NATIVE = None
        try:
            without = asyncio.run(microseconds(Path(folder) / "without"))
        finally:
            reading._NATIVE = native
    title, others = "a request through the proxy's steps", {"without the core": without}
    return [Row.times_first(title, with_core, others, unit="us", floor=1)]


def main() -> int:
    """Print the row; 0 when the bound holds."""
    rows = measure()
    for row in rows:
        print(row)
    return int(not all(row.held for row in rows))


if __name__ == "__main__":
    sys.exit(main())
