"""A process under many slow, large requests: its memory stays bounded, and it serves others."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from tests.unit.front.conftest import Connection

MIB = 1024 * 1024
HELD = 16 * MIB
SERVER = """
import asyncio, sys
from juyong.front.limits import FrontLimits
from juyong.front.server import Front

async def keeping_app(scope, receive, send):
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        parts.append(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})

async def main():
    front = Front(keeping_app, None, port=0, tls_port=None, limits=FrontLimits(held_bytes=%d))
    await front.start()
    print(front.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


class Process:
    """A front in a process of its own."""

    def __init__(self, run: subprocess.Popen[str]) -> None:
        self.pid = run.pid
        self.port = int(run.stdout.readline())

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def dial(self) -> Connection:
        return Connection(socket.create_connection(("127.0.0.1", self.port), timeout=10))


@pytest.fixture
def process() -> Iterator[Process]:
    if not Path("/proc/self/status").exists():
        pytest.skip("the memory of a process is read from /proc")
    command = [sys.executable, "-c", SERVER % HELD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        yield Process(run)
        run.stdin.close()


@pytest.mark.parametrize(
    "begin", [b"GET /?", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 4000000\r\n\r\n"]
)  # fmt: skip
def test_memory_stays_bounded(process: Process, begin: bytes) -> None:
    before = process.resident_bytes()
    most, sent, part = 0, 0, b"a" * 128 * 1024
    with ExitStack() as stack:
        slow = [stack.enter_context(process.dial()) for _ in range(300)]
        for client in slow:
            client.send(begin)
        for _ in range(6):
            for client in slow:
                with suppress(ConnectionError):
                    client.send(part)
                    sent += len(part)
            most = max(most, process.resident_bytes())
            with process.dial() as other:
                start = time.monotonic()
                assert other.get("/small").status == 200
                assert other.get("/large?" + "a" * 600_000).status == 200
                assert time.monotonic() - start < 5
    assert sent > 8 * HELD
    # Twice what is held, for the slices under way and what the allocator keeps.
    assert most - before < 2 * HELD + 300 * 64 * 1024
