"""Disks of instances that lie plain in a home."""

from juyong.app.home import Home
from juyong.netplane.door import DISKS, carries, door_of
from juyong.netplane.trees import TreeName, Trees


def plain_disks(home: Home) -> list[TreeName]:
    """Return the disks that lie plain; none while a server runs the plane, whose /health tells."""
    if carries(home.path):
        return []
    return sorted(Trees(door_of(home.path) / DISKS).there())


def plain_copies(home: Home) -> list[str]:
    """Return the snapshots of which a killed server left plain copies, as `plain_disks` does."""
    if carries(home.path):
        return []
    rooms = Trees(door_of(home.path) / DISKS).copies()
    return sorted(copy.name for room in rooms for copy in room.iterdir())
