"""Running one command in a client environment."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Protocol

from juyong.cli.clientenv.environment import applied

_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_SHARED = (signal.SIGINT, signal.SIGQUIT)
"""The terminal sends these to the command as well, so passing them on would send them twice."""

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_BY_SIGNAL = 128


class Started(Protocol):
    """A command that runs; subprocess.Popen is one."""

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal."""

    def wait(self) -> int:
        """Wait for its end; returns its status, -n when signal n ended it."""


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end, without a shell, and return its exit status as a shell would.

    Args:
        command: The program, looked up on PATH, and its arguments.
        environment: From client_environment; applied over this process's own.

    Returns:
        As `attend`.
    """
    variables = applied(environment, os.environ)
    return attend(lambda: subprocess.Popen(command, env=variables), command[0])  # noqa: S603


def attend(start: Callable[[], Started], name: str) -> int:
    """Start a command, pass on to it what this process is sent, and wait for its end.

    Args:
        start: Starts it, or raises OSError.
        name: What the user called it.

    Returns:
        The command's status; 128 + n when signal n ended it; 126 or 127 when it could not start,
        with the reason on standard error.

    While it runs, signals sent to this process alone reach the command too.
    """
    child: list[Started] = []
    early: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        if child:
            child[0].send_signal(number)
        else:
            early.append(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        # Handlers, not SIG_IGN: the command would inherit that, and handlers are reset for it.
        # The command goes on ignoring signals that were ignored before, by nohup for example.
        for number in (*_PASSED_ON, *_SHARED):
            if signal.getsignal(number) is not signal.SIG_IGN:
                handler = pass_on if number in _PASSED_ON else _leave_to_the_command
                before[number] = signal.signal(number, handler)
    try:
        child.append(start())
        for missed in early:
            child[0].send_signal(missed)
        status = child[0].wait()
    except OSError as failure:
        absent = isinstance(failure, FileNotFoundError) and shutil.which(name) is None
        why = "there is no such program on PATH" if absent and "/" not in name else failure.strerror
        print(f"juyong: cannot run `{name}`: {why}", file=sys.stderr)
        return NOT_FOUND if isinstance(failure, FileNotFoundError) else NOT_EXECUTABLE
    finally:
        for number, former in before.items():
            signal.signal(number, former)
    return status if status >= 0 else _BY_SIGNAL - status


def _leave_to_the_command(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the command decides whether an interrupt ends it."""
