"""How the helper leaves the system's namespaces for its own."""

import os
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from juyong.base import linux

_FIRST_UID = 2_001_000_000
"""The users that machines are, for root: of no other process, and of no file."""
MOST_UIDS = 65_000
OWN = linux.NEWNS | linux.NEWIPC | linux.NEWUTS
ALL = OWN | linux.NEWUSER | linux.NEWNET


def leave(flags: int) -> int:
    """Leave namespaces, that of users among them; returns how many users there are for machines.

    Raises:
        OSError: the system refuses.
    """
    owner = os.getpid()
    asked, ask = os.pipe()
    told, tell = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        os.close(ask)
        os.read(asked, 1)
        _map_users(owner, tell)
    os.close(tell)
    try:
        linux.unshare(flags)
        os.write(ask, b"m")
        found = os.read(told, 1)
    finally:
        for descriptor in (asked, ask, told):
            os.close(descriptor)
        os.waitpid(mapper, 0)
    if not found:
        raise PermissionError(1, "users cannot be mapped", "uid_map")
    return MOST_UIDS if found == b"s" else 0


def _map_users(owner: int, tell: int) -> NoReturn:
    """Map users of a process that has left, from the namespace that it left.

    root keeps its own user, and gets one for each machine; an ordinary user has one only.
    """
    place = Path("/proc", str(owner))
    try:
        if os.geteuid() == 0:
            with suppress(OSError):
                for name in ("uid_map", "gid_map"):
                    (place / name).write_text(f"0 0 1\n1 {_FIRST_UID} {MOST_UIDS}\n")
                os.write(tell, b"s")
                os._exit(0)
        (place / "setgroups").write_text("deny")
        (place / "uid_map").write_text(f"0 {os.geteuid()} 1")
        (place / "gid_map").write_text(f"0 {os.getegid()} 1")
        os.write(tell, b"o")
    except OSError:
        os._exit(1)
    finally:
        os._exit(0)
