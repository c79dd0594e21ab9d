"""Run a command in a machine to its end, with bounds on its time and its output."""

import os
import selectors
import time
from collections.abc import Callable

import msgspec

from juyong.netplane.client import Helper

MOST_OUTPUT = 4 * 1024 * 1024
"""Bytes of output that are kept; what a command writes after them is read and dropped."""
_CHUNK = 64 * 1024
_SETTLE_SECONDS = 5.0


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A command that ended.

    code: As a shell tells it. timed_out: The command was killed when its time was over.
    output: Both streams as they came. dropped: Bytes of output that were too many.
    """

    code: int
    output: bytes
    timed_out: bool = False
    dropped: int = 0

    def __repr__(self) -> str:
        """Leave out the output, which may hold secrets."""
        return f"Finished(code={self.code}, timed_out={self.timed_out})"


def _unheard(_job: int) -> None:
    """Take the number of a job; no other part asks about that job."""


def finish(
    helper: Helper,
    machine_id: str,
    argv: tuple[str, ...],
    timeout_s: float,
    stdin: bytes,
    *,
    started: Callable[[int], None] = _unheard,
) -> Finished:
    """Run a command; `started` is given the number of its job.

    Raises:
        OSError: the machine does not run, or the helper ended.
    """
    inner_in, feed = os.pipe2(os.O_CLOEXEC)
    hear, inner_out = os.pipe2(os.O_CLOEXEC)
    try:
        job = helper.start_job(machine_id, argv, (inner_in, inner_out, inner_out))
    except OSError:
        for each in (feed, hear):
            os.close(each)
        raise
    finally:
        os.close(inner_in)
        os.close(inner_out)
    started(job)
    streams = _Streams(feed, hear, stdin)
    deadline = time.monotonic() + timeout_s
    timed_out = not streams.pump(lambda: deadline - time.monotonic())
    code = helper.wait_job(job, max(0.0, deadline - time.monotonic()))
    if code is None:
        timed_out = True
        helper.kill_job(job)
        code = helper.wait_job(job, _SETTLE_SECONDS)
    streams.close()
    return Finished(
        code=-1 if code is None else code,
        output=bytes(streams.output),
        timed_out=timed_out,
        dropped=streams.dropped,
    )


class _Streams:
    """The server's ends of the pipes of a command."""

    def __init__(self, feed: int, hear: int, stdin: bytes) -> None:
        self._feed, self._hear, self._left = feed, hear, memoryview(stdin)
        self.output = bytearray()
        self.dropped = 0

    def pump(self, left_s: Callable[[], float]) -> bool:
        """Feed and hear until the output ends; False when the time is over before."""
        with selectors.DefaultSelector() as selector:
            os.set_blocking(self._feed, False)
            selector.register(self._hear, selectors.EVENT_READ)
            selector.register(self._feed, selectors.EVENT_WRITE)
            while True:
                wait = left_s()
                ready = selector.select(wait) if wait > 0 else []
                if not ready:
                    return False
                for key, _ in ready:
                    if key.fd == self._feed:
                        if not self._write():
                            selector.unregister(self._feed)
                            os.close(self._feed)
                            self._feed = -1
                    elif not self._read():
                        return True

    def _write(self) -> bool:
        """Write once; False when nothing is left to write, or no reader."""
        if not self._left:
            return False
        try:
            self._left = self._left[os.write(self._feed, self._left[:_CHUNK]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return bool(self._left)

    def _read(self) -> bool:
        chunk = os.read(self._hear, _CHUNK)
        kept = chunk[: MOST_OUTPUT - len(self.output)]
        self.output += kept
        self.dropped += len(chunk) - len(kept)
        return bool(chunk)

    def close(self) -> None:
        for each in (self._feed, self._hear):
            if each >= 0:
                os.close(each)
