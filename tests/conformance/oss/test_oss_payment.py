"""Buckets whose requesters pay: other accounts agree call by call, through both SDKs."""

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from oss2.headers import OSS_REQUEST_PAYER
from tests.conformance.oss_calls import Caller, call, refused

AGREES = {OSS_REQUEST_PAYER: "requester"}


@pytest.fixture
def shared(bucket: oss2.Bucket) -> oss2.Bucket:
    """A bucket that every caller may read and write."""
    bucket.put_bucket_acl("public-read-write")
    bucket.put_object("key", b"body")
    return bucket


def test_the_owner_pays_until_requesters_do(bucket: oss2.Bucket):
    assert bucket.get_bucket_request_payment().payer == "BucketOwner"
    bucket.put_bucket_request_payment("Requester")
    assert bucket.get_bucket_request_payment().payer == "Requester"
    bucket.put_bucket_request_payment("BucketOwner")
    assert bucket.get_bucket_request_payment().payer == "BucketOwner"


def test_another_account_agrees_to_pay(shared: oss2.Bucket, stranger: Caller, anonymous: Caller):
    theirs, nobodys = (each.bucket(shared.bucket_name) for each in (stranger, anonymous))
    assert theirs.get_object("key").read() == b"body"
    shared.put_bucket_request_payment("Requester")
    for headers in ({}, {OSS_REQUEST_PAYER: "owner"}):
        for ask in (
            lambda given: theirs.get_object("key", headers=given),
            lambda given: theirs.put_object("key", b"other", headers=given),
            lambda given: theirs.list_objects(headers=given),
        ):
            with refused("AccessDenied", 403) as caught:
                ask(headers)
            assert caught.value.details["EC"] == "0003-00001801"
    # Who cannot be known can pay for nothing.
    for given in ({}, AGREES):
        with refused("AccessDenied", 403):
            nobodys.get_object("key", headers=given)
    assert theirs.get_object("key", headers=AGREES).read() == b"body"
    theirs.put_object("key", b"other", headers=AGREES)
    assert [each.key for each in theirs.list_objects(headers=AGREES).object_list] == ["key"]
    signed = theirs.sign_url("GET", "key", 60, params=AGREES)
    assert oss2.Session().session.get(signed).content == b"other"
    # The owner needs to agree to nothing, and takes the rule back.
    assert shared.get_object("key").read() == b"other"
    shared.put_bucket_request_payment("BucketOwner")
    assert nobodys.get_object("key").read() == b"other"


def test_an_agreement_is_no_permission(bucket: oss2.Bucket, stranger: Caller):
    bucket.put_object("key", b"body")
    bucket.put_bucket_request_payment("Requester")
    with refused("AccessDenied", 403) as caught:
        stranger.bucket(bucket.bucket_name).get_object("key", headers=AGREES)
    assert caught.value.details["EC"] == "0003-00000001"


def test_nobody_else_can_pay(bucket: oss2.Bucket):
    body = "<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>"
    with refused("InvalidArgument", 400):
        call(bucket, "PUT", params={"requestPayment": ""}, data=body)
    for text in ("<RequestPaymentConfiguration/>", "<Payer/>"):
        with refused("MalformedXML", 400):
            call(bucket, "PUT", params={"requestPayment": ""}, data=text)
    assert bucket.get_bucket_request_payment().payer == "BucketOwner"


def test_the_second_sdk_sets_and_agrees(shared: oss2.Bucket, client: v2.Client):
    name = shared.bucket_name
    client.put_bucket_request_payment(
        v2.PutBucketRequestPaymentRequest(
            bucket=name,
            request_payment_configuration=v2.RequestPaymentConfiguration(payer="Requester"),
        )
    )
    found = client.get_bucket_request_payment(v2.GetBucketRequestPaymentRequest(bucket=name))
    assert found.request_payment_configuration.payer == "Requester"
    answer = client.get_object(
        v2.GetObjectRequest(bucket=name, key="key", request_payer="requester")
    )
    assert answer.body.content == b"body"
