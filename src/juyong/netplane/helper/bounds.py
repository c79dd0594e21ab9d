"""Bounds on what a machine uses, kept by the kernel's control groups where they may be used.

All machines of a helper have one group, and each has a group below. Where the system lets no group
be made, limits of each process and the watch of a machine's first process are all that there is.

Source: cgroups(7), and the kernel's cgroup-v2.rst, cgroup-v1/memory.rst, pids.rst (documented).
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

BEGIN = "juyong-"
_NEEDED, _WANTED = frozenset({"memory", "pids"}), "cpu"
_TRIAL = "trial"
_TRIES, _PAUSE_SECONDS = 100, 0.01
_MEGABYTE = 1024 * 1024
_OVERHEAD_MB = 128
"""A machine's files in memory, and what its first process shares with the helper."""
PROCESSES = 272
"""The limit of each user, and some for commands that are about to begin."""
_WEIGHT, _SHARES = "50", "512"
"""All machines together get half of what another group of the system gets, when all want more."""


class Hierarchy(msgspec.Struct, frozen=True, kw_only=True):
    """A mounted hierarchy of groups. own: The group of this process, as a path below."""

    place: Path
    is_unified: bool
    controllers: frozenset[str]
    own: str


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder with a group for each machine. controllers: The controllers that bound machines."""

    path: Path
    controllers: frozenset[str]


class Bounds:
    """The groups of one helper's machines.

    Args:
        folders: Where their common group is, in each hierarchy; none where no group may be made.
        is_unified: Whether the hierarchy is version 2, where one folder has all controllers.
    """

    def __init__(self, folders: tuple[Folder, ...] = (), *, is_unified: bool = False) -> None:
        self.folders, self._is_unified = folders, is_unified
        self._gone: set[str] = set()

    def begin(self, machine: str, pid: int, memory_mb: int) -> None:
        """Make the group of a machine, and put its first process there.

        Raises:
            OSError: the system refuses.
        """
        self._sweep()
        for folder in self.folders:
            self._make(folder)
            group = folder.path / machine
            group.mkdir(exist_ok=True)
            for name, value in self._limits(folder, memory_mb):
                _write(group / name, value)
            if self._is_unified and (group / "memory.swap.max").exists():
                _write(group / "memory.swap.max", "0")
            _write(group / "cgroup.procs", str(pid))

    def join(self, machine: str) -> None:
        """Put the calling process into the group of a machine.

        Raises:
            OSError: the system refuses.
        """
        for folder in self.folders:
            _write(folder.path / machine / "cgroup.procs", "0")

    def end(self, machine: str) -> None:
        """Remove the group of a machine that has ended, now or at the next call."""
        self._gone.add(machine)
        self._sweep()

    def close(self) -> None:
        """Remove all groups, once no process is in them; needs no sight of the system's mounts."""
        for folder in self.folders:
            with suppress(FileNotFoundError):
                _clear(folder.path)

    def sweep_left(self) -> None:
        """Remove the groups of killed helpers, which are named by processes that are gone."""
        for folder in self.folders:
            for left in folder.path.parent.glob(f"{BEGIN}*"):
                pid = left.name.removeprefix(BEGIN)
                if pid.isdecimal() and not Path("/proc", pid).exists():
                    # Another helper of the user may sweep at the same time.
                    with suppress(OSError):
                        _clear(left, tries=1)

    def _make(self, folder: Folder) -> None:
        folder.path.mkdir(exist_ok=True)
        if self._is_unified:
            words = " ".join(f"+{each}" for each in sorted(folder.controllers))
            _write(folder.path / "cgroup.subtree_control", words)
        if _WANTED in folder.controllers:
            name, value = ("cpu.weight", _WEIGHT) if self._is_unified else ("cpu.shares", _SHARES)
            _write(folder.path / name, value)

    def _limits(self, folder: Folder, memory_mb: int) -> Iterator[tuple[str, str]]:
        if "memory" in folder.controllers:
            memory = str((memory_mb + _OVERHEAD_MB) * _MEGABYTE)
            if self._is_unified:
                yield "memory.max", memory
                # The whole machine ends when memory does not suffice, as the watch has it end.
                yield "memory.oom.group", "1"
            else:
                yield "memory.limit_in_bytes", memory
        if "pids" in folder.controllers:
            yield "pids.max", str(PROCESSES)

    def _sweep(self) -> None:
        for machine in list(self._gone):
            removed = [_removed(each.path / machine) for each in self.folders]
            if all(removed):
                self._gone.discard(machine)


def bounds_of(name: str, *, is_root: bool) -> Bounds:
    """Return the bounds that the system lets a helper set; they are tried once.

    Args:
        name: Of the common group.
    """
    bounds = chosen(name, hierarchies(), is_root=is_root)
    if not bounds.folders:
        return bounds
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        bounds.begin(_TRIAL, child, 64)
    except OSError:
        bounds = Bounds()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        remove(name, _TRIAL)
    return bounds


def chosen(name: str, known: tuple[Hierarchy, ...], *, is_root: bool) -> Bounds:
    """Choose where groups are made.

    Root's group stands at the top, so that it is not that of a service, which ends with the server.
    An ordinary user's stands in the nearest group that is the user's, with the controllers that are
    needed: the system's administrator has delegated it.
    """
    for each in known:
        if each.is_unified:
            for place in (each.place,) if is_root else _upwards(each):
                controllers = _delegated(place)
                if controllers >= _NEEDED:
                    folder = Folder(path=place / name, controllers=controllers)
                    return Bounds((folder,), is_unified=True)
    old = [each for each in known if each.controllers]
    if is_root and frozenset().union(*(each.controllers for each in old)) >= _NEEDED:
        return Bounds(
            tuple(Folder(path=each.place / name, controllers=each.controllers) for each in old)
        )
    return Bounds()


def remove(name: str, *machines: str) -> None:
    """Remove groups in which no process is.

    Args:
        name: The common group's; the function removes that group too when the group is empty.
        machines: The names of machines whose groups the function removes; without names, all.
    """
    for each in hierarchies():
        for place in {each.place, *_upwards(each)}:
            if (place / name).is_dir():
                _clear(place / name, machines)


def _clear(group: Path, machines: tuple[str, ...] = (), tries: int = _TRIES) -> None:
    found = [below.name for below in group.iterdir() if below.is_dir()]
    for turn in range(tries):
        # The kernel lets a group go a moment after those below, and after processes.
        gone = [_removed(group / machine) for machine in machines or found]
        if _removed(group) or (machines and all(gone)):
            return
        if turn + 1 < tries:
            time.sleep(_PAUSE_SECONDS)


def hierarchies() -> tuple[Hierarchy, ...]:
    """Return the hierarchies that are mounted, as this process sees them."""
    own = {}
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        own[controllers] = path
    found = []
    for line in _lines("/proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ")[:3]
        place = Path(before.split(" ")[4])
        if kind == "cgroup2":
            found.append(
                Hierarchy(
                    place=place, is_unified=True, controllers=frozenset(), own=own.get("", "/")
                )
            )
        elif kind == "cgroup":
            present = frozenset(options.split(",")) & {*_NEEDED, _WANTED}
            found.append(Hierarchy(place=place, is_unified=False, controllers=present, own="/"))
    return tuple(found)


def _upwards(hierarchy: Hierarchy) -> Iterator[Path]:
    """Yield the groups from that of this process up to the top."""
    place = hierarchy.place / hierarchy.own.lstrip("/")
    while place != hierarchy.place and hierarchy.place in place.parents:
        yield place
        place = place.parent
    yield hierarchy.place


def _delegated(place: Path) -> frozenset[str]:
    """Return the controllers that groups below a place can have, none unless one may be made."""
    try:
        passed_on = (place / "cgroup.subtree_control").read_text(encoding="ascii").split()
    except OSError:
        return frozenset()
    may = all(os.access(each, os.W_OK) for each in (place, place / "cgroup.procs"))
    return frozenset(passed_on) & {*_NEEDED, _WANTED} if may else frozenset()


def _write(path: Path, value: str) -> None:
    path.write_text(value, encoding="ascii")


def _removed(group: Path) -> bool:
    with suppress(OSError):
        group.rmdir()
    return not group.exists()


def _lines(path: str) -> list[str]:
    with suppress(OSError):
        return Path(path).read_text(encoding="utf-8").splitlines()
    return []
