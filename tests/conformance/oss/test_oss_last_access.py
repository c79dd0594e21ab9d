"""The last access of objects: monitored, shown, and what lifecycle rules make of it."""

from collections.abc import Callable
from typing import Any

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from lxml import etree
from oss2.models import BucketLifecycle, LifecycleRule, StorageTransition
from tests.conformance.harness import Server
from tests.conformance.oss_calls import SESSION, Caller, call, keys_of, refused, switch_versions

from juyong.base.clock import Instant
from juyong.services.oss.jobs import _By
from juyong.services.oss.last_access.visits import note_visit
from juyong.services.oss.tables import ObjectRow
from juyong.store.transaction import Transaction

HEADER = "x-oss-last-access-time"
HOUR = 1 / 24
Later = Callable[[float], None]


@pytest.fixture
def monitor(owner: Caller, bucket: oss2.Bucket) -> oss2.Bucket:
    """The bucket, called with signature V4."""
    auth = oss2.AuthV4(*keys_of(owner))
    return oss2.Bucket(
        auth, owner.endpoint, bucket.bucket_name, session=SESSION, region="cn-hangzhou"
    )


@pytest.fixture
def monitored(monitor: oss2.Bucket, bucket: oss2.Bucket) -> oss2.Bucket:
    """A bucket that monitors access."""
    monitor.put_bucket_access_monitor("Enabled")
    return bucket


def row_of(server: Server, bucket: oss2.Bucket, key: str = "key") -> ObjectRow:
    def find(tx: Transaction) -> ObjectRow:
        (row,) = tx.find(ObjectRow, bucket_name=bucket.bucket_name, object_key=key.encode())
        return row

    return server.running.store.call(find)


def seen(bucket: oss2.Bucket, key: str = "key", **more: Any) -> int:
    return oss2.utils.http_to_unixtime(bucket.head_object(key, **more).headers[HEADER])


def by_access(days: int, kind: str = "IA", **more: Any) -> LifecycleRule:
    move = StorageTransition(days=days, storage_class=kind, is_access_time=True, **more)
    return LifecycleRule("by-access", "", status="Enabled", storage_transitions=[move])


def put_rule(bucket: oss2.Bucket, *rules: LifecycleRule) -> None:
    bucket.put_bucket_lifecycle(BucketLifecycle(list(rules)))


def test_both_sdks_monitor_access(
    monitor: oss2.Bucket, bucket: oss2.Bucket, client: v2.Client
) -> None:
    assert monitor.get_bucket_access_monitor().access_monitor.status == "Disabled"
    assert bucket.get_bucket_info().access_monitor == "Disabled"
    monitor.put_bucket_access_monitor("Enabled")
    assert monitor.get_bucket_access_monitor().access_monitor.status == "Enabled"
    assert bucket.get_bucket_info().access_monitor == "Enabled"
    # Signature V1 does not cover `accessmonitor`.
    bucket.put_bucket_access_monitor("Disabled")
    assert bucket.get_bucket_access_monitor().access_monitor.status == "Disabled"
    bucket.put_bucket_access_monitor("Enabled")
    name = bucket.bucket_name
    client.put_bucket_access_monitor(
        v2.PutBucketAccessMonitorRequest(
            bucket=name,
            access_monitor_configuration=v2.AccessMonitorConfiguration(status="Disabled"),
        )
    )
    found = client.get_bucket_access_monitor(v2.GetBucketAccessMonitorRequest(bucket=name))
    assert found.access_monitor_configuration.status == "Disabled"


def test_what_is_refused_of_monitoring(
    monitor: oss2.Bucket, bucket: oss2.Bucket, as_user: Any, anonymous: Caller
) -> None:
    with refused("InvalidArgument", 400):
        monitor.put_bucket_access_monitor("On")
    for body in ("", "<AccessMonitorConfiguration/>", "<Other><Status>Enabled</Status></Other>"):
        with refused("MalformedXML", 400):
            call(monitor, "PUT", params={"accessmonitor": ""}, data=body)
    other = anonymous.bucket(bucket.bucket_name)
    nobody = oss2.Bucket(
        oss2.AuthV4(*keys_of(as_user())),
        monitor.endpoint,
        bucket.bucket_name,
        session=SESSION,
        region="cn-hangzhou",
    )
    for caller in (other, nobody):
        for work in (
            lambda caller=caller: caller.put_bucket_access_monitor("Enabled"),
            lambda caller=caller: caller.get_bucket_access_monitor(),
        ):
            with refused("AccessDenied", 403):
                work()
    assert monitor.get_bucket_access_monitor().access_monitor.status == "Disabled"


def test_a_read_is_noted_once_in_24_hours(
    server: Server, monitored: oss2.Bucket, client: v2.Client, later: Later
) -> None:
    bucket, start = monitored, server.clock()
    bucket.put_object("key", b"body")
    assert start <= seen(bucket) <= server.clock()
    told = client.get_object_meta(
        v2.GetObjectMetaRequest(bucket=bucket.bucket_name, key="key")
    ).last_access_time
    assert told is not None
    assert int(told.timestamp()) == seen(bucket)
    later(3 * HOUR)
    first = server.clock()
    assert bucket.get_object("key", byte_range=(0, 1)).read() == b"bo"
    noted = seen(bucket)
    assert first <= noted <= server.clock()
    version = row_of(server, bucket).version
    later(23 * HOUR)
    bucket.get_object("key").read()
    assert (seen(bucket), row_of(server, bucket).version) == (noted, version)
    later(2 * HOUR)
    bucket.get_object("key").read()
    assert seen(bucket) > noted


def test_a_bucket_that_does_not_monitor_notes_nothing(
    server: Server, monitor: oss2.Bucket, bucket: oss2.Bucket, later: Later
) -> None:
    bucket.put_object("key", b"body")
    bucket.get_object("key").read()
    assert HEADER not in bucket.head_object("key").headers
    assert HEADER not in bucket.get_object_meta("key").headers
    assert row_of(server, bucket).version == 0
    monitor.put_bucket_access_monitor("Enabled")
    since = seen(bucket)
    monitor.put_bucket_access_monitor("Enabled")
    later(1)
    assert seen(bucket) == since


def test_what_counts_as_an_access(server: Server, monitored: oss2.Bucket, later: Later) -> None:
    bucket = monitored
    for key in ("read", "headed", "copied", "refused", "acl", "target", "unchanged"):
        bucket.put_object(key, b"body")
    bucket.put_symlink("target", "link")
    etag = bucket.head_object("unchanged").etag
    later(2)
    now = server.clock()
    bucket.get_object("read").read()
    bucket.get_object("link").read()
    bucket.copy_object(bucket.bucket_name, "copied", "copy")
    with refused("", 304):
        bucket.get_object("unchanged", headers={"If-None-Match": f'"{etag}"'})
    with refused("InvalidRange", 416):
        headers = {"x-oss-range-behavior": "standard"}
        bucket.get_object("refused", byte_range=(9, 10), headers=headers)
    bucket.put_object_acl("acl", "private")
    noted = {each.key for each in oss2.ObjectIterator(bucket) if seen(bucket, each.key) >= now}
    assert noted == {"read", "link", "target", "copy", "acl"}


def test_a_read_that_races_with_a_change_is_served(server: Server, monitored: oss2.Bucket) -> None:
    monitored.put_object("key", b"body")
    old = row_of(server, monitored)
    monitored.put_object_acl("key", "private")
    changed = row_of(server, monitored)

    def note(tx: Transaction) -> None:
        note_visit(_By(tx=tx, now=Instant(server.clock() + 9)), old, old)

    server.running.store.call(note)
    assert row_of(server, monitored) == changed


def test_rules_by_access_need_monitoring_and_keep_it(
    monitor: oss2.Bucket, bucket: oss2.Bucket
) -> None:
    with refused("InvalidRequest", 400) as caught:
        put_rule(bucket, by_access(3))
    assert caught.value.details["EC"] == "0014-00000016"
    monitor.put_bucket_access_monitor("Enabled")
    bucket.put_object("key", b"")
    given = by_access(3, return_to_std_when_visit=True, allow_small_file=False)
    put_rule(bucket, given)
    (found,) = bucket.get_bucket_lifecycle().rules
    (move,) = found.storage_transitions
    assert (move.days, move.storage_class) == (3, "IA")
    assert (move.is_access_time, move.return_to_std_when_visit) == (True, True)
    assert move.allow_small_file is False
    assert found.atime_base <= seen(bucket)
    with refused("InvalidRequest", 400) as caught:
        monitor.put_bucket_access_monitor("Disabled")
    assert caught.value.details["EC"] == "0036-00000005"
    assert HEADER in bucket.head_object("key").headers
    bucket.delete_bucket_lifecycle()
    monitor.put_bucket_access_monitor("Disabled")


MOVE = "<Transition>{}<StorageClass>{}</StorageClass>{}</Transition>"
OLDER = MOVE.replace("Transition>", "NoncurrentVersionTransition>")
ACCESS = "<IsAccessTime>true</IsAccessTime>"
RETURN = "<ReturnToStdWhenVisit>true</ReturnToStdWhenVisit>"
SMALL = "<AllowSmallFile>true</AllowSmallFile>"
DAYS = "<Days>3</Days>"
BEFORE = "<CreatedBeforeDate>2021-12-30T00:00:00.000Z</CreatedBeforeDate>"
SIZES = "<Filter><ObjectSizeLessThan>9</ObjectSizeLessThan></Filter>"


@pytest.mark.parametrize(
    ("inside", "ec"),
    [
        (MOVE.format(BEFORE, "IA", ACCESS), "0014-00000047"),
        (MOVE.format(DAYS, "Archive", ACCESS + RETURN), "0014-00000053"),
        (MOVE.format(DAYS, "IA", RETURN), "0014-00000053"),
        (SIZES + MOVE.format(DAYS, "IA", ACCESS + SMALL), "0014-00000054"),
        (MOVE.format(DAYS, "IA", SMALL), "0014-00000055"),
        (
            OLDER.format("<NoncurrentDays>3</NoncurrentDays>", "IA", SMALL),
            "0014-00000055",
        ),
    ],
)
def test_moves_that_do_not_fit_are_refused(monitored: oss2.Bucket, inside: str, ec: str) -> None:
    rule = f"<Rule><Prefix/><Status>Enabled</Status>{inside}</Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>"
    with refused("InvalidRequest", 400) as caught:
        call(monitored, "PUT", params={"lifecycle": ""}, data=body)
    assert caught.value.details["EC"] == ec
    with refused("NoSuchLifecycle", 404):
        monitored.get_bucket_lifecycle()


def test_what_nobody_sends_of_a_rule_is_not_kept(monitored: oss2.Bucket) -> None:
    text = (
        f"<Rule><Prefix/><Status>Enabled</Status>{MOVE.format(DAYS, 'IA', '')}"
        "<AtimeBase>1</AtimeBase></Rule>"
    )
    body = f"<LifecycleConfiguration>{text}</LifecycleConfiguration>"
    call(monitored, "PUT", params={"lifecycle": ""}, data=body)
    shown = etree.fromstring(call(monitored, "GET", params={"lifecycle": ""}).read())
    assert shown.find("Rule/AtimeBase") is None


def classes(bucket: oss2.Bucket) -> dict[str, str]:
    return {each.key: each.storage_class for each in oss2.ObjectIterator(bucket)}


def test_objects_that_nobody_reads_move_and_return_when_they_are_read(
    monitored: oss2.Bucket, later: Later
) -> None:
    bucket = monitored
    for key in ("read", "unread", "headed"):
        bucket.put_object(key, b"body")
    put_rule(bucket, by_access(3, return_to_std_when_visit=True))
    later(3)
    bucket.get_object("read").read()
    bucket.head_object("headed")
    later(2)
    assert classes(bucket) == {"read": "Standard", "unread": "IA", "headed": "IA"}
    bucket.get_object("unread").read()
    assert classes(bucket)["unread"] == "Standard"
    later(2)
    assert classes(bucket) == {"read": "IA", "unread": "Standard", "headed": "IA"}


def test_objects_do_not_return_where_no_rule_says_so(monitored: oss2.Bucket, later: Later) -> None:
    bucket = monitored
    for key in ("a", "b"):
        bucket.put_object(key, b"body", headers={"x-oss-storage-class": "IA"})
    bucket.get_object("a").read()
    put_rule(bucket, by_access(3))
    bucket.get_object("b").read()
    later(1)
    assert classes(bucket) == {"a": "IA", "b": "IA"}


def test_objects_are_never_deleted_by_access_and_small_ones_stay(
    monitored: oss2.Bucket, later: Later
) -> None:
    bucket = monitored
    bucket.put_object("small", b"x" * (64 * 1024 - 1))
    bucket.put_object("large", b"x" * 64 * 1024)
    put_rule(bucket, by_access(1, "Archive", allow_small_file=False))
    later(3)
    assert classes(bucket) == {"small": "Standard", "large": "Archive"}


def test_old_versions_move_by_access(server: Server, monitored: oss2.Bucket, later: Later) -> None:
    bucket = monitored
    switch_versions(server, bucket)
    ids = [bucket.put_object("key", body).versionid for body in (b"1", b"2", b"3")]
    inside = OLDER.format("<NoncurrentDays>2</NoncurrentDays>", "IA", ACCESS + RETURN)
    rule = f"<Rule><Prefix/><Status>Enabled</Status>{inside}</Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>"
    call(bucket, "PUT", params={"lifecycle": ""}, data=body)
    later(2)
    bucket.get_object("key", params={"versionId": ids[0]}).read()
    later(1)

    def told() -> list[str]:
        return [
            bucket.head_object("key", params={"versionId": each}).headers["x-oss-storage-class"]
            for each in ids
        ]

    assert told() == ["Standard", "IA", "Standard"]
    bucket.get_object("key", params={"versionId": ids[1]}).read()
    assert told() == ["Standard", "Standard", "Standard"]
