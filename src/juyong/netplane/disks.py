"""The disks of machines: unsealed into trees before a machine starts, told when none runs on them.

The service seals what is told, and drops the tree once the store knows the sealed content.
"""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from juyong.blobs.blocks import DamagedBlob
from juyong.blobs.content import Content
from juyong.blobs.disk import Disk
from juyong.netplane.desired import Desired, Event, Machine, MachineRefused, TreeLeft
from juyong.netplane.packing import BadTree
from juyong.netplane.plan import Plan
from juyong.netplane.trees import TreeName, Trees
from juyong.store.errors import Unavailable


class Disks:
    """The disks of one plane; called by one thread at a time.

    blobs: Where sealed content is. knock: Called when there is something to take.
    """

    def __init__(self, folder: Path, blobs: Disk, knock: Callable[[], None]) -> None:
        self._trees, self._blobs, self._knock = Trees(folder), blobs, knock
        self._forget()

    def _forget(self) -> None:
        self._left: tuple[TreeLeft, ...] = ()
        self._refused: dict[str, str] = {}

    def begin(self) -> None:
        """Begin a life of the plane: remove what a killed one left half done."""
        self._trees.clean()
        self._forget()

    def ready(self, desired: Desired) -> Desired:
        """Have the trees of all disks there; a machine that lacks one is told, and left out."""
        machines = []
        for machine in desired.machines:
            try:
                machines.append(self._ready(machine))
            except (OSError, BadTree, DamagedBlob, Unavailable) as failure:
                self._refused[machine.id] = f"a disk cannot be unsealed: {failure}"
                self._knock()
        return replace(desired, machines=tuple(machines))

    def _ready(self, machine: Machine) -> Machine:
        disks = []
        for disk in machine.disks:
            parts = [disk.sealed] if disk.sealed else []
            content = Content(disk=self._blobs, parts=parts)
            self._trees.prepare(disk, content.blocks() if parts else None)
            path = self._trees.path(TreeName(disk.id, disk.base))
            disks.append(replace(disk, path=str(path)))
        return replace(machine, disks=tuple(disks))

    def note(self, plan: Plan, *, stopping: bool = False) -> None:
        """Note the trees that no machine of a plan has, in the place of those noted before."""
        disks = [disk for each in plan.machines.values() for disk in each.machine.disks]
        held = {TreeName(disk.id, disk.base) for disk in disks}
        self._left = tuple(
            TreeLeft(tree=tree, trees=self._trees, stopping=stopping)
            for tree in sorted(self._trees.there() - held)
        )
        if self._left:
            self._knock()

    def take(self) -> list[Event]:
        """Return what happened since the last call."""
        found: list[Event] = [
            MachineRefused(machine_id=machine_id, reason=reason)
            for machine_id, reason in self._refused.items()
        ]
        found += self._left
        self._left, self._refused = (), {}
        return found
