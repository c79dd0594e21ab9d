"""Instances that calls made, in real namespaces: their packets are judged by the rules of calls."""

import base64
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.local import Caller, Local, local_platform
from tests.waiting import wait_until

from juyong.api.bench import Bench
from juyong.api.plane import PlaneState
from juyong.app.planes.planes import Planes
from juyong.netplane.plane import NetworkPlane
from juyong.services.ecs.planes import DATAPLANE
from juyong.services.network.facade import can_reach, view
from juyong.store.inventory_reads import head

REGION = "cn-hangzhou"
IMAGE = "debian_12_6_x64_20G_alibase_20240711.vhd"
SERVER = """
import socket, sys, threading
def serve(door):
    while True:
        peer, _ = door.accept()
        peer.sendall(b"hello")
        peer.close()
for port in map(int, sys.argv[1:]):
    door = socket.create_server(("0.0.0.0", port))
    threading.Thread(target=serve, args=(door,)).start()
open("/root/ready", "w").close()
"""
CLIENT = """
import socket, sys
for port in map(int, sys.argv[2:]):
    try:
        peer = socket.create_connection((sys.argv[1], port), 2.0)
        print(port, peer.recv(5).decode())
    except ConnectionRefusedError:
        print(port, "refused")
    except OSError:
        print(port, "nothing")
"""


@dataclass
class House:
    """A platform whose networks are carried, with a VPC that has a vSwitch for each tier."""

    local: Local
    call: Caller
    planes: Planes
    vpc_id: str
    vswitch_id: str

    def ecs(self, action: str, **parameters: Any) -> dict[str, Any]:
        return self.call("Ecs", action, RegionId=REGION, **parameters)

    def group(self) -> str:
        found: str = self.ecs("CreateSecurityGroup", VpcId=self.vpc_id)["SecurityGroupId"]
        return found

    def instance(self, group_id: str, **more: Any) -> str:
        made = self.ecs(
            "RunInstances",
            ImageId=IMAGE,
            InstanceType="ecs.t5-lc1m1.small",
            VSwitchId=self.vswitch_id,
            SecurityGroupId=group_id,
            **more,
        )
        found: str = made["InstanceIdSets"]["InstanceIdSet"][0]
        return found

    def address(self, instance_id: str) -> str:
        listed = self.ecs("DescribeInstances", InstanceIds=f'["{instance_id}"]')
        (found,) = listed["Instances"]["Instance"]
        address: str = found["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0]
        return address

    def settled(self) -> None:
        """Wait until all that was called is in force."""
        assert self.planes.applied(self.local.running.store.look(head), 30)

    @property
    def plane(self) -> NetworkPlane:
        found = self.planes.plane("dataplane")
        assert isinstance(found, NetworkPlane)
        return found

    def serve(self, instance_id: str, *ports: int) -> None:
        argv = ["python3", "-c", SERVER, *map(str, ports)]
        begin = '"$@" >/dev/null 2>&1 & until test -e /root/ready; do sleep 0.05; done'
        done = self.plane.run(instance_id, ["sh", "-c", begin, "sh", *argv])
        assert done.code == 0

    def tried(self, instance_id: str, address: str, *ports: int) -> list[str]:
        argv = ["python3", "-c", CLIENT, address, *map(str, ports)]
        return self.plane.run(instance_id, argv).output.decode().splitlines()

    def can(self, source: str, target: str, port: int) -> bool | None:
        found = self.local.running.store.look(view)
        return can_reach(found, source, target, f"tcp/{port}").can


def _state(planes: Planes) -> PlaneState | None:
    found = planes.health().get("dataplane")
    return None if found is None else found.state


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "ca.pem").write_bytes(b"")
    with local_platform(tmp_path / "platform", "sqlite") as local:
        call = local.administrator(local.new_account())
        vpc = call("Vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/16")["VpcId"]
        vswitch = call(
            *("Vpc", "CreateVSwitch"),
            VpcId=vpc,
            ZoneId=f"{REGION}-h",
            CidrBlock="10.0.1.0/24",
        )["VSwitchId"]
        running = local.running
        bench = Bench(
            call=running.store.call, clock=local.clock, platform=running.pipeline.platform, job="p"
        )
        planes = Planes(
            lambda: (DATAPLANE,),
            tmp_path / "planes",
            running.store,
            lambda _: bench,
            certificate=tmp_path / "ca.pem",
        )
        planes.start()
        try:
            wait_until(lambda: _state(planes) not in (None, PlaneState.STOPPED))
            yield House(local, call, planes, vpc, vswitch)
        finally:
            planes.stop()


@pytest.fixture
def pair(house: House) -> tuple[str, str]:
    """A client and a server that listens on 5432 and 22, which its group lets in from nowhere."""
    made = house.instance(house.group()), house.instance(house.group())
    house.settled()
    health = house.planes.health()["dataplane"]
    if health.state is PlaneState.NONE:
        pytest.skip(health.reason)
    house.serve(made[1], 5432, 22)
    return made


def test_nothing_runs_before_an_instance_does(house: House) -> None:
    house.settled()
    assert house.planes.health()["dataplane"].state is PlaneState.IDLE


def test_a_rule_opens_one_port_and_its_end_closes_the_port(
    house: House, pair: tuple[str, str]
) -> None:
    client, server = pair
    listed = house.ecs("DescribeInstances", InstanceIds=f'["{server}"]')["Instances"]["Instance"]
    (group,) = listed[0]["SecurityGroupIds"]["SecurityGroupId"]
    rule = {"IpProtocol": "tcp", "PortRange": "5432/5432", "SourceCidrIp": "10.0.1.0/24"}
    address = house.address(server)
    assert house.tried(client, address, 5432, 22) == ["5432 nothing", "22 nothing"]
    house.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[rule])
    house.settled()
    assert house.tried(client, address, 5432, 22) == ["5432 hello", "22 nothing"]
    assert (house.can(client, server, 5432), house.can(client, server, 22)) == (True, False)
    house.ecs("RevokeSecurityGroup", SecurityGroupId=group, Permissions=[rule])
    house.settled()
    assert house.tried(client, address, 5432) == ["5432 nothing"]


def test_a_group_that_is_joined_opens_and_one_that_is_left_closes(
    house: House, pair: tuple[str, str]
) -> None:
    client, server = pair
    group = house.group()
    rule = {"IpProtocol": "tcp", "PortRange": "5432/5432", "SourceCidrIp": "0.0.0.0/0"}
    house.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[rule])
    house.settled()
    address = house.address(server)
    listed = house.ecs("DescribeInstances", InstanceIds=f'["{server}"]')["Instances"]["Instance"]
    own = listed[0]["SecurityGroupIds"]["SecurityGroupId"]
    replaced = {"InstanceId": server, "SecurityGroupIds": [*own, group]}
    for opens, closes in (
        (("JoinSecurityGroup", {}), ("LeaveSecurityGroup", {})),
        (
            ("ModifyInstanceAttribute", replaced),
            ("ModifyInstanceAttribute", {**replaced, "SecurityGroupIds": own}),
        ),
    ):
        named = {"SecurityGroupId": group, "InstanceId": server}
        house.ecs(opens[0], **(opens[1] or named))
        house.settled()
        assert house.tried(client, address, 5432) == ["5432 hello"], opens
        house.ecs(closes[0], **(closes[1] or named))
        house.settled()
        assert house.tried(client, address, 5432) == ["5432 nothing"], closes


def test_an_acl_is_judged_at_the_edge_of_the_vswitch_alone(
    house: House, pair: tuple[str, str]
) -> None:
    client, server = pair
    group = house.group()
    rule = {"IpProtocol": "tcp", "PortRange": "5432/5432", "SourceCidrIp": "0.0.0.0/0"}
    house.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[rule])
    house.ecs("JoinSecurityGroup", SecurityGroupId=group, InstanceId=server)
    acl = house.call("Vpc", "CreateNetworkAcl", RegionId=REGION, VpcId=house.vpc_id)["NetworkAclId"]
    house.call(
        *("Vpc", "AssociateNetworkAcl"),
        RegionId=REGION,
        NetworkAclId=acl,
        Resource=[{"ResourceType": "VSwitch", "ResourceId": house.vswitch_id}],
    )
    house.settled()
    assert house.tried(client, house.address(server), 5432) == ["5432 hello"]


def test_a_stopped_instance_is_silent_and_a_started_one_runs_anew(
    house: House, pair: tuple[str, str]
) -> None:
    _, server = pair
    house.ecs("StopInstances", InstanceId=[server])
    house.settled()
    with pytest.raises(OSError, match="does not run"):
        house.plane.run(server, ["true"])
    house.ecs("StartInstances", InstanceId=[server])
    house.settled()
    assert house.plane.run(server, ["true"]).code == 0


def test_a_reboot_ends_what_ran(house: House, pair: tuple[str, str]) -> None:
    _, server = pair
    house.plane.run(server, ["sh", "-c", "echo before > /run/mark; echo kept > /root/mark"])
    house.ecs("RebootInstance", InstanceId=server)
    house.settled()
    assert house.plane.run(server, ["cat", "/run/mark"]).code != 0
    assert house.plane.run(server, ["cat", "/root/mark"]).output == b"kept\n"


def test_an_instance_that_ended_by_itself_is_started_again(
    house: House, pair: tuple[str, str]
) -> None:
    _, server = pair
    before = house.plane.run(server, ["sh", "-c", "cat /proc/1/stat"]).output
    house.plane.run(server, ["sh", "-c", "kill -9 1; kill -TERM 1; kill -SEGV 1"])
    eaten = "import time\nheld = [bytearray(64 << 20) for _ in range(40)]\ntime.sleep(60)"
    house.plane.run(server, ["python3", "-c", eaten], timeout_s=20)

    def is_new() -> bool:
        try:
            return house.plane.run(server, ["sh", "-c", "cat /proc/1/stat"]).output != before
        except OSError:
            return False

    wait_until(is_new)


def test_user_data_runs_at_the_first_start_alone(house: House) -> None:
    script = base64.b64encode(b"#!/bin/sh\necho once >> /root/made\n").decode()
    instance = house.instance(house.group(), UserData=script)
    house.settled()
    if house.planes.health()["dataplane"].state is PlaneState.NONE:
        pytest.skip("no network plane")
    wait_until(lambda: house.plane.run(instance, ["cat", "/root/made"]).output == b"once\n")
    house.ecs("RebootInstance", InstanceId=instance)
    house.settled()
    assert house.plane.run(instance, ["test", "-e", "/run/user-data"]).code != 0
    assert house.plane.run(instance, ["cat", "/root/made"]).output == b"once\n"


def _run(house: House, instance: str, script: str, **more: Any) -> str:
    made = house.ecs(
        "RunCommand",
        Type="RunShellScript",
        CommandContent=script,
        InstanceId=[instance],
        **more,
    )
    found: str = made["InvokeId"]
    return found


def _result(house: House, invoke_id: str) -> dict[str, Any]:
    told = house.ecs("DescribeInvocationResults", InvokeId=invoke_id, ContentEncoding="PlainText")
    found: dict[str, Any] = told["Invocation"]["InvocationResults"]["InvocationResult"][0]
    return found


def _ended(house: House, invoke_id: str) -> dict[str, Any]:
    wait_until(lambda: _result(house, invoke_id)["InvokeRecordStatus"] != "Running")
    return _result(house, invoke_id)


@pytest.fixture
def host(house: House) -> str:
    """An instance that runs."""
    made = house.instance(house.group())
    house.settled()
    health = house.planes.health()["dataplane"]
    if health.state is PlaneState.NONE:
        pytest.skip(health.reason)
    return made


def test_commands_run_in_an_instance_once(
    house: House, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.local.running.planes, "plane", house.planes.plane)
    told = house.ecs("DescribeCloudAssistantStatus", InstanceId=[host])
    (status,) = told["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
    assert status["CloudAssistantStatus"] == "true"
    found = _ended(house, _run(house, host, "echo once >> /root/made; pwd; cat; id -u; exit 3"))
    assert (found["Output"], found["ExitCode"]) == ("/root\n0\n", 3)
    assert (found["InvocationStatus"], found["ErrorCode"]) == ("Failed", "ExitCodeNonzero")
    assert house.plane.run(host, ["cat", "/root/made"]).output == b"once\n"
    script = "#!/usr/bin/env python3\nprint('{{word}}' * 30000, end='')"
    values = {"EnableParameter": True, "Parameters": '{"word": "x"}', "WorkingDir": "/srv"}
    found = _ended(house, _run(house, host, script, **values))
    assert (found["Output"], found["Dropped"]) == ("x" * 24576, 30000 - 24576)
    assert found["InvocationStatus"] == "Success"
    found = _ended(house, _run(house, host, "true", WorkingDir="/none"))
    assert found["ErrorCode"] == "DirectoryNotExists"


def test_a_command_that_is_stopped_is_killed(house: House, host: str) -> None:
    invoke_id = _run(house, host, "echo $$ > /root/pid; sleep 1000")
    wait_until(lambda: house.plane.run(host, ["test", "-s", "/root/pid"]).code == 0)
    alive = ["sh", "-c", 'kill -0 "$(cat /root/pid)"']
    assert house.plane.run(host, alive).code == 0
    house.ecs("StopInvocation", InvokeId=invoke_id)
    house.settled()
    wait_until(lambda: house.plane.run(host, alive).code != 0)
    assert _result(house, invoke_id)["InvocationStatus"] == "Terminated"


def test_a_command_whose_plane_is_killed_fails_and_is_not_run_again(
    house: House, host: str
) -> None:
    invoke_id = _run(house, host, "echo begun; sleep 1000")
    wait_until(lambda: _result(house, invoke_id)["InvocationStatus"] == "Running")
    helper = house.plane._helper
    assert helper is not None
    os.kill(helper.pid, signal.SIGKILL)
    found = _ended(house, invoke_id)
    assert (found["InvocationStatus"], found["ErrorCode"]) == ("Failed", "ClientNotResponse")
    assert _ended(house, _run(house, host, "echo again"))["Output"] == "again\n"
