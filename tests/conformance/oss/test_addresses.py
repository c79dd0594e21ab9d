"""Signed addresses: good for their time, for what they name, and as long as their signer may."""

import oss2
import pytest
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, raw

from juyong.services.identity.facade import NewAccount


def path(bucket: oss2.Bucket, method: str = "GET", seconds: int = 60, key: str = "key") -> str:
    """Sign an address; returns what stands behind the host."""
    address = bucket.sign_url(method, key, seconds)
    return address.removeprefix(bucket.endpoint)


@pytest.fixture(params=[oss2.Auth, oss2.AuthV4])
def signer(request: pytest.FixtureRequest, bucket: oss2.Bucket, account: NewAccount) -> oss2.Bucket:
    """The bucket, as its owner signs in each version."""
    bucket.put_object("key", b"body")
    auth = request.param(account.access_key_id, account.secret.reveal())
    return oss2.Bucket(auth, bucket.endpoint, bucket.bucket_name, region="cn-hangzhou")


def test_an_address_reads_the_object_that_it_names(server: Server, signer: oss2.Bucket):
    address = path(signer)
    for _ in range(2):
        assert raw(server.port, "GET", address).content == b"body"
    for method, where in (
        ("DELETE", address),
        ("PUT", address),
        ("GET", address.replace("/key?", "/other?")),
        ("GET", f"{address}&versionId=null"),
    ):
        answer = raw(server.port, method, where)
        assert (answer.status, b"<Code>SignatureDoesNotMatch<" in answer.content) == (403, True)


def test_an_address_is_good_until_its_time(server: Server, signer: oss2.Bucket):
    address = path(signer, seconds=1)
    server.clock.offset += 2
    try:
        answer = raw(server.port, "GET", address)
    finally:
        server.clock.offset -= 2
    assert answer.status == 403
    assert b"<Message>Request has expired.</Message>" in answer.content


def test_an_address_does_what_its_signer_may(server: Server, bucket: oss2.Bucket, as_user):
    bucket.put_object("key", b"body")
    reader: Caller = as_user(allow("oss:GetObject", f"acs:oss:*:*:{bucket.bucket_name}/key"))
    signing = reader.bucket(bucket.bucket_name)
    assert raw(server.port, "GET", path(signing)).content == b"body"
    assert raw(server.port, "PUT", path(signing, "PUT"), body=b"new").status == 403
    assert bucket.get_object("key").read() == b"body"
