"""Copies, symlinks and restored objects through oss2."""

from collections.abc import Callable
from email.utils import formatdate

import oss2
import pytest
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, crc_of, refused, switch_versions

from juyong.base.clock import Instant
from juyong.blobs.tables import BlobRow
from juyong.services.identity.facade import NewAccount
from juyong.services.oss.tables import ObjectRow
from juyong.store.transaction import Transaction

DAY = 24 * 3600


# --- copies ---


def test_a_copy_has_what_its_source_has(bucket: oss2.Bucket):
    headers = {"Content-Type": "text/x", "x-oss-meta-a": "b", "x-oss-tagging": "t=u"}
    put = bucket.put_object("sp ace+ü", b"body", headers=headers)
    done = bucket.copy_object(bucket.bucket_name, "sp ace+ü", "copy")
    assert done.etag == put.etag
    got = bucket.get_object("copy")
    assert got.read() == b"body"
    assert (got.headers["Content-Type"], got.headers["x-oss-meta-a"]) == ("text/x", "b")
    assert got.headers["x-oss-hash-crc64ecma"] == crc_of(b"body")
    assert bucket.get_object_tagging("copy").tag_set.tagging_rule == {"t": "u"}


def test_a_copy_can_have_other_headers_and_tags(bucket: oss2.Bucket):
    source = {"Content-Type": "text/x", "x-oss-meta-a": "b", "x-oss-tagging": "t=u"}
    bucket.put_object("key", b"body", headers=source)
    other = {
        "x-oss-metadata-directive": "REPLACE",
        "x-oss-tagging-directive": "Replace",
        "x-oss-meta-c": "d",
        "x-oss-tagging": "v=w",
        "x-oss-storage-class": "IA",
        "x-oss-object-acl": "public-read",
    }
    bucket.copy_object(bucket.bucket_name, "key", "copy", headers=other)
    told = bucket.head_object("copy").headers
    assert told["Content-Type"] == "application/octet-stream"
    assert ("x-oss-meta-a" in told, told["x-oss-meta-c"]) == (False, "d")
    assert told["x-oss-storage-class"] == "IA"
    assert bucket.get_object_tagging("copy").tag_set.tagging_rule == {"v": "w"}
    for wrong in (
        {"x-oss-metadata-directive": "MERGE"},
        {"x-oss-tagging-directive": "MERGE"},
        {"x-oss-storage-class": "Cheap"},
    ):
        with refused("InvalidArgument", 400):
            bucket.copy_object(bucket.bucket_name, "key", "copy", headers=wrong)
    with refused("InvalidTag", 400):
        replace = {"x-oss-tagging-directive": "REPLACE", "x-oss-tagging": "a=b=c"}
        bucket.copy_object(bucket.bucket_name, "key", "copy", headers=replace)


def test_an_object_copied_onto_itself_gets_new_headers(bucket: oss2.Bucket):
    data = bytes(100_000)
    bucket.put_object("key", data, headers={"x-oss-meta-a": "b"})
    bucket.copy_object(bucket.bucket_name, "key", "key", headers={"x-oss-meta-c": "d"})
    got = bucket.get_object("key")
    assert got.read() == data
    assert ("x-oss-meta-a" in got.headers, got.headers["x-oss-meta-c"]) == (False, "d")
    bucket.copy_object(
        bucket.bucket_name, "key", "key", headers={"x-oss-metadata-directive": "REPLACE"}
    )
    assert bucket.get_object("key").read() == data


@pytest.mark.parametrize("size", [4_321, 100_003])
def test_each_outlives_the_other(
    bucket: oss2.Bucket, server: Server, account: NewAccount, size: int
):
    data = b"a" * size
    bucket.put_object("key", data)
    for copy in ("one", "two"):
        bucket.copy_object(bucket.bucket_name, "key", copy)
    bucket.put_object("key", b"other")
    assert bucket.get_object("one").read() == data
    bucket.delete_object("one")
    assert bucket.get_object("two").read() == data

    def uses() -> list[int]:
        mine = account.account_id
        rows = server.running.store.call(lambda tx: tx.find(BlobRow, account_id=mine))
        return [row.uses for row in rows if row.size == size]

    assert uses() == [1]
    bucket.delete_object("two")
    assert uses() == []


def test_conditions_of_a_copy(bucket: oss2.Bucket):
    etag = bucket.put_object("key", b"body").etag
    earlier, later = formatdate(1_000_000, usegmt=True), formatdate(4_000_000_000, usegmt=True)

    def status(name: str, value: str) -> int:
        given = {f"x-oss-copy-source-{name}": value}
        try:
            return int(bucket.copy_object(bucket.bucket_name, "key", "c", headers=given).status)
        except oss2.exceptions.OssError as error:
            return int(error.status)

    assert [status("if-match", tag) for tag in (etag, "other")] == [200, 412]
    assert [status("if-none-match", tag) for tag in (etag, "other")] == [304, 200]
    assert [status("if-modified-since", at) for at in (earlier, later)] == [200, 304]
    assert [status("if-unmodified-since", at) for at in (earlier, later)] == [412, 200]
    with refused("PreconditionFailed", 412):
        bucket.copy_object(
            bucket.bucket_name, "key", "c", headers={"x-oss-copy-source-if-match": "other"}
        )


def test_sources_that_are_none(server: Server, bucket: oss2.Bucket, bucket_name: str):
    def copy(source: str, key: str = "copy", name: str = bucket_name) -> None:
        bucket._do("PUT", name, key, headers={"x-oss-copy-source": source})

    for source, code, status in (
        (f"/{bucket_name}/none", "NoSuchKey", 404),
        (f"/{bucket_name}/none?versionId=CAEQ", "NoSuchVersion", 404),
        (f"/{bucket_name}-2/key", "NoSuchBucket", 404),
        ("/Bucket/key", "InvalidBucketName", 400),
        (f"/{bucket_name}/%2Fkey", "InvalidObjectName", 400),
        (f"/{bucket_name}/", "InvalidArgument", 400),
        (f"/{bucket_name}/%ff", "InvalidArgument", 400),
        ("nothing", "InvalidArgument", 400),
    ):
        with refused(code, status):
            copy(source)
    bucket.put_object("key", b"x")
    for key, name, code, status in (
        ("k" * 1024, bucket_name, "InvalidObjectName", 400),
        ("copy", f"{bucket_name}-2", "NoSuchBucket", 404),
        ("copy", "Bucket", "InvalidBucketName", 400),
    ):
        with refused(code, status):
            copy(f"/{bucket_name}/key", key, name)
    switch_versions(server, bucket)
    marker = bucket.delete_object("key").versionid
    with refused("NoSuchKey", 404):
        copy(f"/{bucket_name}/key")
    with refused("MethodNotAllowed", 405):
        copy(f"/{bucket_name}/key?versionId={marker}")


def test_a_version_is_copied_to_a_version(server: Server, bucket: oss2.Bucket):
    switch_versions(server, bucket)
    first = bucket.put_object("key", b"one").versionid
    bucket.put_object("key", b"two")
    done = bucket.copy_object(bucket.bucket_name, "key", "key", params={"versionId": first})
    assert done.headers["x-oss-copy-source-version-id"] == first
    assert done.versionid not in (None, first)
    assert bucket.get_object("key").read() == b"one"


def test_both_sides_of_a_copy_are_judged(
    server: Server,
    owner: Caller,
    bucket: oss2.Bucket,
    stranger: Caller,
    as_user: Callable[..., Caller],
):
    name = bucket.bucket_name
    bucket.put_object("key", b"x")
    bucket.put_object("tagged", b"x", headers={"x-oss-tagging": "a=b"})
    place = f"acs:oss:*:*:{name}"
    writer = as_user(allow("oss:PutObject", f"{place}/*")).bucket(name)
    reader = as_user(allow("oss:GetObject", f"{place}/*")).bucket(name)
    both = as_user(allow(["oss:PutObject", "oss:GetObject"], f"{place}/*")).bucket(name)
    for who in (writer, reader):
        with refused("AccessDenied", 403):
            who.copy_object(name, "key", "copy")
    both.copy_object(name, "key", "copy")
    for refusal in (
        lambda: both.copy_object(name, "tagged", "copy"),
        lambda: both.copy_object(name, "key", "copy", headers={"x-oss-object-acl": "private"}),
        lambda: both.copy_object(name, "key", "copy", params={"versionId": "null"}),
    ):
        with refused("AccessDenied", 403):
            refusal()
    foreign = stranger.bucket(f"{name}-s")
    foreign.create_bucket()
    for key in ("key", "none"):
        with refused("AccessDenied", 403):
            foreign.copy_object(name, key, "copy")
    bucket.put_object("open", b"x", headers={"x-oss-object-acl": "public-read"})
    foreign.copy_object(name, "open", "copy")
    bucket.delete_object("open")
    assert foreign.get_object("copy").read() == b"x"


# --- symlinks ---


def test_a_link_is_read_as_its_target(bucket: oss2.Bucket):
    etag = bucket.put_object("tar get/ü", b"body", headers={"x-oss-meta-a": "b"}).etag
    bucket.put_symlink("tar get/ü", "link", headers={"x-oss-meta-c": "d", "Content-Type": "text/x"})
    got = bucket.get_object("link", byte_range=(1, 2))
    assert (got.read(), got.headers["x-oss-object-type"]) == (b"od", "Symlink")
    told = bucket.head_object("link").headers
    assert (told["ETag"], told["Content-Length"]) == (f'"{etag}"', "4")
    assert (told["x-oss-meta-c"], told["Content-Type"]) == ("d", "text/x")
    assert "x-oss-meta-a" not in told
    link = bucket.get_symlink("link")
    assert link.target_key == "tar get/ü"
    assert bucket.get_object_meta("link").content_length == 0
    with refused("NotSymlink", 400):
        bucket.get_symlink("tar get/ü")
    bucket.copy_object(bucket.bucket_name, "link", "copy")
    assert bucket.get_symlink("copy").target_key == "tar get/ü"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_links_to_nothing_and_to_links(bucket: oss2.Bucket, method: str):
    bucket.put_symlink("none", "link")
    bucket.put_symlink("link", "further")
    with refused("SymlinkTargetNotExist", 404):
        call(bucket, method, "link")
    with refused("InvalidTargetType", 400):
        call(bucket, method, "further")
    for target in ("/begins", "k" * 1024):
        with refused("InvalidObjectName", 400):
            bucket.put_symlink(target, "link")
    for headers in ({}, {"x-oss-symlink-target": "%ff"}):
        with refused("InvalidArgument", 400):
            call(bucket, "PUT", "link", params={"symlink": ""}, headers=headers)


def test_a_link_opens_nothing(bucket: oss2.Bucket, as_user: Callable[..., Caller]):
    name = bucket.bucket_name
    bucket.put_object("secret", b"x")
    place = f"acs:oss:*:*:{name}/mine/*"
    user = as_user(allow(["oss:PutObject", "oss:GetObject"], place)).bucket(name)
    user.put_symlink("secret", "mine/link")
    for read in (user.get_object, user.head_object):
        with refused("AccessDenied", 403):
            read("mine/link")
    assert user.get_symlink("mine/link").target_key == "secret"
    user.put_object("mine/key", b"y")
    user.put_symlink("mine/key", "mine/link")
    assert user.get_object("mine/link").read() == b"y"


# --- archived objects ---


@pytest.mark.parametrize(
    ("storage_class", "tier", "wait"),
    [
        ("Archive", None, 60),
        ("ColdArchive", "Expedited", 3600),
        ("ColdArchive", "Bulk", 12 * 3600),
        ("DeepColdArchive", "Standard", 48 * 3600),
    ],
)
def test_an_archived_object_is_restored_before_it_is_read(
    server: Server, bucket: oss2.Bucket, storage_class: str, tier: str | None, wait: int
):
    bucket.put_object("key", b"x", headers={"x-oss-storage-class": storage_class})
    bucket.put_symlink("key", "link")

    def restore(days: int) -> int:
        job = f"<JobParameters><Tier>{tier}</Tier></JobParameters>" if tier else ""
        document = f"<RestoreRequest><Days>{days}</Days>{job}</RestoreRequest>"
        return int(call(bucket, "POST", "key", params={"restore": ""}, data=document).status)

    def told() -> str | None:
        return bucket.head_object("key").headers.get("x-oss-restore")

    def closed() -> None:
        for read in (
            lambda: bucket.get_object("key"),
            lambda: bucket.get_object("link"),
            lambda: bucket.copy_object(bucket.bucket_name, "key", "copy"),
        ):
            with refused("InvalidObjectState", 403):
                read()

    def wait_for(seconds: int) -> None:
        """Let the restored copy be older, since a signature is good for minutes only."""

        def age(tx: Transaction) -> None:
            row = tx.get(ObjectRow, bucket.bucket_name, b"key", "null")
            assert row is not None
            begins, ends = row.readable_from - seconds, row.readable_until - seconds
            tx.update(row, readable_from=Instant(begins), readable_until=Instant(ends))

        server.running.store.call(age)

    closed()
    assert told() is None
    assert restore(2) == 202
    closed()
    assert told() == 'ongoing-request="true"'
    with refused("RestoreAlreadyInProgress", 409):
        restore(2)
    wait_for(wait - 30)
    closed()
    wait_for(32)
    assert bucket.get_object("key").read() == b"x"
    assert str(told()).startswith('ongoing-request="false", expiry-date="')
    wait_for(DAY)
    assert restore(3) == 200
    wait_for(2 * DAY)
    assert bucket.get_object("link").read() == b"x"
    wait_for(DAY + 60)
    closed()
    assert told() is None


def test_what_needs_no_restoring(bucket: oss2.Bucket):
    bucket.put_object("key", b"x")
    with refused("OperationNotSupported", 400):
        bucket.restore_object("key")
    bucket.put_object("key", b"x", headers={"x-oss-storage-class": "Archive"})
    with refused("InvalidArgument", 400):
        call(
            bucket,
            "POST",
            "key",
            params={"restore": ""},
            data="<RestoreRequest><Days>0</Days></RestoreRequest>",
        )
    assert bucket.restore_object("key").status == 202
