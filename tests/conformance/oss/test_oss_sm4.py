"""SM4 as server-side encryption: asked for, told, and truly what seals the bytes on the disk."""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import closing

import alibabacloud_oss_v2 as v2
import msgspec
import oss2
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tests.conformance.harness import Server
from tests.conformance.oss.test_post_object import Page, keys_of
from tests.conformance.oss_calls import Caller, call, refused
from tests.crash.calls import Credentials
from tests.oss_client import OssClient
from tests.waiting import wait_until

from juyong.blobs.checks import damage_of
from juyong.blobs.tables import BlobRow
from juyong.services.oss.objects import keys
from juyong.services.oss.tables import ObjectRow

MIB = 1024 * 1024
_SSE, _DATA = "x-oss-server-side-encryption", "x-oss-server-side-data-encryption"
SM4 = {_SSE: "SM4"}
UNDER_KMS = {_SSE: "KMS", _DATA: "SM4"}
_BODY = os.urandom(MIB + 5000)
SMALL = b"a small body"


@pytest.fixture
def ciphers(
    server: Server, bucket: oss2.Bucket, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], set[str]]:
    """Tell what the blobs of an object are sealed with, by opening their first blocks."""
    sealed: dict[str, bytes] = {}
    keep = keys.blobs.keep

    def noting(tx, blob, *args, **more):
        sealed[blob.blob_id] = base64.b64decode(blob.key.reveal())
        return keep(tx, blob, *args, **more)

    monkeypatch.setattr(keys.blobs, "keep", noting)

    def told(key: str) -> set[str]:
        tx_rows = server.running.store.call(
            lambda tx: tx.find(ObjectRow, bucket_name=bucket.bucket_name, object_key=key.encode())
        )
        blobs = [each for row in tx_rows for each in msgspec.json.decode(row.parts)]
        return {first_block_by(server, blob_id, size, sealed[blob_id]) for blob_id, size in blobs}

    return told


def first_block_by(server: Server, blob_id: str, size: int, key: bytes) -> str:
    """Open the first block of a blob as the algorithm says, without the product's code."""
    row = server.running.store.call(lambda tx: tx.get(BlobRow, blob_id))
    place = server.running.home.blobs / blob_id[:2] / blob_id
    sealed = row.content if row.content is not None else place.read_bytes()
    block = sealed[: min(size, MIB) + 16]
    algorithm = {16: algorithms.SM4, 32: algorithms.AES256}[len(key)]
    opening = Cipher(algorithm(key), modes.GCM(bytes(12), block[-16:])).decryptor()
    opening.authenticate_additional_data(blob_id.encode())
    opening.update(block[:-16])
    opening.finalize()  # raises where anything is not as it was sealed
    return algorithm.name


def headers_of(answer) -> tuple[str | None, str | None]:
    given = answer.headers if hasattr(answer, "headers") else answer.resp.headers
    return given.get(_SSE), given.get(_DATA)


@pytest.mark.parametrize("body", [SMALL, _BODY])
@pytest.mark.parametrize("sent", [SM4, UNDER_KMS])
def test_an_object_is_sealed_with_sm4(bucket: oss2.Bucket, ciphers, sent, body):
    expected = (sent[_SSE], sent.get(_DATA))
    assert headers_of(bucket.put_object("key", body, headers=sent)) == expected
    assert ciphers("key") == {"SM4"}
    got = bucket.get_object("key")
    assert (got.read(), headers_of(got)) == (body, expected)
    assert bucket.get_object("key", byte_range=(3, 9)).read() == body[3:10]
    assert headers_of(bucket.head_object("key")) == expected
    bucket.put_object("other", body, headers={_SSE: "AES256"})
    assert ciphers("other") == {"AES"}


def test_the_default_of_a_bucket(bucket: oss2.Bucket, owner: Caller, ciphers):
    rule = oss2.models.ServerSideEncryptionRule("SM4")
    bucket.put_bucket_encryption(rule)
    assert bucket.get_bucket_encryption().sse_algorithm == "SM4"
    assert bucket.get_bucket_info().bucket_encryption_rule.sse_algorithm == "SM4"
    assert headers_of(bucket.put_object("key", _BODY)) == ("SM4", None)
    assert ciphers("key") == {"SM4"}
    rule = oss2.models.ServerSideEncryptionRule("KMS")
    rule.kms_data_encryption = "SM4"
    bucket.put_bucket_encryption(rule)
    assert bucket.get_bucket_encryption().kms_data_encryption == "SM4"
    assert headers_of(bucket.put_object("key", SMALL)) == ("KMS", "SM4")
    assert ciphers("key") == {"SM4"}
    bucket.delete_bucket_encryption()
    assert headers_of(bucket.put_object("key", SMALL)) == (None, None)
    assert ciphers("key") == {"AES"}
    other = owner.bucket(f"{bucket.bucket_name}-2")
    other.create_bucket(headers=UNDER_KMS)
    assert other.get_bucket_encryption().kms_data_encryption == "SM4"


@pytest.mark.parametrize("sent", [SM4, UNDER_KMS])
def test_what_is_appended_is_sealed_like_the_beginning(bucket: oss2.Bucket, ciphers, sent):
    first = bucket.append_object("log", 0, SMALL, headers=sent)
    second = bucket.append_object("log", first.next_position, SMALL)
    bucket.append_object("log", second.next_position, _BODY)
    assert ciphers("log") == {"SM4"}
    got = bucket.get_object("log")
    assert (got.read(), headers_of(got)) == (SMALL * 2 + _BODY, (sent[_SSE], sent.get(_DATA)))


@pytest.mark.parametrize("sent", [SM4, UNDER_KMS])
def test_an_upload_in_parts(bucket: oss2.Bucket, ciphers, sent):
    bucket.put_object("source", _BODY)
    upload = bucket.init_multipart_upload("key", headers=sent)
    assert headers_of(upload)[0] == sent[_SSE]
    one = bucket.upload_part("key", upload.upload_id, 1, _BODY)
    two = bucket.upload_part_copy(bucket.bucket_name, "source", None, "key", upload.upload_id, 2)
    parts = [oss2.models.PartInfo(number, each.etag) for number, each in ((1, one), (2, two))]
    done = bucket.complete_multipart_upload("key", upload.upload_id, parts)
    assert headers_of(done) == (sent[_SSE], sent.get(_DATA))
    assert ciphers("key") == {"SM4"}
    assert bucket.get_object("key").read() == _BODY * 2


@pytest.mark.parametrize("source", [{}, SM4, UNDER_KMS])
@pytest.mark.parametrize("wanted", [{}, SM4, UNDER_KMS])
def test_a_copy_is_sealed_as_it_says(bucket: oss2.Bucket, ciphers, source, wanted):
    for body in (_BODY, b""):
        bucket.put_object("source", body, headers=source)
        made = bucket.copy_object(bucket.bucket_name, "source", "copy", headers=wanted)
        assert headers_of(made) == (wanted.get(_SSE), wanted.get(_DATA))
        assert ciphers("copy") == {"SM4" if wanted else "AES"}
        bucket.delete_object("source")
        assert bucket.get_object("copy").read() == body


def test_damage_is_found(server: Server, bucket: oss2.Bucket):
    bucket.put_object("key", _BODY, headers=SM4)
    call_store, disk = server.running.store.call, server.running.pipeline.platform.disk
    (row,) = call_store(lambda tx: tx.find(ObjectRow, bucket_name=bucket.bucket_name))
    ((blob_id, _),) = msgspec.json.decode(row.parts)
    assert call_store(lambda tx: list(damage_of(tx, disk, blob_id))) == []
    path = server.running.home.blobs / blob_id[:2] / blob_id
    sealed = bytearray(path.read_bytes())
    sealed[MIB + 100] ^= 1
    path.write_bytes(sealed)
    (found,) = call_store(lambda tx: list(damage_of(tx, disk, blob_id)))
    assert found.code == "blob-damaged"
    bucket.delete_object("key")


def test_a_form(server: Server, bucket: oss2.Bucket, owner: Caller, ciphers):
    page = Page(server, bucket, owner)
    assert page.post({**page.fields(), _SSE: "SM4"}, _BODY).status == 204
    assert ciphers("key") == {"SM4"}
    assert headers_of(bucket.head_object("key")) == ("SM4", None)


def test_the_second_sdk(client: v2.Client, named: dict[str, str]):
    at = {**named, "key": "key"}
    rule = v2.ServerSideEncryptionRule(
        apply_server_side_encryption_by_default=v2.ApplyServerSideEncryptionByDefault(
            sse_algorithm="SM4"
        )
    )
    client.put_bucket_encryption(
        v2.PutBucketEncryptionRequest(**named, server_side_encryption_rule=rule)
    )
    put = client.put_object(v2.PutObjectRequest(**at, body=_BODY))
    assert put.headers[_SSE] == "SM4"
    found = client.get_object(v2.GetObjectRequest(**at))
    assert (found.body.read(), found.server_side_encryption) == (_BODY, "SM4")
    client.put_object(
        v2.PutObjectRequest(
            **at, body=_BODY, server_side_encryption="KMS", server_side_data_encryption="SM4"
        )
    )
    head = client.head_object(v2.HeadObjectRequest(**at))
    assert (head.server_side_encryption, head.server_side_data_encryption) == ("KMS", "SM4")


def test_a_default_that_changes_while_a_body_arrives(
    server: Server, owner: Caller, bucket: oss2.Bucket
):
    """Nothing is told to be sealed with what it is not sealed with."""
    arriving = server.running.home.blobs / "arriving"

    def body() -> Iterator[bytes]:
        yield bytes(2 * MIB)
        wait_until(lambda: arriving.is_dir() and any(arriving.iterdir()))
        bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule("SM4"))
        yield bytes(MIB)

    with closing(OssClient(server.port, Credentials(*keys_of(owner)))) as client:
        length = {"content-length": str(3 * MIB)}
        answer = client.call("PUT", bucket.bucket_name, "key", body=body(), headers=length)
    assert (answer.status, b"<Code>ServiceUnavailable<" in answer.body) == (503, True)
    with refused("NoSuchKey", 404):
        bucket.get_object("key")
    wait_until(lambda: not any(arriving.iterdir()))


def test_sm4_of_the_data_goes_with_a_key_alone(bucket: oss2.Bucket):
    with refused("InvalidArgument", 400):
        bucket.put_object("key", SMALL, headers={_SSE: "AES256", _DATA: "SM4"})
    with refused("InvalidEncryptionAlgorithmError", 400):
        call(bucket, "PUT", "key", headers={_DATA: "SM4"}, data=SMALL)
