"""Processes that work on logs for the server: a few, each with one question at a time."""

import select
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

import msgspec

from juyong.base.own_process import Child, end, started
from juyong.engines.logsearch import errors
from juyong.engines.logsearch.messages import Refusal, receive, send

_GRACE_SECONDS = 2.0
"""How long after its time a query may take to react to being interrupted."""


class Question(Protocol):
    """A struct that a process is asked; `seconds` is how long the answer may take."""

    @property
    def seconds(self) -> float:
        """Return how long the answer may take."""


class Answered(Protocol):
    """A struct that a process answers; `refusal` says why there is no answer."""

    @property
    def refusal(self) -> Refusal | None:
        """Return why there is no answer, or None."""


A = TypeVar("A", bound=Answered)


class Processes(Generic[A]):
    """A pool of processes of one command; one that ended or was killed is replaced when needed.

    kind: Of the answers. most: How many processes work at once. first: A message that each process
    is sent when it starts: arguments and environments can be read by others on the machine.
    """

    def __init__(
        self, command: Sequence[str], most: int, kind: type[A], first: object = None
    ) -> None:
        self._command = list(command)
        self._first = first
        self._kind = kind
        self._room = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closed = False

    def ask(self, ask: Question) -> A:
        """Have a process answer.

        Raises:
            TimedOut: no process was free, or the answer did not come in time.
            EngineFailed: the process ended, or the pool is closed.
            LogSearchError: as the process says.
        """
        deadline = time.monotonic() + ask.seconds
        if not self._room.acquire(timeout=ask.seconds):
            raise errors.TimedOut("too many queries run at once")
        try:
            child = self._taken()
            try:
                answer = msgspec.msgpack.decode(_exchange(child, ask, deadline), type=self._kind)
            except BaseException:
                end(child)
                raise
            finally:
                self._put_back(child)
        finally:
            self._room.release()
        if answer.refusal is not None:
            raise _error(answer.refusal.name)(answer.refusal.text)
        return answer

    def close(self) -> None:
        """End all processes; queries under way fail with EngineFailed."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for child in self._busy:
                # The thread that waits for the answer sees the end, and closes the pipes.
                child.kill()
        for child in idle:
            end(child)

    def _taken(self) -> Child:
        with self._lock:
            if self._closed:
                raise errors.EngineFailed("the log engine is closed")
            while self._idle:
                child = self._idle.pop()
                if child.poll() is None:
                    break
                end(child)
            else:
                child = self._started()
            self._busy.add(child)
            return child

    def _put_back(self, child: Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if not self._closed and child.poll() is None:
                self._idle.append(child)
                return
        end(child)

    def _started(self) -> Child:
        try:
            child = started(
                self._command, piped=("stdin", "stdout"), environment={"LC_ALL": "C.UTF-8"}
            )
        except OSError as refused:
            raise errors.EngineFailed(f"no process could be started: {refused.strerror}") from None
        if self._first is not None and child.stdin is not None:
            with suppress(BrokenPipeError):  # The question that follows says so.
                send(self._first, child.stdin)
        return child


def _exchange(child: Child, ask: Question, deadline: float) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise errors.EngineFailed("the process has no pipes")
    try:
        send(ask, child.stdin)
    except BrokenPipeError:
        raise errors.EngineFailed("the process that answers queries ended") from None
    left = deadline + _GRACE_SECONDS - time.monotonic()
    waiting = select.poll()  # A server may have more descriptors than select.select can name.
    waiting.register(child.stdout, select.POLLIN)
    if not waiting.poll(max(left, 0) * 1000):
        raise errors.TimedOut("the query took too long and was stopped")
    body = receive(child.stdout)
    if body is None:
        raise errors.EngineFailed("the process that answers queries ended")
    return body


def _error(name: str) -> type[errors.LogSearchError]:
    found = getattr(errors, name, None)
    is_ours = isinstance(found, type) and issubclass(found, errors.LogSearchError)
    return found if is_ours and found is not None else errors.EngineFailed
