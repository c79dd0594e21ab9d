"""Server-side encryption: defaults of buckets, headers of calls, and keys of the KMS that decide."""

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from alibabacloud_kms20160120 import models as k
from tests.conformance.conftest import Clients
from tests.conformance.documents import policy, statement
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, raw, refused
from tests.waiting import wait_until

from juyong.audit.tables import EventRow
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.facade import seal_content
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.tables import default_instance_id
from juyong.services.oss.objects import keys
from juyong.services.oss.objects import write as writing
from juyong.services.oss.objects.encryption import SERVICE_KEY, in_region, key_name, use_in
from juyong.services.oss.tables import ObjectRow, UploadRow
from juyong.store.sqlite_executor import SqliteExecutor

AsUser = Callable[..., Caller]
_SSE = "x-oss-server-side-encryption"
_BODY = b"a secret" * 5000


def headers(algorithm: str, key_id: str = "") -> dict[str, str]:
    named = {f"{_SSE}-key-id": key_id} if key_id else {}
    return {_SSE: algorithm, **named}


def told(answer: Any) -> tuple[str | None, str | None]:
    """Return algorithm and key as the headers of an answer tell them."""
    given = answer.headers if hasattr(answer, "headers") else answer.resp.headers
    return given.get(_SSE), given.get(f"{_SSE}-key-id")


def rule(algorithm: str, key_id: str = "", data: str = "") -> bytes:
    inner = f"<SSEAlgorithm>{algorithm}</SSEAlgorithm>"
    inner += f"<KMSMasterKeyID>{key_id}</KMSMasterKeyID>" if key_id else ""
    inner += f"<KMSDataEncryption>{data}</KMSDataEncryption>" if data else ""
    name, wrapper = "ServerSideEncryptionRule", "ApplyServerSideEncryptionByDefault"
    return f"<{name}><{wrapper}>{inner}</{wrapper}></{name}>".encode()


def set_rule(bucket: oss2.Bucket, *given: str) -> None:
    call(bucket, "PUT", params={"encryption": ""}, data=rule(*given))


@pytest.fixture
def key_id(admin: Clients) -> str:
    """A key of the bucket's owner."""
    made: str = admin.kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    return made


def test_the_default_of_a_bucket(bucket: oss2.Bucket, key_id: str):
    with refused("NoSuchServerSideEncryptionRule", 404):
        bucket.get_bucket_encryption()
    assert bucket.get_bucket_info().bucket_encryption_rule.sse_algorithm is None
    set_rule(bucket, "AES256")
    assert bucket.get_bucket_encryption().sse_algorithm == "AES256"
    assert told(bucket.put_object("aes", _BODY)) == ("AES256", None)
    bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule("KMS", key_id))
    shown = bucket.get_bucket_encryption()
    assert (shown.sse_algorithm, shown.kms_master_keyid) == ("KMS", key_id)
    assert bucket.get_bucket_info().bucket_encryption_rule.sse_algorithm == "KMS"
    assert told(bucket.put_object("kms", _BODY)) == ("KMS", key_id)
    assert told(bucket.put_object("said", _BODY, headers=headers("AES256"))) == ("AES256", None)
    for key, expected in (("aes", ("AES256", None)), ("kms", ("KMS", key_id))):
        got = bucket.get_object(key)
        assert (got.read(), told(got)) == (_BODY, expected)
        assert told(bucket.head_object(key)) == expected
    for _ in range(2):
        assert bucket.delete_bucket_encryption().status == 204
    assert told(bucket.put_object("none", _BODY)) == (None, None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("RSA",), "InvalidEncryptionAlgorithmError"),
        (("KMS", "", "RSA"), "InvalidEncryptionAlgorithmError"),
        (("SM4", "a-key"), "InvalidArgument"),
        (("SM4", "", "SM4"), "InvalidArgument"),
        (("AES256", "a-key"), "InvalidArgument"),
        (("KMS", "../key"), "InvalidArgument"),
    ],
)
def test_encryptions_that_are_refused(
    bucket: oss2.Bucket, owner: Caller, given: tuple[str, ...], code: str
):
    _is_refused(bucket, owner, given, code)


@pytest.mark.parametrize("given", [("SM4",), ("KMS", "", "SM4")])
def test_sm4_is_refused_where_openssl_has_none(
    bucket: oss2.Bucket, owner: Caller, without_sm4: None, given: tuple[str, ...]
):
    _is_refused(bucket, owner, given, "OperationNotSupported")


def _is_refused(bucket: oss2.Bucket, owner: Caller, given: tuple[str, ...], code: str) -> None:
    with refused(code, 400):
        set_rule(bucket, *given)
    names = (_SSE, f"{_SSE}-key-id", "x-oss-server-side-data-encryption")
    sent = {name: value for name, value in zip(names, given, strict=False) if value}
    writes = (
        lambda: bucket.put_object("key", b"", headers=sent),
        lambda: bucket.append_object("key", 0, b"", headers=sent),
        lambda: bucket.copy_object(bucket.bucket_name, "key", "copy", headers=sent),
        lambda: bucket.init_multipart_upload("key", headers=sent),
    )
    for write in writes:
        with refused(code, 400):
            write()
    with refused("NoSuchKey", 404):
        bucket.get_object("key")
    other = owner.bucket(f"{bucket.bucket_name}-2")
    with refused(code, 400):
        other.create_bucket(headers=sent)
    with refused("NoSuchBucket", 404):
        other.get_bucket_info()


def test_a_bucket_is_made_with_a_default(owner: Caller, bucket_name: str, key_id: str):
    for number, given in enumerate((("AES256", None), ("KMS", None), ("KMS", key_id))):
        made = owner.bucket(f"{bucket_name}-{number}")
        made.create_bucket(headers=headers(given[0], given[1] or ""))
        shown = made.get_bucket_encryption()
        assert (shown.sse_algorithm, shown.kms_master_keyid) == given
        assert told(made.put_object("key", _BODY))[0] == given[0]
        assert made.get_object("key").read() == _BODY
    assert told(made.head_object("key")) == ("KMS", key_id)


def test_a_default_of_a_new_bucket_needs_its_permission(as_user: AsUser, bucket_name: str):
    both = ["oss:PutBucket", "oss:PutBucketEncryption", "oss:GetBucketEncryption"]
    maker = as_user(policy(statement(both[0]))).bucket(bucket_name)
    for algorithm in ("AES256", "KMS"):
        with refused("AccessDenied", 403):
            maker.create_bucket(headers=headers(algorithm))
    allowed = as_user(policy(statement(both))).bucket(bucket_name)
    allowed.create_bucket(headers=headers("AES256"))
    assert allowed.get_bucket_encryption().sse_algorithm == "AES256"
    maker = as_user(policy(statement(both[0]))).bucket(f"{bucket_name}-2")
    maker.create_bucket()


def test_the_second_sdk_makes_a_bucket_with_a_default(client: v2.Client, bucket_name: str):
    group = v2.PutBucketRequest(bucket=bucket_name, resource_group_id="rg-other")
    with pytest.raises(v2.exceptions.OperationError) as caught:
        client.put_bucket(group)
    assert caught.value.unwrap().code == "InvalidArgument"
    client.put_bucket(v2.PutBucketRequest(bucket=bucket_name, headers=headers("AES256")))
    info = client.get_bucket_info(v2.GetBucketInfoRequest(bucket=bucket_name)).bucket_info
    assert info.sse_rule.sse_algorithm == "AES256"
    grouped = v2.PutBucketRequest(
        bucket=f"{bucket_name}-2", resource_group_id=info.resource_group_id
    )
    client.put_bucket(grouped)


def test_a_header_of_encryption_that_is_not_known(bucket: oss2.Bucket):
    with refused("InvalidArgument", 400):
        bucket.put_object("key", b"", headers={"x-oss-server-side-cipher": "x"})


def test_a_document_that_is_no_rule(bucket: oss2.Bucket):
    for text in (b"", b"<ServerSideEncryptionRule/>", b"<X/>"):
        with refused("MalformedXML", 400):
            call(bucket, "PUT", params={"encryption": ""}, data=text)


def test_the_service_key_is_made_at_first_need(bucket: oss2.Bucket, admin: Clients):
    _, first = told(bucket.put_object("one", b"1", headers=headers("KMS")))
    _, second = told(bucket.put_object("two", b"2", headers=headers("KMS")))
    assert first
    assert first == second
    shown = admin.kms.describe_key(k.DescribeKeyRequest(key_id=SERVICE_KEY.alias)).body
    assert (shown.key_metadata.key_id, shown.key_metadata.creator) == (first, "Oss")
    assert bucket.get_object("one").read() == b"1"


def test_who_may_not_use_the_key_reaches_no_object(
    bucket: oss2.Bucket, key_id: str, as_user: AsUser
):
    def user(*actions: str) -> oss2.Bucket:
        made = as_user(policy(statement(list(actions))))
        return made.bucket(bucket.bucket_name)

    sealed = headers("KMS", key_id)
    bucket.put_object("key", _BODY, headers=sealed)
    plain = user("oss:*")
    assert told(plain.head_object("key")) == ("KMS", key_id)
    for ask in (
        lambda: plain.get_object("key"),
        lambda: plain.put_object("other", b"", headers=sealed),
        lambda: plain.append_object("other", 0, b"", headers=sealed),
        lambda: plain.copy_object(bucket.bucket_name, "key", "copy"),
    ):
        with refused("AccessDenied", 403) as caught:
            ask()
        assert "key of this object" in caught.value.details["Message"]
    assert user("oss:*", "kms:Decrypt").get_object("key").read() == _BODY
    writer = user("oss:*", "kms:GenerateDataKey")
    assert writer.put_object("other", b"", headers=sealed).status == 200
    with refused("AccessDenied", 403):
        writer.get_object("other")


def test_a_public_object_is_closed_to_who_may_not_use_its_key(
    bucket: oss2.Bucket, key_id: str, anonymous: Caller
):
    bucket.put_object("key", _BODY, headers=headers("KMS", key_id))
    bucket.put_bucket_acl("public-read")
    with refused("AccessDenied", 403):
        anonymous.bucket(bucket.bucket_name).get_object("key")


def test_a_disabled_key_denies_and_a_deleted_one_loses(
    server: Server, bucket: oss2.Bucket, key_id: str, admin: Clients
):
    sealed = headers("KMS", key_id)
    bucket.put_object("key", _BODY, headers=sealed)
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    for ask in (
        lambda: bucket.get_object("key"),
        lambda: bucket.put_object("key", b"other", headers=sealed),
        lambda: bucket.copy_object(bucket.bucket_name, "key", "copy"),
    ):
        with refused("AccessDenied", 403) as caught:
            ask()
        assert caught.value.details["EC"] == "0003-00000205"
    assert bucket.head_object("key").content_length == len(_BODY)
    admin.kms.enable_key(k.EnableKeyRequest(key_id=key_id))
    assert bucket.get_object("key").read() == _BODY
    admin.kms.schedule_key_deletion(
        k.ScheduleKeyDeletionRequest(key_id=key_id, pending_window_in_days=7)
    )
    with refused("AccessDenied", 403):
        bucket.get_object("key")
    address = bucket.sign_url("GET", "key", 30 * 24 * 3600)
    server.clock.offset = 8 * 24 * 3600
    try:
        answer = raw(server.port, "GET", address.partition(str(server.port))[2])
    finally:
        server.clock.offset = 0
    assert (answer.status, answer.headers["x-oss-ec"]) == (403, "0003-00000205")


def test_a_key_that_is_not_there(bucket: oss2.Bucket):
    with refused("AccessDenied", 403):
        bucket.put_object("key", b"", headers=headers("KMS", "not-a-key"))


def test_the_policy_of_a_key_can_deny_the_service(
    bucket: oss2.Bucket, admin: Clients, account: NewAccount
):
    instance_id = default_instance_id(account.account_id)
    made = admin.kms.create_key(k.CreateKeyRequest(dkmsinstance_id=instance_id)).body
    key_id = made.key_metadata.key_id
    bucket.put_object("key", _BODY, headers=headers("KMS", key_id))
    root = {"RAM": [f"acs:ram::{account.account_id}:*"]}
    service = {"Service": ["oss.aliyuncs.com"]}
    document = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Principal": root, "Action": ["kms:*"], "Resource": ["*"]},
            {"Effect": "Deny", "Principal": service, "Action": ["kms:Decrypt"], "Resource": ["*"]},
        ],
    }
    admin.kms.set_key_policy(
        k.SetKeyPolicyRequest(key_id=key_id, policy_name="default", policy=json.dumps(document))
    )
    with refused("AccessDenied", 403) as caught:
        bucket.get_object("key")
    assert caught.value.details["EC"] == "0003-00000205"


def test_uses_of_a_key_are_events_of_the_service(server: Server, bucket: oss2.Bucket, key_id: str):
    bucket.put_object("key", _BODY, headers=headers("KMS", key_id))
    bucket.get_object("key").read()
    bucket.head_object("key")

    def uses() -> list[EventRow]:
        return [each for each in events_of(server, key_id) if "acs:oss:arn" in each.body]

    wait_until(lambda: len(uses()) > 1)
    assert sorted(each.event_name for each in uses()) == ["Decrypt", "GenerateDataKey"]
    for each in uses():
        assert "oss.aliyuncs.com" in each.body
        assert bucket.bucket_name in each.body


def test_copies_have_the_encryption_that_their_call_says(
    bucket: oss2.Bucket, key_id: str, admin: Clients
):
    def copy(source: str, target: str, **given: str) -> Any:
        bucket.copy_object(
            bucket.bucket_name, source, target, headers=headers(**given) if given else {}
        )
        got = bucket.get_object(target)
        assert got.read() == _BODY
        return told(got)

    bucket.put_object("sealed", _BODY, headers=headers("KMS", key_id))
    bucket.put_object("plain", _BODY)
    assert copy("sealed", "opened") == (None, None)
    assert copy("plain", "resealed", algorithm="KMS", key_id=key_id) == ("KMS", key_id)
    assert copy("opened", "again", algorithm="AES256") == ("AES256", None)
    set_rule(bucket, "KMS", key_id)
    assert copy("opened", "by-default") == ("KMS", key_id)
    assert copy("sealed", "sealed", algorithm="KMS", key_id=key_id) == ("KMS", key_id)
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    for key in ("opened", "again", "plain"):
        assert bucket.get_object(key).read() == _BODY
    for key in ("sealed", "resealed", "by-default"):
        with refused("AccessDenied", 403):
            bucket.get_object(key)


def test_what_is_appended_is_sealed_like_its_beginning(
    bucket: oss2.Bucket, key_id: str, as_user: AsUser
):
    bucket.append_object("log", 0, b"one ", headers=headers("KMS", key_id))
    answer = bucket.append_object("log", 4, b"two ")
    assert told(answer) == ("KMS", key_id)
    bucket.append_object("log", 8, _BODY)
    got = bucket.get_object("log", byte_range=(2, 9))
    assert got.read() == (b"one two " + _BODY)[2:10]
    assert bucket.get_object("log").read() == b"one two " + _BODY
    writer = as_user(policy(statement("oss:*")))
    with refused("AccessDenied", 403):
        writer.bucket(bucket.bucket_name).append_object("log", 8 + len(_BODY), b"x")


def test_an_upload_in_parts_is_sealed_as_it_began(
    server: Server, bucket: oss2.Bucket, key_id: str, as_user: AsUser
):
    part = bytes(range(256)) * 400
    bucket.put_object("source", part, headers=headers("KMS", key_id))
    begun = bucket.init_multipart_upload("whole", headers=headers("KMS", key_id))
    assert told(begun) == ("KMS", key_id)
    upload = begun.upload_id
    first = bucket.upload_part("whole", upload, 1, part)
    assert told(first) == ("KMS", key_id)
    second = bucket.upload_part_copy(
        bucket.bucket_name, "source", (0, len(part) - 1), "whole", upload, 2
    )
    with refused("InvalidArgument", 400):
        bucket.upload_part("whole", upload, 3, b"", headers=headers("AES256"))
    other = as_user(policy(statement("oss:*"))).bucket(bucket.bucket_name)
    for ask in (
        lambda: other.upload_part("whole", upload, 3, b"x"),
        lambda: other.init_multipart_upload("whole", headers=headers("KMS", key_id)),
        lambda: other.upload_part_copy(bucket.bucket_name, "source", (0, 1), "whole", upload, 4),
    ):
        with refused("AccessDenied", 403):
            ask()
    parts = [oss2.models.PartInfo(number, made.etag) for number, made in ((1, first), (2, second))]
    done = bucket.complete_multipart_upload("whole", upload, parts)
    assert told(done) == ("KMS", key_id)
    assert bucket.get_object("whole").read() == part * 2
    edge = (len(part) - 3, len(part) + 2)
    assert bucket.get_object("whole", byte_range=edge).read() == part[-3:] + part[:3]
    with refused("AccessDenied", 403):
        other.get_object("whole")

    # The source, each part, and the object twice.
    wait_until(lambda: decrypts(server, key_id) >= 5)


def test_parts_of_an_upload_whose_key_is_disabled(bucket: oss2.Bucket, key_id: str, admin: Clients):
    bucket.put_object("source", b"x")
    upload = bucket.init_multipart_upload("whole", headers=headers("KMS", key_id)).upload_id
    bucket.put_object("sealed", b"x", headers=headers("KMS", key_id))
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    name = bucket.bucket_name
    for ask in (
        lambda: bucket.upload_part("whole", upload, 1, b"x"),
        lambda: bucket.upload_part_copy(name, "source", (0, 0), "whole", upload, 1),
        lambda: bucket.upload_part_copy(name, "sealed", (0, 0), "whole", upload, 1),
    ):
        with refused("AccessDenied", 403):
            ask()


def test_the_key_of_another_object_opens_nothing(server: Server, bucket: oss2.Bucket, key_id: str):
    sealed = headers("KMS", key_id)
    bucket.put_object("a", _BODY, headers=sealed)
    bucket.put_object("b", _BODY[::-1], headers=sealed)

    def swap(tx: Any) -> None:
        one, two = tx.find(ObjectRow, order=("object_key",), bucket_name=bucket.bucket_name)
        tx.update(one, keys=two.keys)

    server.running.store.call(swap)
    with refused("ServiceUnavailable", 503):
        bucket.get_object("a")


def test_an_object_of_many_blobs_is_one_use_of_the_key(
    server: Server, bucket: oss2.Bucket, key_id: str
):
    sealed, part = headers("KMS", key_id), bytes(100 * 1024)
    upload = bucket.init_multipart_upload("parts", headers=sealed).upload_id
    infos = [
        oss2.models.PartInfo(number, bucket.upload_part("parts", upload, number, part).etag)
        for number in range(1, 4)
    ]
    bucket.complete_multipart_upload("parts", upload, infos)
    for number in range(4):
        bucket.append_object("log", 4 * number, b"line", headers=sealed)
    before = decrypts(server, key_id)
    for key, body in (("parts", 3 * part), ("log", 4 * b"line")):
        assert bucket.get_object(key).read() == body
    bucket.copy_object(bucket.bucket_name, "parts", "copy", headers=sealed)
    wait_until(lambda: decrypts(server, key_id) == before + 3)


def decrypts(server: Server, key_id: str) -> int:
    """Count the uses of a key that opened something."""
    return sum(each.event_name == "Decrypt" for each in events_of(server, key_id))


def events_of(server: Server, key_id: str) -> list[EventRow]:
    """Return the events of a key's owner that name the key."""

    def read(tx: Any) -> list[EventRow]:
        key = tx.get(KeyRow, key_id)
        assert key is not None
        return [row for row in tx.find(EventRow, account_id=key.account_id) if key_id in row.body]

    return server.running.store.call(read)


def older_keep(ctx: Any, bucket: Any, encryption: Any, blob: Any) -> tuple[Any, Any, Any]:
    """Keep a blob as versions did that had no boxes: the key of the KMS sealed its key."""
    key = base64.b64decode(blob.key.reveal())
    where, name = in_region(ctx, bucket), key_name(bucket, encryption.key_id)
    sealed = base64.b64encode(seal_content(where, name, use_in(bucket), key)).decode()
    row = keys.blobs.keep(ctx.tx, blob, bucket.account_id, ctx.now, keyless=True)
    return row, encryption, keys.joined(None, [sealed])


def test_objects_and_uploads_of_older_versions(
    server: Server, bucket: oss2.Bucket, key_id: str, monkeypatch: pytest.MonkeyPatch
):
    sealed, part = headers("KMS", key_id), bytes(100 * 1024)
    with monkeypatch.context() as older:
        older.setattr(writing, "keep", older_keep)
        bucket.put_object("old", _BODY, headers=sealed)
        bucket.append_object("log", 0, b"old ", headers=sealed)
    upload = bucket.init_multipart_upload("parts", headers=sealed).upload_id
    server.running.store.call(
        lambda tx: tx.update(tx.get(UploadRow, upload), keys=None)  # type: ignore[type-var]
    )
    assert bucket.get_object("old").read() == _BODY
    bucket.copy_object(bucket.bucket_name, "old", "copy", headers=sealed)
    assert bucket.get_object("copy").read() == _BODY
    for place, more in ((4, b"new "), (8, b"newer")):
        bucket.append_object("log", place, more)
    assert bucket.get_object("log").read() == b"old new newer"
    infos = [
        oss2.models.PartInfo(number, bucket.upload_part("parts", upload, number, part).etag)
        for number in (1, 2)
    ]
    bucket.complete_multipart_upload("parts", upload, infos)
    assert bucket.get_object("parts").read() == 2 * part


def test_an_object_of_very_many_blobs_is_looked_up_on_a_thread(
    server: Server, bucket: oss2.Bucket, key_id: str, monkeypatch: pytest.MonkeyPatch
):
    lines = [f"{number:03}\n".encode() for number in range(70)]
    for number, line in enumerate(lines):
        bucket.append_object("log", 4 * number, line, headers=headers("KMS", key_id))
    threads, key = set[str](), keys.KeyRing.key

    def noting(self: Any, *given: Any) -> Any:
        threads.add(threading.current_thread().name.partition("_")[0])
        return key(self, *given)

    monkeypatch.setattr(keys.KeyRing, "key", noting)
    assert bucket.get_object("log", byte_range=(0, 9)).read() == b"".join(lines)[:10]
    on_few = set(threads)
    assert bucket.get_object("log").read() == b"".join(lines)
    if isinstance(server.running.store, SqliteExecutor):
        assert "scan" not in on_few
        assert "scan" in threads
    assert bucket.head_object("log").content_length == 280
