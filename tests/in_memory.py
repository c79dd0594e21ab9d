"""Files of tests lie in memory where it has room: on a disk, each commit of a platform waits."""

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  # pytest and tempfile make folders of one user below
_ROOM_BYTES = 12 * 1024**3
"""Three times what a run of all tests leaves behind."""


def prefer_memory() -> None:
    """Have temporary folders made in memory, unless the environment names a place."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None


def _has_room() -> bool:
    try:
        found = os.statvfs(_MEMORY)
        known = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        left = int(known["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):
        return False
    is_fit = not found.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) and os.access(_MEMORY, os.W_OK)
    return is_fit and min(left, found.f_bavail * found.f_frsize) >= _ROOM_BYTES
