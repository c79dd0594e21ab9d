"""Keep the keys of this process out of files and of other processes."""

import resource
from contextlib import suppress

_PR_SET_DUMPABLE = 4


def no_core_dumps() -> None:
    """Let a crash write no memory to the disk."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def no_onlookers() -> None:
    """Keep debuggers of the same user out, where the system can (Linux).

    Loads ctypes, so it is for after the start.
    """
    import ctypes  # noqa: PLC0415

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
