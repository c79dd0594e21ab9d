"""Witnesses that run as the command has them, for logs of the tests."""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
from tests.unit.app.state.conftest import NOW

from juyong.app.home import open_home
from juyong.app.witness.keeping import Witness
from juyong.engines.ledger import Key
from juyong.gateway.whole import Whole
from juyong.worker.witnessing import Answered as Said

START = [sys.executable, "-m", "juyong.cli.start"]


class Served(msgspec.Struct, frozen=True):
    """A witness that listens."""

    url: str
    key: Key
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, body: bytes, path: str = "/add-checkpoint", method: str = "POST") -> "Answered":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            kind = answer.headers["content-type"]
            return Answered(answer.status, answer.read().decode(), kind)
        finally:
            connection.close()


class Answered(msgspec.Struct, frozen=True):
    status: int
    text: str
    kind: str = ""


class Direct:
    """A witness that is asked without a network; notes the old sizes it was sent."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: list[Key] = []
        self.asked: list[bytes] = []
        self.instead: Said | OSError | None = None
        self.key = self.witness.key

    @property
    def witness(self) -> Witness:
        return Witness(open_home(self.home), self.known, lambda: NOW)

    def knows(self, running_key: str | None) -> None:
        assert running_key is not None
        self.known.append(Key.parse(running_key))

    def add(self, body: bytes) -> Said:
        self.asked.append(body.partition(b"\n")[0])
        if isinstance(self.instead, OSError):
            raise self.instead
        if self.instead is not None:
            return self.instead
        said = self.witness.add(body)
        return Said(said.status, said.text.encode())


@contextmanager
def witnessing(home: Path, *log_keys: str, listen: str = "127.0.0.1:0") -> Iterator[Served]:
    """Run `juyong audit witness` until the block ends; its log is beside the home."""
    words = ["audit", "witness", "--home", str(home), "--listen", listen, "--json"]
    for each in log_keys:
        words += ["--log-key", each]
    with (
        Path(f"{home}.log").open("a") as sink,
        subprocess.Popen(
            [*START, *words], stdout=subprocess.PIPE, stderr=sink, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            lines = list(takewhile(lambda line: line not in ("}\n", ""), process.stdout))
            told = json.loads("".join([*lines, "}"]))
            yield Served(told["http"], Key.parse(told["key"]), process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


async def asked(application: Whole, method: str, path: str, *parts: bytes) -> Answered:
    """Ask an application without a server, by the door for bodies that arrive in parts."""
    waiting, sent = list(parts) or [b""], []

    async def receive() -> dict[str, Any]:
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "raw_path": path.encode()}
    await application(scope, receive, send)
    kinds = [value.decode() for name, value in sent[0]["headers"] if name == b"content-type"]
    return Answered(sent[0]["status"], sent[1]["body"].decode(), kinds[0])
