"""The log engine by a ClickHouse server, whose questions are written in processes of this machine.

A process reads a query, writes it in ClickHouse's SQL, asks the server and prints the values, so
that a query that is slow to read, or a long answer, holds up nothing else.
"""

import os

import msgspec

from juyong.base.own_process import python_command
from juyong.base.secret import Secret
from juyong.engines.logsearch.process_engine import Limits, ProcessEngine


class ClickHouse(msgspec.Struct, frozen=True, kw_only=True):
    """A ClickHouse server, as its operator named it.

    url: Of its HTTP interface. ca_file: Certificates that vouch for it; empty: the system's.
    allowed: Networks that may be asked though they are not public.
    """

    url: str
    user: str = "default"
    password: Secret = msgspec.field(default_factory=lambda: Secret(""))
    ca_file: str = ""
    allowed: tuple[str, ...] = ()


class FirstMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The server and the bounds, as a process is told of them by its pipe, which only it reads."""

    url: str
    user: str
    ca_file: str
    allowed: tuple[str, ...]
    zone: str
    threads: int
    memory_mb: int
    word: str

    def __repr__(self) -> str:
        """Show the server alone: the word is the user's password."""
        return f"FirstMessage(url={self.url!r})"


class ClickHouseEngine(ProcessEngine):
    """Answers searches and SQL by ClickHouse; see `port.LogEngine`.

    Args:
        limits: Of the questions; memory and threads are those of the server's work as well.
        server: The server.
        child: The module that answers; it may ask the network, which engines may not.
    """

    def __init__(self, limits: Limits, server: ClickHouse, child: str) -> None:
        first = FirstMessage(
            url=server.url,
            user=server.user,
            ca_file=server.ca_file,
            allowed=server.allowed,
            zone=limits.zone,
            threads=limits.threads,
            memory_mb=limits.memory_mb,
            word=server.password.reveal(),
        )
        command = python_command(child, os.getpid(), limits.memory_mb)
        super().__init__(limits, command, first)
