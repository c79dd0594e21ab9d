"""Buckets of several regions on one platform: each at the host of its region, through both SDKs."""

from collections.abc import Callable

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from tests.conformance.harness import Server
from tests.conformance.oss_calls import SESSION, Caller, raw, refused

from juyong.services.identity.facade import NewAccount

HOME, OTHER = "cn-hangzhou", "cn-beijing"
At = Callable[[str], oss2.Bucket]


@pytest.fixture
def at(server: Server, account: NewAccount, bucket_name: str) -> At:
    """The bucket of one name, as its owner calls it at a region's host."""
    auth = oss2.AuthV4(account.access_key_id, account.secret.reveal())

    def calling(region: str) -> oss2.Bucket:
        return oss2.Bucket(
            auth,
            f"http://oss-{region}.aliyuncs.com",
            bucket_name,
            region=region,
            session=SESSION,
            proxies={"http": f"http://127.0.0.1:{server.port}"},
        )

    return calling


@pytest.fixture
def clients(server: Server, account: NewAccount) -> Callable[[str], v2.Client]:
    """The same caller through the second SDK."""

    def calling(region: str) -> v2.Client:
        config = v2.config.load_default()
        config.credentials_provider = v2.credentials.StaticCredentialsProvider(
            account.access_key_id, account.secret.reveal()
        )
        config.region, config.disable_ssl = region, True
        config.proxy_host = {"http": f"http://127.0.0.1:{server.port}"}
        return v2.Client(config)

    return calling


def test_a_bucket_lives_in_the_region_of_the_host_that_it_was_made_at(owner: Caller, at: At):
    at(OTHER).create_bucket()
    assert at(OTHER).get_bucket_info().location == f"oss-{OTHER}"
    at(OTHER).put_object("key", b"body")
    name = at(OTHER).bucket_name
    with refused("AccessDenied", 403) as caught:
        at(HOME).get_object("key")
    told = caught.value.details
    assert (told["Endpoint"], told["Bucket"]) == (f"oss-{OTHER}.aliyuncs.com", name)
    assert (told["EC"], told["HostId"]) == ("0003-00001403", f"{name}.oss-{HOME}.aliyuncs.com")
    with refused("AccessDenied", 403):
        at(HOME).put_object("key", bytes(100_000))
    wrong = at(HOME)
    for ask in (wrong.head_object, wrong.get_object_meta, wrong.get_symlink, wrong.restore_object):
        with refused("AccessDenied", 403) as caught:
            ask("key")
        assert caught.value.details["Endpoint"] == f"oss-{OTHER}.aliyuncs.com"
    with refused("BucketAlreadyExists", 409):
        at(HOME).create_bucket()
    # The platform's own address is of no region.
    assert owner.bucket(name).get_object("key").read() == b"body"
    internal = f"{name}.oss-{OTHER}-internal.aliyuncs.com"
    port = int(owner.endpoint.rpartition(":")[2])
    assert b"Endpoint" not in raw(port, "GET", "/key", {"Host": internal}).content
    assert (
        b"<Endpoint>" in raw(port, "GET", "/key", {"Host": internal.replace(OTHER, HOME)}).content
    )


def test_the_second_sdk_is_told_the_endpoint(clients: Callable[[str], v2.Client], bucket_name: str):
    named = {"bucket": bucket_name, "key": "key"}
    clients(OTHER).put_bucket(v2.PutBucketRequest(bucket=bucket_name))
    clients(OTHER).put_object(v2.PutObjectRequest(**named, body=b"body"))
    assert clients(OTHER).get_object(v2.GetObjectRequest(**named)).body.read() == b"body"
    with pytest.raises(v2.exceptions.OperationError) as caught:
        clients(HOME).get_object(v2.GetObjectRequest(**named))
    refusal = caught.value.unwrap()
    assert (refusal.code, refusal.status_code) == ("AccessDenied", 403)
    assert f"<Endpoint>oss-{OTHER}.aliyuncs.com</Endpoint>" in refusal.snapshot.decode()


def test_nothing_is_copied_from_another_region(
    owner: Caller, bucket: oss2.Bucket, at: At, bucket_name: str
):
    bucket.put_object("key", b"body")
    other = oss2.Bucket(
        at(OTHER).auth,
        at(OTHER).endpoint,
        f"{bucket_name}-2",
        region=OTHER,
        session=SESSION,
        proxies=at(OTHER).proxies,
    )
    other.create_bucket()
    with refused("AccessDenied", 403) as caught:
        other.copy_object(bucket_name, "key", "copy")
    assert caught.value.details["Bucket"] == bucket_name
