"""Official clients under `juyong exec`, spoken to in lines of JSON.

A client program reads one call a line, `{"product", "action", "parameters"}` with `key` when it
shall not use what it finds in its environment, and writes one line for each: `{"answer": …}` in the
names of the wire, or `{"refused": {"code", "status", "message", "detail"}}`. No program is told of
an endpoint, a proxy, or a certificate.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"
JUYONG = (sys.executable, "-m", "juyong.cli.start")
_SECONDS = 60


@dataclass(eq=False)
class Refused(Exception):
    """What the client saw of a refusal; detail is AccessDeniedDetail."""

    code: str
    status: int
    message: str
    detail: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Key:
    """An AccessKey, or temporary credentials with their token."""

    id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, str | None]:
        return {"id": self.id, "secret": self.secret, "token": self.token}


@dataclass
class Client:
    """One running client program."""

    process: subprocess.Popen[str]
    errors: Path
    calls: int = 0

    def call(
        self, product: str, action: str, *, key: Key | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Make one call.

        Raises:
            Refused: the platform refused it.
        """
        line = {"product": product, "action": action, "parameters": parameters}
        told = self.say(line if key is None else {**line, "key": key.as_json()})
        if "refused" in told:
            raise Refused(**told["refused"])
        answer: dict[str, Any] = told["answer"]
        return answer

    def say(self, line: dict[str, Any]) -> dict[str, Any]:
        """Send one line and return the program's."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.calls += 1
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        text = self.process.stdout.readline()
        assert text, f"the client ended:\n{self.errors.read_text()}"
        told: dict[str, Any] = json.loads(text)
        return told


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A platform in a process of its own, as `juyong serve` runs it."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    credentials: Mapping[str, str] = field(repr=False)

    @property
    def account_id(self) -> str:
        return self.credentials["account_id"]

    def command(
        self,
        command: Sequence[str | Path],
        *,
        as_user: str | None = None,
        options: Sequence[str] = (),
    ) -> list[str]:
        """Return the command line that runs a client here."""
        acting = () if as_user is None else ("--as", as_user)
        words = (*JUYONG, "exec", "--home", self.home, *acting, *options, "--", *command)
        return [str(word) for word in words]

    def run_client(
        self,
        command: Sequence[str | Path],
        *,
        as_user: str | None = None,
        options: Sequence[str] = (),
        seconds: float = _SECONDS,
        **changes: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; `changes` go into the environment that exec itself sees."""
        return subprocess.run(
            self.command(command, as_user=as_user, options=options),
            env=plain_environment() | changes,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    @contextmanager
    def client(
        self,
        command: Sequence[str | Path],
        errors: Path,
        *,
        as_user: str | None = None,
        options: Sequence[str] = (),
    ) -> Iterator[Client]:
        """Run a client program for as long as the block lasts."""
        with (
            errors.open("w") as sink,
            subprocess.Popen(
                self.command(command, as_user=as_user, options=options),
                env=plain_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
            ) as process,
        ):
            try:
                yield Client(process, errors)
            finally:
                assert process.stdin is not None
                process.stdin.close()
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGTERM)


def plain_environment() -> dict[str, str]:
    """Return this process's environment without anything that a client would take for settings."""
    told = ("ALIBABA", "ALICLOUD", "ALIYUN", "OSS_", "JUYONG_", "NODE_", "JAVA_")
    proxies = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(told) and name.lower() not in proxies
    }
