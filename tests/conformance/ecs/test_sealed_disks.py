"""Disks at rest and snapshots, as an owner of instances sees them through the official SDK."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from alibabacloud_kms20160120 import models as k
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.ecs.conftest import run
from tests.conformance.harness import Server, refused, serving
from tests.holding import holders
from tests.networks import REGION, Net
from tests.platforms import Clock
from tests.waiting import wait_until

from juyong.api.bench import Bench
from juyong.api.plane import PlaneState
from juyong.app.planes.planes import Planes
from juyong.app.settings import Settings
from juyong.netplane.plane import NetworkPlane
from juyong.services.ecs.planes import DATAPLANE
from juyong.services.ecs.snapshot_policies.jobs import follow_policies
from juyong.services.identity.facade import NewAccount
from juyong.store.inventory_reads import head

WORD = "a word that stands nowhere else"
COUNTER = """
import os
files = [open(place, "ab", 0) for place in ("/root/count", "/mnt/xvdb/count")]
for number in range(1_000_000):
    for file in files:
        file.write(b"%d\\n" % number)
        os.fsync(file.fileno())
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: the plane starts the machines of all accounts, of other tests too."""
    with serving(tmp_path_factory.mktemp("home"), Settings()) as made:
        yield made
        made.recorder.close()


@pytest.fixture
def planes(server: Server, tmp_path: Path) -> Iterator[Planes]:
    (tmp_path / "ca.pem").write_bytes(b"")
    running = server.running
    bench = Bench(call=running.store.call, clock=server.clock, platform=running.pipeline.platform)
    planes = Planes(
        lambda: (DATAPLANE,),
        tmp_path / "planes",
        running.store,
        lambda _: bench,
        certificate=tmp_path / "ca.pem",
    )
    planes.start()
    try:
        wait_until(lambda: "dataplane" in planes.health())
        yield planes
    finally:
        planes.stop()


def told(server: Server, planes: Planes, instance: str, command: str) -> str:
    assert planes.applied(server.running.store.look(head), 30)
    if planes.health()["dataplane"].state is PlaneState.NONE:
        pytest.skip("no network plane")
    plane = planes.plane("dataplane")
    assert isinstance(plane, NetworkPlane)
    return plane.run(instance, ["sh", "-c", command]).output.decode().strip()


@pytest.fixture
def kms(server: Server, account: NewAccount) -> KmsClient:
    return KmsClient(server.config(account.access_key_id, account.secret.reveal()))


def test_a_disk_is_sealed_and_goes_on_as_a_snapshot(  # noqa: PLR0917  # fixtures
    client: Client, server: Server, kms: KmsClient, net: Net, planes: Planes, tmp_path: Path
) -> None:
    key = kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    data = m.RunInstancesRequestDataDisk(size=20, encrypted="true", kmskey_id=key)
    one, other = run(client, net, data_disk=[data]), run(client, net)
    told(server, planes, one, f"echo {WORD} | tee /root/word > /mnt/xvdb/word")
    assert holders(WORD.encode(), tmp_path)
    (disk,) = client.describe_disks(
        m.DescribeDisksRequest(region_id=REGION, instance_id=one, disk_type="data")
    ).body.disks.disk
    taken = client.create_snapshot(
        m.CreateSnapshotRequest(disk_id=disk.disk_id, snapshot_name="word")
    ).body.snapshot_id
    asked = m.DescribeSnapshotsRequest(region_id=REGION, snapshot_ids=json.dumps([taken]))

    def found() -> m.DescribeSnapshotsResponseBodySnapshotsSnapshot:
        (shown,) = client.describe_snapshots(asked).body.snapshots.snapshot
        return shown

    wait_until(lambda: found().status == "accomplished", 30)
    assert (found().encrypted, found().kmskey_id, found().source_disk_size) == (True, key, "20")

    kms.disable_key(k.DisableKeyRequest(key_id=key))
    client.stop_instance(m.StopInstanceRequest(instance_id=one))
    # What is left is the disk of the other instance. A look for the word would not do: a tree that
    # is removed moves its inner folders up, past one who walks through the tree.
    disks = tmp_path / "planes/dataplane/disks"
    wait_until(lambda: len(list(disks.iterdir())) == 1, 30)
    assert not holders(WORD.encode(), tmp_path, server.running.home.path)
    start = m.StartInstanceRequest(instance_id=one)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        client.start_instance(start)
    kms.enable_key(k.EnableKeyRequest(key_id=key))
    client.start_instance(start)
    assert told(server, planes, one, "cat /root/word /mnt/xvdb/word") == f"{WORD}\n{WORD}"

    made = client.create_disk(
        m.CreateDiskRequest(region_id=REGION, instance_id=other, snapshot_id=taken)
    ).body.disk_id
    assert told(server, planes, other, "cat /mnt/xvdb/word") == WORD
    third = run(client, net, data_disk=[m.RunInstancesRequestDataDisk(snapshot_id=taken)])
    assert told(server, planes, third, "cat /mnt/xvdb/word") == WORD
    client.delete_instance(m.DeleteInstanceRequest(instance_id=third, force=True))
    delete = m.DeleteSnapshotRequest(snapshot_id=taken)
    with refused("SnapshotCreatedDisk", 403):
        client.delete_snapshot(delete)
    client.detach_disk(m.DetachDiskRequest(instance_id=other, disk_id=made))
    client.delete_disk(m.DeleteDiskRequest(disk_id=made))
    client.delete_snapshot(delete)
    assert client.describe_snapshots(asked).body.snapshots.snapshot == []


def test_a_policy_makes_snapshots_of_a_disk_in_use(
    client: Client, server: Server, net: Net, planes: Planes
) -> None:
    one = run(client, net)
    told(server, planes, one, f"echo {WORD} > /root/word")
    (disk,) = client.describe_disks(
        m.DescribeDisksRequest(region_id=REGION, instance_id=one)
    ).body.disks.disk
    every = [str(number) for number in range(24)]
    policy = client.create_auto_snapshot_policy(
        m.CreateAutoSnapshotPolicyRequest(
            region_id=REGION,
            auto_snapshot_policy_name="hourly",
            time_points=json.dumps(every),
            repeat_weekdays=json.dumps(every[1:8]),
            retention_days=1,
        )
    ).body.auto_snapshot_policy_id
    named = {"region_id": REGION, "auto_snapshot_policy_id": policy}
    on = json.dumps([disk.disk_id])
    client.apply_auto_snapshot_policy(m.ApplyAutoSnapshotPolicyRequest(**named, disk_ids=on))
    (held,) = client.describe_auto_snapshot_policy_associations(
        m.DescribeAutoSnapshotPolicyAssociationsRequest(**named)
    ).body.auto_snapshot_policy_associations.auto_snapshot_policy_association
    assert (held.disk_id, held.auto_snapshot_policy_id) == (disk.disk_id, policy)
    (shown,) = client.describe_disks(
        m.DescribeDisksRequest(**named, instance_id=one)
    ).body.disks.disk
    assert shown.enable_automated_snapshot_policy

    running = server.running
    clock = Clock(offset=3600)
    bench = Bench(call=running.store.call, clock=clock, platform=running.pipeline.platform)
    asked = m.DescribeSnapshotsRequest(region_id=REGION, snapshot_type="auto")

    def made() -> list[m.DescribeSnapshotsResponseBodySnapshotsSnapshot]:
        return list(client.describe_snapshots(asked).body.snapshots.snapshot)

    follow_policies(bench)
    follow_policies(bench)
    wait_until(lambda: [each.status for each in made()] == ["accomplished"], 30)
    (found,) = made()
    assert found.snapshot_name.startswith("auto2.0_")
    assert found.snapshot_name.endswith(f"_{policy}")
    assert (found.retention_days, found.source_disk_id) == (1, disk.disk_id)
    client.modify_snapshot_attribute(
        m.ModifySnapshotAttributeRequest(snapshot_id=found.snapshot_id, description="hourly")
    )
    assert made()[0].description == "hourly"
    client.modify_auto_snapshot_policy_ex(
        m.ModifyAutoSnapshotPolicyExRequest(**named, auto_snapshot_policy_name="other")
    )
    (listed,) = client.describe_auto_snapshot_policy_ex(
        m.DescribeAutoSnapshotPolicyExRequest(**named)
    ).body.auto_snapshot_policies.auto_snapshot_policy
    assert (listed.auto_snapshot_policy_name, listed.disk_nums) == ("other", 1)
    client.cancel_auto_snapshot_policy(
        m.CancelAutoSnapshotPolicyRequest(region_id=REGION, disk_ids=on)
    )
    client.delete_auto_snapshot_policy(m.DeleteAutoSnapshotPolicyRequest(**named))
    clock.offset += 86_400
    follow_policies(bench)
    assert made() == []


def test_a_group_has_snapshots_of_all_disks(
    client: Client, server: Server, net: Net, planes: Planes
) -> None:
    data = m.RunInstancesRequestDataDisk(size=20)
    one = run(client, net, data_disk=[data])
    told(server, planes, one, f"echo {WORD} | tee /root/word > /mnt/xvdb/word")
    made = client.create_snapshot_group(
        m.CreateSnapshotGroupRequest(region_id=REGION, instance_id=one, name="both")
    ).body.snapshot_group_id
    asked = m.DescribeSnapshotGroupsRequest(region_id=REGION, snapshot_group_id=[made])

    def found() -> m.DescribeSnapshotGroupsResponseBodySnapshotGroupsSnapshotGroup:
        (shown,) = client.describe_snapshot_groups(asked).body.snapshot_groups.snapshot_group
        return shown

    wait_until(lambda: found().status == "accomplished", 30)
    by_kind = {each.source_disk_type: each.snapshot_id for each in found().snapshots.snapshot}
    taken = m.RunInstancesRequestDataDisk(snapshot_id=by_kind["data"])
    two = run(client, net, data_disk=[taken])
    assert told(server, planes, two, "cat /mnt/xvdb/word") == WORD
    named = {"region_id": REGION, "snapshot_group_id": made}
    client.modify_snapshot_group(m.ModifySnapshotGroupRequest(**named, name="pair"))
    assert found().name == "pair"
    client.delete_instance(m.DeleteInstanceRequest(instance_id=two, force=True))
    deleted = client.delete_snapshot_group(m.DeleteSnapshotGroupRequest(**named)).body
    states = [each.operation_status for each in deleted.operation_progress_set.operation_progress]
    assert states == ["Success", "Success"]
    assert client.describe_snapshot_groups(asked).body.snapshot_groups.snapshot_group == []


def test_disks_of_an_image_are_of_one_moment_of_the_running_instance(
    client: Client, server: Server, net: Net, planes: Planes
) -> None:
    one = run(client, net, data_disk=[m.RunInstancesRequestDataDisk(size=20)])
    program = base64.b64encode(f"python3 -c '{COUNTER}'".encode()).decode()
    asked = m.RunCommandRequest(
        region_id=REGION,
        instance_id=[one],
        type="RunShellScript",
        command_content=program,
        content_encoding="Base64",
        timeout=600,
    )
    client.run_command(asked)
    wait_until(lambda: told(server, planes, one, "cat /mnt/xvdb/count 2>/dev/null | head -1"))
    for number in range(3):
        made = client.create_image(
            m.CreateImageRequest(region_id=REGION, instance_id=one, image_name=f"image{number}")
        ).body.image_id
        named = m.DescribeImagesRequest(region_id=REGION, image_id=made, status="Available")
        wait_until(lambda named=named: client.describe_images(named).body.images.image, 30)
        two = run(client, net, image_id=made)
        counts = told(server, planes, two, "tail -qn1 /root/count /mnt/xvdb/count").split()
        assert int(counts[0]) - int(counts[1]) in (0, 1)
        client.delete_instance(m.DeleteInstanceRequest(instance_id=two, force=True))
