"""The accelerating host serves the buckets whose acceleration is on, through both SDKs."""

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from tests.conformance.harness import Server
from tests.conformance.oss_calls import SESSION, call, refused

from juyong.services.identity.facade import NewAccount


@pytest.fixture
def fast(server: Server, account: NewAccount, bucket: oss2.Bucket) -> oss2.Bucket:
    """The bucket, as its owner calls it at the accelerating host."""
    return oss2.Bucket(
        oss2.AuthV4(account.access_key_id, account.secret.reveal()),
        "http://oss-accelerate.aliyuncs.com",
        bucket.bucket_name,
        region="cn-hangzhou",
        session=SESSION,
        proxies={"http": f"http://127.0.0.1:{server.port}"},
    )


def test_the_host_serves_a_bucket_while_acceleration_is_on(bucket: oss2.Bucket, fast: oss2.Bucket):
    bucket.put_object("key", b"body")
    for switched in (None, "false"):
        if switched:
            bucket.put_bucket_transfer_acceleration(switched)
        for ask in (fast.get_object, lambda key: fast.put_object(key, b"x"), fast.head_object):
            with refused("AccessDenied", 403):
                ask("key")
        with refused("AccessDenied", 403) as caught:
            fast.get_bucket_acl()
        assert caught.value.details["EC"] == "0003-00001404"
        assert bucket.get_bucket_info().transfer_acceleration == "Disabled"
    bucket.put_bucket_transfer_acceleration("true")
    assert bucket.get_bucket_transfer_acceleration().enabled == "true"
    assert bucket.get_bucket_info().transfer_acceleration == "Enabled"
    assert fast.get_object("key").read() == b"body"
    fast.put_object("key", b"other")
    assert bucket.get_object("key").read() == b"other"


def test_no_bucket_is_made_at_the_host(fast: oss2.Bucket, bucket: oss2.Bucket):
    bucket.delete_bucket()
    with refused("AccessDenied", 403):
        fast.create_bucket()


def test_it_is_on_or_off(bucket: oss2.Bucket):
    root = "TransferAccelerationConfiguration"
    for text in (f"<{root}/>", f"<{root}><Enabled>perhaps</Enabled></{root}>", "<Enabled/>"):
        with refused("MalformedXML", 400):
            call(bucket, "PUT", params={"transferAcceleration": ""}, data=text)
    with refused("NoSuchTransferAccelerationConfiguration", 404):
        bucket.get_bucket_transfer_acceleration()


def test_the_second_sdk_switches(bucket: oss2.Bucket, client: v2.Client):
    name = bucket.bucket_name
    client.put_bucket_transfer_acceleration(
        v2.PutBucketTransferAccelerationRequest(
            bucket=name,
            transfer_acceleration_configuration=v2.TransferAccelerationConfiguration(enabled=True),
        )
    )
    found = client.get_bucket_transfer_acceleration(
        v2.GetBucketTransferAccelerationRequest(bucket=name)
    )
    assert found.transfer_acceleration_configuration.enabled is True
