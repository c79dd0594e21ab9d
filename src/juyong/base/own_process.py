"""Our own programs in processes of their own, each of which inherits nothing but what it is given.

A process has a session of its own, no environment, no directory and no descriptor of the server's.
It ends by itself when its pipe or socket does, and is killed with all that it started.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

Child = subprocess.Popen[bytes]
_NOTHING: Mapping[str, str] = MappingProxyType({})


def python(*arguments: object) -> list[str]:
    """Return the command of an interpreter that ignores its environment and its directory."""
    return [sys.executable, "-I", *map(str, arguments)]


def python_command(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module in an interpreter of its own."""
    return python("-m", module, *arguments)


def started(
    command: Sequence[str],
    *,
    piped: Collection[str] = (),
    passed: Collection[int] = (),
    environment: Mapping[str, str] = _NOTHING,
) -> Child:
    """Start a process.

    Args:
        command: Our own interpreter and code. Arguments can be read by others on the machine.
        piped: The ends that are pipes, of `stdin`, `stdout` and `stderr`; others lead nowhere.
        passed: Descriptors that the process gets under the numbers that they have here.
        environment: The whole of it.

    Raises:
        OSError: the system refuses.
    """
    stdin, stdout, stderr = (
        subprocess.PIPE if name in piped else subprocess.DEVNULL
        for name in ("stdin", "stdout", "stderr")
    )
    return subprocess.Popen(  # noqa: S603  # see `command`
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=dict(environment),
        cwd="/",
        pass_fds=tuple(passed),
        start_new_session=True,
    )


def started_with_socket(
    command_of: Callable[[int], Sequence[str]],
    *,
    piped: Collection[str] = (),
    environment: Mapping[str, str] = _NOTHING,
) -> tuple[Child, socket.socket]:
    """Start a process with a socket to it.

    Args:
        command_of: Returns the command; gets the number of the descriptor that the process has.
        piped: As of `started`.
        environment: As of `started`.

    Raises:
        OSError: the system refuses.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            child = started(
                command_of(theirs.fileno()),
                piped=piped,
                passed=(theirs.fileno(),),
                environment=environment,
            )
        except BaseException:
            ours.close()
            raise
    return child, ours


def end(child: Child, grace_seconds: float = 0.0) -> int:
    """Have a process end, close its pipes and return its exit status.

    Args:
        child: The process; ending one twice does no harm.
        grace_seconds: How long it may take to end by itself before it is killed.
    """
    with suppress(subprocess.TimeoutExpired):
        child.wait(grace_seconds)
    if child.returncode is None:
        kill_group(child.pid)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    return child.wait()


def kill_group(pid: int) -> None:
    """Kill a process that leads a session, and what it started.

    INVARIANT: no code has waited for the process, or the number might be another's by now.
    """
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
