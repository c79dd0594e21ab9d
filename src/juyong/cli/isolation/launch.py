"""Starts a command in a network of its own, or says why the system does not allow one.

The process that becomes the command leaves its namespaces, is mapped to its own user by the one
that started it, builds its walls, hands the sockets out, gives up every power it got, and executes
the command. The two speak over a pair of sockets that the command does not inherit.
"""

import os
import signal
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from juyong.base import linux
from juyong.cli.isolation.walls import build

_MESSAGE_BYTES = 1024
_MOST_SOCKETS = 250
_LEFT, _MAPPED, _BUILT, _REFUSED, _NOT_RUN = b"L", b"M", b"B", b"R", b"N"
_CAPABILITIES_OF_ROOT = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 18, 31)
"""The powers of root over files, users and processes: CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER,
FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, SETFCAP."""


class IsolationRefused(Exception):
    """The system does not let this user isolate a command; the text says what it refused."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """A process that is being isolated, and then is the command."""

    pid: int
    _control: socket.socket

    def sockets(self) -> list[socket.socket]:
        """Wait for the walls; returns the sockets to serve, none if a signal ended the process
        before.

        Raises:
            IsolationRefused: the system does not allow a part of them; the process is gone.
        """
        message, descriptors, _, _ = socket.recv_fds(
            self._control, _MESSAGE_BYTES, _MOST_SOCKETS, socket.MSG_CMSG_CLOEXEC
        )
        self.heed(message)
        return [socket.socket(fileno=descriptor) for descriptor in descriptors]

    def executed(self) -> None:
        """Wait until the process is the command.

        Raises:
            OSError: the command cannot be executed, as execve says; the process is gone.
            IsolationRefused: it could not give up its powers; the process is gone.
        """
        with self._control:
            self.heed(self._control.recv(_MESSAGE_BYTES))

    def heed(self, message: bytes) -> None:
        """Raise what a message of the process says of its failure; see sockets and executed."""
        kind, told = message[:1], message[1:]
        if kind not in (_REFUSED, _NOT_RUN):
            return
        self._control.close()
        self.wait()
        if kind == _REFUSED:
            raise IsolationRefused(told.decode())
        raise OSError(int(told), os.strerror(int(told)))

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Wait for its end; returns its status, -n when signal n ended it."""
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def isolate(
    command: Sequence[str], environment: Mapping[str, str], forwarded: Sequence[int]
) -> Isolated:
    """Start the process that becomes a command.

    Args:
        command: The program, looked up on PATH, and its arguments.
        environment: All of its variables.
        forwarded: Loopback ports that are served for the command.

    Raises:
        IsolationRefused: the system lets this user make no such namespaces.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # Until the handlers of this process are gone from the other, no signal may run them there.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = os.fork()
    if pid == 0:
        ours.close()
        _become(command, environment, forwarded, theirs, before)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    started = Isolated(pid, ours)
    message = ours.recv(_MESSAGE_BYTES)
    started.heed(message)
    if message == _LEFT:
        try:
            _map_to_itself(pid)
        except OSError as refused:
            ours.close()
            started.wait()
            raise IsolationRefused(f"mapping the user: {refused.strerror}") from refused
        ours.send(_MAPPED)
    return started


def _map_to_itself(pid: int) -> None:
    """Give a process in its new user namespace the users that this one has.

    root keeps all of them, so that each file goes on belonging to its owner. An ordinary user has
    one user and one group that can be mapped, and keeps the powers of the other groups.
    """
    place = Path("/proc", str(pid))
    if os.geteuid() == 0:
        try:
            for name in ("uid_map", "gid_map"):
                lines = Path("/proc/self", name).read_text().splitlines()
                spans = [(inner, count) for inner, _, count in map(str.split, lines)]
                text = "".join(f"{inner} {inner} {count}\n" for inner, count in spans)
                (place / name).write_text(text)
        except PermissionError:
            # root of a container, without what would let it map others than itself.
            pass
        else:
            return
    (place / "setgroups").write_text("deny")
    (place / "uid_map").write_text(f"{os.geteuid()} {os.geteuid()} 1")
    (place / "gid_map").write_text(f"{os.getegid()} {os.getegid()} 1")


# --- in the process that becomes the command ---


def _become(
    command: Sequence[str],
    environment: Mapping[str, str],
    forwarded: Sequence[int],
    control: socket.socket,
    mask: AbstractSet[int],
) -> NoReturn:
    """Build the walls and execute the command; never comes back into the code that forked."""
    try:
        _reset_signals(mask)
        _wall_off(forwarded, control)
        try:
            os.execvpe(command[0], [*command], environment)  # noqa: S606  # no shell is wanted
        except OSError as failure:
            control.send(_NOT_RUN + str(failure.errno).encode())
    except OSError as refused:
        what = f"{refused.filename}: " if refused.filename else ""
        control.send(_REFUSED + f"{what}{refused.strerror}".encode())
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(1)


def _reset_signals(mask: AbstractSet[int]) -> None:
    """Let signals end this process from here on as they would end the command."""
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores these, and a program that it executes would.
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _wall_off(forwarded: Sequence[int], control: socket.socket) -> None:
    if sys.platform != "linux":
        raise OSError(0, "this is not Linux")
    linux.unshare(linux.NEWUSER | linux.NEWNS | linux.NEWNET)
    control.send(_LEFT)
    if control.recv(_MESSAGE_BYTES) != _MAPPED:
        os._exit(1)
    doors = build(forwarded)
    socket.send_fds(control, [_BUILT], [door.fileno() for door in doors])
    # What an ordinary user has left of them is gone with the execution of a program.
    linux.bound_capabilities(_CAPABILITIES_OF_ROOT if os.geteuid() == 0 else ())
    # SECURITY: a socket of the host's network that came in as a descriptor would be a way out.
    os.closerange(sys.stderr.fileno() + 1, control.fileno())
    os.closerange(control.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
