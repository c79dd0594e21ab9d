"""A command in a network of its own, and a platform that only writes down what reaches it."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

ALLOWED = ("sts.aliyuncs.com", "registry.example.test")
PYTHON = (sys.executable, "-I", "-c")
_NOBODY = 65534
_SECONDS = 30

DRIVER = """
import json, os, sys
from juyong.cli.isolation.launch import IsolationRefused
from juyong.cli.isolation.run import run_isolated
told = json.loads(sys.argv[1])
exec(told["before"])
try:
    status = run_isolated(
        sys.argv[2:], {"GIVEN": "1"}, platform=told["platform"],
        forwarded={int(inside): outside for inside, outside in told["forwarded"].items()},
    )
except IsolationRefused as refused:
    print("refused:", refused, file=sys.stderr)
    status = 3
sys.exit(status)
"""

INSIDE = """
import json, os, socket, sys
def tried(family, address, say=b"", kind=socket.SOCK_STREAM):
    "What a connection answers, or which error it ends in."
    with socket.socket(family, kind) as s:
        s.settimeout(10)
        try:
            s.connect(address)
            s.sendall(say)
            return s.recv(4096).decode("latin1")
        except OSError as failure:
            return type(failure).__name__
V4, V6, UDP = socket.AF_INET, socket.AF_INET6, socket.SOCK_DGRAM
"""
"""Begins each program: it knows no variable, proxy or library of ours."""

NO_NAMESPACES = """
from juyong.base import linux
user, group = os.geteuid(), os.getegid()
linux.unshare(linux.NEWUSER)
for name, text in (
    ("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1"),
):
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)
with open("/proc/sys/user/max_user_namespaces", "w") as file:
    file.write("0")
"""
"""Puts the driver where the kernel really refuses further namespaces."""


@dataclass
class Recorder:
    """Stands where the platform would: answers CONNECT as its proxy does, and keeps what it heard.

    seen: The first bytes of each connection; of one that was let through, what came next.
    """

    seen: list[str] = field(default_factory=list)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hear, args=(sock,), daemon=True).start()

    def _hear(self, sock: socket.socket) -> None:
        with sock:
            heard = sock.recv(4096).decode("latin1")
            if heard.startswith("CONNECT "):
                target = heard.split()[1]
                if target.rpartition(":")[0] not in ALLOWED:
                    self.seen.append(f"{target} refused")
                    sock.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope")
                    with suppress(OSError):  # The other end may be gone already.
                        sock.shutdown(socket.SHUT_WR)
                        sock.recv(4096)
                    return
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                heard = f"{target} {sock.recv(4096).decode('latin1')}"
            self.seen.append(heard)
            sock.sendall(f"heard {heard}".encode("latin1"))


@dataclass
class Driven:
    """A started driver."""

    process: "subprocess.Popen[str]"

    def end(self, given: str | None = None) -> tuple[int, str, str]:
        """Wait for it; returns status, standard output and standard error."""
        out, err = self.process.communicate(given, timeout=_SECONDS)
        return self.process.returncode, out, err


def drive(
    command: Sequence[str],
    *,
    platform: int = 1,
    forwarded: dict[int, int] | None = None,
    before: str = "",
    **options: Any,
) -> Driven:
    """Start the driver of an isolated command."""
    told = json.dumps({"platform": platform, "forwarded": forwarded or {}, "before": before})
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", DRIVER, told, *command], text=True, **{**streams, **options}
    )
    return Driven(process)


def inside(program: str, **options: Any) -> tuple[Any, str]:
    """Run a program that prints JSON; returns that, and what was said on standard error."""
    status, out, err = drive([*PYTHON, INSIDE + program], **options).end()
    assert status == 0, err
    return json.loads(out), err


@lru_cache(maxsize=1)
def refusal() -> str | None:
    """Return why this system isolates nothing, or None when it does."""
    status, _, err = drive(["true"]).end()
    return None if status == 0 else err


def as_nobody() -> dict[str, Any]:
    """Return what makes the driver an ordinary user's."""
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": [], "cwd": "/"}


@lru_cache(maxsize=1)
def nobody_can() -> bool:
    """Tell whether tests may act as an ordinary user who can read this code."""
    if os.geteuid() != 0:
        return False
    return drive(["true"], **as_nobody()).end()[0] == 0
