"""The instances that the network plane is told of, and the instance at an address."""

from tests.local import Caller, Local
from tests.networks import Net
from tests.unit.services.ecs.conftest import Launch, wanted
from tests.unit.services.ecs.conftest import launch as launch  # noqa: PLC0414  # a fixture
from tests.unit.services.ecs.conftest import laying as laying  # noqa: PLC0414  # a fixture
from tests.unit.services.ecs.conftest import net as net  # noqa: PLC0414  # a fixture

from juyong.netplane.desired import Machine
from juyong.services.network.machines import instance_at, machines


def told(local: Local, instance_id: str) -> Machine | None:
    found = local.running.store.call(machines)
    return next((each for each in found if each.id == instance_id), None)


def at(local: Local, vpc_id: str, address: str) -> str | None:
    row = local.running.store.call(lambda tx: instance_at(tx, vpc_id, address))
    return row.instance_id if row else None


def test_a_machine_runs_while_its_instance_does(
    local: Local, call: Caller, net: Net, launch: Launch
) -> None:
    one = launch(UserData="YQ==", HostName="web-1", InstanceType="ecs.s6-c1m1.small")
    machine = told(local, one)
    assert machine is not None
    assert (machine.hostname, machine.boot, machine.memory_mb) == ("web-1", 1, 1024)
    assert machine.user_data == b"a"
    assert len(machine.interface_ids) == 1
    assert "YQ" not in repr(machine)
    call("Ecs", "StopInstance", InstanceId=one)
    assert told(local, one) is None
    call("Ecs", "StartInstance", InstanceId=one)
    again = told(local, one)
    assert again is not None
    assert (again.boot, again.user_data) == (2, b"")
    call("Ecs", "RebootInstance", InstanceId=one)
    rebooted = told(local, one)
    assert rebooted is not None
    assert rebooted.boot == 3


def test_a_created_instance_has_its_user_data_at_its_first_start(
    local: Local, call: Caller, net: Net
) -> None:
    made = call("Ecs", "CreateInstance", **wanted(net, UserData="YQ=="))["InstanceId"]
    assert told(local, made) is None
    call("Ecs", "StartInstance", InstanceId=made)
    machine = told(local, made)
    assert machine is not None
    assert machine.user_data == b"a"


def test_an_address_is_of_one_vpc(local: Local, call: Caller, net: Net, launch: Launch) -> None:
    one = launch(PrivateIpAddress="10.0.0.9")
    assert at(local, net.vpc_id, "10.0.0.9") == one
    assert at(local, net.vpc_id, "10.0.0.8") is None
    assert at(local, "vpc-other", "10.0.0.9") is None
    call("Ecs", "StopInstance", InstanceId=one)
    assert at(local, net.vpc_id, "10.0.0.9") is None
