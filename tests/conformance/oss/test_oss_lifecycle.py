"""Lifecycle rules through oss2: set, shown and deleted; what they do as days go by."""

from collections.abc import Callable
from datetime import date
from typing import Any

import oss2
import pytest
from lxml import etree
from oss2.models import (
    AbortMultipartUpload,
    BucketLifecycle,
    BucketVersioningConfig,
    LifecycleExpiration,
    LifecycleRule,
    NoncurrentVersionExpiration,
    StorageTransition,
)
from tests.conformance.documents import allow
from tests.conformance.oss_calls import Caller, call, refused


def rule(**more: Any) -> LifecycleRule:
    return LifecycleRule(more.pop("id", "one"), more.pop("prefix", ""), **more)


def put(bucket: oss2.Bucket, text: str, **headers: str) -> None:
    body = f"<LifecycleConfiguration>{text}</LifecycleConfiguration>"
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    call(bucket, "PUT", params={"lifecycle": ""}, data=body, headers=given)


def shown(bucket: oss2.Bucket) -> Any:
    return etree.fromstring(call(bucket, "GET", params={"lifecycle": ""}).read())


def keys(bucket: oss2.Bucket) -> list[str]:
    return [each.key for each in oss2.ObjectIterator(bucket)]


FULL = """
<Rule><ID>b</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Tag><Key>k</Key><Value>v</Value></Tag>
<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><Not><Prefix>logs/keep</Prefix></Not></Filter>
<Expiration><Days>30</Days></Expiration>
<Transition><Days>10</Days><StorageClass>IA</StorageClass></Transition>
<AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>
<NoncurrentVersionExpiration><NoncurrentDays>5</NoncurrentDays></NoncurrentVersionExpiration>
<NoncurrentVersionTransition><NoncurrentDays>2</NoncurrentDays><StorageClass>Archive</StorageClass>
</NoncurrentVersionTransition></Rule>
<Rule><Prefix>tmp/</Prefix><Status>Disabled</Status>
<Expiration><CreatedBeforeDate>2020-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration></Rule>
"""


def test_rules_are_kept_as_sent(bucket: oss2.Bucket):
    with refused("NoSuchLifecycle", 404) as caught:
        bucket.get_bucket_lifecycle()
    assert caught.value.details["Message"].startswith("No Row found")
    put(bucket, FULL)
    first, second = shown(bucket)
    assert [each.tag for each in first] == [
        *("ID", "Prefix", "Status", "Tag", "Filter", "Expiration", "Transition"),
        *("AbortMultipartUpload", "NoncurrentVersionExpiration", "NoncurrentVersionTransition"),
    ]
    assert first.findtext("Filter/Not/Prefix") == "logs/keep"
    assert len(second.findtext("ID")) > 10
    assert second.findtext("Expiration/CreatedBeforeDate") == "2020-01-01T00:00:00.000Z"
    found = bucket.get_bucket_lifecycle().rules
    assert [(each.prefix, each.status) for each in found] == [
        ("logs/", "Enabled"),
        ("tmp/", "Disabled"),
    ]
    assert found[0].expiration.days == 30
    assert bucket.delete_bucket_lifecycle().status == 204
    assert bucket.delete_bucket_lifecycle().status == 204
    with refused("NoSuchLifecycle", 404):
        bucket.get_bucket_lifecycle()


def made(inside: str, prefix: str = "", more: str = "") -> str:
    return f"<Rule>{more}<Prefix>{prefix}</Prefix><Status>Enabled</Status>{inside}</Rule>"


DAYS = "<Expiration><Days>1</Days></Expiration>"
DATE = "<Expiration><Date>2020-01-01T00:00:00.000Z</Date></Expiration>"
MOVE = "<Transition>{}<StorageClass>{}</StorageClass></Transition>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MalformedXML"),
        ("<Rule><Prefix/></Rule>", "MalformedXML"),
        (made(""), "InvalidRequest"),
        (made("<Expiration/>"), "InvalidRequest"),
        (
            made("<Expiration><Days>1</Days><Date>2020-01-01T00:00:00Z</Date></Expiration>"),
            "InvalidRequest",
        ),
        (made(DATE + MOVE.format("<Days>3</Days>", "IA")), "InvalidRequest"),
        (made(DAYS) + made(DAYS, "a/"), "InvalidRequest"),
        (made(DAYS, "a", "<ID>x</ID>") + made(DAYS, "b", "<ID>x</ID>"), "InvalidArgument"),
        (made(DAYS.replace("1", "0")), "InvalidArgument"),
        (made(DAYS.replace("1", "x")), "MalformedXML"),
        (made(DATE.replace("00:00:00", "00:00:01")), "InvalidArgument"),
        (made(DATE.replace("-01-", "-13-")), "InvalidArgument"),
        (made(MOVE.format("<Days>3</Days>", "Standard")), "InvalidArgument"),
        (made(MOVE.format("<Days>3</Days>", "Cool")), "InvalidArgument"),
        (made(DAYS).replace("Enabled", "On"), "InvalidArgument"),
        (made(DAYS, more=f"<ID>{'x' * 256}</ID>"), "InvalidArgument"),
        (
            made(MOVE.format("<Days>3</Days><IsAccessTime>true</IsAccessTime>", "IA")),
            "InvalidRequest",
        ),
    ],
)
def test_rules_that_are_refused(bucket: oss2.Bucket, text: str, code: str):
    with refused(code, 400):
        put(bucket, text)
    with refused("NoSuchLifecycle", 404):
        bucket.get_bucket_lifecycle()


def test_rules_may_do_the_same_where_the_caller_says_so(bucket: oss2.Bucket):
    put(bucket, made(DAYS) + made(DAYS, "a/"), x_oss_allow_same_action_overlap="true")
    put(bucket, made(DAYS, "a/") + made(DAYS, "b/"))
    tagged = made(DAYS + "<Tag><Key>k</Key><Value>v</Value></Tag>", "a/")
    put(bucket, made(DAYS, "a/") + tagged)


def test_objects_go_after_days(bucket: oss2.Bucket, later: Callable[[int], None]):
    bucket.put_object("old/1", b"x")
    bucket.put_object("kept", b"x")
    rules = [rule(prefix="old/", status="Enabled", expiration=LifecycleExpiration(days=3))]
    bucket.put_bucket_lifecycle(BucketLifecycle(rules))
    later(2)
    bucket.put_object("old/2", b"x")
    assert keys(bucket) == ["kept", "old/1", "old/2"]
    later(2)
    assert keys(bucket) == ["kept", "old/2"]
    later(2)
    assert keys(bucket) == ["kept"]


def test_a_bucket_is_looked_through_once_a_day(bucket: oss2.Bucket, later: Callable[[int], None]):
    rules = [rule(status="Enabled", expiration=LifecycleExpiration(days=1))]
    bucket.put_bucket_lifecycle(BucketLifecycle(rules))
    bucket.put_object("old", b"x")
    later(1)
    bucket.put_bucket_lifecycle(
        BucketLifecycle(
            [
                rule(
                    status="Enabled",
                    expiration=LifecycleExpiration(created_before_date=date(2100, 1, 1)),
                )
            ]
        )
    )
    left = keys(bucket)
    later(0)
    assert keys(bucket) == left
    later(1)
    assert keys(bucket) == []


def test_what_a_rule_leaves_alone(bucket: oss2.Bucket, later: Callable[[int], None]):
    bucket.put_object("logs/1", b"long enough", headers={"x-oss-tagging": "k=v"})
    bucket.put_object("logs/small", b"x", headers={"x-oss-tagging": "k=v"})
    bucket.put_object("logs/keep1", b"long enough", headers={"x-oss-tagging": "k=v"})
    bucket.put_object("logs/untagged", b"long enough")
    put(bucket, FULL)
    later(12)
    classes = {each.key: each.storage_class for each in oss2.ObjectIterator(bucket)}
    assert classes == {
        "logs/1": "IA",
        "logs/small": "Standard",
        "logs/keep1": "Standard",
        "logs/untagged": "Standard",
    }
    later(30)
    assert keys(bucket) == ["logs/keep1", "logs/small", "logs/untagged"]


def test_dates_and_rules_that_are_switched_off(bucket: oss2.Bucket, later: Callable[[int], None]):
    for key in ("a", "b", "c", "d"):
        bucket.put_object(key, b"x")
    off = made(DAYS, "a").replace("Enabled", "Disabled")
    on = "<Expiration><Date>{}-01-01T00:00:00.000Z</Date></Expiration>"
    before = (
        "<Expiration><CreatedBeforeDate>{}-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration>"
    )
    put(
        bucket,
        off
        + made(on.format(2020), "b")
        + made(on.format(2199), "c")
        + made(before.format(2020), "d"),
    )
    later(3)
    assert keys(bucket) == ["a", "c", "d"]


def test_versions_grow_old(bucket: oss2.Bucket, later: Callable[[int], None]):
    bucket.put_bucket_versioning(BucketVersioningConfig("Enabled"))
    first = bucket.put_object("key", b"1").versionid
    put(
        bucket,
        made(
            "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
            "<NoncurrentVersionExpiration><NoncurrentDays>5</NoncurrentDays>"
            "</NoncurrentVersionExpiration><NoncurrentVersionTransition>"
            "<NoncurrentDays>2</NoncurrentDays><StorageClass>IA</StorageClass>"
            "</NoncurrentVersionTransition>"
        ),
    )
    later(20)
    second = bucket.put_object("key", b"2").versionid
    later(3)
    answer = bucket.list_object_versions()
    assert [(each.versionid, each.storage_class) for each in answer.versions] == [
        (second, "Standard"),
        (first, "IA"),
    ]
    later(3)
    assert [each.versionid for each in bucket.list_object_versions().versions] == [second]
    bucket.delete_object("key")
    later(1)
    answer = bucket.list_object_versions()
    assert (len(answer.versions), len(answer.delete_marker)) == (1, 1)
    later(6)
    later(1)
    answer = bucket.list_object_versions()
    assert (answer.versions, answer.delete_marker) == ([], [])


def test_the_newest_version_is_hidden_by_a_marker(
    bucket: oss2.Bucket, later: Callable[[int], None]
):
    bucket.put_bucket_versioning(BucketVersioningConfig("Enabled"))
    kept = bucket.put_object("key", b"1").versionid
    put(bucket, made(DAYS))
    later(2)
    later(2)
    answer = bucket.list_object_versions()
    assert [each.versionid for each in answer.versions] == [kept]
    assert len(answer.delete_marker) == 1
    assert answer.delete_marker[0].is_latest


def test_uploads_are_given_up(bucket: oss2.Bucket, later: Callable[[int], None]):
    upload_id = bucket.init_multipart_upload("a/key").upload_id
    for number in range(1, 103):
        bucket.upload_part("a/key", upload_id, number, b"x")
    other = bucket.init_multipart_upload("b/key").upload_id
    rules = [
        rule(prefix="a/", status="Enabled", abort_multipart_upload=AbortMultipartUpload(days=2))
    ]
    bucket.put_bucket_lifecycle(BucketLifecycle(rules))
    later(1)
    young = bucket.init_multipart_upload("a/young").upload_id
    later(2)
    left = [(each.key, each.upload_id) for each in bucket.list_multipart_uploads().upload_list]
    assert left == [("a/young", young), ("b/key", other)]
    with refused("NoSuchUpload", 404):
        bucket.list_parts("a/key", upload_id)


def test_many_objects_in_many_transactions(bucket: oss2.Bucket, later: Callable[[int], None]):
    for number in range(230):
        bucket.put_object(f"{number:03}", b"x")
    rules = [
        rule(
            status="Enabled",
            expiration=LifecycleExpiration(days=9),
            storage_transitions=[StorageTransition(days=2, storage_class="IA")],
            noncurrent_version_expiration=NoncurrentVersionExpiration(1),
        )
    ]
    bucket.put_bucket_lifecycle(BucketLifecycle(rules))
    later(3)
    assert {each.storage_class for each in oss2.ObjectIterator(bucket)} == {"IA"}
    later(8)
    assert keys(bucket) == []


def test_who_may(bucket: oss2.Bucket, as_user: Any, owner: Caller):
    name = bucket.bucket_name
    nothing = as_user().bucket(name)
    for ask in (
        lambda: put(nothing, made(DAYS)),
        nothing.get_bucket_lifecycle,
        nothing.delete_bucket_lifecycle,
    ):
        with refused("AccessDenied", 403):
            ask()
    put(as_user(allow("oss:PutBucketLifecycle", f"acs:oss:*:*:{name}")).bucket(name), made(DAYS))
    gone = owner.bucket(f"{name}-x")
    for ask in (
        lambda: put(gone, made(DAYS)),
        gone.get_bucket_lifecycle,
        gone.delete_bucket_lifecycle,
    ):
        with refused("NoSuchBucket", 404):
            ask()
    for method in ("PUT", "GET", "DELETE"):
        body = f"<LifecycleConfiguration>{made(DAYS)}</LifecycleConfiguration>"
        with refused("InvalidBucketName", 400):
            bucket._do(
                method, "A_b", "", params={"lifecycle": ""}, data=body if method == "PUT" else None
            )
