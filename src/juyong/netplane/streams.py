"""The operator's streams, joined to those of a command in a machine.

SECURITY: a machine never gets a descriptor of the operator's: it would keep the operator's terminal
or files after the command. The machine gets pipes, or a terminal of its own, and this module
carries the bytes.
"""

import fcntl
import os
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from juyong.netplane.door import From, Inside, Visit

_CHUNK = 64 * 1024


def run(visit: Visit, asked: Inside | From) -> int:
    """Run a command with the streams of this process, to its end; returns its status.

    Raises:
        Refusal: the command was not run.
        OSError: the plane ended.
    """
    if os.isatty(0) and os.isatty(1):
        return _in_terminal(visit, asked)
    return _over_pipes(visit, asked)


def _over_pipes(visit: Visit, asked: Inside | From) -> int:
    theirs_in, feed = os.pipe()
    hear, theirs_out = os.pipe()
    hear_errors, theirs_err = os.pipe()
    theirs = (theirs_in, theirs_out, theirs_err)
    try:
        visit.run(asked, theirs)
    finally:
        for each in theirs:
            os.close(each)
    _carried(0, feed, ends=True)
    heard = [_carried(hear, 1), _carried(hear_errors, 2)]
    code = visit.code()
    for carrying in heard:
        carrying.join()
    return code


def _in_terminal(visit: Visit, asked: Inside | From) -> int:
    ours, theirs = os.openpty()
    with _raw(ours):
        try:
            visit.run(asked, (theirs, theirs, theirs))
        finally:
            os.close(theirs)
        _carried(0, ours)
        heard = _carried(ours, 1)
        code = visit.code()
        heard.join()
    return code


@contextmanager
def _raw(ours: int) -> Iterator[None]:
    """Hand each key on as it is, and the size of the window whenever it changes."""

    def resize(*_: object) -> None:
        with suppress(OSError):
            fcntl.ioctl(ours, termios.TIOCSWINSZ, fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8))

    before = termios.tcgetattr(0)
    old = signal.signal(signal.SIGWINCH, resize)
    resize()
    tty.setraw(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, old)


def _carried(source: int, target: int, *, ends: bool = False) -> threading.Thread:
    """Carry bytes on a thread until the source ends; `ends` closes the target then."""

    def carry() -> None:
        # A terminal whose other end is closed reads as an error.
        with suppress(OSError):
            while data := os.read(source, _CHUNK):
                view = memoryview(data)
                while view:
                    view = view[os.write(target, view) :]
        if ends:
            os.close(target)

    if target == 1:
        sys.stdout.flush()
    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    return thread
