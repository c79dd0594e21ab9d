"""Images that are copied, in their region and to another one."""

import json
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Launch
from tests.unit.services.ecs.test_images import allowed, create, disks, listed
from tests.unit.services.ecs.test_shared_images import image_of, key_with_policy, let_in, share
from tests.unit.services.ecs.test_snapshots import key

from juyong.api.bench import Bench
from juyong.blobs.content import whole
from juyong.blobs.tables import BlobRow
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.images.copying import COPY
from juyong.services.ecs.images.jobs import copy_snapshot
from juyong.services.ecs.images.tables import ImageRow
from juyong.store.inventory import LinkRow
from juyong.store.queue import Claim, claim, settle
from juyong.store.transaction import Transaction

BEIJING = "cn-beijing"
EVERY = "Creating,Available,CreateFailed"


@pytest.fixture
def image(call: Caller, launch: Launch) -> str:
    return image_of(call, launch)


def copy(call: Caller, image: str, **more: Any) -> str:
    given = {"RegionId": REGION, "ImageId": image, **more}
    return str(call("Ecs", "CopyImage", **given)["ImageId"])


def cancel(call: Caller, image: str) -> None:
    call("Ecs", "CancelCopyImage", RegionId=REGION, ImageId=image)


def stored(local: Local, image: str) -> tuple[ImageRow | None, list[SnapshotRow]]:
    """Return an image and its snapshots, wherever they are."""

    def read(tx: Transaction) -> tuple[ImageRow | None, list[SnapshotRow]]:
        from juyong.services.ecs.images.image import snapshots_in

        return tx.get(ImageRow, image), snapshots_in(tx, image)

    return local.running.store.look(read)


def status(local: Local, image: str) -> str:
    row, _ = stored(local, image)
    return row.status if row else "gone"


def bench_of(local: Local) -> Bench:
    running = local.running
    return Bench(call=running.store.call, clock=local.clock, platform=running.pipeline.platform)


def claimed(local: Local) -> Claim | None:
    now = local.clock()
    return local.running.store.call(lambda tx: claim(tx, COPY, now=now, lease_seconds=120))


def work(local: Local) -> None:
    """Do what waits in the queue."""
    while (item := claimed(local)) is not None:
        one = item
        copy_snapshot(bench_of(local), one)
        local.running.store.call(lambda tx, one=one: settle(tx, one, local.clock()))  # type: ignore[misc]


def test_a_copy_in_another_region_is_an_image_there(call: Caller, local: Local, image: str) -> None:
    tag = [{"Key": "team", "Value": "b"}]
    words = {"DestinationImageName": "golden", "DestinationDescription": "there"}
    made = copy(call, image, DestinationRegionId=BEIJING, Tag=tag, **words)
    (source,) = listed(call)
    assert source["IsCopied"] is False
    row, held = stored(local, made)
    assert row is not None
    assert (row.region, row.image_name, row.description, row.status) == (
        BEIJING,
        "golden",
        "there",
        "Available",
    )
    assert (row.source_id, row.platform, row.os_name) == (image, "Debian", source["OSName"])
    assert {each.region for each in held} == {BEIJING}
    assert [each.kind for each in held] == ["system", "data"]
    _, sources = stored(local, image)
    assert [each.blob_id for each in held] == [each.blob_id for each in sources]
    # The copy stands by itself.
    call("Ecs", "DeleteImage", RegionId=REGION, ImageId=image)
    for each in sources:
        call("Ecs", "DeleteSnapshot", SnapshotId=each.snapshot_id)
    blob = local.running.store.look(lambda tx: tx.get(BlobRow, held[0].blob_id))
    assert blob is not None


def test_a_copy_in_its_region_is_run(call: Caller, launch: Launch, image: str) -> None:
    made = copy(call, image, DestinationImageName="again")
    (found,) = listed(call, ImageId=made)
    assert (found["ImageName"], found["IsCopied"], found["Size"]) == ("again", True, 40)
    assert [each["Size"] for each in disks(call, launch(ImageId=made))] == [40, 30]
    (first, _) = found["DiskDeviceMappings"]["DiskDeviceMapping"]
    (snapshot,) = call(
        "Ecs", "DescribeSnapshots", RegionId=REGION, SnapshotIds=json.dumps([first["SnapshotId"]])
    )["Snapshots"]["Snapshot"]
    assert (snapshot["SourceDiskId"], snapshot["Status"]) == ("", "accomplished")


def content_of(local: Local, row: SnapshotRow) -> bytes:
    blob = local.running.store.look(lambda tx: tx.get(BlobRow, row.blob_id))
    assert blob is not None
    return b"".join(whole(local.running.pipeline.platform.disk, blob).blocks())


def test_a_copy_is_encrypted(call: Caller, local: Local, launch: Launch, image: str) -> None:
    own = key(call)
    made = copy(call, image, Encrypted=True, KMSKeyId=own)
    assert listed(call, ImageId=made) == []
    (found,) = listed(call, ImageId=made, Status=EVERY)
    mapped = found["DiskDeviceMappings"]["DiskDeviceMapping"]
    assert (found["Status"], [each["Encrypted"] for each in mapped]) == ("Creating", [True, True])
    with refused("IncorrectImageStatus", 403):
        launch(ImageId=made)
    with refused("OperationDenied.ImageCopying", 403):
        call("Ecs", "DeleteImage", RegionId=REGION, ImageId=made, Force=True)
    with refused("IncorrectImageStatus", 400):
        copy(call, made)
    _, sources = stored(local, image)
    work(local)
    assert status(local, made) == "Available"
    _, held = stored(local, made)
    blobs = [
        local.running.store.look(lambda tx, of=each: tx.get(BlobRow, of.blob_id))  # type: ignore[misc]
        for each in held
    ]
    # The platform has no key of the copies, those of the image stay as they were.
    assert [blob.key for blob in blobs] == [None, None]
    assert {each.blob_id for each in held}.isdisjoint(each.blob_id for each in sources)
    assert content_of(local, sources[0]) == b"content"
    links = local.running.store.look(lambda tx: tx.find(LinkRow, resource_id=made))
    assert [each.to_id for each in links] == [own]
    one = launch(ImageId=made)
    assert [each["KMSKeyId"] for each in disks(call, one)] == [own, own]
    call("Kms", "DisableKey", KeyId=own)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        launch(ImageId=made)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        copy(call, made)


def test_a_copy_of_an_encrypted_image_has_a_key_of_its_own(
    call: Caller, local: Local, launch: Launch
) -> None:
    own, other = key(call), key(call)
    image = image_of(call, launch, Encrypted=True, KMSKeyId=own)
    named = copy(call, image, Encrypted=True, KMSKeyId=other)
    usual = copy(call, image)
    assert [status(local, each) for each in (named, usual)] == ["Available"] * 2
    assert [each.key_id for each in stored(local, named)[1]] == [other, other]
    assert [each.key_id for each in stored(local, usual)[1]] == ["", ""]
    call("Kms", "DisableKey", KeyId=own)
    for each in (named, usual):
        assert all(disk["Encrypted"] for disk in disks(call, launch(ImageId=each)))
    call("Kms", "DisableKey", KeyId=other)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        launch(ImageId=named)


def test_a_copy_elsewhere_is_under_a_key_of_that_region(
    call: Caller, local: Local, launch: Launch
) -> None:
    own = key(call)
    image = image_of(call, launch, Encrypted=True, KMSKeyId=own)
    with refused("InvalidParameter.KMSKeyId.NotFound", 404):
        copy(call, image, DestinationRegionId=BEIJING, Encrypted=True, KMSKeyId=own)
    made = copy(call, image, DestinationRegionId=BEIJING)
    links = local.running.store.look(lambda tx: tx.find(LinkRow, resource_id=made))
    assert {(each.kind, each.to_region) for each in links} == {("encrypted-by", BEIJING)}


def test_a_copy_is_cancelled(call: Caller, local: Local, image: str) -> None:
    made = copy(call, image, Encrypted=True)
    item = claimed(local)
    assert item is not None
    _, held = stored(local, made)
    cancel(call, made)
    assert status(local, made) == "gone"
    copy_snapshot(bench_of(local), item)
    work(local)
    rows = local.running.store.look(
        lambda tx: [tx.get(SnapshotRow, each.snapshot_id) for each in held]
    )
    assert rows == [None, None]
    _, sources = stored(local, image)
    assert content_of(local, sources[0]) == b"content"
    with refused("ImageCreatedNotFromCopy", 400):
        cancel(call, image)
    with refused("IncorrectImageStatus", 400):
        cancel(call, copy(call, image))
    with refused("InvalidImageId.NotFound", 404):
        cancel(call, made)
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "CancelCopyImage", RegionId="cn-nowhere", ImageId=made)


def test_a_copy_that_was_cancelled_while_it_was_written_leaves_nothing(
    call: Caller, local: Local, image: str
) -> None:
    made = copy(call, image, Encrypted=True)
    item = claimed(local)
    assert item is not None
    whole_bench, calls = bench_of(local), 0

    def call_and_cancel(work: Any) -> Any:
        nonlocal calls
        result, calls = whole_bench.call(work), calls + 1
        if calls == 1:
            cancel(call, made)
        return result

    before = local.running.store.look(lambda tx: tx.count(BlobRow))
    copy_snapshot(
        Bench(call=call_and_cancel, clock=local.clock, platform=whole_bench.platform), item
    )
    assert calls == 2
    assert local.running.store.look(lambda tx: tx.count(BlobRow)) == before
    work(local)


def test_a_killed_worker_begins_anew(call: Caller, local: Local, image: str) -> None:
    made = copy(call, image, Encrypted=True)
    whole_bench = bench_of(local)

    class Killed(Exception):
        pass

    def call_once(work: Any) -> Any:
        whole_bench.call(work)
        raise Killed

    item = claimed(local)
    assert item is not None
    with pytest.raises(Killed):
        copy_snapshot(Bench(call=call_once, clock=local.clock, platform=whole_bench.platform), item)
    assert status(local, made) == "Creating"
    local.clock.offset += 121
    try:
        work(local)
    finally:
        local.clock.offset -= 121
    assert status(local, made) == "Available"


def test_content_that_is_gone_fails_the_copy(call: Caller, local: Local, image: str) -> None:
    made = copy(call, image, Encrypted=True)
    _, sources = stored(local, image)

    def damage(tx: Transaction) -> None:
        row = tx.get(BlobRow, sources[0].blob_id)
        assert row is not None
        assert row.content is not None
        tx.update(row, content=row.content[:-1] + bytes([row.content[-1] ^ 1]))

    local.running.store.call(damage)
    work(local)
    assert status(local, made) == "CreateFailed"
    call("Ecs", "DeleteImage", RegionId=REGION, ImageId=made)


def test_what_cannot_be_copied_is_refused(
    call: Caller, local: Local, image: str, launch: Launch
) -> None:
    for code, status_code, given in (
        ("InvalidImageId.NotFound", 404, {"ImageId": "m-none"}),
        ("InvalidRegionId.NotFound", 404, {"RegionId": "cn-nowhere"}),
        ("DestinationRegion.NotFound", 400, {"DestinationRegionId": "cn-nowhere"}),
        ("InvalidParameter.EncryptedIllegal", 400, {"KMSKeyId": key(call)}),
        ("InvalidParameter.KMSKeyId.NotFound", 404, {"Encrypted": True, "KMSKeyId": "none"}),
        ("InvalidImageName.Duplicated", 400, {"DestinationImageName": "golden"}),
        ("InvalidDestinationImageName.Malformed", 400, {"DestinationImageName": "aliyun-x"}),
        ("UnsupportedOperation", 400, {"ResourceGroupId": "rg"}),
        ("InvalidTagKey.Malformed", 400, {"Tag": [{"Key": "acs:x", "Value": "v"}]}),
        ("InvalidTagValue.Malformed", 400, {"Tag": [{"Key": "k", "Value": "http://x"}]}),
        ("Duplicate.TagKey", 400, {"Tag": [{"Key": "k", "Value": "v"}] * 2}),
    ):
        with refused(code, status_code):
            copy(call, image, **given)
    with quotas(local, {"ecs.images": 1}), refused("QuotaExceed.Image", 403):
        copy(call, image)
    with quotas(local, {"ecs.snapshots": 2}), refused("QuotaExceed.Snapshot", 403):
        copy(call, image)
    waiting = create(call, InstanceId=launch())
    with refused("IncorrectImageStatus", 400):
        copy(call, waiting)
    assert len(listed(call, Status=EVERY)) == 2


def test_a_shared_image_is_copied_in_its_region_alone(
    call: Caller, local: Local, launch: Launch
) -> None:
    other = local.administrator(local.new_account())
    own = key_with_policy(call)
    image = image_of(call, launch, Encrypted=True, KMSKeyId=own)
    with refused("InvalidImageId.NotFound", 404):
        copy(other, image)
    share(call, image, other)
    with refused("OperationDenied.SameRegionOnly", 403):
        copy(other, image, DestinationRegionId=BEIJING)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        copy(other, image)
    let_in(call, own, other, "kms:DescribeKey")
    with refused("Forbidden.RAM", 403):
        copy(other, image)
    let_in(call, own, other, "kms:Decrypt")
    made = copy(other, image)
    row, held = stored(local, made)
    assert row is not None
    assert (row.account_id, row.status) == (other.account.account_id, "Available")
    assert {each.account_id for each in held} == {other.account.account_id}
    (found,) = listed(other)
    assert (found["ImageId"], found["ImageOwnerAlias"]) == (made, "self")


def test_a_caller_needs_the_image_and_the_copy(call: Caller, image: str) -> None:
    source, there = f"acs:ecs:{REGION}:*:image/{image}", f"acs:ecs:{BEIJING}:*:image/*"
    for name, arn in (("source", source), ("there", there)):
        with refused("Forbidden.RAM", 403):
            copy(allowed(call, name, "ecs:CopyImage", arn), image, DestinationRegionId=BEIJING)
    user = allowed(call, "both", "ecs:CopyImage", source, there)
    copy(user, image, DestinationRegionId=BEIJING)
    with refused("Forbidden.RAM", 403):
        cancel(user, image)
