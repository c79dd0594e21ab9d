"""Measure large groups in processes of their own.

    python -I -m juyong.logs.measuring SERVER_PID

Proving a group of 4,096 logs takes Python 5 ms of one processor, and on a thread of the server each
of them holds up calls. With other processes the server's part of taking such a group is 2 ms in the
place of 7 (measured). SECURITY: so what a stranger sent is parsed where memory is bounded.
The native core holds up nothing and takes no memory, so groups that it reads are measured here.
"""

import os
import resource
import sys
import weakref

import msgspec

from juyong.base.heap import keep_memory
from juyong.base.own_process import python_command
from juyong.engines.logsearch.errors import EngineFailed, TimedOut
from juyong.engines.logsearch.messages import Refusal, begin, serve
from juyong.engines.logsearch.processes import Processes
from juyong.logs.compression import Incompressible, decompress
from juyong.logs.loggroup import (
    BadEncoding,
    BadKey,
    BadLogGroup,
    Measured,
    TooLarge,
    measure,
    measure_natively,
)
from juyong.logs.native import MOST_BYTES, native_ready
from juyong.store.errors import Unavailable

SMALL = 128 * 1024
"""Raw bytes of a group that is measured sooner than another process is asked."""
_MOST_MEMORY = 2 << 30
_KEPT_MEMORY = 32 << 20
"""Free bytes that a process keeps for the next group."""
_SECONDS = 30.0
_BAD = {
    each.__name__: each for each in (BadLogGroup, BadEncoding, BadKey, TooLarge, Incompressible)
}


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """A group as it came; size: Of its raw bytes."""

    codec: str
    size: int
    packed: bytes
    seconds: float = _SECONDS


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The extent of a group, or the name of an error and its text."""

    measured: Measured | None = None
    bad: str = ""
    why: str = ""
    refusal: Refusal | None = None


def measure_here(codec: str, packed: bytes, size: int) -> Measured:
    """Measure a group in this process.

    Raises:
        Incompressible: the bytes are not so many compressed ones.
        BadLogGroup: they are no group, or one beyond the bounds.
    """
    return measure(decompress(codec, packed, size))


class Measurer:
    """Measures small groups and those that the native core reads here, others in processes.

    The processes start when they are needed.

    most: How many processes work at once.
    """

    def __init__(self, most: int) -> None:
        command = python_command("juyong.logs.measuring", os.getpid())
        self._processes = Processes(command, most, Found)
        weakref.finalize(self, self._processes.close)

    def measure(self, codec: str, packed: bytes, size: int) -> Measured:
        """Measure a group; raises as `measure_here`.

        Raises:
            Unavailable: the process ended, or none was free for long.
        """
        if size <= SMALL:
            return measure_here(codec, packed, size)
        if native_ready() and size <= MOST_BYTES:
            natively = measure_natively(decompress(codec, packed, size))
            if natively is not None:
                return natively
        try:
            found = self._processes.ask(Packed(codec=codec, size=size, packed=packed))
        except (EngineFailed, TimedOut) as failed:
            raise Unavailable("no process could measure the logs") from failed
        if found.measured is None:
            raise _BAD[found.bad](found.why)
        return found.measured

    def close(self) -> None:
        """End the processes."""
        self._processes.close()


def _answer(asked: Packed) -> Found:
    try:
        return Found(measured=measure_here(asked.codec, asked.packed, asked.size))
    except (BadLogGroup, Incompressible) as bad:
        return Found(bad=type(bad).__name__, why=str(bad))
    except MemoryError:
        return Found(bad=TooLarge.__name__, why="the group takes too much memory")


def main() -> None:
    """Answer until the other side is gone."""
    out = begin(int(sys.argv[1]))
    keep_memory(_KEPT_MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, out, Packed, _answer)


if __name__ == "__main__":
    main()
