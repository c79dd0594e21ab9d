"""Holds machines still: all their processes stand until this process ends, whatever ends it.

Each thread is traced and told to stop, and the kernel lets all go on with the end of the tracer, be
that a kill. Signals that come meanwhile wait, a process that was stopped before stays stopped, and
no program is told of the stop: a signal that stops would be seen by parents and shells.

Source: ptrace(2), proc_pid_stat(5), proc_pid_syscall(5) (documented).
"""

import ctypes
import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

_SEIZE, _INTERRUPT = 0x4206, 0x4207
_CHILDREN_TOO = 0x02 | 0x04 | 0x08
"""Options: what a thread forks or clones is traced from its first moment."""
_ALL = 0x40000000
"""Of waitpid: threads as well as processes."""
_GLANCE_SECONDS = 0.001
_VFORKS = {"x86_64": ("56", "58", "435"), "aarch64": ("220", "435")}
"""The calls in which a parent waits for a child that shares its memory: it runs no code meanwhile,
and cannot be stopped. Source: linux/unistd.h (documented)."""
_STOPPED, _ENDED, _WAITING = "tT", "ZX", "D"
Identity = tuple[int, int]
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long


class NotHeld(Exception):
    """A process cannot be held; the text says why."""


def identity(namespace: int) -> Identity:
    """Return the identity of an open namespace."""
    found = os.fstat(namespace)
    return found.st_dev, found.st_ino


def refusal() -> str:
    """Return why the system lets no process be traced; empty where it does, as a trial shows."""
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        _trace(_SEIZE, child, 0)
    except OSError as refused:
        return str(refused.strerror)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return ""


class Stillness:
    """Machines that are being held, known by their namespaces of process ids.

    The calling thread is the tracer: it must have no children, and end to let the machines go on.
    """

    def __init__(self, namespaces: Collection[Identity]) -> None:
        self._namespaces = frozenset(namespaces)
        self._held: set[int] = set()
        self._stopped: set[int] = set()
        self._vforks = _VFORKS.get(os.uname().machine, ())

    def begin(self, seconds: float) -> None:
        """Return once every process stands.

        Raises:
            NotHeld: one does not within the time, or belongs to another tracer.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        deadline = time.monotonic() + seconds
        while True:
            others = self._seize()
            self._hear()
            moving = [each for each in self._held - self._stopped if not self._stands(each)]
            moving += [each for each in others if not self._stands_for_another(each)]
            # A look that found a new thread is followed by one more: the thread may have made one.
            if not moving and not self._is_new:
                return
            if time.monotonic() > deadline:
                raise NotHeld(f"processes that do not stop: {len(moving)}")
            if moving:
                signal.sigtimedwait({signal.SIGCHLD}, _GLANCE_SECONDS)

    def _seize(self) -> list[int]:
        """Trace all threads that are not traced yet; returns those that others trace."""
        others = []
        self._is_new = False
        for thread in self._threads():
            if thread in self._held:
                continue
            try:
                _trace(_SEIZE, thread, _CHILDREN_TOO)
                self._held.add(thread)
                self._is_new = True
                _trace(_INTERRUPT, thread, 0)
            except ProcessLookupError:
                continue
            except PermissionError:
                if _state(thread) not in _ENDED:
                    others.append(thread)
        return others

    def _threads(self) -> Iterator[int]:
        for name in os.listdir("/proc"):  # noqa: PTH208  # many
            if not name.isdigit():
                continue
            # Processes end, and some are not this one's to look at.
            with suppress(OSError):
                found = os.stat(f"/proc/{name}/ns/pid")  # noqa: PTH116  # many
                if (found.st_dev, found.st_ino) in self._namespaces:
                    yield from map(int, os.listdir(f"/proc/{name}/task"))  # noqa: PTH208

    def _hear(self) -> None:
        """Note which threads stopped, and forget those that ended; new ones are held from birth."""
        with suppress(ChildProcessError):
            while True:
                thread, status = os.waitpid(-1, os.WNOHANG | _ALL)
                if not thread:
                    return
                if os.WIFSTOPPED(status):
                    self._held.add(thread)
                    self._stopped.add(thread)
                else:
                    self._held.discard(thread)
                    self._stopped.discard(thread)

    def _stands(self, thread: int) -> bool:
        """Tell whether a thread of this tracer runs no code, though no stop was heard of."""
        state = _state(thread)
        if state in _ENDED:
            return True
        return state == _WAITING and _call(thread) in self._vforks

    def _stands_for_another(self, thread: int) -> bool:
        """Tell whether a thread waits for a tracer in the machine, which stands itself."""
        return _state(thread) == "t" and _tracer(thread) in self._held


def _trace(request: int, thread: int, data: int) -> None:
    if _libc.ptrace(ctypes.c_long(request), thread, None, ctypes.c_void_p(data)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"thread {thread}")


def _state(thread: int) -> str:
    """Return the state of a thread as one letter; `X` for one that is gone."""
    with suppress(OSError):
        text = Path(f"/proc/{thread}/stat").read_text(encoding="utf-8", errors="replace")
        return text.rpartition(")")[2].split()[0]
    return "X"


def _call(thread: int) -> str:
    """Return the number of the system call that a thread is in, as text; empty for none."""
    with suppress(OSError):
        return Path(f"/proc/{thread}/syscall").read_text(encoding="ascii").split(" ")[0]
    return ""


def _tracer(thread: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{thread}/status").read_text(errors="replace").splitlines():
            if line.startswith("TracerPid:"):
                return int(line.split()[1])
    return 0
