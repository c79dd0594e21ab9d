"""Disks of instances in real namespaces: sealed when no instance runs on them."""

import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.holding import holders
from tests.local import refused
from tests.unit.services.ecs.test_dataplane import House, house
from tests.waiting import wait_until

from juyong.api.bench import Bench
from juyong.app.planes.planes import Planes
from juyong.blobs import blob as blobs
from juyong.netplane.trees import Trees
from juyong.services.ecs.planes import DATAPLANE

__all__ = ["house"]
SECRET = b"a word that stands nowhere else"


def trees(home: Path) -> list[Path]:
    return list(home.glob("planes/dataplane/disks/*"))


def told(house: House, instance_id: str, command: str) -> str:
    done = house.plane.run(instance_id, ["sh", "-c", command])
    assert done.code == 0, done.output
    return done.output.decode().strip()


def refuse(*_: object, **__: object) -> None:
    raise OSError("no room")


def stop(house: House, instance_id: str, home: Path) -> None:
    house.ecs("StopInstance", InstanceId=instance_id)
    wait_until(lambda: not trees(home), 30)


def status(house: House, instance_id: str) -> str:
    (found,) = house.ecs("DescribeInstances", InstanceIds=json.dumps([instance_id]))["Instances"][
        "Instance"
    ]
    return str(found["Status"])


@pytest.fixture(params=[False, True], ids=["plain", "encrypted"])
def disk(request: Any) -> dict[str, Any]:
    return {"Encrypted": request.param}


def test_a_stopped_disk_is_sealed_and_a_started_one_has_its_files(
    house: House, tmp_path: Path, disk: dict[str, Any]
) -> None:
    one = house.instance(house.group(), SystemDisk=disk, DataDisk=[{"Size": 20, **disk}])
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word; mkdir -pm 0 /var/lib/a")
    told(house, one, "ln -s /root/word /home/link; cp /root/word /mnt/xvdb/word")
    assert holders(SECRET, tmp_path)
    for _ in range(2):
        stop(house, one, tmp_path)
        assert not holders(SECRET, tmp_path)
        house.ecs("StartInstance", InstanceId=one)
        house.settled()
        assert told(house, one, "cat /home/link /mnt/xvdb/word") == "\n".join([SECRET.decode()] * 2)
        assert told(house, one, "stat -c %a /var/lib/a") == "0"


def test_a_disk_whose_key_is_disabled_does_not_start(house: House, tmp_path: Path) -> None:
    key = house.call("Kms", "CreateKey")["KeyMetadata"]["KeyId"]
    one = house.instance(house.group(), SystemDisk={"Encrypted": True, "KMSKeyId": key})
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word")
    house.call("Kms", "DisableKey", KeyId=key)
    # Sealing needs the public half alone.
    stop(house, one, tmp_path)
    assert not holders(SECRET, tmp_path)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        house.ecs("StartInstance", InstanceId=one)
    house.call("Kms", "EnableKey", KeyId=key)
    house.ecs("StartInstance", InstanceId=one)
    house.settled()
    assert told(house, one, "cat /root/word") == SECRET.decode()


def test_a_disk_goes_to_another_instance_with_its_files(house: House, tmp_path: Path) -> None:
    one, other = house.instance(house.group()), house.instance(house.group())
    data = house.ecs("CreateDisk", ZoneId="cn-hangzhou-h", Size=20, Encrypted=True)["DiskId"]
    house.ecs("AttachDisk", InstanceId=one, DiskId=data)
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /mnt/xvdb/word")
    house.ecs("DetachDisk", InstanceId=one, DiskId=data)
    # What is left is the trees of the two instances that run.
    wait_until(lambda: len(trees(tmp_path)) == 2, 30)
    assert not holders(SECRET, tmp_path)
    assert told(house, one, "ls /mnt/xvdb") == ""
    house.ecs("AttachDisk", InstanceId=other, DiskId=data)
    house.settled()
    assert told(house, other, "cat /mnt/xvdb/word") == SECRET.decode()


def test_disks_are_sealed_when_the_platform_stops(house: House, tmp_path: Path) -> None:
    one = house.instance(house.group())
    locked = house.instance(house.group(), SystemDisk={"Encrypted": True})
    house.settled()
    for each in (one, locked):
        told(house, each, f"echo {SECRET.decode()} > /root/word")
    house.planes.stop()
    assert not trees(tmp_path)
    assert not holders(SECRET, tmp_path)


def test_a_deleted_disk_leaves_nothing(house: House, tmp_path: Path) -> None:
    one = house.instance(house.group())
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word")
    house.ecs("DeleteInstance", InstanceId=one, Force=True)
    wait_until(lambda: not trees(tmp_path), 30)
    assert not holders(SECRET, tmp_path)


def begin_anew(house: House, home: Path) -> None:
    """Have another plane take the place of the one that was stopped, as the next server does."""
    running = house.local.running
    bench = Bench(
        call=running.store.call, clock=house.local.clock, platform=running.pipeline.platform
    )
    house.planes = Planes(
        lambda: (DATAPLANE,),
        home / "planes",
        running.store,
        lambda _: bench,
        certificate=home / "ca.pem",
    )
    house.planes.start()


@pytest.mark.parametrize(
    ("step", "owner"), [("written", blobs), ("keep", blobs), ("drop", Trees), ("stream", Trees)]
)
def test_a_seal_that_ends_at_any_step_loses_nothing(
    house: House, tmp_path: Path, step: str, owner: Any
) -> None:
    one = house.instance(house.group())
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word")
    tried = []

    def end(*_: object, **__: object) -> None:
        tried.append(step)
        raise OSError(step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, step, end)
        house.ecs("StopInstance", InstanceId=one)
        wait_until(lambda: bool(tried), 30)
        house.planes.stop()
    try:
        assert holders(SECRET, tmp_path)
        house.ecs("StartInstance", InstanceId=one)
        begin_anew(house, tmp_path)
        wait_until(lambda: house.planes.plane("dataplane") is not None, 30)
        house.settled()
        assert told(house, one, "cat /root/word") == SECRET.decode()
        stop(house, one, tmp_path)
        assert not holders(SECRET, tmp_path)
    finally:
        house.planes.stop()


@pytest.mark.parametrize("action", ["StopInstance", "DeleteInstance"])
def test_a_disk_that_a_stop_left_plain_is_sealed_though_no_instance_is_to_run(
    house: House, tmp_path: Path, action: str
) -> None:
    one = house.instance(house.group())
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blobs, "written", refuse)
        house.planes.stop()
    force = {"Force": True} if action == "DeleteInstance" else {}
    house.ecs(action, InstanceId=one, **force)
    (tree,) = trees(tmp_path)
    assert holders(SECRET, tree)
    begin_anew(house, tmp_path)
    try:
        wait_until(lambda: not trees(tmp_path), 30)
        assert not holders(SECRET, tmp_path)
        if action == "StopInstance":
            house.ecs("StartInstance", InstanceId=one)
            house.settled()
            assert told(house, one, "cat /root/word") == SECRET.decode()
    finally:
        house.planes.stop()


def test_health_tells_of_disks_that_stay_plain(house: House, tmp_path: Path) -> None:
    one, _ = house.instance(house.group()), house.instance(house.group())
    house.settled()
    health = house.planes.health
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blobs, "written", refuse)
        house.ecs("StopInstance", InstanceId=one)
        house.settled()
        wait_until(lambda: "not sealed yet: 1" in health()["dataplane"].reason, 30)
    # A disk that could not be sealed is tried again at the next change.
    house.group()
    wait_until(lambda: len(trees(tmp_path)) == 1, 30)
    wait_until(lambda: not health()["dataplane"].reason, 30)


def _flip(files: list[Path]) -> None:
    found = bytearray(files[0].read_bytes())
    found[5000] ^= 1
    files[0].write_bytes(found)


def _cut(files: list[Path]) -> None:
    files[0].write_bytes(files[0].read_bytes()[:-1])


def _swap(files: list[Path]) -> None:
    one, other = (each.read_bytes() for each in files)
    files[0].write_bytes(other)
    files[1].write_bytes(one)


@pytest.mark.parametrize("harm", [_flip, _cut, _swap])
def test_content_that_was_changed_does_not_start(
    house: House, tmp_path: Path, harm: Callable[[list[Path]], None]
) -> None:
    made = [house.instance(house.group()) for _ in range(2)]
    house.settled()
    for each in made:
        told(house, each, "head -c 100000 /dev/urandom > /root/noise")
    for each in made:
        house.ecs("StopInstance", InstanceId=each)
    wait_until(lambda: not trees(tmp_path), 30)
    files = [
        each
        for each in tmp_path.rglob("*")
        if each.is_file() and each.parent.parent.name == "blobs"
    ]
    assert len(files) == 2
    harm(files)
    for each in made:
        house.ecs("StartInstance", InstanceId=each)
    house.settled()
    wait_until(lambda: "Stopped" in [status(house, each) for each in made], 30)
    broken = next(each for each in made if status(house, each) == "Stopped")
    # A change that came ahead of the stop may have begun to open the disk once more.
    house.settled()
    with pytest.raises(OSError, match="a disk cannot be unsealed: block 0 of blob"):
        house.plane.attach(broken, ["true"], (0, 1, 2))


def snapshot(house: House, disk_id: str) -> str:
    made: str = house.call("Ecs", "CreateSnapshot", DiskId=disk_id)["SnapshotId"]

    def is_there() -> bool:
        (found,) = house.ecs("DescribeSnapshots", SnapshotIds=json.dumps([made]))["Snapshots"][
            "Snapshot"
        ]
        assert found["Status"] != "failed"
        return bool(found["Status"] == "accomplished")

    wait_until(is_there, 30)
    return made


@pytest.mark.parametrize("is_encrypted", [False, True])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_disk_of_a_snapshot_has_its_files(
    house: House, tmp_path: Path, is_encrypted: bool, is_stopped: bool
) -> None:
    made = [house.instance(house.group(), DataDisk=[{"Size": 20, "Encrypted": is_encrypted}])]
    made.append(house.instance(house.group()))
    house.settled()
    told(house, made[0], f"echo {SECRET.decode()} > /mnt/xvdb/word")
    (data,) = house.ecs("DescribeDisks", InstanceId=made[0], DiskType="data")["Disks"]["Disk"]
    if is_stopped:
        house.ecs("StopInstance", InstanceId=made[0])
    taken = snapshot(house, data["DiskId"])
    if not is_stopped:
        told(house, made[0], "rm /mnt/xvdb/word")
        house.ecs("StopInstance", InstanceId=made[0])
    wait_until(lambda: len(trees(tmp_path)) == 1, 30)
    assert not holders(SECRET, tmp_path)
    house.ecs("DeleteInstance", InstanceId=made[0])
    house.ecs("CreateDisk", InstanceId=made[1], SnapshotId=taken)
    house.settled()
    assert told(house, made[1], "cat /mnt/xvdb/word") == SECRET.decode()


def test_a_snapshot_after_a_restart_of_the_platform_has_what_was_written_since(
    house: House, tmp_path: Path
) -> None:
    one = house.instance(house.group(), DataDisk=[{"Size": 20}])
    house.settled()
    told(house, one, "echo before > /mnt/xvdb/word")
    house.planes.stop()
    assert not trees(tmp_path)
    begin_anew(house, tmp_path)
    try:
        wait_until(lambda: house.planes.plane("dataplane") is not None, 30)
        house.settled()
        told(house, one, f"echo {SECRET.decode()} >> /mnt/xvdb/word")
        (data,) = house.ecs("DescribeDisks", InstanceId=one, DiskType="data")["Disks"]["Disk"]
        taken = snapshot(house, data["DiskId"])
        house.ecs("CreateDisk", InstanceId=one, SnapshotId=taken)
        house.settled()
        assert told(house, one, "cat /mnt/xvdc/word").split("\n") == ["before", SECRET.decode()]
    finally:
        house.planes.stop()


def opens(house: House, group: str, client: str, server: str) -> None:
    """Open a port by a rule, and close it again, on real packets."""
    rule = {"IpProtocol": "tcp", "PortRange": "5432/5432", "SourceCidrIp": "10.0.1.0/24"}
    address = house.address(server)
    for action, seen in (
        ("AuthorizeSecurityGroup", "5432 hello"),
        ("RevokeSecurityGroup", "5432 nothing"),
    ):
        house.ecs(action, SecurityGroupId=group, Permissions=[rule])
        wait_until(lambda seen=seen: house.tried(client, address, 5432) == [seen], 30)


def test_a_disk_that_is_packed_or_opened_holds_up_no_rule(house: House, tmp_path: Path) -> None:
    group = house.group()
    one, client, server = (house.instance(each) for each in (house.group(), house.group(), group))
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word")
    house.serve(server, 5432)
    for owner, name, action in (
        (Trees, "stream", "StopInstance"),
        (Trees, "prepare", "StartInstance"),
    ):
        begun, gate, whole = threading.Event(), threading.Event(), getattr(owner, name)

        def slowly(*given: Any, begun=begun, gate=gate, whole=whole, **more: Any) -> Any:
            begun.set()
            assert gate.wait(30)
            return whole(*given, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, slowly)
            house.ecs(action, InstanceId=one)
            assert begun.wait(30)
            opens(house, group, client, server)
            assert not house.plane.runs(one)
            with pytest.raises(OSError, match=one):
                house.plane.attach(one, ["true"], (0, 1, 2))
            gate.set()
            if action == "StopInstance":
                wait_until(lambda: len(trees(tmp_path)) == 2, 30)
    house.settled()
    assert told(house, one, "cat /root/word") == SECRET.decode()


def test_a_command_waits_for_the_disks_of_its_instance(house: House, tmp_path: Path) -> None:
    one = house.instance(house.group())
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word")
    stop(house, one, tmp_path)
    begun, gate, whole = threading.Event(), threading.Event(), Trees.prepare

    def slowly(*given: Any) -> None:
        begun.set()
        assert gate.wait(30)
        whole(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trees, "prepare", slowly)
        house.ecs("StartInstance", InstanceId=one)
        assert begun.wait(30)
        invoked = house.ecs(
            "RunCommand",
            InstanceId=[one],
            Type="RunShellScript",
            CommandContent="cat /root/word",
        )["InvokeId"]
        gate.set()

    def result() -> dict[str, Any]:
        found: dict[str, Any] = house.ecs("DescribeInvocationResults", InvokeId=invoked)[
            "Invocation"
        ]["InvocationResults"]["InvocationResult"][0]
        return found

    wait_until(lambda: result()["InvocationStatus"] in ("Success", "Failed"), 30)
    assert result()["InvocationStatus"] == "Success"
    assert base64.b64decode(result()["Output"]).strip() == SECRET


def test_an_instance_that_stops_gives_up_its_opening(house: House, tmp_path: Path) -> None:
    one = house.instance(house.group())
    house.settled()
    told(house, one, f"echo {SECRET.decode()} > /root/word")
    stop(house, one, tmp_path)
    begun, gate, whole = threading.Event(), threading.Event(), Trees.prepare

    def slowly(*given: Any) -> None:
        begun.set()
        assert gate.wait(30)
        whole(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trees, "prepare", slowly)
        house.ecs("StartInstance", InstanceId=one)
        assert begun.wait(30)
        house.ecs("StopInstance", InstanceId=one)
        house.settled()
        gate.set()
        wait_until(lambda: not trees(tmp_path), 30)
    assert not holders(SECRET, tmp_path)
    house.ecs("StartInstance", InstanceId=one)
    house.settled()
    assert told(house, one, "cat /root/word") == SECRET.decode()
