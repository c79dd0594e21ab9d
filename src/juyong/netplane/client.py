"""The helper process as the server sees it: started, asked, heard and ended."""

import os
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from juyong.netplane import messages as m
from juyong.netplane.keeping import Found
from juyong.netplane.room import ENVIRONMENT, PROGRAM, Room

_CLEAR = b"c"
_START_SECONDS = 30.0
_ANSWER_SECONDS = 120.0
_END_SECONDS = 10.0
_MOST_EVENTS = 100_000

Heard = m.Exited | m.Stopped | m.NotStarted | m.Rewrote


class Refusal(Exception):
    """The system cannot carry the helper; the text says why."""


class _Waiting:
    """One request that waits for its answer."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: m.Answer | None = None
        self.sockets: list[socket.socket] = []


class _Job:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.code: int | None = None


class Helper:
    """A running helper; all methods may be called by any thread.

    Args:
        knock: Called by a thread of the helper's when it told something, or ended.
        room: Where the system keeps what outlives the helper and the server; None for nothing.

    Raises:
        Refusal: the system refuses namespaces, or lacks a program.
        OSError: the helper did not start.
    """

    def __init__(self, knock: Callable[[], None], room: Room | None = None) -> None:
        self._knock = knock
        self.found: Found | None = None
        """All that an earlier helper left, which this one holds."""
        self.unkept = ""
        """Why nothing outlives the helper, where something was to."""
        self.unheld = ""
        """Why no machine can be held still for a snapshot."""
        self.is_bounded = False
        """Whether control groups bound what each machine uses."""
        place = [] if room is None else [room.token(), str(room.folder.absolute())]
        self._pair, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        life, self._life = os.pipe2(os.O_CLOEXEC)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-I", "-m", PROGRAM, str(theirs.fileno()), str(life), *place],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=ENVIRONMENT,
                cwd="/",
                pass_fds=(theirs.fileno(), life),
                start_new_session=True,
            )
        finally:
            theirs.close()
            os.close(life)
        self._sending, self._state = threading.Lock(), threading.Lock()
        self._numbers = 0
        self._waiting: dict[int, _Waiting] = {}
        self._jobs: dict[int, _Job] = {}
        self._lost: set[str] = set()
        self._events: deque[Heard] = deque(maxlen=_MOST_EVENTS)
        self.ended = threading.Event()
        self._reader: threading.Thread | None = None
        self._greet()
        self._reader = threading.Thread(target=self._listen, name="netplane", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The outermost process of the helper."""
        return self._process.pid

    def _greet(self) -> None:
        self._pair.settimeout(_START_SECONDS)
        try:
            body, _ = m.receive(self._pair)
            ready = m.told.decode(body)
        except (OSError, msgspec.DecodeError):
            said = self._last_words()
            self.close(clear=False)
            raise OSError(f"the helper did not start: {said}") from None
        self._pair.settimeout(None)
        if not isinstance(ready, m.Ready) or ready.refused:
            self.close()
            raise Refusal(ready.refused if isinstance(ready, m.Ready) else "no greeting")
        self.found, self.unkept, self.is_bounded = ready.found, ready.unkept, ready.is_bounded
        self.unheld = ready.unheld

    def _last_words(self) -> str:
        if self._process.stderr is None:
            return ""
        return self._process.stderr.read(4000).decode(errors="replace").strip()[-500:]

    # -- requests --------------------------------------------------------------------------------

    def ask(self, request: m.Request, descriptors: tuple[int, ...] = ()) -> tuple[bytes, ...]:
        """Send a request and return what its answer holds.

        Raises:
            OSError: the helper refuses, or is gone.
        """
        answer, sockets = self._asked(request, descriptors)
        for each in sockets:
            each.close()
        return answer.items

    def ask_socket(self, request: m.Request) -> socket.socket:
        """Send a request and return the socket that comes with its answer.

        Raises:
            OSError: the helper refuses, or is gone.
        """
        _, sockets = self._asked(request, ())
        if len(sockets) != 1:
            raise m.Ended("the helper sent no socket")
        return sockets[0]

    def number(self) -> int:
        """Return a number for a request or a job."""
        with self._state:
            self._numbers += 1
            return self._numbers

    def _asked(
        self, request: m.Request, descriptors: tuple[int, ...]
    ) -> tuple[m.Answer, list[socket.socket]]:
        waiting = _Waiting()
        with self._state:
            self._waiting[request.number] = waiting
        try:
            with self._sending:
                m.send(self._pair, request, descriptors)
            if self.ended.is_set() or not waiting.done.wait(_ANSWER_SECONDS):
                raise m.Ended("the helper does not answer")
        finally:
            with self._state:
                self._waiting.pop(request.number, None)
        if waiting.answer is None:
            raise m.Ended("the helper ended")
        if waiting.answer.refused:
            raise m.NotDone(waiting.answer.refused)
        return waiting.answer, waiting.sockets

    # -- jobs ------------------------------------------------------------------------------------

    def start_job(self, machine: str, argv: tuple[str, ...], streams: tuple[int, int, int]) -> int:
        """Start a command in a machine; returns the number of the job.

        Raises:
            OSError: the machine does not run, or the helper is gone.
        """
        job = self.number()
        with self._state:
            self._jobs[job] = _Job()
        try:
            request = m.Run(number=self.number(), machine=machine, argv=argv, job=job)
            self.ask(request, streams)
        except OSError:
            with self._state:
                self._jobs.pop(job, None)
            raise
        return job

    def wait_job(self, job: int, timeout: float | None) -> int | None:
        """Return the exit code of a job, None while it runs after the time.

        Raises:
            OSError: the helper ended.
        """
        known = self._jobs[job]
        if not known.done.wait(timeout):
            return None
        with self._state:
            self._jobs.pop(job, None)
        if known.code is None:
            raise m.Ended("the helper ended")
        return known.code

    def kill_job(self, job: int) -> None:
        """Kill the processes of a job.

        Raises:
            OSError: the helper is gone.
        """
        self.ask(m.Kill(number=self.number(), job=job))

    # -- what it tells ---------------------------------------------------------------------------

    def events(self) -> list[Heard]:
        """Return what was heard since the last call; jobs are not among it."""
        found = []
        while self._events:
            found.append(self._events.popleft())
        return found

    def lost(self) -> frozenset[str]:
        """Return the machines that ended by themselves since the last call."""
        with self._state:
            found, self._lost = frozenset(self._lost), set()
        return found

    def _listen(self) -> None:
        try:
            while True:
                body, descriptors = m.receive(self._pair)
                self._hear(m.told.decode(body), descriptors)
        except (OSError, msgspec.DecodeError):
            pass
        finally:
            self._give_up()

    def _hear(self, told: m.Told, descriptors: list[int]) -> None:
        sockets = [socket.socket(fileno=each) for each in descriptors]
        match told:
            case m.Answer(number=number):
                with self._state:
                    waiting = self._waiting.get(number)
                if waiting is not None:
                    waiting.answer, waiting.sockets = told, sockets
                    waiting.done.set()
                    return
            case m.Exited(job=job, code=code):
                with self._state:
                    known = self._jobs.get(job)
                if known is not None:
                    known.code = code
                    known.done.set()
            case m.Stopped() | m.NotStarted() | m.Rewrote():
                if isinstance(told, m.Stopped):
                    with self._state:
                        self._lost.add(told.machine)
                self._events.append(told)
                self._knock()
            case m.Ready():
                pass
        for each in sockets:
            each.close()

    def _give_up(self) -> None:
        self.ended.set()
        with self._state:
            for waiting in self._waiting.values():
                waiting.done.set()
            for job in self._jobs.values():
                job.done.set()
        self._knock()

    def close(self, *, clear: bool = True) -> None:
        """End the helper and all that it holds; may be called twice.

        Args:
            clear: End what outlives the helper as well.
        """
        if self._life >= 0:
            if clear:
                with suppress(BrokenPipeError):
                    os.write(self._life, _CLEAR)
            os.close(self._life)
            self._life = -1
        with suppress(OSError):
            self._pair.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            # The second process of the helper ends with the first.
            self._process.kill()
            self._process.wait()
        if self._reader is not None and self._reader is not threading.current_thread():
            # The number of a descriptor that is closed may be another's at once.
            self._reader.join()
        self._pair.close()
        if self._process.stderr is not None:
            self._process.stderr.close()
