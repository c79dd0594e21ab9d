"""How the helper starts a process in a namespace of process ids that is not its own."""

import os
from collections.abc import Callable
from typing import NoReturn

_SIZE = 4
_GO = b"g"


def born(enter: Callable[[], None], be: Callable[[Callable[[], None]], NoReturn]) -> int:
    """Fork a process, for whose children a namespace was entered, and return the id of its child.

    A process cannot come back from a namespace that it has no power over, as root's helper has none
    over the system's: so the process between ends, and the caller, which reaps orphans, becomes the
    parent.

    Args:
        enter: Enters or makes the namespace.
        be: Is called in the new process; its argument waits until the caller is the parent.

    Raises:
        OSError: the system starts no further process, or refuses the namespace.
    """
    told, tell = os.pipe2(os.O_CLOEXEC)
    gate, opening = os.pipe2(os.O_CLOEXEC)

    def wait() -> None:
        os.close(opening)
        if os.read(gate, 1) != _GO:
            os._exit(1)

    between = -1
    try:
        between = os.fork()
        if between == 0:
            try:
                enter()
                pid = os.fork()
                if pid == 0:
                    be(wait)
                os.write(tell, pid.to_bytes(_SIZE, "big"))
            finally:
                os._exit(0)
        os.waitpid(between, 0)
        os.close(tell)
        tell = -1
        found = os.read(told, _SIZE)
        if len(found) < _SIZE:
            raise OSError(11, "the system starts no further process", "fork")
        os.write(opening, _GO)
        return int.from_bytes(found, "big")
    finally:
        for each in (told, tell, gate, opening):
            if each >= 0:
                os.close(each)
