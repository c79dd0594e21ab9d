"""The two servers that are compared, each started as its users start it, each alone."""

import compileall
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tests.postgres import free_port

_BIN = Path(sys.executable).parent
_PACKAGE = Path(str(files("juyong")))
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Started:
    """A server that answered: how long that took, and what it holds in memory."""

    port: int
    pid: int
    since: float
    seconds: float
    resident_mb: float

    def age(self) -> float:
        """Return the seconds since its command was started."""
        return time.perf_counter() - self.since

    def cpu_seconds(self) -> float:
        """Return the processor time it has used, the kernel's on its behalf included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def juyong(home: Path) -> Iterator[Started]:
    """Run `juyong serve` on a home, from modules that are compiled as an installation's are."""
    compileall.compile_dir(_PACKAGE, quiet=2)
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
        yield Started(port, process.pid, start, seconds, _resident_mb(process.pid))
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
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no resident size")
