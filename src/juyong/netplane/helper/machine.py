"""One machine as the helper knows it, and how a process becomes a command in the machine."""

import fcntl
import os
import signal
import termios
from collections.abc import Callable
from typing import NoReturn

import msgspec

from juyong.base import linux
from juyong.netplane.helper import disks, guest
from juyong.netplane.helper.left import KINDS

_NOT_FOUND, _NOT_RUN = 127, 126


class Machine(msgspec.Struct, kw_only=True):
    """A machine that runs.

    uid: In the helper's user namespace. orders: Open until released. file_mb: How long a file may
    become, 0 for no bound. bound: Of what its disks hold. process: Of a machine that an earlier
    helper started, a descriptor of the first process, of which this one is no parent. taker, gate:
    The process that copies its disks, 0 for none, and the lock that is shut meanwhile.
    """

    name: str
    memory_mb: int
    file_mb: int
    bound: disks.Bound
    trusts: bool
    pid: int
    uid: int
    status: int
    orders: int
    pids: int = -1
    process: int = -1
    taker: int = 0
    gate: int = -1
    doors: dict[str, int] = msgspec.field(default_factory=dict)


def become(
    machine: Machine, argv: tuple[str, ...], streams: list[int], begin: Callable[[], None]
) -> NoReturn:
    """Become a command in a machine; never comes back into the helper's code."""
    code = _NOT_RUN
    try:
        begin()
        guest.end_first()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        for standard, stream in enumerate(streams):
            os.dup2(stream, standard)
        for kind in KINDS:
            linux.enter(machine.doors[kind], KINDS[kind])
        guest.close_from(3)
        guest.become_root()
        os.setsid()
        if os.isatty(0):
            # A shell wants a terminal that is its own, so that keys interrupt commands.
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        # The server that waits for the command ends with the helper; the machine may not.
        linux.die_with_parent(signal.SIGKILL)
        guest.confine(machine.memory_mb, machine.file_mb)
        os.chdir("/root")
        variables = guest.environment(trusts=machine.trusts)
        os.execvpe(argv[0], argv, variables)  # noqa: S606  # no shell is wanted
    except FileNotFoundError as missing:
        code = _NOT_FOUND
        os.write(2, f"{argv[0]}: {missing.strerror}\n".encode())
    except OSError as refused:
        os.write(2, f"{argv[0]}: {refused.strerror}\n".encode())
    finally:
        os._exit(code)
