"""The two servers that are compared, each started as its users start it, each alone."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash.server import free_port

_BIN = Path(sys.executable).parent
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Started:
    """A server that answered: how long that took, and what it holds in memory."""

    port: int
    seconds: float
    resident_mb: float


@contextmanager
def juyong(home: Path) -> Iterator[Started]:
    """Run `juyong serve` on a home."""
    port = free_port()
    command = [str(_BIN / "juyong"), "serve", "--home", str(home), "--port", str(port)]
    with _running([*command, "--tls-port", "-1"], port, "/health") as started:
        yield started


@contextmanager
def moto() -> Iterator[Started]:
    """Run `moto_server`."""
    port = free_port()
    command = [str(_BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, port, "/moto-api/data.json") as started:
        yield started


@contextmanager
def _running(command: list[str], port: int, path: str) -> Iterator[Started]:
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while ask(port, path) != 200:
            assert process.poll() is None, f"{command[0]} ended"
            assert time.perf_counter() - start < _START_SECONDS, f"{command[0]} did not start"
            time.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - start
        yield Started(port, seconds, _resident_mb(process.pid))
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def ask(
    port: int,
    path: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Ask once; the status, or 0 when nobody listens."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, 30)) as connection:
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0
        return answer.status


def _resident_mb(pid: int) -> float:
    """Add up the memory of a process and its children, each page counted where it is resident."""
    total = 0
    for each in (pid, *_children(pid)):
        for line in Path(f"/proc/{each}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total / 1024


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in listed]
