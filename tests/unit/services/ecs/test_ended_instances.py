"""Instances that ended by themselves, as the network plane tells of them."""

from tests.local import Caller
from tests.unit.services.ecs.conftest import Launch

from juyong.api.bench import Bench
from juyong.netplane.desired import Event, MachineEnded, MachineRefused
from juyong.services.ecs.planes import DATAPLANE
from juyong.services.network.tables import InstanceRow

ENCRYPTED = [{"Size": 20, "Encrypted": True}]


def ended(call: Caller, *instance_ids: str) -> list[InstanceRow]:
    return told(call, [MachineEnded(machine_id=each) for each in instance_ids], *instance_ids)


def told(call: Caller, events: list[Event], *instance_ids: str) -> list[InstanceRow]:
    local = call.local
    store = local.running.store
    bench = Bench(
        call=store.call, clock=local.clock, platform=local.running.pipeline.platform, job="p"
    )
    DATAPLANE.take_events(bench, events)
    found = [store.look(lambda tx, name=name: tx.get(InstanceRow, name)) for name in instance_ids]
    return [row for row in found if row is not None]


def test_an_instance_that_ended_is_started_again(call: Caller, launch: Launch) -> None:
    instance = launch()
    (row,) = ended(call, instance)
    assert (row.status, row.boot) == ("Running", 2)


def test_one_with_an_encrypted_disk_stays_stopped(call: Caller, launch: Launch) -> None:
    instance = launch(DataDisk=ENCRYPTED)
    (row,) = ended(call, instance)
    assert (row.status, row.boot) == ("Stopped", 1)


def test_one_that_was_stopped_meanwhile_stays_so(call: Caller, launch: Launch) -> None:
    instance = launch()
    call("Ecs", "StopInstance", InstanceId=instance)
    (row,) = ended(call, instance, "i-gone")
    assert (row.status, row.boot) == ("Stopped", 1)


def test_one_that_cannot_be_set_up_stays_stopped_until_it_is_started(
    call: Caller, launch: Launch
) -> None:
    instance = launch()
    refused = MachineRefused(machine_id=instance, reason="no room")
    (row,) = told(call, [refused], instance, "i-gone")
    assert (row.status, row.boot) == ("Stopped", 1)
    call("Ecs", "StartInstance", InstanceId=instance)
    (row,) = told(call, [], instance)
    assert (row.status, row.boot) == ("Running", 2)
