"""Bucket inventories: kept by both official SDKs, and the lists that the job writes."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from alibabacloud_kms20160120 import models as k
from alibabacloud_ram20150501.client import Client as RamClient
from oss2.models import (
    InventoryBucketDestination,
    InventoryConfiguration,
    InventoryDestination,
    InventoryFilter,
    InventorySchedule,
    InventoryServerSideEncryptionKMS,
    InventoryServerSideEncryptionOSS,
)
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, policy, statement, trust
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, refused
from tests.conformance.sts.roles import grant, make_role, role_arn

from juyong.api.bench import Bench
from juyong.services.identity.facade import NewAccount
from juyong.services.oss.inventory import configuration, jobs
from juyong.services.oss.inventory.jobs import write_lists
from juyong.services.oss.tables import BucketRow
from juyong.store.transaction import Transaction

Write = Callable[..., None]
ALL = [
    *("Size", "StorageClass", "LastModifiedDate", "ETag", "IsMultipartUploaded"),
    *("EncryptionStatus", "ObjectAcl", "TaggingCount", "ObjectType", "Crc64"),
]


@pytest.fixture
def heard() -> list[tuple[str, str]]:
    """What the job told of lists that it passed over."""
    return []


@pytest.fixture
def write(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    bucket_name: str,
    heard: list[tuple[str, str]],
) -> Iterator[Write]:
    """Let days go by, for server and client, and the job run."""
    before, dated = server.clock.offset, oss2.utils.http_date
    monkeypatch.setattr(oss2.utils, "http_date", lambda: dated(server.clock()))

    def go(days: int = 0, *, minutes: int = 0) -> None:
        server.clock.offset += days * 24 * 3600 + minutes * 60
        running = server.running
        write_lists(
            Bench(
                call=running.store.call,
                clock=server.clock,
                platform=running.pipeline.platform,
                job="oss.inventory",
                passed_over=lambda job, told: bucket_name in told and heard.append((job, told)),
            )
        )

    yield go
    server.clock.offset = before


@pytest.fixture
def target(owner: Caller, bucket_name: str) -> oss2.Bucket:
    made = owner.bucket(f"{bucket_name}-lists")
    made.create_bucket()
    return made


@pytest.fixture
def role(ram: RamClient, account: NewAccount, target: oss2.Bucket) -> str:
    """Make a role that OSS may assume, and that may write lists into the target."""
    name = target.bucket_name
    make_role(ram, name, trust("Service", "oss.aliyuncs.com"))
    grant(ram, "role", name, allow("oss:PutObject", f"acs:oss:*:*:{name}/lists/*"), name)
    return role_arn(account, name)


@pytest.fixture
def wanted(account: NewAccount, target: oss2.Bucket, role: str) -> Callable[..., Any]:
    def make(
        name: str = "all",
        *,
        versions: str = "Current",
        fields: Any = None,
        frequency: str = "Daily",
        enabled: bool = True,
        **more: Any,
    ) -> InventoryConfiguration:
        filtered = {key: more.pop(key) for key in list(more) if key in InventoryFilter().__dict__}
        place = {
            "account_id": account.account_id,
            "role_arn": role,
            "bucket": target.bucket_name,
            "inventory_format": "CSV",
            "prefix": more.pop("under", "lists"),
            **more,
        }
        return InventoryConfiguration(
            inventory_id=name,
            is_enabled=enabled,
            included_object_versions=versions,
            inventory_filter=InventoryFilter(**filtered) if filtered else None,
            inventory_schedule=InventorySchedule(frequency),
            optional_fields=fields,
            inventory_destination=InventoryDestination(InventoryBucketDestination(**place)),
        )

    return make


def md5_of(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest().upper()


class Lists:
    """What the job wrote into a bucket."""

    def __init__(self, target: oss2.Bucket) -> None:
        self.target = target

    def names(self) -> list[str]:
        return [each.key for each in oss2.ObjectIterator(self.target, prefix="lists/")]

    def manifests(self) -> list[dict[str, Any]]:
        found = []
        for key in self.names():
            if key.endswith("manifest.json"):
                body = self.target.get_object(key).read()
                checksum = self.target.get_object(key.replace(".json", ".checksum")).read()
                assert checksum.decode() == md5_of(body)
                found.append(json.loads(body))
        return found

    def rows(self, manifest: dict[str, Any] | None = None) -> list[dict[str, str]]:
        """Return the lines of a list by the columns that its manifest names."""
        if manifest is None:
            (manifest,) = self.manifests()
        names, found = manifest["fileSchema"].split(", "), []
        for each in manifest["files"]:
            body = self.target.get_object(each["key"]).read()
            assert len(body) == each["size"]
            assert md5_of(body) == each["MD5checksum"]
            text = gzip.decompress(body).decode()
            found += [dict(zip(names, row, strict=True)) for row in csv.reader(io.StringIO(text))]
        return found


@pytest.fixture
def lists(target: oss2.Bucket) -> Lists:
    return Lists(target)


# --- what calls keep ---


def test_oss2_keeps_shows_and_ends_an_inventory(bucket: oss2.Bucket, wanted: Any, role: str):
    given = wanted(
        "all.1_a-b",
        versions="All",
        fields=["ETag", "Size"],
        sse_oss_encryption=InventoryServerSideEncryptionOSS(),
        frequency="Weekly",
        enabled=False,
        lower_size_bound=1,
        upper_size_bound=9,
        storage_class="Standard,IA",
        last_modify_begin_time_stamp=1637883649,
        last_modify_end_time_stamp=1638347592,
    )
    bucket.put_bucket_inventory_configuration(given)
    found = bucket.get_bucket_inventory_configuration("all.1_a-b")
    assert (found.inventory_id, found.is_enabled) == ("all.1_a-b", False)
    assert (found.included_object_versions, found.optional_fields) == ("All", ["ETag", "Size"])
    assert found.inventory_schedule.frequency == "Weekly"
    place = found.inventory_destination.bucket_destination
    assert (place.role_arn, place.prefix, place.inventory_format) == (role, "lists", "CSV")
    assert place.sse_oss_encryption is not None
    assert found.inventory_filter.storage_class == "Standard,IA"
    assert found.inventory_filter.upper_size_bound == "9"
    (listed,) = bucket.list_bucket_inventory_configurations().inventory_configurations
    assert listed.inventory_id == "all.1_a-b"
    with refused("InventoryAlreadyExist", 409):
        bucket.put_bucket_inventory_configuration(given)
    for _ in range(2):
        assert bucket.delete_bucket_inventory_configuration("all.1_a-b").status == 204
    with refused("NoSuchInventory", 404):
        bucket.get_bucket_inventory_configuration("all.1_a-b")
    assert bucket.list_bucket_inventory_configurations().inventory_configurations == []


def test_the_second_sdk_keeps_shows_and_ends_an_inventory(
    client: v2.Client, bucket: oss2.Bucket, account: NewAccount, target: oss2.Bucket, role: str
):
    place = v2.InventoryOSSBucketDestination(
        format="CSV",
        account_id=account.account_id,
        role_arn=role,
        bucket=f"acs:oss:::{target.bucket_name}",
        prefix="lists",
        encryption=v2.InventoryEncryption(sse_kms=v2.SSEKMS(key_id="key-of-lists")),
    )
    given = v2.InventoryConfiguration(
        id="second",
        is_enabled=True,
        included_object_versions="Current",
        schedule=v2.InventorySchedule(frequency="Daily"),
        filter=v2.InventoryFilter(prefix="a/", storage_class="All"),
        optional_fields=v2.OptionalFields(fields=["Size", "Crc64"]),
        destination=v2.InventoryDestination(oss_bucket_destination=place),
    )
    name = bucket.bucket_name
    client.put_bucket_inventory(
        v2.PutBucketInventoryRequest(
            bucket=name, inventory_id="second", inventory_configuration=given
        )
    )
    found = client.get_bucket_inventory(
        v2.GetBucketInventoryRequest(bucket=name, inventory_id="second")
    ).inventory_configuration
    assert (found.id, found.is_enabled, found.filter.prefix) == ("second", True, "a/")
    assert found.optional_fields.fields == ["Size", "Crc64"]
    shown = found.destination.oss_bucket_destination
    assert (shown.bucket, shown.encryption.sse_kms.key_id) == (place.bucket, "key-of-lists")
    answer = client.list_bucket_inventory(v2.ListBucketInventoryRequest(bucket=name))
    listed = answer.list_inventory_configurations_result
    assert [each.id for each in listed.inventory_configurations] == ["second"]
    assert listed.is_truncated is False
    client.delete_bucket_inventory(
        v2.DeleteBucketInventoryRequest(bucket=name, inventory_id="second")
    )


def test_inventories_are_listed_in_pages(
    bucket: oss2.Bucket, wanted: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(configuration, "_PAGE", 2)
    monkeypatch.setattr(configuration, "_MOST", 5)
    names = ["b", "a", "c.1", "B", "d"]
    for name in names:
        bucket.put_bucket_inventory_configuration(wanted(name, enabled=False))
    with refused("InventoryExceedLimit", 400):
        bucket.put_bucket_inventory_configuration(wanted("e"))
    found, token, pages = [], "", 0
    while pages == 0 or token:
        page = bucket.list_bucket_inventory_configurations(token)
        found += [each.inventory_id for each in page.inventory_configurations]
        token, pages = page.next_continuation_token, pages + 1
        assert page.is_truncated == bool(token)
    assert (found, pages) == (sorted(names), 3)
    with refused("InvalidArgument", 400):
        bucket.list_bucket_inventory_configurations("damaged")


def test_inventories_that_are_refused(
    server: Server, bucket: oss2.Bucket, wanted: Any, stranger: Caller, bucket_name: str
):
    put = bucket.put_bucket_inventory_configuration
    foreign = stranger.bucket(f"{bucket_name}-foreign")
    foreign.create_bucket()
    for more in (
        {"account_id": "1234567890123456"},
        {"role_arn": "acs:ram::x:role/y"},
        {"bucket": foreign.bucket_name},
        {"bucket": "no-such-bucket-anywhere"},
        {"frequency": "Hourly"},
        {"inventory_format": "ORC"},
        {"versions": "Some"},
        {"fields": ["StartTime"]},
        {"storage_class": "Standard,Warm"},
        {"lower_size_bound": -1},
        {"last_modify_begin_time_stamp": 1},
        {"under": "a" * 513},
        {"sse_kms_encryption": InventoryServerSideEncryptionKMS("no key!")},
    ):
        with refused("InvalidArgument", 400):
            put(wanted(**more))
    with refused("AccessDenied", 403):
        put(wanted(role_arn="acs:ram::1234567890123456:role/theirs"))
    for more in (
        {"frequency": "Monthly"},
        {"inventory_format": "Parquet"},
        {"fields": ["TransitionTime"]},
    ):
        with refused("OperationNotSupported", 400):
            put(wanted(**more))
    with refused("InvalidObjectName", 400):
        put(wanted(under="/lists"))
    with refused("InvalidArgument", 400):
        put(wanted("a/b"))
    body = oss2.xml_utils.to_put_inventory_configuration(wanted("other"))
    params = {"inventory": "", "inventoryId": "all"}
    with refused("InvalidArgument", 400):
        call(bucket, "PUT", params=params, data=body)
    more = b"<IncrementalInventory><IsEnabled>true</IsEnabled></IncrementalInventory></Inv"
    with refused("OperationNotSupported", 400):
        params["inventoryId"] = "other"
        call(bucket, "PUT", params=params, data=body.replace(b"</Inv", more))
    both = b"<Encryption><SSE-OSS/><SSE-KMS><KeyId>a</KeyId></SSE-KMS></Encryption></OSS"
    with refused("InvalidArgument", 400):
        call(bucket, "PUT", params=params, data=body.replace(b"</OSS", both))
    with refused("MalformedXML", 400):
        call(bucket, "PUT", params=params, data=b"<InventoryConfiguration><Id>")
    assert bucket.list_bucket_inventory_configurations().inventory_configurations == []


def test_a_target_in_another_region_is_refused(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket, wanted: Any
):
    def move(tx: Transaction) -> None:
        row = tx.get(BucketRow, target.bucket_name)
        assert row is not None
        tx.update(row, region="cn-beijing")

    server.running.store.call(move)
    with refused("InvalidArgument", 400):
        bucket.put_bucket_inventory_configuration(wanted())


def test_who_may_keep_an_inventory(
    bucket: oss2.Bucket, wanted: Any, role: str, as_user: Any, anonymous: Caller
):
    for caller in (as_user(), anonymous):
        other = caller.bucket(bucket.bucket_name)
        for work in (
            lambda other=other: other.put_bucket_inventory_configuration(wanted()),
            lambda other=other: other.get_bucket_inventory_configuration("all"),
            lambda other=other: other.list_bucket_inventory_configurations(),
            lambda other=other: other.delete_bucket_inventory_configuration("all"),
        ):
            with refused("AccessDenied", 403):
                work()
    only = as_user(allow("oss:PutBucketInventory", "*")).bucket(bucket.bucket_name)
    with refused("AccessDenied", 403) as caught:
        only.put_bucket_inventory_configuration(wanted())
    assert "ram:PassRole" in str(caught.value.body)
    both = policy(statement("oss:PutBucketInventory", "*"), statement("ram:PassRole", role))
    as_user(both).bucket(bucket.bucket_name).put_bucket_inventory_configuration(wanted())


# --- what the job writes ---


def test_a_list_tells_the_current_objects(
    bucket: oss2.Bucket, wanted: Any, write: Write, lists: Lists, target: oss2.Bucket
):
    bucket.put_object('a/ü "x",\n', b"12345", headers={"x-oss-tagging": "k=v&l=w"})
    bucket.put_object(
        "b", b"", headers={"x-oss-storage-class": "IA", "x-oss-object-acl": "private"}
    )
    upload = bucket.init_multipart_upload("c").upload_id
    part = bucket.upload_part("c", upload, 1, b"part")
    bucket.complete_multipart_upload("c", upload, [oss2.models.PartInfo(1, part.etag)])
    bucket.put_object("d", b"1", headers={"x-oss-server-side-encryption": "AES256"})
    bucket.put_bucket_inventory_configuration(wanted(fields=ALL[::-1]))
    write()
    (manifest,) = lists.manifests()
    assert manifest["fileSchema"] == ", ".join(["Bucket", "Key", *ALL])
    assert (manifest["sourceBucket"], manifest["destinationBucket"]) == (
        bucket.bucket_name,
        target.bucket_name,
    )
    assert (manifest["fileFormat"], manifest["version"]) == ("CSV", "2019-09-01")
    rows = lists.rows()
    assert [row["Key"] for row in rows] == ["a%2F%C3%BC%20%22x%22%2C%0A", "b", "c", "d"]
    first = rows[0]
    head = bucket.head_object('a/ü "x",\n')
    assert (first["Size"], first["ETag"], first["TaggingCount"]) == ("5", head.etag, "2")
    assert first["Crc64"] == head.headers["x-oss-hash-crc64ecma"]
    assert first["LastModifiedDate"].endswith(".000Z")
    assert [row["StorageClass"] for row in rows] == ["Standard", "IA", "Standard", "Standard"]
    assert [row["ObjectAcl"] for row in rows][:2] == ["default", "private"]
    assert [row["ObjectType"] for row in rows] == ["Normal", "Normal", "Multipart", "Normal"]
    assert [row["IsMultipartUploaded"] for row in rows] == ["false", "false", "true", "false"]
    assert [row["EncryptionStatus"] for row in rows] == ["false", "false", "false", "true"]
    folder = f"lists/{bucket.bucket_name}/all/"
    assert all(key.startswith(folder) for key in lists.names())
    assert max(key.rpartition("/")[2][-13:] for key in lists.names()) == "manifest.json"


def test_a_list_of_all_versions_tells_markers_and_old_versions(
    bucket: oss2.Bucket, wanted: Any, write: Write, lists: Lists
):
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    ids = [bucket.put_object("key", body).versionid for body in (b"1", b"22")]
    marker = bucket.delete_object("key").versionid
    bucket.put_bucket_inventory_configuration(wanted(versions="All", fields=["Size"]))
    bucket.put_bucket_inventory_configuration(wanted("sized", versions="All", lower_size_bound=2))
    bucket.put_bucket_inventory_configuration(wanted("current"))
    write()
    by_id = {
        each["files"][0]["key"].split("/")[2]: each for each in lists.manifests() if each["files"]
    }
    rows = lists.rows(by_id["all"])
    told = [(row["VersionId"], row["IsLatest"], row["IsDeleteMarker"], row["Size"]) for row in rows]
    assert told == [
        (marker, "true", "true", ""),
        (ids[1], "false", "false", "2"),
        (ids[0], "false", "false", "1"),
    ]
    assert [row["VersionId"] for row in lists.rows(by_id["sized"])] == [ids[1]]
    # The current version is a marker: nothing is listed, and no file is written.
    assert [each["files"] for each in lists.manifests()].count([]) == 1


@pytest.mark.parametrize(
    ("filtered", "keys"),
    [
        ({"prefix": "b/", "storage_class": "IA,Archive"}, ["b/2"]),
        ({"lower_size_bound": 2, "upper_size_bound": 3}, ["b/2", "b/3"]),
        ({"last_modify_begin_time_stamp": 4_000_000_000}, []),
        ({"last_modify_end_time_stamp": 4_000_000_000}, ["a/1", "b/2", "b/3", "b/4"]),
    ],
)
def test_a_list_tells_what_passes_the_filter(  # noqa: PLR0917  # fixtures
    bucket: oss2.Bucket, wanted: Any, write: Write, lists: Lists, filtered: Any, keys: list[str]
):
    for size, key in enumerate(("a/1", "b/2", "b/3", "b/4"), 1):
        kind = "IA" if key == "b/2" else "Standard"
        bucket.put_object(key, b"x" * size, headers={"x-oss-storage-class": kind})
    given = wanted(**filtered)
    bucket.put_bucket_inventory_configuration(given)
    write()
    assert [row["Key"] for row in lists.rows()] == [key.replace("/", "%2F") for key in keys]


def test_a_list_of_a_prefix_in_several_files(
    bucket: oss2.Bucket,
    wanted: Any,
    write: Write,
    lists: Lists,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(jobs, "MOST_LINES", 2)
    monkeypatch.setattr(jobs, "_AT_ONCE", 2)
    for number in range(5):
        bucket.put_object(f"a/{number}", b"")
        bucket.put_object(f"b/{number}", b"")
    given = wanted(prefix="b/")
    bucket.put_bucket_inventory_configuration(given)
    write()
    assert [row["Key"] for row in lists.rows()] == [f"b%2F{number}" for number in range(5)]
    (manifest,) = lists.manifests()
    names = [each["key"].rpartition("/")[2] for each in manifest["files"]]
    first = names[0].removesuffix(".csv.gz")
    assert names == [f"{first}{end}.csv.gz" for end in ("", "-1", "-2")]


def test_lists_come_by_day_and_by_week(
    bucket: oss2.Bucket, wanted: Any, write: Write, lists: Lists
):
    bucket.put_object("key", b"body")
    for name, frequency in (("daily", "Daily"), ("weekly", "Weekly"), ("none", "Daily")):
        given = wanted(name, frequency=frequency, enabled=name != "none")
        bucket.put_bucket_inventory_configuration(given)

    def written() -> tuple[int, int]:
        keys = [key for key in lists.names() if key.endswith(".json")]
        return sum("/daily/" in key for key in keys), sum("/weekly/" in key for key in keys)

    write()
    write()
    assert written() == (1, 1)
    for _ in range(7):
        write(1)
    assert written() == (8, 2)
    assert len(lists.names()) == 3 * 10
    bucket.delete_bucket_inventory_configuration("daily")
    write(1)
    assert written()[0] == 8


def test_no_list_is_written_that_the_role_may_not_write(  # noqa: PLR0917  # fixtures
    bucket: oss2.Bucket,
    wanted: Any,
    write: Write,
    lists: Lists,
    ram: RamClient,
    account: NewAccount,
    target: oss2.Bucket,
    heard: list[tuple[str, str]],
):
    bucket.put_object("key", b"body")
    for name, who in (("nothing", "oss.aliyuncs.com"), ("others", "fc.aliyuncs.com")):
        title = f"{target.bucket_name}-{name}"
        make_role(ram, title, trust("Service", who))
        if name == "others":
            grant(ram, "role", title, allow("oss:PutObject", "*"), title)
        arn = role_arn(account, title)
        bucket.put_bucket_inventory_configuration(wanted(name, role_arn=arn))
    gone = role_arn(account, "never-made")
    bucket.put_bucket_inventory_configuration(wanted("gone", role_arn=gone))
    bucket.put_bucket_inventory_configuration(wanted("elsewhere", under="other"))
    write()
    assert [each.key for each in oss2.ObjectIterator(target)] == []
    names = ("elsewhere", "gone", "nothing", "others")
    assert heard == [
        ("oss.inventory", f"the list `{name}` of bucket `{bucket.bucket_name}`: AccessDenied")
        for name in names
    ]
    # The bucket's own policy forbids what the role's allows.
    bucket.put_bucket_inventory_configuration(wanted("denied"))
    deny = statement("oss:PutObject", f"acs:oss:*:*:{target.bucket_name}/*", effect="Deny")
    target.put_bucket_policy(policy({**deny, "Principal": ["*"]}))
    write()
    target.delete_bucket_policy()
    assert list(oss2.ObjectIterator(target)) == []
    write()
    assert [each["files"] != [] for each in lists.manifests()] == [True]


def test_no_list_goes_to_a_bucket_that_somebody_else_made(
    bucket: oss2.Bucket, wanted: Any, write: Write, target: oss2.Bucket, stranger: Caller
):
    bucket.put_bucket_inventory_configuration(wanted())
    target.delete_bucket()
    write()
    other = stranger.bucket(target.bucket_name)
    other.create_bucket()
    write()
    assert list(oss2.ObjectIterator(other)) == []


def test_lists_are_encrypted_as_the_inventory_says(  # noqa: PLR0917  # fixtures
    server: Server,
    bucket: oss2.Bucket,
    wanted: Any,
    write: Write,
    lists: Lists,
    target: oss2.Bucket,
):
    bucket.put_object("key", b"body")
    given = wanted(sse_oss_encryption=InventoryServerSideEncryptionOSS())
    bucket.put_bucket_inventory_configuration(given)
    bucket.put_bucket_inventory_configuration(wanted("plain"))
    missing = InventoryServerSideEncryptionKMS("key-that-is-not-there")
    bucket.put_bucket_inventory_configuration(wanted("kms", sse_kms_encryption=missing))
    write()
    told = {
        key.split("/")[2]: target.head_object(key).headers.get("x-oss-server-side-encryption")
        for key in lists.names()
    }
    assert told == {"all": "AES256", "plain": None}


def test_lists_are_sealed_under_a_key_of_the_kms(  # noqa: PLR0917  # fixtures
    bucket: oss2.Bucket,
    wanted: Any,
    write: Write,
    lists: Lists,
    target: oss2.Bucket,
    admin: Clients,
    heard: list[tuple[str, str]],
):
    key_id = admin.kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    bucket.put_object("key", b"body")
    under = InventoryServerSideEncryptionKMS(key_id)
    bucket.put_bucket_inventory_configuration(wanted(sse_kms_encryption=under))
    write()
    assert lists.names() == []
    assert heard[-1][1].endswith(": AccessDenied")
    name = target.bucket_name
    grant(admin.ram, "role", name, allow("kms:GenerateDataKey", "*"), f"{name}-key")
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    write()
    assert lists.names() == []
    admin.kms.enable_key(k.EnableKeyRequest(key_id=key_id))
    write(minutes=11)
    assert [row["Key"] for row in lists.rows()] == ["key"]
    for each in lists.names():
        head = target.head_object(each).headers
        assert head["x-oss-server-side-encryption"] == "KMS"
        assert head["x-oss-server-side-encryption-key-id"] == key_id
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    with refused("AccessDenied", 403):
        target.get_object(lists.names()[0])


def test_a_list_that_was_not_finished_leaves_nothing_and_is_written_anew(  # noqa: PLR0917  # fixtures
    server: Server,
    bucket: oss2.Bucket,
    wanted: Any,
    write: Write,
    lists: Lists,
    monkeypatch: pytest.MonkeyPatch,
    heard: list[tuple[str, str]],
):
    disk = server.running.pipeline.platform.disk
    for number in range(40):
        bucket.put_object(f"{number:0900}", b"")
    bucket.put_bucket_inventory_configuration(wanted(fields=["ETag"]))
    before = {blob for blob, _ in (*disk.published(), *disk.unpublished())}
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "store", _refusing)
        write()
    assert lists.names() == []
    assert {blob for blob, _ in (*disk.published(), *disk.unpublished())} == before
    # The bucket is not read again and again for what cannot be stored.
    write(minutes=9)
    assert (lists.names(), len(heard)) == ([], 1)
    write(minutes=1)
    assert (len(lists.rows()), len(heard)) == (40, 1)


def _refusing(*_: Any) -> Any:
    raise jobs.Forbidden
