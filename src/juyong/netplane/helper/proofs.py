"""The kernel on processes, namespaces and mounts: by its word, names and numbers are proved."""

import fcntl
import os
import select
from collections.abc import Iterator
from pathlib import Path

GET_OWNER, GET_PARENT, _GET_KIND = 0xB701, 0xB702, 0xB703
"""Questions about an open namespace. Source: ioctl_nsfs(2) (documented)."""


def boot() -> str:
    """Return what tells this life of the system from others."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def began(pid: int) -> int:
    """Return when a process began, in ticks since the system's start.

    Source: proc_pid_stat(5): the 22nd word (documented).

    Raises:
        OSError: there is no such process.
    """
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return int(text.rpartition(")")[2].split()[19])


def has_ended(process: int, seconds: float = 0.0) -> bool:
    """Tell whether a process ends within some seconds."""
    with select.epoll() as poll:
        poll.register(process, select.EPOLLIN)
        return bool(poll.poll(seconds))


def mounts_below(folder: Path) -> Iterator[str]:
    """Yield the places of mounts below a folder, as this process sees them."""
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        place = line.split(" ")[4]
        if place.startswith(f"{folder}/"):
            yield place


def kind_of(namespace: int) -> int:
    """Return the kind of a namespace, as the flag that makes such a namespace.

    Raises:
        OSError: the descriptor does not belong to a namespace.
    """
    return fcntl.ioctl(namespace, _GET_KIND)


def is_of(namespace: int, question: int, users: int) -> bool:
    """Tell whether the answer to a question about a namespace is a user namespace."""
    try:
        found = fcntl.ioctl(namespace, question)
    except OSError:
        return False
    try:
        return os.path.samestat(os.fstat(found), os.fstat(users))
    finally:
        os.close(found)
