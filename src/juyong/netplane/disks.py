"""The disks of machines: unsealed into trees before a machine starts, told when none runs on them.

Trees are opened by threads of their own, so that no other machine's rules wait for them: a machine
is left out of the desired state until its trees are there. The service seals what is told, and
drops the tree once the store knows the sealed content.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from juyong.blobs.content import Content
from juyong.blobs.disk import Disk
from juyong.netplane.client import Helper
from juyong.netplane.desired import (
    Desired,
    Event,
    Machine,
    MachineDisk,
    MachineRefused,
    TreeAsked,
    TreeLeft,
    TreesAsked,
)
from juyong.netplane.opening import Openings
from juyong.netplane.plan import Plan
from juyong.netplane.taker import Taker
from juyong.netplane.trees import TreeName, Trees


class Disks:
    """The disks of one plane; called by one thread at a time.

    blobs: Where sealed content is. knock: Called when there is something to take, or more is ready.
    helper: Returns the one that runs, or raises OSError.
    """

    def __init__(
        self, folder: Path, blobs: Disk, knock: Callable[[], None], helper: Callable[[], Helper]
    ) -> None:
        self._trees, self._blobs, self._knock = Trees(folder), blobs, knock
        self._openings, self.taker = Openings(knock), Taker(self._trees, helper)
        self._forget()

    def _forget(self) -> None:
        self._left: tuple[TreeLeft, ...] = ()
        self._told: list[TreesAsked] = []
        self._asked: dict[str, TreesAsked] = {}
        """Snapshots that were told and are still wanted, each with all of its moment."""
        self._late: frozenset[str] = frozenset()
        """The moments of disks that are being opened: snapshots of those are not told yet."""
        self._refused: dict[str, str] = {}
        self._waiting: frozenset[str] = frozenset()

    @property
    def waiting(self) -> frozenset[str]:
        """The machines that are left out, or lack a disk, until their trees are there."""
        return self._waiting

    @property
    def packed(self) -> int:
        """How many bytes of trees were read to be sealed."""
        return self._trees.packed

    def plain(self) -> int:
        """Return how many trees are there that no machine has or is about to have."""
        return len(self._trees.there() - self._trees.held - self._openings.wanted)

    def copies(self) -> int:
        """Return how many copies are there that snapshots are taken of."""
        return sum(1 for room in self._trees.copies() for _ in room.glob("*"))

    def keeps_waiting(self, machine_id: str, plan: Plan) -> bool:
        """Tell whether a machine does not run yet, since its disks are being opened."""
        return machine_id in self._waiting and machine_id not in plan.machines

    def begin(self) -> None:
        """Begin a life of the plane: remove what a killed one left half done."""
        self._trees.clean()
        self._forget()

    def leave(self) -> None:
        """End a life of the plane whose machines may go on: give up what is being opened."""
        self._openings.end()

    def end(self) -> None:
        """End a life of the plane: give up what is being opened, and tell all trees."""
        self._openings.end()
        self.note(Plan(), stopping=True)

    def ready(self, desired: Desired, plan: Plan) -> Desired:
        """Return what can be now: machines whose trees are there; others are begun to be opened.

        A machine whose tree cannot be opened is told, and left out. One that runs already keeps
        running while a further disk of it is opened.
        """
        self._openings.look()
        wanted: set[TreeName] = set()
        found: set[TreeName] = set()
        machines, waiting = [], set()
        for machine in desired.machines:
            names = {TreeName(disk.id, disk.base): disk for disk in machine.disks}
            wanted |= names.keys()
            failed = [why for name in names if (why := self._openings.failure(name))]
            if failed:
                self._refused[machine.id] = f"a disk cannot be unsealed: {failed[0]}"
                self._knock()
                continue
            there = {name: disk for name, disk in names.items() if self._is_there(name, disk)}
            found |= there.keys()
            if len(there) < len(names):
                waiting.add(machine.id)
            if len(there) == len(names) or _runs(machine, plan):
                machines.append(self._with(machine, there))
        self._openings.keep(wanted, found)
        self._waiting = frozenset(waiting)
        self._late = frozenset(
            _moment(machine, group)
            for machine in desired.machines
            if machine.id in waiting
            for disk in machine.disks
            for group in disk.snapshots.values()
        )
        commands = tuple(each for each in desired.commands if each.machine_id not in waiting)
        return replace(desired, machines=tuple(machines), commands=commands)

    def wait(self, seconds: float) -> bool:
        """Wait a little for what is being opened; tells whether more is ready than before."""
        return self._openings.wait(seconds)

    def has_more(self) -> bool:
        """Tell whether more is ready than at the last call of `ready`."""
        return self._openings.has_more()

    def _is_there(self, name: TreeName, disk: MachineDisk) -> bool:
        if self._trees.hold(name):
            return True
        parts = [disk.sealed] if disk.sealed else []
        content = Content(disk=self._blobs, parts=parts).blocks() if parts else None
        self._openings.begin(name, lambda go_on: self._trees.prepare(disk, content, go_on))
        return False

    def _with(self, machine: Machine, there: Mapping[TreeName, MachineDisk]) -> Machine:
        disks = [replace(disk, path=str(self._trees.path(name))) for name, disk in there.items()]
        return replace(machine, disks=tuple(disks))

    def note(self, plan: Plan, *, stopping: bool = False) -> None:
        """Note the trees that no machine of a plan has, in the place of those noted before."""
        disks = [disk for each in plan.machines.values() for disk in each.machine.disks]
        held = {TreeName(disk.id, disk.base) for disk in disks} | self._openings.wanted
        self._trees.hold_only(held)
        self._left = tuple(
            TreeLeft(tree=tree, trees=self._trees, stopping=stopping)
            for tree in sorted(self._trees.there() - held)
        )
        self._note_asked(plan)
        if self._left or self._told:
            self._knock()

    def _note_asked(self, plan: Plan) -> None:
        """Tell the snapshots that were not told yet, in one event for each moment."""
        wanted: set[str] = set()
        moments: dict[str, dict[str, TreeAsked]] = {}
        for machine in (each.machine for each in plan.machines.values()):
            for disk in machine.disks:
                for snapshot_id, group in disk.snapshots.items():
                    wanted.add(snapshot_id)
                    one = TreeAsked(machine.id, TreeName(disk.id, disk.base))
                    moments.setdefault(_moment(machine, group), {})[snapshot_id] = one
        for snapshot_id in self._asked.keys() - wanted:
            del self._asked[snapshot_id]
        for moment, all_asked in moments.items():
            asked = {each: all_asked[each] for each in all_asked.keys() - self._asked.keys()}
            if asked and moment not in self._late:
                event = TreesAsked(asked=asked, taker=self.taker)
                self._asked |= dict.fromkeys(asked, event)
                self._told.append(event)

    def take(self) -> list[Event]:
        """Return what happened since the last call."""
        found: list[Event] = [
            MachineRefused(machine_id=machine_id, reason=reason)
            for machine_id, reason in self._refused.items()
        ]
        again = {
            id(event): event
            for each in self.taker.wanted_again()
            if (event := self._asked.get(each))
        }
        found += self._told
        found += again.values()
        found += self._left
        self._told, self._left, self._refused = [], (), {}
        return found


def _moment(machine: Machine, group: str) -> str:
    """Return the name of the moment of a snapshot: that of its group, else of its machine."""
    return group or machine.id


def _runs(machine: Machine, plan: Plan) -> bool:
    """Tell whether a machine runs since its last start."""
    planned = plan.machines.get(machine.id)
    return planned is not None and planned.machine.boot == machine.boot
