"""`juyong serve` as a process of its own, to be killed and started again."""

import http.client
import json
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.crash.calls import Client, Credentials
from tests.postgres import free_port
from tests.waiting import wait_until

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_LOOK_TIMEOUT_SECONDS = 15


@dataclass
class ServerProcess:
    """One server of a home; several may share the home."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    logs: Path | None = None
    """Folder for its output; beside the home when absent."""
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    _clients: list[Client] = field(default_factory=list)

    def start(self) -> Self:
        """Start it and return once it answers."""
        self.spawn()
        self.wait_until_ready()
        return self

    def spawn(self) -> None:
        """Start it without waiting."""
        command = [sys.executable, "-m", "juyong.cli.start", "serve", "--home", str(self.home)]
        command += ["--port", str(self.port), "--tls-port", "-1"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
            )

    def wait_until_ready(self) -> None:
        """Wait for the first good answer."""

        def answers() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"the server ended: {self.log.read_text()}"
            return self.healthy()

        wait_until(answers, _START_SECONDS)

    def healthy(self) -> bool:
        """Ask /health."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, _LOOK_TIMEOUT_SECONDS)
        with closing(connection):
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def kill(self) -> None:
        """Kill it as the kernel would: nothing is finished or flushed."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and let go of its clients."""
        self._end(signal.SIGTERM)
        for client in self._clients:
            client.close()
        self._clients.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return (self.logs or self.home.parent) / f"{self.home.name}-{self.port}.log"

    @property
    def credentials(self) -> Credentials:
        """The administrator's AccessKey."""
        found = json.loads((self.home / "credentials.json").read_text())
        return Credentials(found["access_key_id"], found["access_key_secret"])

    def client(self, credentials: Credentials | None = None, agent: str = "crash") -> Client:
        """Return a client of its own connection."""
        made = Client(self.port, credentials or self.credentials, agent)
        self._clients.append(made)
        return made

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
