"""Images of instances through the official SDK: made, listed, started with their files, deleted."""

import json
from pathlib import Path

from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from alibabacloud_kms20160120 import models as k
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.ecs.conftest import run
from tests.conformance.ecs.test_sealed_disks import WORD, kms, planes, server, told
from tests.conformance.harness import Server, in_region, refused
from tests.holding import holders
from tests.networks import REGION, Net, lay
from tests.waiting import wait_until

from juyong.api.bench import Bench
from juyong.app.planes.planes import Planes
from juyong.services.ecs.images.copying import COPY
from juyong.services.ecs.images.jobs import copy_snapshot
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id
from juyong.store.queue import claim

__all__ = ["kms", "planes", "server"]
FOLDERS = ("/root", "/home", "/opt", "/srv", "/var/lib", "/mnt/xvdb")


def images(client: Client, **filters: object) -> list[m.DescribeImagesResponseBodyImagesImage]:
    asked = m.DescribeImagesRequest(region_id=REGION, image_owner_alias="self", **filters)
    return list(client.describe_images(asked).body.images.image)


def test_an_instance_of_an_image_has_its_files(  # noqa: PLR0917  # fixtures
    client: Client, server: Server, kms: KmsClient, net: Net, planes: Planes, tmp_path: Path
) -> None:
    key = kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    data = m.RunInstancesRequestDataDisk(size=20, encrypted="true", kmskey_id=key)
    one = run(client, net, data_disk=[data])
    for folder in FOLDERS:
        told(server, planes, one, f"echo {WORD} > {folder}/word")
    made = client.create_image(
        m.CreateImageRequest(
            region_id=REGION,
            instance_id=one,
            image_name="golden",
            image_family="web",
            tag=[m.CreateImageRequestTag(key="team", value="a")],
        )
    ).body.image_id
    wait_until(lambda: bool(images(client, image_id=made)), 30)
    (found,) = images(client, image_id=made)
    assert (found.image_name, found.is_public, found.tags.tag[0].tag_value) == (
        "golden",
        False,
        "a",
    )
    mapped = found.disk_device_mappings.disk_device_mapping
    assert [(each.device, each.type, each.encrypted) for each in mapped] == [
        ("/dev/xvda", "system", False),
        ("/dev/xvdb", "data", True),
    ]
    # What changes later is not in the image.
    told(server, planes, one, "rm /root/word")
    other = run(client, net, image_id=made)
    words = told(server, planes, other, "cat " + " ".join(f"{each}/word" for each in FOLDERS))
    assert words.splitlines() == [WORD] * len(FOLDERS)

    for each in (one, other):
        client.stop_instance(m.StopInstanceRequest(instance_id=each))
    wait_until(lambda: not any((tmp_path / "planes/dataplane/disks").iterdir()), 30)
    assert not holders(WORD.encode(), tmp_path, server.running.home.path)
    kms.disable_key(k.DisableKeyRequest(key_id=key))
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        run(client, net, image_id=made)
    kms.enable_key(k.EnableKeyRequest(key_id=key))

    client.modify_image_attribute(
        m.ModifyImageAttributeRequest(
            region_id=REGION, image_id=made, description="of web", status="Deprecated"
        )
    )
    with refused("IncorrectImageStatus", 403):
        run(client, net, image_id=made)
    (found,) = images(client, status="Deprecated")
    assert found.description == "of web"
    client.modify_image_attribute(
        m.ModifyImageAttributeRequest(region_id=REGION, image_id=made, status="Available")
    )
    newest = m.DescribeImageFromFamilyRequest(region_id=REGION, image_family="web")
    assert client.describe_image_from_family(newest).body.image.image_id == made
    delete = m.DeleteImageRequest(region_id=REGION, image_id=made)
    with refused("ImageUsingByInstance", 403):
        client.delete_image(delete)
    client.delete_instance(m.DeleteInstanceRequest(instance_id=other))
    client.delete_image(delete)
    assert images(client) == []
    # The disks of the image's snapshots stay, and so do the snapshots.
    for each in mapped:
        client.delete_snapshot(m.DeleteSnapshotRequest(snapshot_id=each.snapshot_id))


def test_disks_go_back_and_are_replaced(
    client: Client, server: Server, net: Net, planes: Planes, tmp_path: Path
) -> None:
    one = run(client, net)

    def stop() -> None:
        client.stop_instance(m.StopInstanceRequest(instance_id=one))
        wait_until(lambda: not list(tmp_path.glob("planes/dataplane/disks/*")), 30)

    def start_and_read() -> str:
        client.start_instance(m.StartInstanceRequest(instance_id=one))
        return told(server, planes, one, "cat /root/word")

    def system() -> m.DescribeDisksResponseBodyDisksDisk:
        asked = m.DescribeDisksRequest(region_id=REGION, instance_id=one)
        (found,) = client.describe_disks(asked).body.disks.disk
        return found

    told(server, planes, one, "echo first > /root/word")
    stop()
    disk = system().disk_id
    taken = client.create_snapshot(m.CreateSnapshotRequest(disk_id=disk)).body.snapshot_id
    image = client.create_image(
        m.CreateImageRequest(region_id=REGION, snapshot_id=taken)
    ).body.image_id
    assert start_and_read() == "first"
    told(server, planes, one, "echo second > /root/word")
    reset = m.ResetDiskRequest(disk_id=disk, snapshot_id=taken)
    with refused("IncorrectInstanceStatus", 403):
        client.reset_disk(reset)
    # The tree of the second word need not be sealed yet.
    client.stop_instance(m.StopInstanceRequest(instance_id=one))
    client.reset_disk(reset)
    assert start_and_read() == "first"
    stop()
    client.re_init_disk(m.ReInitDiskRequest(disk_id=disk, auto_start_instance=True))
    assert told(server, planes, one, "ls /root") == ""
    stop()
    made = client.replace_system_disk(
        m.ReplaceSystemDiskRequest(instance_id=one, image_id=image)
    ).body.disk_id
    assert (system().disk_id, system().image_id) == (made, image)
    assert start_and_read() == "first"
    client.resize_disk(m.ResizeDiskRequest(disk_id=made, new_size=60, type="online"))
    assert system().size == 60
    with refused("InvalidDiskSize.TooSmall", 403):
        client.resize_disk(m.ResizeDiskRequest(disk_id=made, new_size=60))


def let_in(kms: KmsClient, key: str, owner: NewAccount, other: NewAccount) -> None:
    """Let another account open what a key sealed."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"RAM": [f"acs:ram::{who.account_id}:*"]},
            "Action": [action],
            "Resource": ["*"],
        }
        for who, action in ((owner, "kms:*"), (other, "kms:Decrypt"))
    ]
    policy = json.dumps({"Version": "1", "Statement": statements})
    kms.set_key_policy(k.SetKeyPolicyRequest(key_id=key, policy_name="default", policy=policy))


def test_another_account_runs_a_shared_image(  # noqa: PLR0917  # fixtures
    client: Client,
    server: Server,
    account: NewAccount,
    kms: KmsClient,
    net: Net,
    planes: Planes,
) -> None:
    other = server.new_account()
    theirs = Client(server.config(other.access_key_id, other.secret.reveal()))
    own_net = server.running.store.call(lambda tx: lay(tx, other.account_id, server.clock()))
    key = kms.create_key(
        k.CreateKeyRequest(dkmsinstance_id=default_instance_id(account.account_id))
    ).body.key_metadata.key_id
    data = m.RunInstancesRequestDataDisk(size=20, encrypted="true", kmskey_id=key)
    one = run(client, net, data_disk=[data])
    told(server, planes, one, f"echo {WORD} | tee /root/word > /mnt/xvdb/word")
    made = client.create_image(
        m.CreateImageRequest(region_id=REGION, instance_id=one, image_name="golden")
    ).body.image_id
    wait_until(lambda: bool(images(client, image_id=made)), 30)
    named = {"region_id": REGION, "image_id": made}
    client.modify_image_share_permission(
        m.ModifyImageSharePermissionRequest(**named, add_account=[other.account_id])
    )
    shared = client.describe_image_share_permission(
        m.DescribeImageSharePermissionRequest(**named)
    ).body
    assert [each.aliyun_id for each in shared.accounts.account] == [other.account_id]
    (found,) = theirs.describe_images(
        m.DescribeImagesRequest(region_id=REGION, image_owner_alias="others")
    ).body.images.image
    assert (found.image_id, found.image_owner_id) == (made, int(account.account_id))
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        run(theirs, own_net, image_id=made)
    let_in(kms, key, account, other)
    two = run(theirs, own_net, image_id=made)
    read = "cat /root/word /mnt/xvdb/word"
    assert told(server, planes, two, read) == f"{WORD}\n{WORD}"
    # What the other account has goes on without the image and without its key.
    client.modify_image_share_permission(
        m.ModifyImageSharePermissionRequest(**named, remove_account=[other.account_id])
    )
    kms.disable_key(k.DisableKeyRequest(key_id=key))
    theirs.stop_instance(m.StopInstanceRequest(instance_id=two))
    theirs.start_instance(m.StartInstanceRequest(instance_id=two))
    assert told(server, planes, two, read) == f"{WORD}\n{WORD}"
    with refused("InvalidImageId.NotFound", 404):
        run(theirs, own_net, image_id=made)
    client.delete_image(m.DeleteImageRequest(**named, force=True))


def test_an_encrypted_copy_has_the_files(
    client: Client, server: Server, kms: KmsClient, net: Net, planes: Planes
) -> None:
    key = kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    one = run(client, net)
    told(server, planes, one, f"echo {WORD} > /root/word")
    source = client.create_image(
        m.CreateImageRequest(region_id=REGION, instance_id=one)
    ).body.image_id
    wait_until(lambda: bool(images(client, image_id=source)), 30)
    named = {"region_id": REGION, "image_id": source}
    elsewhere = client.copy_image(
        m.CopyImageRequest(**named, destination_region_id="cn-beijing")
    ).body.image_id
    beijing = in_region(client, ECS, "cn-beijing")
    (found,) = beijing.describe_images(
        m.DescribeImagesRequest(region_id="cn-beijing", image_owner_alias="self")
    ).body.images.image
    assert (found.image_id, found.status, found.is_copied) == (elsewhere, "Available", True)

    copied = client.copy_image(
        m.CopyImageRequest(**named, destination_image_name="copy", encrypted=True, kmskey_id=key)
    ).body.image_id
    cancelled = client.copy_image(m.CopyImageRequest(**named, encrypted=True)).body.image_id
    client.cancel_copy_image(m.CancelCopyImageRequest(region_id=REGION, image_id=cancelled))
    (found,) = images(client, status="Creating")
    assert found.image_id == copied
    running = server.running
    store = running.store
    bench = Bench(call=store.call, clock=server.clock, platform=running.pipeline.platform)
    while True:
        item = store.call(lambda tx: claim(tx, COPY, now=server.clock(), lease_seconds=120))
        if item is None:
            break
        copy_snapshot(bench, item)
    (found,) = images(client, image_id=copied)
    assert found.disk_device_mappings.disk_device_mapping[0].encrypted
    two = run(client, net, image_id=copied)
    assert told(server, planes, two, "cat /root/word") == WORD
    kms.disable_key(k.DisableKeyRequest(key_id=key))
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        run(client, net, image_id=copied)
