"""Images that an account shares with other accounts."""

import json
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, Net, lay
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Launch, wanted
from tests.unit.services.ecs.test_images import allowed, create, disks, listed, seal
from tests.unit.services.ecs.test_snapshots import key

from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.kms.tables import default_instance_id
from juyong.store.inventory import LinkRow, ResourceRow


@pytest.fixture
def other(local: Local) -> Caller:
    return local.administrator(local.new_account())


@pytest.fixture
def others_net(local: Local, other: Caller) -> Net:
    account, now = other.account.account_id, local.clock()
    return local.running.store.call(lambda tx: lay(tx, account, now))


@pytest.fixture
def image(call: Caller, launch: Launch) -> str:
    return image_of(call, launch)


def image_of(call: Caller, launch: Launch, **disk: Any) -> str:
    """Make an image of a system disk and a data disk of 30 GiB, which hold content."""
    one = launch(SystemDisk=disk or None, DataDisk=[{"Size": 30, **disk}])
    call("Ecs", "StopInstance", InstanceId=one)
    for each in disks(call, one):
        seal(call, each["DiskId"])
    return create(call, InstanceId=one, ImageName="golden", Tag=[{"Key": "team", "Value": "a"}])


def share(call: Caller, image: str, *accounts: Caller, **more: Any) -> None:
    named = [each.account.account_id for each in accounts]
    given = {"RegionId": REGION, "ImageId": image, "AddAccount": named or None, **more}
    call("Ecs", "ModifyImageSharePermission", **given)


def unshare(call: Caller, image: str, *accounts: Caller) -> None:
    share(call, image, RemoveAccount=[each.account.account_id for each in accounts])


def sharing(call: Caller, image: str, **more: Any) -> dict[str, Any]:
    asked = {"RegionId": REGION, "ImageId": image, **more}
    return call("Ecs", "DescribeImageSharePermission", **asked)


def begun(other: Caller, net: Net, action: str = "RunInstances", **more: Any) -> str:
    answer = other("Ecs", action, **wanted(net, **more))
    return str(answer.get("InstanceId") or answer["InstanceIdSets"]["InstanceIdSet"][0])


def shared(other: Caller) -> list[dict[str, Any]]:
    return listed(other, ImageOwnerAlias="others")


def test_another_account_sees_and_runs_a_shared_image(
    call: Caller, other: Caller, others_net: Net, image: str
) -> None:
    for action in ("RunInstances", "CreateInstance"):
        with refused("InvalidImageId.NotFound", 404):
            begun(other, others_net, action, ImageId=image)
    assert shared(other) == []
    share(call, image, other)
    share(call, image, other)
    (found,) = shared(other)
    assert (found["ImageId"], found["ImageOwnerId"], found["IsSelfShared"], found["Tags"]) == (
        image,
        int(call.account.account_id),
        "",
        {"Tag": []},
    )
    assert listed(other) == []
    (own,) = listed(call)
    assert (own["IsSelfShared"], own["ImageOwnerAlias"]) == ("true", "self")
    told = sharing(call, image)
    named = [each["AliyunId"] for each in told["Accounts"]["Account"]]
    assert named == [other.account.account_id]
    assert (told["TotalCount"], told["ImageId"], told["ShareGroups"]) == (
        1,
        image,
        {"ShareGroup": []},
    )
    one = begun(other, others_net, ImageId=image)
    held = disks(other, one)
    assert [each["Size"] for each in held] == [40, 30]
    assert shared(other)[0]["Usage"] == "instance"
    # Sharing keeps an image, the instances of other accounts do not.
    for force in (False, True):
        with refused("ImageUseShared", 403):
            call("Ecs", "DeleteImage", RegionId=REGION, ImageId=image, Force=force)
    unshare(call, image, other)
    assert shared(other) == []
    for action in ("RunInstances", "CreateInstance"):
        with refused("InvalidImageId.NotFound", 404):
            begun(other, others_net, action, ImageId=image)
    # An instance that is there goes on, and does not go back to the image.
    other("Ecs", "StopInstance", InstanceId=one)
    with refused("InvalidImageId.NotFound", 404):
        other("Ecs", "ReInitDisk", DiskId=held[0]["DiskId"])
    with refused("InvalidSourceSnapshot.NotFound", 404):
        other("Ecs", "ReInitDisk", DiskId=held[1]["DiskId"])
    with refused("InvalidImageId.NotFound", 404):
        other("Ecs", "ReplaceSystemDisk", InstanceId=one, ImageId=image)
    other("Ecs", "StartInstance", InstanceId=one)
    call("Ecs", "DeleteImage", RegionId=REGION, ImageId=image)


def test_a_shared_image_is_not_the_accounts_own(call: Caller, other: Caller, image: str) -> None:
    share(call, image, other)
    for action, given in (
        ("DeleteImage", {}),
        ("ModifyImageAttribute", {"Description": "words"}),
        ("ModifyImageSharePermission", {"AddAccount": [call.account.account_id]}),
        ("DescribeImageSharePermission", {}),
    ):
        with refused("InvalidImageId.NotFound", 404):
            other("Ecs", action, RegionId=REGION, ImageId=image, **given)
    (held, *_) = listed(call)[0]["DiskDeviceMappings"]["DiskDeviceMapping"]
    given = {"ZoneId": f"{REGION}-a", "Size": 40, "SnapshotId": held["SnapshotId"]}
    with refused("InvalidSnapshotId.NotFound", 404):
        other("Ecs", "CreateDisk", RegionId=REGION, **given)


def test_disks_go_back_to_a_shared_image(
    call: Caller, other: Caller, others_net: Net, image: str
) -> None:
    share(call, image, other)
    one = begun(other, others_net, "CreateInstance")
    other("Ecs", "ReplaceSystemDisk", InstanceId=one, ImageId=image)
    (system,) = disks(other, one)
    assert system["ImageId"] == image
    other("Ecs", "ReInitDisk", DiskId=system["DiskId"])
    two = begun(other, others_net, "CreateInstance", ImageId=image)
    for each in disks(other, two):
        other("Ecs", "ReInitDisk", DiskId=each["DiskId"])


def test_what_cannot_be_shared_is_refused(
    call: Caller, local: Local, other: Caller, image: str
) -> None:
    for code, status, given in (
        ("InvalidAccount.NotFound", 404, {"AddAccount": ["1"]}),
        ("InvalidAccount.NotFound", 404, {"RemoveAccount": ["1"]}),
        ("InvalidAccount.Forbbiden", 404, {"AddAccount": [call.account.account_id]}),
        ("UnsupportedOperation", 400, {"IsPublic": True}),
        ("UnsupportedOperation", 400, {"LaunchPermission": "x"}),
        ("InvalidRegionId.NotFound", 404, {"RegionId": "cn-nowhere"}),
        ("InvalidImageId.NotFound", 404, {"ImageId": "m-none"}),
    ):
        with refused(code, status):
            share(call, image, **given)
    with refused("InvalidRegionId.NotFound", 404):
        sharing(call, image, RegionId="cn-nowhere")
    with refused("InvalidImageId.NotFound", 404):
        sharing(call, "m-none")
    few = {"ecs.accounts-per-image": 0}
    with quotas(local, few), refused("QuotaExceed.ShareImageUser", 403):
        share(call, image, other)
    status = {"RegionId": REGION, "ImageId": image, "Status": "Deprecated"}
    call("Ecs", "ModifyImageAttribute", **status)
    with refused("IncorrectImageStatus", 400):
        share(call, image, other)
    unshare(call, image, other)
    stranger = call.new_user("stranger")
    for action in ("ModifyImageSharePermission", "DescribeImageSharePermission"):
        with refused("Forbidden.RAM", 403):
            stranger("Ecs", action, RegionId=REGION, ImageId=image)


def test_ten_accounts_of_a_call_count(call: Caller, local: Local, image: str) -> None:
    many = [local.administrator(local.new_account()) for _ in range(11)]
    share(call, image, *many)
    assert sharing(call, image)["TotalCount"] == 10
    page = sharing(call, image, PageSize=4, PageNumber=3)["Accounts"]["Account"]
    assert len(page) == 2


def test_the_inventory_tells_with_whom(
    call: Caller, local: Local, other: Caller, image: str
) -> None:
    def told() -> dict[str, Any]:
        row = local.running.store.look(
            lambda tx: tx.find_one(ResourceRow, resource_type="ACS::ECS::Image", resource_id=image)
        )
        assert row is not None
        state: dict[str, Any] = json.loads(row.state)
        return state

    assert "SharedWith" not in told()
    share(call, image, other)
    assert told()["SharedWith"] == [other.account.account_id]
    unshare(call, image, other)
    assert "SharedWith" not in told()


def key_with_policy(call: Caller) -> str:
    """Make a key of the account's instance: only such keys let other accounts in."""
    instance = default_instance_id(call.account.account_id)
    return str(call("Kms", "CreateKey", DKMSInstanceId=instance)["KeyMetadata"]["KeyId"])


def let_in(call: Caller, key_id: str, account: Caller, *actions: str) -> None:
    """Give a key a policy: its account may do everything, another one some actions."""
    sides = [(call, ["kms:*"]), (account, [*actions])]
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"RAM": [f"acs:ram::{who.account.account_id}:*"]},
            "Action": may,
            "Resource": ["*"],
        }
        for who, may in sides
    ]
    document = json.dumps({"Version": "1", "Statement": statements})
    call("Kms", "SetKeyPolicy", KeyId=key_id, PolicyName="default", Policy=document)


def test_the_key_of_an_encrypted_image_decides(
    call: Caller, other: Caller, others_net: Net, launch: Launch
) -> None:
    own, theirs = key_with_policy(call), key(other)
    made = image_of(call, launch, Encrypted=True, KMSKeyId=own)
    share(call, made, other)
    for action in ("RunInstances", "CreateInstance"):
        with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
            begun(other, others_net, action, ImageId=made)
    let_in(call, own, other, "kms:DescribeKey")
    for action in ("RunInstances", "CreateInstance"):
        with refused("Forbidden.RAM", 403):
            begun(other, others_net, action, ImageId=made)
    let_in(call, own, other, "kms:Decrypt")
    one = begun(other, others_net, ImageId=made)
    system_disk = {"Encrypted": True, "KMSKeyId": theirs}
    named = begun(other, others_net, "CreateInstance", ImageId=made, SystemDisk=system_disk)
    shown = [(each["Encrypted"], each["KMSKeyId"]) for each in disks(other, one)]
    assert shown == [(True, ""), (True, "")]
    assert [each["KMSKeyId"] for each in disks(other, named)] == [theirs, ""]
    call("Kms", "DisableKey", KeyId=own)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        begun(other, others_net, ImageId=made)
    # The disks of the other account have keys of that account.
    other("Ecs", "StartInstance", InstanceId=named)
    other("Ecs", "StopInstance", InstanceId=named)
    other("Kms", "DisableKey", KeyId=theirs)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        other("Ecs", "StartInstance", InstanceId=named)
    system = disks(other, named)[0]["DiskId"]
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        other("Ecs", "ReInitDisk", DiskId=system)
    call("Kms", "EnableKey", KeyId=own)
    other("Ecs", "ReInitDisk", DiskId=system)
    other("Kms", "EnableKey", KeyId=theirs)
    other("Ecs", "StartInstance", InstanceId=named)
    other("Ecs", "StopInstance", InstanceId=named)
    let_in(call, own, other, "kms:DescribeKey")
    for action, given in (
        ("RunInstances", wanted(others_net, ImageId=made)),
        ("ReplaceSystemDisk", {"InstanceId": named, "ImageId": made}),
        ("ReInitDisk", {"DiskId": system}),
    ):
        with refused("Forbidden.RAM", 403):
            other("Ecs", action, **given)


def test_a_disk_of_a_shared_image_is_under_a_key_of_its_account(
    call: Caller, local: Local, other: Caller, others_net: Net, launch: Launch
) -> None:
    own, theirs = key_with_policy(call), key(other)
    made = image_of(call, launch, Encrypted=True, KMSKeyId=own)
    let_in(call, own, other, "kms:Decrypt")
    share(call, made, other)
    system_disk = {"Encrypted": True, "KMSKeyId": theirs}
    one = begun(other, others_net, ImageId=made, SystemDisk=system_disk)
    disk = disks(other, one)[0]

    def rows() -> tuple[DiskRow | None, SnapshotRow | None, list[LinkRow]]:
        return local.running.store.look(
            lambda tx: (
                tx.get(DiskRow, disk["DiskId"]),
                tx.get(SnapshotRow, disk["SourceSnapshotId"]),
                tx.find(LinkRow, resource_id=disk["DiskId"]),
            )
        )

    row, source, links = rows()
    assert row is not None
    assert source is not None
    assert row.blob_id == source.blob_id
    assert row.blob_key != source.blob_key
    assert [each.to_id for each in links] == [theirs]
    # The KMS opened the key of the blob for the start, under the key of the other account.
    assert row.opened_key is not None
    asked = [{"Key": "ResourceName", "Value": own}]
    events = call("Actiontrail", "LookupEvents", LookupAttribute=asked)["Events"]
    assert "Decrypt" in {each["eventName"] for each in events}


def test_an_image_under_a_key_of_the_service_is_not_shared(
    call: Caller, other: Caller, launch: Launch
) -> None:
    made = image_of(call, launch, Encrypted=True)
    with refused("OperationDeined.EncryptedSnapshot", 403):
        share(call, made, other)


def test_a_caller_of_the_other_account_needs_the_image(
    call: Caller, other: Caller, others_net: Net, image: str
) -> None:
    share(call, image, other)
    account = other.account.account_id
    instance = f"acs:ecs:*:{account}:instance/*"
    runs = allowed(other, "runs", "ecs:RunInstances", instance)
    with refused("Forbidden.RAM", 403):
        begun(runs, others_net, ImageId=image)
    both = (instance, f"acs:ecs:*:{account}:image/{image}")
    begun(allowed(other, "both", "ecs:RunInstances", *both), others_net, ImageId=image)
    custom = {"StringEquals": {"ecs:ImageSource": "Custom"}}
    strict = allowed(other, "strict", "ecs:RunInstances", *both, Condition=custom)
    with refused("Forbidden.RAM", 403):
        begun(strict, others_net, ImageId=image)
