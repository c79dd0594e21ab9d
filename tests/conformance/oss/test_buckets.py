"""Buckets through oss2: made, listed, shown and deleted; who may."""

import oss2
import pytest
from tests.conformance.documents import allow
from tests.conformance.harness import Server, quotas
from tests.conformance.oss_calls import Caller, call, refused

from juyong.api import registry
from juyong.services.identity.facade import NewAccount
from juyong.services.oss.errors import NoBucket
from juyong.services.oss.product import PRODUCT


def test_a_new_bucket_is_listed_shown_and_deleted(oss: oss2.Service, bucket: oss2.Bucket):
    assert [each.name for each in oss2.BucketIterator(oss)] == [bucket.bucket_name]
    info = bucket.get_bucket_info()
    assert (info.name, info.acl.grant, info.storage_class) == (
        bucket.bucket_name,
        "private",
        "Standard",
    )
    assert bucket.delete_bucket().status == 204
    assert oss.list_buckets().buckets == []


def test_a_name_is_taken_for_every_account(bucket: oss2.Bucket, stranger: Caller):
    with refused("BucketAlreadyExists", 409):
        bucket.create_bucket()
    with refused("BucketAlreadyExists", 409):
        stranger.bucket(bucket.bucket_name).create_bucket()


def test_a_bucket_with_objects_stays(bucket: oss2.Bucket):
    bucket.put_object("key", b"body")
    with refused("BucketNotEmpty", 409):
        bucket.delete_bucket()


def test_a_bucket_that_is_not_there(owner: Caller, bucket_name: str):
    gone = owner.bucket(bucket_name)
    for ask in (gone.get_bucket_info, gone.delete_bucket, lambda: gone.get_object("key")):
        with refused("NoSuchBucket", 404) as caught:
            ask()
        assert caught.value.details["BucketName"] == bucket_name


@pytest.mark.parametrize("name", ["ab", "a_b", "-ab", "ab-", "ABC", "a" * 64])
def test_names_that_no_bucket_has(bucket: oss2.Bucket, name: str):
    for method, params in (("PUT", {}), ("GET", {"bucketInfo": ""}), ("DELETE", {})):
        with refused("InvalidBucketName", 400):
            bucket._do(method, name, "", params=params)


def test_an_acl_that_is_none(owner: Caller, bucket_name: str):
    with refused("InvalidArgument", 400):
        call(owner.bucket(bucket_name), "PUT", headers={"x-oss-acl": "everyone"})


def test_an_account_has_its_quota_of_buckets(server: Server, owner: Caller, bucket: oss2.Bucket):
    with quotas(server, {"oss.buckets": 1}), refused("TooManyBuckets", 400):
        owner.bucket(f"{bucket.bucket_name}-2").create_bucket()


def test_who_is_not_known_makes_none(anonymous: Caller, bucket_name: str):
    with refused("AccessDenied", 403):
        anonymous.bucket(bucket_name).create_bucket()


def test_a_user_needs_a_permission(bucket: oss2.Bucket, as_user):
    with refused("AccessDenied", 403):
        as_user().bucket(bucket.bucket_name).get_bucket_info()
    with refused("AccessDenied", 403):
        as_user().service.list_buckets()
    reader = as_user(allow("oss:GetBucketInfo", f"acs:oss:*:*:{bucket.bucket_name}"))
    assert reader.bucket(bucket.bucket_name).get_bucket_info().name == bucket.bucket_name
    with refused("AccessDenied", 403):
        reader.bucket(bucket.bucket_name).delete_bucket()


BODIES = {
    "ExtendBucketWorm": "<ExtendWormConfiguration><RetentionPeriodInDays>2</RetentionPeriodInDays>"
    "</ExtendWormConfiguration>",
    "InitiateBucketWorm": "<InitiateWormConfiguration><RetentionPeriodInDays>2"
    "</RetentionPeriodInDays></InitiateWormConfiguration>",
    "PutBucketAccessMonitor": "<AccessMonitorConfiguration><Status>Enabled</Status>"
    "</AccessMonitorConfiguration>",
    "PutBucketCors": "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
    "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
    "PutBucketEncryption": "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>"
    "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
    "</ServerSideEncryptionRule>",
    "PutBucketHttpsConfig": "<HttpsConfiguration><TLS><Enable>false</Enable></TLS>"
    "</HttpsConfiguration>",
    "PutBucketInventory": "<InventoryConfiguration><Id>1</Id><IsEnabled>true</IsEnabled>"
    "<IncludedObjectVersions>Current</IncludedObjectVersions><Schedule><Frequency>Daily"
    "</Frequency></Schedule><Destination><OSSBucketDestination><Format>CSV</Format>"
    "<AccountId>1234567890123456</AccountId><RoleArn>acs:ram::1234567890123456:role/r</RoleArn>"
    "<Bucket>acs:oss:::target</Bucket><Prefix>p</Prefix></OSSBucketDestination></Destination>"
    "</InventoryConfiguration>",
    "PutBucketLifecycle": "<LifecycleConfiguration><Rule><ID>r</ID><Prefix/><Status>Enabled"
    "</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
    "PutBucketLogging": "<BucketLoggingStatus/>",
    "PutBucketPolicy": '{"Version":"1","Statement":[]}',
    "PutBucketPublicAccessBlock": "<PublicAccessBlockConfiguration><BlockPublicAccess>true"
    "</BlockPublicAccess></PublicAccessBlockConfiguration>",
    "PutBucketReferer": "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>"
    "</RefererConfiguration>",
    "PutBucketRequestPayment": "<RequestPaymentConfiguration><Payer>Requester</Payer>"
    "</RequestPaymentConfiguration>",
    "PutBucketResourceGroup": "<BucketResourceGroupConfiguration><ResourceGroupId/>"
    "</BucketResourceGroupConfiguration>",
    "PutBucketTags": "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
    "PutBucketTransferAcceleration": "<TransferAccelerationConfiguration><Enabled>true</Enabled>"
    "</TransferAccelerationConfiguration>",
    "PutBucketVersioning": "<VersioningConfiguration><Status>Enabled</Status>"
    "</VersioningConfiguration>",
    "PutBucketWebsite": "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument>"
    "</WebsiteConfiguration>",
}


VALUES = {"inventoryId": "1", "list-type": "2", "wormId": "1"}
"""Of marks that must have one."""


def test_every_call_on_a_bucket_names_one_that_exists_in_the_region(
    owner: Caller, account: NewAccount, bucket: oss2.Bucket
):
    registry.load_all()
    # Signature V4 covers every parameter, and needs no list of them.
    auth = oss2.AuthV4(account.access_key_id, account.secret.reveal())
    session, region = owner.service.session, "cn-hangzhou"
    service = oss2.Service(auth, owner.endpoint, session=session, region=region)
    elsewhere = oss2.Service(
        auth,
        "http://oss-cn-beijing.aliyuncs.com",
        session=session,
        region="cn-beijing",
        proxies={"http": owner.endpoint},
    )
    absent = f"{bucket.bucket_name}-2"
    calls = [
        (each.name, each.route)
        for each in PRODUCT.operations.values()
        if each.route and each.route.path == "/{bucket}" and NoBucket in each.raises
        if not each.takes_form
    ]
    assert len(calls) > 20
    for name, route in calls:
        if name == "DeleteMultipleObjects":
            continue
        params = {mark: VALUES.get(mark, "") for mark in route.marks.split()}
        headers = {"x-oss-acl": "private"} if name == "PutBucketAcl" else {}
        for caller, where, code, status in (
            (service, absent, "NoSuchBucket", 404),
            (service, "Bucket", "InvalidBucketName", 400),
            (elsewhere, bucket.bucket_name, "AccessDenied", 403),
        ):
            with refused(code, status) as caught:
                caller._do(
                    route.method,
                    where,
                    "",
                    params=dict(params),
                    headers=headers,
                    data=BODIES.get(name),
                )
            assert ("Endpoint" in caught.value.details) == (caller is elsewhere)
