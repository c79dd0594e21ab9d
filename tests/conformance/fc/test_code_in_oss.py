"""Code that is an object of OSS, and the blobs in which the code of functions is kept."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import oss2
import pytest
from alibabacloud_fc20230330 import models as m
from alibabacloud_fc20230330.client import Client as FcClient
from alibabacloud_fc_open20210406 import models as old
from tests.conformance.conftest import Clients
from tests.conformance.fc.conftest import Fc, FcOpen
from tests.conformance.fc.packages import ECHO, FAILING, zipped
from tests.conformance.fc.test_invocations import allow
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.oss_calls import SESSION, Caller

from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.services.fc.tables import CodeRow
from juyong.services.identity.facade import NewAccount

SOURCE = "def handler(e, c):\n    return len(open('/code/data').read())"
DATA = os.urandom(3_000_000).hex()
LARGE = base64.b64decode(zipped({"index.py": SOURCE, "data": DATA}))
SMALL = base64.b64decode(ECHO)


@pytest.fixture
def bucket(server: Server, account: NewAccount) -> Iterator[oss2.Bucket]:
    """A bucket of the account, with the package `large.zip`."""
    auth = oss2.Auth(account.access_key_id, account.secret.reveal())
    made = Caller(server.port, auth).bucket(f"code-{account.account_id}")
    made.create_bucket()
    made.put_object("large.zip", LARGE)
    yield made
    SESSION.let_go()


def in_oss(bucket: oss2.Bucket, key: str, **given: Any) -> m.InputCodeLocation:
    return m.InputCodeLocation(oss_bucket_name=bucket.bucket_name, oss_object_name=key, **given)


def code_rows(server: Server, account: NewAccount) -> list[CodeRow]:
    return server.running.store.call(lambda tx: tx.find(CodeRow, account_id=account.account_id))


def files(server: Server) -> set[str]:
    found = server.running.home.blobs.rglob("*")
    return {path.name for path in found if path.is_file() and path.name != "lock"}


def test_a_function_is_made_of_an_object(
    fc: Fc, fc_open: FcOpen, bucket: oss2.Bucket, server: Server, account: NewAccount
) -> None:
    assert len(LARGE) > 5_000_000
    fc.create("f", "", package=in_oss(bucket, "large.zip"))
    assert fc.output("f") == str(len(DATA)).encode()
    checksum = bucket.head_object("large.zip").headers["x-oss-hash-crc64ecma"]
    assert (fc.get("f").code_size, fc.get("f").code_checksum) == (len(LARGE), checksum)
    fc_open.service("s")
    request = old.CreateFunctionRequest(
        function_name="f",
        runtime="python3",
        handler="index.handler",
        code=old.Code(oss_bucket_name=bucket.bucket_name, oss_object_name="large.zip"),
    )
    fc_open.client.create_function("s", request)
    bucket.delete_object("large.zip")
    assert fc_open.invoke("s", "f").body == str(len(DATA)).encode()
    assert {row.package for row in code_rows(server, account)} == {b""}


def test_an_object_of_several_parts_and_under_a_key_of_the_kms(fc: Fc, bucket: oss2.Bucket) -> None:
    sealed = {"x-oss-server-side-encryption": "KMS"}
    upload = bucket.init_multipart_upload("parts.zip", headers=sealed).upload_id
    cuts = (LARGE[:1_500_000], LARGE[1_500_000:])
    parts = [
        oss2.models.PartInfo(n, bucket.upload_part("parts.zip", upload, n, cut).etag)
        for n, cut in enumerate(cuts, 1)
    ]
    bucket.complete_multipart_upload("parts.zip", upload, parts)
    fc.create("f", "", package=in_oss(bucket, "parts.zip"))
    assert fc.output("f") == str(len(DATA)).encode()


def test_code_that_is_replaced_or_deleted_leaves_nothing(
    fc: Fc, bucket: oss2.Bucket, server: Server, account: NewAccount
) -> None:
    before = files(server)
    fc.create("f", "", package=in_oss(bucket, "large.zip"))
    (first,) = code_rows(server, account)
    fc.update("f", code=m.InputCodeLocation(zip_file=FAILING))
    (second,) = code_rows(server, account)
    fc.client.delete_function("f")
    assert code_rows(server, account) == []
    for blob_id in (first.blob_id, second.blob_id):
        assert server.running.store.call(lambda tx, i=blob_id: tx.get(BlobRow, i)) is None
    assert files(server) - before == {first.blob_id}
    assert server.running.store.call(lambda tx: tx.get(GoneBlobRow, first.blob_id)) is not None


def test_the_caller_must_be_allowed_to_read_the_object(
    server: Server, bucket: oss2.Bucket, ram: Any, new_user: Callable[[str], Clients]
) -> None:
    credential = new_user("maker").ram._credential.get_credential()
    fc = Fc(FcClient(server.config(credential.access_key_id, credential.access_key_secret)))
    allow(ram, "maker", "fc-all", "fc:*", "*")
    fc.create("plain", ECHO)
    before = files(server)
    for attempt in (
        lambda: fc.create("f", "", package=in_oss(bucket, "large.zip")),
        lambda: fc.update("plain", code=in_oss(bucket, "large.zip")),
    ):
        with refused("AccessDenied", 403) as caught:
            attempt()
        assert caught.value.access_denied_detail["AuthAction"] == "oss:GetObject"
    assert files(server) == before
    allow(ram, "maker", "other", "oss:GetObject", f"acs:oss:*:*:{bucket.bucket_name}/other.zip")
    with refused("AccessDenied", 403):
        fc.create("f", "", package=in_oss(bucket, "large.zip"))
    allow(ram, "maker", "read", "oss:GetObject", f"acs:oss:*:*:{bucket.bucket_name}/*")
    fc.create("f", "", package=in_oss(bucket, "large.zip"))


def test_a_bucket_of_another_account_must_let_the_caller_in(
    fc: Fc, bucket: oss2.Bucket, server: Server
) -> None:
    other = server.new_account()
    stranger = Fc(FcClient(server.config(other.access_key_id, other.secret.reveal())))
    with refused("AccessDenied", 403) as caught:
        stranger.create("f", "", package=in_oss(bucket, "large.zip"))
    assert bucket.bucket_name not in json.dumps(caught.value.access_denied_detail)
    statement = {
        "Effect": "Allow",
        "Principal": ["*"],
        "Action": ["oss:GetObject"],
        "Resource": [f"acs:oss:*:*:{bucket.bucket_name}/*"],
    }
    bucket.put_bucket_policy(json.dumps({"Version": "1", "Statement": [statement]}))
    stranger.create("f", "", package=in_oss(bucket, "large.zip"))
    assert stranger.output("f") == str(len(DATA)).encode()


@pytest.fixture
def unreadable(bucket: oss2.Bucket, server: Server, account: NewAccount) -> list[tuple[str, str]]:
    """Buckets and keys that cannot be read, each for another reason."""
    auth = oss2.Auth(account.access_key_id, account.secret.reveal())
    away = oss2.Bucket(
        auth,
        f"http://127.0.0.1:{server.port}",
        f"away-{account.account_id}",
        session=SESSION,
    )
    config = oss2.models.BucketCreateConfig(oss2.BUCKET_STORAGE_CLASS_STANDARD)
    away.create_bucket(input=config)
    bucket.put_object("cold.zip", SMALL, headers={"x-oss-storage-class": "ColdArchive"})
    bucket.put_symlink("gone", "link.zip")
    name = bucket.bucket_name
    return [
        (name, "none.zip"),
        (name, "cold.zip"),
        (name, "link.zip"),
        ("no-such-bucket-here", "a.zip"),
        ("NO BUCKET", "a.zip"),
        ("", "a.zip"),
        (name, ""),
    ]


def test_what_cannot_be_read_is_said_to_be_so(
    fc: Fc, fc_open: FcOpen, unreadable: list[tuple[str, str]]
) -> None:
    fc.create("plain", ECHO)
    fc_open.service("s")
    fc_open.create("s", "plain", ECHO)
    for name, key in unreadable:
        place = {"oss_bucket_name": name, "oss_object_name": key}
        new = old.CreateFunctionRequest(
            function_name="f", runtime="python3", handler="a.b", code=old.Code(**place)
        )
        for attempt in (
            lambda place=place: fc.create("f", "", package=m.InputCodeLocation(**place)),
            lambda place=place: fc.update("plain", code=m.InputCodeLocation(**place)),
            lambda new=new: fc_open.client.create_function("s", new),
            lambda place=place: fc_open.update("s", "plain", code=old.Code(**place)),
        ):
            with refused("AccessDenied", 403) as caught:
                attempt()
            assert f"unable to access object '{key}' in bucket '{name}'" in caught.value.message


def test_a_bucket_of_another_region_is_not_reached(
    fc: Fc, bucket: oss2.Bucket, server: Server
) -> None:
    from juyong.services.oss.tables import BucketRow

    def move(tx: Any) -> None:
        tx.update(tx.get(BucketRow, bucket.bucket_name), region="cn-beijing")

    server.running.store.call(move)
    with refused("AccessDenied", 403):
        fc.create("f", "", package=in_oss(bucket, "large.zip"))


def test_an_object_that_is_no_code_leaves_no_file(
    fc: Fc, bucket: oss2.Bucket, server: Server
) -> None:
    bucket.put_object("noise", os.urandom(100_000))
    before = files(server)
    with refused("InvalidArgument", 400) as caught:
        fc.create("f", "", package=in_oss(bucket, "noise"))
    assert "zip file" in caught.value.message
    with refused("InvalidArgument", 400) as caught:
        fc.create("f", "", package=in_oss(bucket, "large.zip", checksum="1"))
    assert "checksum" in caught.value.message
    with quotas(server, {"fc.code-bytes-from-oss": len(LARGE) - 1}):
        with refused("InvalidArgument", 400) as caught:
            fc.create("f", "", package=in_oss(bucket, "large.zip"))
        assert "exceeds" in caught.value.message
    both = in_oss(bucket, "large.zip", zip_file=ECHO)
    with refused("InvalidArgument", 400):
        fc.create("f", "", package=both)
    assert files(server) == before
