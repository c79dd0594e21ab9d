"""How the helper starts a process in a namespace of process ids that is not its own."""

import errno
import os
import signal
from collections.abc import Callable
from typing import NoReturn

from juyong.base import linux

_SIZE = 4
_GO = b"g"
Begin = Callable[[], None]


class Births:
    """Starts processes in the helper's place in the process ids.

    PERF: a process between costs a second fork, so that the helper enters the namespace itself
    where it has the power to come back.
    """

    def __init__(self) -> None:
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._comes_back = True
        try:
            linux.enter(self._own, linux.NEWPID)
        except OSError:
            # As root's helper, which stands in the system's process ids and has no power there.
            self._comes_back = False

    def born(self, enter: Begin, be: Callable[[Begin], NoReturn]) -> int:
        """Fork a process, for which a namespace was entered, and return its id.

        Args:
            enter: Enters or makes the namespace of process ids.
            be: Is called in the new process; its argument waits until the caller is the parent.

        Raises:
            OSError: the system starts no further process, or refuses the namespace.
        """
        if not self._comes_back:
            return _born_below(enter, be)
        enter()
        try:
            pid = os.fork()
            if pid == 0:
                be(lambda: None)
            return pid
        finally:
            linux.enter(self._own, linux.NEWPID)


def _born_below(enter: Begin, be: Callable[[Begin], NoReturn]) -> int:
    """Do so by a process between, which ends: the caller reaps orphans and becomes the parent."""
    told, tell = os.pipe2(os.O_CLOEXEC)
    gate, opening = os.pipe2(os.O_CLOEXEC)

    def wait() -> None:
        os.close(opening)
        if os.read(gate, 1) != _GO:
            os._exit(1)

    try:
        between = os.fork()
        if between == 0:
            _be_between(tell, enter, lambda: be(wait))
        _, status = os.waitpid(between, 0)
        os.close(tell)
        tell = -1
        answer = os.read(told, _SIZE)
        if not answer:
            # Where a process was born all the same, the shut gate ends that process.
            raise OSError(errno.ECANCELED, f"no process can be started: {_end(status)}")
        found = int.from_bytes(answer, "big", signed=True)
        if found < 0:
            raise OSError(-found, f"no process can be started: {os.strerror(-found)}")
        os.write(opening, _GO)
        return found
    finally:
        for each in (told, tell, gate, opening):
            if each >= 0:
                os.close(each)


def _end(status: int) -> str:
    """Return how the process between ended that said nothing."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"the process between was killed by {signal.Signals(-code).name}"
    return f"the process between ended with {code} and said nothing"


def _be_between(tell: int, enter: Begin, be: Callable[[], NoReturn]) -> NoReturn:
    try:
        enter()
        pid = os.fork()
        if pid == 0:
            be()
        os.write(tell, pid.to_bytes(_SIZE, "big", signed=True))
    except OSError as refused:
        os.write(tell, (-(refused.errno or errno.EIO)).to_bytes(_SIZE, "big", signed=True))
    finally:
        os._exit(0)
