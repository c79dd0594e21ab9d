"""The plane of networks: namespaces of the kernel, where instances run and packets are judged."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from juyong.api.bench import Bench
from juyong.api.plane import Place, PlaneSpec
from juyong.base.clock import Instant
from juyong.base.ids import new_request_id
from juyong.netplane.desired import (
    CommandBegun,
    CommandEnded,
    CommandFailed,
    Desired,
    Event,
    MachineEnded,
    MachineRefused,
    TreeLeft,
    TreesAsked,
)
from juyong.netplane.door import DISKS, PLANE
from juyong.netplane.keeping import ROOM_FILE
from juyong.services.ecs.assistant.carrying import commands_due, end_commands_of, take_commands
from juyong.services.ecs.disks.content import disks_by_machine, seal_left, take_snapshots
from juyong.services.ecs.disks.tables import DiskRow
from juyong.services.ecs.machines.machine import INSTANCE, RUNNING, STOPPED
from juyong.services.network.facade import desired, keep_use
from juyong.services.network.tables import InstanceRow
from juyong.services.vpc.facade import deliver
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from juyong.netplane.plane import NetworkPlane


def _made(place: Place) -> "NetworkPlane":
    from juyong.netplane.plane import NetworkPlane  # noqa: PLC0415  # where the plane runs

    return NetworkPlane(
        place.folder, knock=place.knock, certificate=place.certificate, blobs=place.blobs
    )


def _is_left(folder: Path) -> bool:
    # Most folders have no room, and then nothing more is to be imported.
    if not (folder / ROOM_FILE).exists():
        return False
    from juyong.netplane.room import Room  # noqa: PLC0415  # as above

    return Room(folder).is_left()


def _has_work(folder: Path) -> bool:
    """Tell whether there are plain disks, which a plane seals though no instance is to run."""
    disks = folder / DISKS
    return disks.is_dir() and any(disks.iterdir())


def _read(tx: Transaction) -> Desired:
    found = desired(tx)
    running = {each.id for each in found.machines}
    disks = disks_by_machine(tx, running)
    machines = tuple(replace(each, disks=disks.get(each.id, ())) for each in found.machines)
    return replace(found, machines=machines, commands=commands_due(tx, running))


def _take(bench: Bench, events: Sequence[Event]) -> None:
    deliver(bench, events)
    keep_use(bench, events)
    if any(isinstance(each, CommandBegun | CommandEnded | CommandFailed) for each in events):
        at = bench.clock()
        bench.transact(lambda tx: take_commands(tx, events, at))
    ended = [each.machine_id for each in events if isinstance(each, MachineEnded)]
    if ended:
        now = bench.clock()
        bench.transact(lambda tx: _start_again(tx, ended, now))
    refused = [each.machine_id for each in events if isinstance(each, MachineRefused)]
    if refused:
        now = bench.clock()
        bench.transact(lambda tx: _stop(tx, refused, now))
    take_snapshots(bench, [each for each in events if isinstance(each, TreesAsked)])
    seal_left(bench, [each for each in events if isinstance(each, TreeLeft)])


def _start_again(tx: Transaction, instance_ids: Sequence[str], now: Instant) -> None:
    """Start instances again that ended by themselves, as one that used up its memory does.

    SECURITY: one with an encrypted disk stays stopped, since a start asks the KMS for the key.
    """
    for instance_id in instance_ids:
        row = tx.get(InstanceRow, instance_id)
        if row is None or row.status != RUNNING:
            continue
        end_commands_of(tx, instance_id, now)
        if any(disk.data_key for disk in tx.find(DiskRow, instance_id=instance_id)):
            row = tx.update(row, status=STOPPED)
        else:
            row = tx.update(row, boot=row.boot + 1, started_at=now)
        write(tx, [INSTANCE.noted("updated", row)], Cause(new_request_id(), now))


def _stop(tx: Transaction, instance_ids: Sequence[str], now: Instant) -> None:
    """Stop instances that the system could not set up; the next StartInstance tries again.

    `juyong ecs exec` says why: the plane remembers.
    """
    for instance_id in instance_ids:
        row = tx.get(InstanceRow, instance_id)
        if row is None or row.status != RUNNING:
            continue
        end_commands_of(tx, instance_id, now)
        row = tx.update(row, status=STOPPED)
        write(tx, [INSTANCE.noted("updated", row)], Cause(new_request_id(), now))


DATAPLANE: PlaneSpec[Desired, Event] = PlaneSpec(
    name=PLANE,
    wakes=("ACS::VPC::", "ACS::ECS::", "ACS::EIP::", "ACS::NAT::"),
    make=_made,
    read=_read,
    take_events=_take,
    is_left=_is_left,
    has_work=_has_work,
    needed=lambda desired: bool(desired.machines),
    slow=lambda event: isinstance(event, TreesAsked | TreeLeft),
)
