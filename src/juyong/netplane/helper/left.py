"""All that an earlier helper left in the system, opened and verified by the outermost process."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from juyong.base import linux
from juyong.netplane.helper.kept import Kept
from juyong.netplane.helper.notes import Guest

KINDS = {
    "mnt": linux.NEWNS,
    "net": linux.NEWNET,
    "uts": linux.NEWUTS,
    "ipc": linux.NEWIPC,
    "user": linux.NEWUSER,
}
"""The namespaces of a machine in the order in which a command enters them: the user namespace is
the last, since the helper's powers end with it."""


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A machine that runs, with descriptors of its first process and of its namespaces."""

    guest: Guest
    process: int
    doors: Mapping[str, int]
    pids: int


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Descriptors of all that is left. users: -1 for nothing. note: As the plane wrote."""

    users: int = -1
    uids: int = 0
    networks: Mapping[int, int] = msgspec.field(default_factory=dict)
    machines: Mapping[str, Door] = msgspec.field(default_factory=dict)
    note: bytes = b""

    def close(self) -> None:
        """Close all descriptors."""
        for door in self.machines.values():
            for each in (door.process, door.pids, *door.doors.values()):
                os.close(each)
        for each in (self.users, *self.networks.values()):
            if each >= 0:
                os.close(each)


NOTHING = Left()


def opened(room: Kept, folder: Path) -> Left:
    """Open what a home left; the function clears a room if any part is in doubt.

    Raises:
        OSError: the room cannot be cleared.
    """
    home, users = room.home(folder), room.users()
    if home is None or users is None:
        room.empty()
        return NOTHING
    networks = room.networks(users)
    if 0 not in networks:
        os.close(users)
        room.empty()
        return NOTHING
    machines = {}
    for name, (guest, process) in room.guests(users).items():
        try:
            machines[name] = _door(guest, process)
        except OSError:
            room.forget(name)
    return Left(users=users, uids=home.uids, networks=networks, machines=machines, note=room.note())


def _door(guest: Guest, process: int) -> Door:
    place = Path("/proc", str(guest.pid), "ns")
    names = (*KINDS, "pid")
    found = {name: os.open(place / name, os.O_RDONLY | os.O_CLOEXEC) for name in names}
    return Door(guest=guest, process=process, pids=found.pop("pid"), doors=found)
