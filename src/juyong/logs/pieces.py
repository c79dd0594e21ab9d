"""Write the logs of groups, or of files, as files of columns, here or in a process of its own.

    python -I -m juyong.logs.pieces SERVER_PID

A log takes tens of microseconds of Python. In the server's process each of them holds up calls: the
slowest of a hundred took ten times as long (measured). So the job that turns logs over has a
process, which is bounded in memory and ends with the server.
"""

import os
import resource
import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice

import msgspec

from juyong.base.own_process import python_command
from juyong.engines.logsearch.columns import MOST_ROWS, LogFile, read_file, write_file
from juyong.engines.logsearch.errors import EngineFailed, LogSearchError
from juyong.engines.logsearch.index import parse_index
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.messages import Refusal, begin, serve
from juyong.engines.logsearch.processes import Processes
from juyong.logs.loggroup import logs_of, sequence_of

_MOST_MEMORY = 6 << 30
"""Bytes of the process: a group has 512,000 logs at most, which take about 3 kB each."""
_SECONDS = 500.0
"""For one order; the job that waits has a little longer."""


class Group(msgspec.Struct, frozen=True, array_like=True):
    """A group: its shard, how many logs of the shard came before, and its bytes."""

    shard: int
    before: int
    raw: bytes


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Groups that become files in a folder, or files that become one; index: In JSON.

    files: Paths of files of columns of the same index.
    """

    index: str
    folder: str
    groups: tuple[Group, ...] = ()
    files: tuple[str, ...] = ()
    seconds: float = _SECONDS


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A file of columns; times are Unix seconds."""

    path: str
    rows: int
    first_s: int
    last_s: int


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """The files that were written, or why none was."""

    files: tuple[Piece, ...] = ()
    refusal: Refusal | None = None


def write_pieces(order: Order) -> tuple[Piece, ...]:
    """Write files of at most MOST_ROWS logs each, in the order of the logs.

    Raises:
        OSError: the disk refuses.
        IndexInvalid: the index is none.

    Cost: 30 to 50 µs and about 3 kB of memory a log.
    """
    index, logs = parse_index(order.index), _logs(order)
    files: list[LogFile] = []
    while piece := list(islice(logs, MOST_ROWS)):
        files.append(write_file(piece, index, f"{order.folder}/{len(files)}"))
    return tuple(Piece(each.path, each.rows, each.first_s, each.last_s) for each in files)


def _logs(order: Order) -> Iterator[Log]:
    for path in order.files:
        yield from read_file(path)
    for group in order.groups:
        yield from logs_of(group.raw, partial(sequence_of, group.shard, group.before))


class PieceProcess:
    """Writes files in a process of its own, which starts with the first order."""

    def __init__(self) -> None:
        command = python_command("juyong.logs.pieces", os.getpid())
        self._processes = Processes(command, 1, Pieces)

    def write(self, order: Order) -> tuple[Piece, ...]:
        """Write files; see `write_pieces`.

        Raises:
            EngineFailed: the process ended, or could not write.
            IndexInvalid, TimedOut: as named.
        """
        return self._processes.ask(order).files

    def close(self) -> None:
        """End the process."""
        self._processes.close()


def _answer(order: Order) -> Pieces:
    try:
        return Pieces(files=write_pieces(order))
    except LogSearchError as refused:
        return Pieces(refusal=Refusal(type(refused).__name__, str(refused)))
    except (OSError, MemoryError) as failed:
        why = f"no file of columns could be written: {failed}"
        return Pieces(refusal=Refusal(EngineFailed.__name__, why))


def main() -> None:
    """Answer orders until the other side is gone."""
    out = begin(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, out, Order, _answer)


if __name__ == "__main__":
    main()
