"""The proxy under test: `juyong waf protect` as a process, with the Core Rule Set installed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.inspect_suite.rule_sets import SETTINGS, crs4_folder
from tests.waiting import until

from juyong.waf.running import sites_of

_JUYONG = Path(sys.executable).with_name("juyong")
_START_SECONDS, _STOP_SECONDS = 90, 20


@dataclass(frozen=True)
class Proxy:
    """A running proxy."""

    port: int
    log: Path

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return the lines of the log by the address of the client; whole once the proxy ended."""
        found: dict[str, list[dict[str, Any]]] = {}
        for line in self.log.read_bytes().splitlines():
            row = json.loads(line)
            found.setdefault(row["remote_addr"], []).append(row)
        return found


def rule_folder(folder: Path, level: int) -> Path:
    """Lay the Core Rule Set 4 out as its releases are, set up as its tests want the rules."""
    source = crs4_folder() / "rules"
    rules = folder / "rules"
    rules.mkdir(parents=True)
    for file in (source / "@owasp_crs").iterdir():
        (rules / file.name).write_bytes(file.read_bytes())
    setup = (source / "@crs-setup.conf.example").read_bytes()
    (folder / "crs-setup.conf").write_bytes(SETTINGS.format(level=level).encode() + setup)
    return folder


@asynccontextmanager
async def proxy(folder: Path, backend: int, *, level: int, workers: int) -> AsyncIterator[Proxy]:
    """Install the rules, and protect a backend until the end of the block; nothing is blocked."""
    home = folder / "home"
    rules = rule_folder(folder / "crs", level)
    juyong = (sys.executable, _JUYONG)
    installed = await asyncio.to_thread(
        subprocess.run,
        (*juyong, "waf", "rules", "install", rules, "--name", "crs", "--home", home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stderr
    command = (*juyong, "waf", "protect", f"http://127.0.0.1:{backend}", "--port", "0", "--detect")
    own = ("--rules", "crs", "--workers", str(workers), "--log", folder / "log", "--home", home)
    with (folder / "output").open("wb") as output:
        child = subprocess.Popen((*command, *own), stdout=output, stderr=output)  # noqa: ASYNC220
    try:

        def serves() -> bool:
            assert child.poll() is None, (folder / "output").read_text()
            return bool(sites_of(home))

        await until(serves, _START_SECONDS)
        yield Proxy(sites_of(home)[0].port, folder / "log")
    finally:
        if child.poll() is None:
            os.kill(child.pid, signal.SIGTERM)
        await asyncio.to_thread(child.wait, _STOP_SECONDS)
