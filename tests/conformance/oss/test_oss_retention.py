"""Retention policies through oss2: what they protect, from whom, and until when."""

from collections.abc import Callable
from typing import Any

import alibabacloud_oss_v2 as v2
import msgspec
import oss2
import pytest
from lxml import etree
from oss2.models import (
    BatchDeleteObjectVersion,
    BatchDeleteObjectVersionList,
    BucketLifecycle,
    BucketVersioningConfig,
    LifecycleExpiration,
    LifecycleRule,
    NoncurrentVersionExpiration,
    StorageTransition,
)
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, refused

from juyong.base.clock import iso
from juyong.store.inventory import ResourceRow

HOUR = 1 / 24
ENABLED, SUSPENDED = BucketVersioningConfig("Enabled"), BucketVersioningConfig("Suspended")
Later = Callable[[float], None]


def protect(bucket: oss2.Bucket, days: int, *, locked: bool = False) -> str:
    worm_id = bucket.init_bucket_worm(days).worm_id
    if locked:
        bucket.complete_bucket_worm(worm_id)
    return worm_id


def shown(bucket: oss2.Bucket) -> Any:
    return etree.fromstring(call(bucket, "GET", params={"worm": ""}).read())


def read(bucket: oss2.Bucket, key: str) -> bytes:
    return bucket.get_object(key).read()


def test_a_policy_is_made_locked_and_prolonged(bucket: oss2.Bucket):
    with refused("NoSuchWORMConfiguration", 404) as caught:
        bucket.get_bucket_worm()
    assert caught.value.details["BucketName"] == bucket.bucket_name
    worm_id = bucket.init_bucket_worm(1).worm_id
    assert len(worm_id) == 32
    found = bucket.get_bucket_worm()
    assert (found.worm_id, found.state) == (worm_id, "InProgress")
    assert found.retention_period_days == 1
    assert found.creation_date.endswith(".000Z")
    assert [each.tag for each in shown(bucket)] == [
        *("WormId", "State", "RetentionPeriodInDays", "CreationDate", "ExpirationDate")
    ]
    bucket.complete_bucket_worm(worm_id)
    assert bucket.get_bucket_worm().state == "Locked"
    assert shown(bucket).find("ExpirationDate") is None
    bucket.extend_bucket_worm(worm_id, 2)
    assert bucket.get_bucket_worm().retention_period_days == 2


def test_a_policy_that_is_not_locked_is_taken_back(bucket: oss2.Bucket):
    bucket.put_object("key", b"x")
    protect(bucket, 1)
    assert bucket.abort_bucket_worm().status == 204
    with refused("NoSuchWORMConfiguration", 404):
        bucket.abort_bucket_worm()
    bucket.delete_object("key")
    bucket.init_bucket_worm(2)


def test_a_locked_policy_stays(bucket: oss2.Bucket):
    worm_id = protect(bucket, 3, locked=True)
    for ask in (
        bucket.abort_bucket_worm,
        lambda: bucket.init_bucket_worm(5),
        lambda: bucket.complete_bucket_worm(worm_id),
    ):
        with refused("WORMConfigurationLocked", 403):
            ask()
    for days in (1, 2, 3, 25_551):
        with refused("InvalidWORMConfiguration", 400):
            bucket.extend_bucket_worm(worm_id, days)
    bucket.extend_bucket_worm(worm_id, 25_550)
    assert bucket.get_bucket_worm().retention_period_days == 25_550


def test_a_policy_is_locked_before_it_is_prolonged(bucket: oss2.Bucket):
    worm_id = protect(bucket, 1)
    with refused("InvalidWORMConfiguration", 400):
        bucket.extend_bucket_worm(worm_id, 2)
    with refused("InvalidWORMConfiguration", 400):
        bucket.init_bucket_worm(2)


def test_a_policy_is_named_by_its_id(bucket: oss2.Bucket):
    for make in (lambda: None, lambda: protect(bucket, 1)):
        make()
        for ask in (
            lambda: bucket.complete_bucket_worm("1666E2CFB2B3418"),
            lambda: bucket.extend_bucket_worm("1666E2CFB2B3418", 2),
        ):
            with refused("NoSuchWORMConfiguration", 404):
                ask()
    assert bucket.get_bucket_worm().state == "InProgress"


DAYS = "<InitiateWormConfiguration>{}</InitiateWormConfiguration>"
ONE = "<RetentionPeriodInDays>{}</RetentionPeriodInDays>"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "MalformedXML"),
        (DAYS.format(""), "MalformedXML"),
        (DAYS.format(ONE.format("")), "MalformedXML"),
        (DAYS.format(2 * ONE.format("1")), "MalformedXML"),
        (DAYS.format(ONE.format("x")), "MalformedXML"),
        (DAYS.format(ONE.format("1.5")), "MalformedXML"),
        (DAYS.format(ONE.format("1")).replace("Initiate", "Extend"), "MalformedXML"),
        (DAYS.format(ONE.format("0")), "InvalidWORMConfiguration"),
        (DAYS.format(ONE.format("-1")), "InvalidWORMConfiguration"),
        (DAYS.format(ONE.format("25551")), "InvalidWORMConfiguration"),
        (DAYS.format(ONE.format("9" * 15)), "InvalidWORMConfiguration"),
    ],
)
def test_days_that_no_policy_has(bucket: oss2.Bucket, document: str, code: str):
    with refused(code, 400):
        call(bucket, "POST", params={"worm": ""}, data=document)
    with refused("NoSuchWORMConfiguration", 404):
        bucket.get_bucket_worm()


def test_no_write_ends_what_is_protected(bucket: oss2.Bucket):
    bucket.put_object("older", b"kept")
    bucket.append_object("log", 0, b"kept")
    upload_id = bucket.init_multipart_upload("older").upload_id
    part = bucket.upload_part("older", upload_id, 1, b"other")
    protect(bucket, 1)
    bucket.put_object("newer", b"kept")
    bucket.put_symlink("older", "link")
    for key in ("older", "newer", "link"):
        for ask in (
            lambda key=key: bucket.put_object(key, b"other"),
            lambda key=key: bucket.copy_object(bucket.bucket_name, "log", key),
            lambda key=key: bucket.put_symlink("log", key),
            lambda key=key: bucket.delete_object(key),
            lambda key=key: bucket.delete_object(key, params={"versionId": "null"}),
            lambda key=key: bucket.batch_delete_objects(["none", key]),
        ):
            with refused("FileImmutable", 409) as caught:
                ask()
            assert caught.value.details["Key"] == key
            assert caught.value.details["EC"] == "0026-00000202"
    with refused("FileImmutable", 409):
        bucket.complete_multipart_upload(
            "older", upload_id, [oss2.models.PartInfo(1, part.etag, part_crc=part.crc, size=5)]
        )
    with refused("FileImmutable", 409):
        bucket.append_object("log", 4, b"more")
    with refused("FileImmutable", 409):
        bucket.update_object_meta("older", {"Content-Type": "text/plain"})
    assert {key: read(bucket, key) for key in ("older", "newer", "link", "log")} == {
        **dict.fromkeys(("older", "newer", "link", "log"), b"kept")
    }
    # The upload is there as before, and its parts are no object yet.
    assert [each.part_number for each in bucket.list_parts("older", upload_id).parts] == [1]
    bucket.abort_multipart_upload("older", upload_id)


def test_what_a_protected_object_still_takes(bucket: oss2.Bucket):
    bucket.put_object("cold", b"kept", headers={"x-oss-storage-class": "Archive"})
    protect(bucket, 1, locked=True)
    tags = oss2.models.Tagging()
    tags.tag_set.add("k", "v")
    bucket.put_object_tagging("cold", tags)
    bucket.delete_object_tagging("cold")
    bucket.put_object_acl("cold", "public-read")
    assert bucket.restore_object("cold").status == 202


def test_objects_are_kept_to_the_last_second(bucket: oss2.Bucket, later: Later):
    bucket.put_object("key", b"1")
    protect(bucket, 2, locked=True)
    later(2 - HOUR)
    with refused("FileImmutable", 409):
        bucket.delete_object("key")
    later(2 * HOUR)
    bucket.put_object("key", b"2")
    # What is written now is kept from now on.
    later(1)
    with refused("FileImmutable", 409):
        bucket.put_object("key", b"3")
    assert read(bucket, "key") == b"2"
    later(1 + HOUR)
    bucket.delete_object("key")


def test_prolonging_protects_what_was_free_already(bucket: oss2.Bucket, later: Later):
    bucket.put_object("key", b"1")
    worm_id = protect(bucket, 1, locked=True)
    later(1 + HOUR)
    bucket.extend_bucket_worm(worm_id, 2)
    with refused("FileImmutable", 409):
        bucket.delete_object("key")
    later(1)
    bucket.delete_object("key")


def test_a_policy_ends_when_nobody_locks_it(bucket: oss2.Bucket, later: Later):
    bucket.put_object("key", b"1")
    worm_id = protect(bucket, 5)
    later(1 - HOUR)
    with refused("FileImmutable", 409):
        bucket.delete_object("key")
    later(2 * HOUR)
    assert bucket.get_bucket_worm().state == "Expired"
    bucket.delete_object("key")
    with refused("InvalidWORMConfiguration", 400):
        bucket.complete_bucket_worm(worm_id)
    with refused("InvalidWORMConfiguration", 400):
        bucket.extend_bucket_worm(worm_id, 9)
    bucket.put_bucket_versioning(ENABLED)
    assert protect(bucket, 1) != worm_id
    later(1 + HOUR)
    bucket.abort_bucket_worm()
    with refused("NoSuchWORMConfiguration", 404):
        bucket.get_bucket_worm()


def test_versions_stay_behind_newer_ones(bucket: oss2.Bucket, later: Later):
    bucket.put_object("key", b"null")
    bucket.put_bucket_versioning(ENABLED)
    protect(bucket, 2, locked=True)
    one = bucket.put_object("key", b"one").versionid
    two = bucket.put_object("key", b"two").versionid
    gone = bucket.delete_object("key")
    assert gone.delete_marker
    for version in ("null", one, two):
        with refused("FileImmutable", 409):
            bucket.delete_object("key", params={"versionId": version})
        both = [BatchDeleteObjectVersion("key", each) for each in (gone.versionid, version)]
        with refused("FileImmutable", 409):
            bucket.delete_object_versions(BatchDeleteObjectVersionList(both))
    assert len(bucket.list_object_versions().delete_marker) == 1
    # A marker holds nothing, and the object is back without it.
    bucket.delete_object("key", params={"versionId": gone.versionid})
    assert read(bucket, "key") == b"two"
    later(2 + HOUR)
    for version in ("null", one, two):
        bucket.delete_object("key", params={"versionId": version})
    assert not bucket.object_exists("key")


def test_an_appended_object_of_a_bucket_with_versions_stays(bucket: oss2.Bucket):
    bucket.put_bucket_versioning(ENABLED)
    bucket.append_object("log", 0, b"kept")
    protect(bucket, 1)
    with refused("FileImmutable", 409):
        bucket.append_object("log", 4, b"more")
    assert read(bucket, "log") == b"kept"


def test_versioning_stays_while_there_is_a_policy(bucket: oss2.Bucket, owner: Caller):
    protect(bucket, 1)
    for state in (ENABLED, SUSPENDED):
        with refused("OperationNotSupported", 400) as caught:
            bucket.put_bucket_versioning(state)
        assert caught.value.details["EC"] == "0012-00000006"
    assert bucket.get_bucket_versioning().status is None
    versioned = owner.bucket(f"{bucket.bucket_name}-v")
    versioned.create_bucket()
    versioned.put_bucket_versioning(SUSPENDED)
    with refused("InvalidWORMConfiguration", 400) as caught:
        versioned.init_bucket_worm(1)
    assert caught.value.details["EC"] == "0027-00000003"
    versioned.put_bucket_versioning(ENABLED)
    protect(versioned, 1, locked=True)
    versioned.put_bucket_versioning(ENABLED)
    with refused("OperationNotSupported", 400):
        versioned.put_bucket_versioning(SUSPENDED)


def test_lifecycle_rules_wait(bucket: oss2.Bucket, owner: Caller, later: Later):
    versioned = owner.bucket(f"{bucket.bucket_name}-v")
    versioned.create_bucket()
    versioned.put_bucket_versioning(ENABLED)
    rules = BucketLifecycle(
        [
            LifecycleRule(
                "all",
                "",
                status="Enabled",
                expiration=LifecycleExpiration(days=2),
                storage_transitions=[StorageTransition(days=1, storage_class="IA")],
                noncurrent_version_expiration=NoncurrentVersionExpiration(1),
            )
        ]
    )
    for each in (bucket, versioned):
        each.put_object("key", b"old")
        each.put_bucket_lifecycle(rules)
        protect(each, 9, locked=True)
    newer = versioned.put_object("key", b"new").versionid
    for _ in range(8):
        later(1)
    (kept,) = oss2.ObjectIterator(bucket)
    assert (kept.key, kept.storage_class) == ("key", "IA")
    found = versioned.list_object_versions()
    assert len(found.versions) == 2
    # The newest one is behind a marker, as by a call.
    assert [each.is_latest for each in found.delete_marker] == [True]
    assert versioned.get_object("key", params={"versionId": newer}).read() == b"new"
    for _ in range(3):
        later(1)
    assert list(oss2.ObjectIterator(bucket)) == []
    assert versioned.list_object_versions().versions == []


def test_a_bucket_with_protected_objects_stays(bucket: oss2.Bucket):
    bucket.put_object("key", b"x")
    protect(bucket, 1, locked=True)
    with refused("BucketNotEmpty", 409):
        bucket.delete_bucket()


def test_the_policy_goes_with_an_empty_bucket(bucket: oss2.Bucket):
    protect(bucket, 1, locked=True)
    bucket.delete_bucket()
    bucket.create_bucket()
    with refused("NoSuchWORMConfiguration", 404):
        bucket.get_bucket_worm()


CALLS: dict[str, Callable[[oss2.Bucket], Any]] = {
    "InitiateBucketWorm": lambda bucket: bucket.init_bucket_worm(1),
    "GetBucketWorm": lambda bucket: bucket.get_bucket_worm(),
    "CompleteBucketWorm": lambda bucket: bucket.complete_bucket_worm("none"),
    "ExtendBucketWorm": lambda bucket: bucket.extend_bucket_worm("none", 1),
    "AbortBucketWorm": lambda bucket: bucket.abort_bucket_worm(),
}


@pytest.mark.parametrize("name", CALLS)
def test_who_may(bucket: oss2.Bucket, as_user: Any, anonymous: Caller, owner: Caller, name: str):
    ask, others = CALLS[name], [f"oss:{each}" for each in CALLS if each != name]
    for caller in (as_user(), as_user(allow(others)), anonymous):
        with refused("AccessDenied", 403):
            ask(caller.bucket(bucket.bucket_name))
    allowed = as_user(allow(f"oss:{name}", f"acs:oss:*:*:{bucket.bucket_name}"))
    if name == "InitiateBucketWorm":
        ask(allowed.bucket(bucket.bucket_name))
    else:
        with refused("NoSuchWORMConfiguration", 404):
            ask(allowed.bucket(bucket.bucket_name))
    with refused("NoSuchBucket", 404):
        ask(owner.bucket(f"{bucket.bucket_name}-x"))


def test_the_second_sdk(client: v2.Client, named: dict[str, str]):
    days = v2.InitiateWormConfiguration(retention_period_in_days=1)
    made = client.initiate_bucket_worm(
        v2.InitiateBucketWormRequest(initiate_worm_configuration=days, **named)
    )
    found = client.get_bucket_worm(v2.GetBucketWormRequest(**named)).worm_configuration
    assert (found.worm_id, found.state, found.retention_period_in_days) == (
        made.worm_id,
        "InProgress",
        1,
    )
    assert found.creation_date < found.expiration_date
    client.abort_bucket_worm(v2.AbortBucketWormRequest(**named))
    made = client.initiate_bucket_worm(
        v2.InitiateBucketWormRequest(initiate_worm_configuration=days, **named)
    )
    client.complete_bucket_worm(v2.CompleteBucketWormRequest(worm_id=made.worm_id, **named))
    more = v2.ExtendWormConfiguration(retention_period_in_days=2)
    client.extend_bucket_worm(
        v2.ExtendBucketWormRequest(worm_id=made.worm_id, extend_worm_configuration=more, **named)
    )
    found = client.get_bucket_worm(v2.GetBucketWormRequest(**named)).worm_configuration
    assert (found.state, found.retention_period_in_days, found.expiration_date) == (
        "Locked",
        2,
        None,
    )
    client.put_object(v2.PutObjectRequest(key="key", body=b"x", **named))
    with pytest.raises(v2.exceptions.OperationError) as caught:
        client.delete_object(v2.DeleteObjectRequest(key="key", **named))
    error = caught.value.unwrap()
    assert (error.code, error.status_code) == ("FileImmutable", 409)


def test_the_inventory_tells_of_the_policy(server: Server, bucket: oss2.Bucket):
    def state() -> dict[str, Any]:
        (row,) = server.running.store.call(
            lambda tx: tx.find(ResourceRow, resource_id=bucket.bucket_name)
        )
        return msgspec.json.decode(row.state)

    assert "Retention" not in state()
    worm_id = protect(bucket, 3)
    made = server.clock()
    told = state()["Retention"]
    assert (told["WormId"], told["RetentionPeriodInDays"], told["Locked"]) == (worm_id, 3, False)
    assert iso(made) <= told["ExpirationDate"] <= iso(made + 24 * 3600)
    bucket.complete_bucket_worm(worm_id)
    bucket.extend_bucket_worm(worm_id, 4)
    told = state()["Retention"]
    assert (told["Locked"], told["RetentionPeriodInDays"]) == (True, 4)
    assert "ExpirationDate" not in told
