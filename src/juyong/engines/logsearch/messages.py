"""Messages between the server and a process that works for it: a length, then MessagePack."""

import os
import resource
import struct
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from typing import IO, BinaryIO, TypeVar

import msgspec

from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.index import IndexConfig
from juyong.engines.logsearch.port import Bucket, Found, Source, Table, Window
from juyong.engines.logsearch.query import Query

Q = TypeVar("Q")
_LENGTH = struct.Struct(">I")
_WATCH_SECONDS = 1.0
_MIB = 1 << 20
_SLACK_MIB = 2048
"""Address space that is not the queries': code, stacks, and what allocators keep in reserve."""


class FileOf(msgspec.Struct, frozen=True, array_like=True):
    """A file, whose index is the one at a place of the message's list."""

    path: str
    rows: int
    first_s: int
    last_s: int
    index: int


class SourceOf(msgspec.Struct, frozen=True, array_like=True):
    """A logstore that SQL reads, and how many of the message's files, in their order, are its."""

    name: str
    index: IndexConfig
    window: Window
    files: int


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One question. The fields of other kinds are unused.

    kind: `search`, `histogram`, `sql`, `stores` for SQL over several logstores, or `windows`.
    seconds: how long the answer may take.
    """

    kind: str
    query: Query
    window: Window
    index: IndexConfig
    seconds: float
    indexes: tuple[IndexConfig, ...] = ()
    files: tuple[FileOf, ...] = ()
    newest_first: bool = False
    offset: int = 0
    limit: int = 0
    interval_s: int = 0
    logstore: str = ""
    names: tuple[str, ...] = ()
    sources: tuple[SourceOf, ...] = ()

    def log_sources(self) -> list[Source]:
        """Return the logstores with their files."""
        files = iter(self.log_files())
        return [
            Source(
                name=each.name,
                index=each.index,
                files=[*islice(files, each.files)],
                window=each.window,
            )
            for each in self.sources
        ]

    def log_files(self) -> list[LogFile]:
        """Return the files with their indexes."""
        return [
            LogFile(
                path=file.path,
                rows=file.rows,
                first_s=file.first_s,
                last_s=file.last_s,
                index=self.indexes[file.index],
            )
            for file in self.files
        ]


class Refusal(msgspec.Struct, frozen=True):
    """The name of a LogSearchError's class, and its text."""

    name: str
    text: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer or a refusal; one field is set."""

    found: Found | None = None
    buckets: tuple[Bucket, ...] | None = None
    table: Table | None = None
    windows: dict[str, Window] | None = None
    refusal: Refusal | None = None


def packed_files(
    files: Sequence[LogFile],
) -> tuple[tuple[IndexConfig, ...], tuple[FileOf, ...]]:
    """Number the indexes of files, so that each is sent once."""
    numbers: dict[IndexConfig, int] = {}
    packed = tuple(
        FileOf(
            file.path,
            file.rows,
            file.first_s,
            file.last_s,
            numbers.setdefault(file.index, len(numbers)),
        )
        for file in files
    )
    return tuple(numbers), packed


def send(message: object, out: IO[bytes]) -> None:
    """Write a message, which is a struct."""
    body = msgspec.msgpack.encode(message)
    out.write(_LENGTH.pack(len(body)) + body)
    out.flush()


def receive(source: IO[bytes]) -> bytes | None:
    """Read the bytes of a message; None when the other side is gone."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = source.read(length)
    return body if len(body) == length else None


def begin(server: int) -> BinaryIO:
    """Begin a process of the server: returns where answers go, which nothing else is written to.

    The process ends with the server, also in the midst of a question.
    """
    threading.Thread(target=_leave_with, args=(server,), daemon=True).start()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def bound(memory_mb: int) -> None:
    """Bound the memory of this process, which may write no file from now on."""
    space = (memory_mb + _SLACK_MIB) * _MIB
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(source: IO[bytes], out: IO[bytes], kind: type[Q], answer: Callable[[Q], object]) -> None:
    """Answer questions of a kind until the other side is gone."""
    decoder = msgspec.msgpack.Decoder(kind)
    while (body := receive(source)) is not None:
        send(answer(decoder.decode(body)), out)


def _leave_with(parent: int) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_WATCH_SECONDS)
    os._exit(0)
