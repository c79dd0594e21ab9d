"""Runs in a process of its own: copies disks of machines as they were at one moment.

The copies are made while the machines run, and renewed once the machines are held still. The end of
the process lets them go on: the server's, the helper's, or that of the time that they may stand.
"""

import fcntl
import os
import signal
import time
from contextlib import suppress
from typing import NoReturn

import msgspec

from juyong.base import linux
from juyong.netplane.copying import Copy, NoRoom
from juyong.netplane.helper import guest
from juyong.netplane.helper.still import NotHeld, Stillness, identity
from juyong.netplane.messages import Stood, Take
from juyong.netplane.trees import opened

_PASSES, _SHORT_SECONDS = 4, 0.3
"""While machines run: how many passes at most, and how long one is that need not be repeated."""
_HOPELESS = 3
"""The last pass is not begun when the one before took so many times what it may."""


def make_gate() -> int:
    """Make a lock that a new process of a machine waits for, and that a taker shuts."""
    return os.memfd_create("gate")


def pass_gate(gate: int) -> None:
    """Wait until no taker has shut a gate.

    The lock is held until the process is a program of the machine, so that a taker finds it.
    """
    if gate >= 0:
        fcntl.flock(_reopened(gate), fcntl.LOCK_SH)


def _reopened(gate: int) -> int:
    """Open a gate anew: descriptors that were inherited share one lock."""
    return os.open(f"/proc/self/fd/{gate}", os.O_RDWR | os.O_CLOEXEC)


def take(
    parent: int, asked: Take, namespaces: tuple[int, ...], gates: tuple[int, ...], told: int
) -> NoReturn:
    """Be the process that takes.

    Args:
        parent: The helper, with which the process ends.
        namespaces: Of process ids, of the machines.
        gates: Of the machines.
        told: A pipe for the result.
    """
    said = Stood(refused="the process that copies ended")
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        guest.close_from(3, (*namespaces, *gates, told))
        said = _taken(asked, namespaces, gates, told)
    except (NoRoom, NotHeld) as refused:
        said = Stood(refused=str(refused))
    except OSError as refused:
        # SECURITY: the name of a file is the customer's.
        said = Stood(refused=f"the system refuses a part of a copy: {refused.strerror}")
    finally:
        _tell(told, said)


def _taken(asked: Take, namespaces: tuple[int, ...], gates: tuple[int, ...], told: int) -> Stood:
    copies, seconds = [], asked.seconds
    for source, target in asked.folders.items():
        with opened(source) as tree, opened(target) as folder:
            copies.append(Copy(os.dup(tree), os.dup(folder)))
    for number in range(_PASSES):
        began = time.monotonic()
        passing = [copy for copy in copies if copy.is_believed or number == 0]
        for copy in passing:
            copy.renew(last=False)
        took = time.monotonic() - began
        if not passing or took < _SHORT_SECONDS:
            break
        if number and took > _HOPELESS * seconds:
            return Stood(refused=f"the changes of {took:.0f} s take as long to copy")
    stillness = Stillness([identity(each) for each in namespaces])
    for gate in gates:
        fcntl.flock(_reopened(gate), fcntl.LOCK_EX)
    late = Stood(
        refused=f"the copy was not done within the {seconds:g} s that an instance may stand"
    )
    signal.signal(signal.SIGALRM, lambda *_: _tell(told, late))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    stillness.begin(asked.stop_seconds)
    for copy in copies:
        copy.renew(last=True)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return Stood()


def _tell(told: int, said: Stood) -> NoReturn:
    """Tell the result, and end."""
    with suppress(OSError):
        os.write(told, msgspec.msgpack.encode(said))
    os._exit(0)
