"""Start the child, feed it, hear it, and stop it: one process tree a run."""

import json
import os
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO

from juyong.base.clock import system_clock
from juyong.base.own_process import Child
from juyong.base.secret import Secret
from juyong.sandbox.child import OUT_OF_MEMORY
from juyong.sandbox.children import children
from juyong.sandbox.job import MEGABYTE, Failed, Job, Outcome, Returned, SandboxUnavailable
from juyong.sandbox.package import Package

_START_SECONDS = 20.0
"""How long the child may take to get to the handler; the machine may be busy."""
_PREFIX = "juyong-function-"
_LONG_GONE_SECONDS = 3600
_TMP_MEGABYTES = 64
_FILES = 256
_PROCESSES = 48
_HEAD = 9
_CHUNK = 64 * 1024
_CPU_EXCEEDED = 128 + signal.SIGXCPU


def run(job: Job) -> Outcome:
    """Run a job to its end, at most its time and what starting takes.

    Blocks; give it a thread of its own.

    Raises:
        Busy: as many run as there is room for, in all or of this owner's; or all are stopped.
        SandboxUnavailable: the system cannot isolate the job. Nothing of it was run.
    """
    try:
        outcome = _run(job)
    except OSError as failure:
        children.refusal = f"the run cannot be set up: {failure}"
        raise SandboxUnavailable(children.refusal) from failure
    children.refusal = ""
    return outcome


def _run(job: Job) -> Outcome:
    _clear_leftovers()
    with children.slot(job.owner) as slot, tempfile.TemporaryDirectory(prefix=_PREFIX) as place:
        root = Path(place) / "root"
        root.mkdir()
        job.package.write(Path(place) / "code")
        config = _config(job, place, slot.uid if os.geteuid() == 0 else None)
        child = children.start(slot)
        conversation = _Conversation(job, child)
        try:
            conversation.hold(chain((json.dumps(config).encode() + b"\n",), job.event))
        finally:
            conversation.end()
        return conversation.outcome()


@lru_cache(maxsize=1)
def _clear_leftovers() -> None:
    """Delete the directories of runs whose server was killed, once in a process: no run is old."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if path.stat().st_mtime < system_clock() - _LONG_GONE_SECONDS:
                shutil.rmtree(path)


_PROBE = b"""
import os
def probe(event, context):
    try:
        os.close(os.memfd_create("probe"))
    except OSError:
        return "walled off"
    return "unfiltered"
"""


def probe() -> str | None:
    """Return what this system lacks to wall functions off, or None when it lacks nothing.

    Without a filter of system calls they run nevertheless.
    """
    package = Package(((PurePosixPath("probe.py"), _PROBE, False),))
    job = Job(
        owner="",
        package=package,
        handler="probe.probe",
        event=(b"1",),
        environment={},
        context={},
        grant=None,
        seconds=5,
        megabytes=128,
    )
    try:
        outcome = run(job)
    except (SandboxUnavailable, OSError) as refused:
        return str(refused)
    if not isinstance(outcome, Returned):
        return "a trial run failed"
    return "system calls are not filtered" if outcome.output == b"unfiltered" else None


def _config(job: Job, place: str, uid: int | None) -> dict[str, object]:
    grant = job.grant
    return {
        "root": f"{place}/root",
        "code": f"{place}/code",
        "uid": uid,
        "network": job.network,
        "readable": list(job.readable) + ([job.hook] if job.hook else []),
        "hook": job.hook,
        "handler": job.handler,
        "environment": {name: _plain(value) for name, value in job.environment.items()},
        "context": dict(job.context),
        "grant": grant
        and {
            "access_key_id": grant.access_key_id,
            "access_key_secret": grant.access_key_secret.reveal(),
            "security_token": grant.security_token.reveal(),
        },
        "seconds": job.seconds,
        "megabytes": job.megabytes,
        "tmp_megabytes": _TMP_MEGABYTES,
        "files": _FILES,
        "processes": _PROCESSES,
    }


def _plain(value: Secret) -> str:
    return value.reveal()


class _Conversation:
    """Feeds a child and reads its answers and its log, within bounds."""

    def __init__(self, job: Job, child: Child) -> None:
        assert child.stdin is not None  # noqa: S101  # made with pipes
        assert child.stdout is not None  # noqa: S101
        assert child.stderr is not None  # noqa: S101
        self._job, self._child = job, child
        self._in, self._out, self._err = child.stdin, child.stdout, child.stderr
        self._answers = bytearray()
        self._log = bytearray()
        self._started: float | None = None
        self._stopped: str | None = None
        self._born = time.monotonic()
        self._ended = self._born

    def hold(self, text: Iterable[bytes]) -> None:
        """Talk until the child has closed its ends, or must be stopped; text: Read in blocks."""
        with selectors.DefaultSelector() as selector:
            for stream, events in (
                (self._in, selectors.EVENT_WRITE),
                (self._out, selectors.EVENT_READ),
                (self._err, selectors.EVENT_READ),
            ):
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, events)
            blocks = iter(text)
            left = memoryview(next(blocks))
            while selector.get_map():
                wait = self._deadline() - time.monotonic()
                ready = selector.select(wait) if wait > 0 else []
                if not ready:
                    self._stopped = "time"
                    return
                for key, _ in ready:
                    if key.fileobj is self._in:
                        left = self._feed(selector, left, blocks)
                    elif not self._hear(key.fileobj):  # type: ignore[arg-type]  # our own pipes
                        selector.unregister(key.fileobj)
                if self._stopped:
                    return

    def _deadline(self) -> float:
        if self._started is None:
            return self._born + _START_SECONDS
        return self._started + self._job.seconds

    def _feed(
        self, selector: selectors.BaseSelector, left: memoryview, blocks: Iterator[bytes]
    ) -> memoryview:
        try:
            left = left[os.write(self._in.fileno(), left[:_CHUNK]) :]
            left = left or memoryview(next(filter(None, blocks), b""))
        except BrokenPipeError:
            left = left[:0]
        if not left:
            selector.unregister(self._in)
            self._in.close()
        return left

    def _hear(self, stream: IO[bytes]) -> bool:
        """Read once; False at the end of a stream."""
        chunk = os.read(stream.fileno(), _CHUNK)
        if stream is self._err:
            self._log += chunk
            del self._log[: -self._job.most_log]
            return bool(chunk)
        self._answers += chunk
        if self._started is None and self._answers[:1] == b"S":
            self._started = time.monotonic()
        if len(self._answers) > self._job.most_output + 2 * _HEAD:
            self._stopped = "output"
        return bool(chunk)

    def end(self) -> None:
        """Stop whatever is left of the child, and wait for it."""
        self._ended = time.monotonic()
        self._code = children.end(self._child)
        for stream in (self._in, self._out, self._err):
            stream.close()

    def outcome(self) -> Outcome:
        """Return the outcome.

        Raises:
            SandboxUnavailable: the walls could not be built.
        """
        kind, payload = self._answer()
        if kind == b"U" or (self._started is None and kind is None):
            # A child that was killed while it started says nothing about the system.
            children.refusal = payload.decode(errors="replace")
            raise SandboxUnavailable(children.refusal or "the child did not start")
        took = int(1000 * (self._ended - (self._started or self._born)))
        log = bytes(self._log)
        if self._stopped is None and kind == b"R":
            return Returned(output=payload, log=log, milliseconds=took)
        if self._stopped is None and kind == b"E":
            return Failed(report=payload, log=log, milliseconds=took)
        text = json.dumps({"errorMessage": self._why(took)}).encode()
        return Failed(report=text, log=log, milliseconds=took)

    def _why(self, took: int) -> str:
        if self._stopped == "time" or self._code == _CPU_EXCEEDED:
            return f"Function timed out after {self._job.seconds} seconds"
        if self._code == OUT_OF_MEMORY:
            return f"Function memory exceeded {self._job.megabytes} MB (duration: {took}ms)"
        if self._stopped == "output":
            most = self._job.most_output // MEGABYTE
            return f"The size of the response exceeds the limit of {most} MB"
        return f"Process exited unexpectedly before completing request (duration: {took}ms)"

    def _answer(self) -> tuple[bytes | None, bytes]:
        """Return the last whole answer: `R`eturned, `E`rror, `U`navailable, or `S`tarted only."""
        found: tuple[bytes | None, bytes] = (None, b"")
        at = 0
        while at + _HEAD <= len(self._answers):
            size = int.from_bytes(self._answers[at + 1 : at + _HEAD], "big")
            end = at + _HEAD + size
            if end > len(self._answers):
                break
            kind = bytes(self._answers[at : at + 1])
            found = kind, bytes(self._answers[at + _HEAD : end])
            # SECURITY: once its own code runs, the child cannot say that it never ran.
            if kind != b"S":
                break
            at = end
        if self._started is not None and found[0] == b"U":
            return b"S", b""
        return found
