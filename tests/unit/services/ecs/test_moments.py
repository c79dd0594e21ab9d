"""Snapshots of instances that run are of one moment, over all disks of a group."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.netplane.test_still import TRACED, holder_of
from tests.unit.services.ecs.test_dataplane import House, house
from tests.unit.services.ecs.test_sealed_disks import told, trees
from tests.waiting import wait_until

from juyong.blobs import blob as blobs
from juyong.blobs.content import whole
from juyong.blobs.tables import BlobRow
from juyong.netplane import taker
from juyong.netplane.desired import NotTaken
from juyong.netplane.packing import unpack
from juyong.netplane.trees import Trees, opened, remove
from juyong.services.ecs.disks.tables import SnapshotRow

__all__ = ["house"]
COUNTER = """
import os, sys
files = [open(place, "ab", 0) for place in sys.argv[1:]]
number = 0
while True:
    number += 1
    for file in files:
        file.write(b"%d\\n" % number)
        os.fsync(file.fileno())
"""
PEER = """
import os, socket, sys
file = open("/root/count", "ab", 0)
def note(number):
    file.write(b"%d\\n" % number)
    os.fsync(file.fileno())
if len(sys.argv) == 1:
    peer, _ = socket.create_server(("0.0.0.0", 5432)).accept()
    number = 0
    while True:
        number += 1
        note(number)
        peer.sendall(b"%d\\n" % number)
        peer.recv(1)
peer = socket.create_connection((sys.argv[1], 5432)).makefile("rwb", 0)
while line := peer.readline():
    note(int(line))
    peer.write(b".")
"""


def begin(house: House, instance_id: str, program: str, *arguments: str) -> None:
    """Begin a program that no command waits for."""
    line = 'setsid python3 -c "$0" "$@" </dev/null >/dev/null 2>&1 &'
    done = house.plane.run(instance_id, ["sh", "-c", line, program, *arguments])
    assert done.code == 0


def status(house: House, group_id: str) -> str:
    listed = house.ecs("DescribeSnapshotGroups", SnapshotGroupId=[group_id])
    return str(listed["SnapshotGroups"]["SnapshotGroup"][0]["Status"])


def taken(house: House, **wanted: Any) -> str:
    """Make a group, and wait until its snapshots are taken."""
    made = str(house.ecs("CreateSnapshotGroup", **wanted)["SnapshotGroupId"])
    wait_until(lambda: status(house, made) != "progressing")
    assert status(house, made) == "accomplished"
    return made


def rows(house: House, group_id: str) -> list[SnapshotRow]:
    return house.local.running.store.look(lambda tx: tx.find(SnapshotRow, group_id=group_id))


@contextmanager
def content(house: House, row: SnapshotRow, folder: Path) -> Iterator[Path]:
    """The files of a snapshot."""
    blob = house.local.running.store.look(lambda tx: tx.get(BlobRow, row.blob_id))
    assert blob is not None
    (place := folder / row.snapshot_id).mkdir()
    with opened(place) as root:
        unpack(whole(house.local.running.pipeline.platform.disk, blob).blocks(), root)
    yield place
    remove(place)


def last(house: House, row: SnapshotRow, path: str, folder: Path) -> int:
    """The last number in a file of a snapshot."""
    with content(house, row, folder) as place:
        return int((place / path).read_text().split("\n")[-2])


def has(house: House, instance_id: str, path: str) -> bool:
    return house.plane.run(instance_id, ["test", "-s", path]).code == 0


def counting(house: House, **more: Any) -> str:
    one = house.instance(house.group(), DataDisk=[{"Size": 20}], **more)
    house.settled()
    begin(house, one, COUNTER, "/root/one", "/root/two", "/mnt/xvdb/three")
    wait_until(lambda: has(house, one, "/mnt/xvdb/three"))
    return one


def test_files_and_disks_of_a_group_are_of_one_moment(house: House, tmp_path: Path) -> None:
    one, before = counting(house), 0
    for _ in range(30):
        held = {row.kind: row for row in rows(house, taken(house, InstanceId=one))}
        counts = [
            last(house, held["system"], "root/one", tmp_path),
            last(house, held["system"], "root/two", tmp_path),
            last(house, held["data"], "data/three", tmp_path),
        ]
        assert counts == sorted(counts, reverse=True)
        assert before <= counts[2] >= counts[0] - 1
        before = counts[0]


def test_disks_of_several_instances_are_of_one_moment(house: House, tmp_path: Path) -> None:
    group = house.group()
    rule = {"IpProtocol": "tcp", "PortRange": "5432/5432", "SourceCidrIp": "10.0.1.0/24"}
    house.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[rule])
    one, two = (house.instance(group) for _ in range(2))
    house.settled()
    begin(house, one, PEER)
    wait_until(lambda: b":1538 " in house.plane.run(one, ["cat", "/proc/net/tcp"]).output)
    begin(house, two, PEER, house.address(one))
    wait_until(lambda: has(house, two, "/root/count"))
    listed = house.ecs("DescribeDisks")["Disks"]["Disk"]
    disks = {each["InstanceId"]: each["DiskId"] for each in listed}
    before = 0
    for _ in range(10):
        made = taken(house, DiskId=[disks[one], disks[two]])
        found = {row.disk_id: last(house, row, "root/count", tmp_path) for row in rows(house, made)}
        assert found[disks[one]] - found[disks[two]] in (0, 1)
        # The session between the two goes on.
        assert found[disks[one]] > before
        before = found[disks[one]]


def test_a_copy_is_plain_until_it_is_sealed_and_health_tells(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, written = counting(house), blobs.written
    begun, gate = threading.Event(), threading.Event()

    def seal(*given: Any) -> Any:
        begun.set()
        assert gate.wait(30)
        return written(*given)

    monkeypatch.setattr(blobs, "written", seal)
    made = house.ecs("CreateSnapshotGroup", InstanceId=one)["SnapshotGroupId"]
    assert begun.wait(30)
    wait_until(lambda: "not sealed yet: 2" in house.planes.health()["dataplane"].reason)
    # Two trees, and the room of the copies.
    assert len(trees(tmp_path)) == 3
    gate.set()
    wait_until(lambda: status(house, made) == "accomplished")
    wait_until(lambda: not house.planes.health()["dataplane"].reason)
    wait_until(lambda: len(trees(tmp_path)) == 2)


def test_snapshots_that_would_take_too_long_fail_and_the_instance_goes_on(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = counting(house)
    monkeypatch.setattr(taker, "MOST_SECONDS", 0.000_01)
    made = house.ecs("CreateSnapshotGroup", InstanceId=one)["SnapshotGroupId"]
    wait_until(lambda: status(house, made) == "failed")
    assert {row.status for row in rows(house, made)} == {"failed"}
    before = told(house, one, "tail -n1 /root/one")
    wait_until(lambda: told(house, one, "tail -n1 /root/one") != before)
    assert len(trees(tmp_path)) == 2
    monkeypatch.undo()
    taken(house, InstanceId=one)


def test_an_instance_that_stops_while_it_stands_has_its_snapshot_from_the_seal(
    house: House, tmp_path: Path
) -> None:
    one = counting(house)
    # A process that another one traces cannot be held, so that the others stand for a while.
    begin(house, one, TRACED)
    wait_until(lambda: house.plane.run(one, ["test", "-e", "/run/traced"]).code == 0)
    made = house.ecs("CreateSnapshotGroup", InstanceId=one)["SnapshotGroupId"]
    wait_until(lambda: holder_of(house.plane))
    house.ecs("StopInstance", InstanceId=one)
    wait_until(lambda: status(house, made) != "progressing")
    assert status(house, made) == "accomplished"
    wait_until(lambda: not trees(tmp_path))


def test_a_group_waits_for_a_disk_that_is_being_opened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, prepare, take = counting(house), Trees.prepare, taker.Taker._taken
    begun, gate, asked = threading.Event(), threading.Event(), []

    def open_late(*given: Any) -> None:
        begun.set()
        assert gate.wait(30)
        prepare(*given)

    def note(self: Any, machines: Any, folders: Mapping[str, str]) -> None:
        asked.append(len(folders))
        take(self, machines, folders)

    more = house.ecs("CreateDisk", ZoneId="cn-hangzhou-h", Size=20)["DiskId"]
    house.settled()
    monkeypatch.setattr(Trees, "prepare", open_late)
    monkeypatch.setattr(taker.Taker, "_taken", note)
    house.ecs("AttachDisk", InstanceId=one, DiskId=more)
    assert begun.wait(30)
    made = house.ecs("CreateSnapshotGroup", InstanceId=one)["SnapshotGroupId"]
    disks = house.plane._disks
    wait_until(lambda: disks is not None and disks._late)
    assert (asked, status(house, made)) == ([], "progressing")
    gate.set()
    wait_until(lambda: status(house, made) == "accomplished")
    assert asked == [3]


def test_the_instance_of_a_snapshot_may_be_gone_before_it_is_taken(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, begun, gate = counting(house), threading.Event(), threading.Event()

    def end(*_: Any) -> None:
        begun.set()
        assert gate.wait(30)
        raise NotTaken("the machine ended")

    monkeypatch.setattr(taker.Taker, "_taken", end)
    made = house.ecs("CreateSnapshotGroup", InstanceId=one)["SnapshotGroupId"]
    assert begun.wait(30)
    house.ecs("DeleteInstance", InstanceId=one, Force=True)
    house.settled()
    gate.set()
    wait_until(lambda: {row.status for row in rows(house, made)} == {"failed"})
    wait_until(lambda: not trees(tmp_path))
