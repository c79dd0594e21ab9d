"""What a request means beside its target: refused by name where nothing here has it."""

import oss2
import pytest
from tests.conformance.oss_calls import call, refused


@pytest.mark.parametrize("mark", ["retention", "legalHold", "udfId"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_part_of_an_object_that_nothing_has_is_not_the_object(
    bucket: oss2.Bucket, mark: str, method: str
):
    bucket.put_object("key", b"body")
    with refused("OperationNotSupported", 400) as caught:
        call(bucket, method, "key", params={mark: ""})
    assert mark in caught.value.message
    assert bucket.get_object("key").read() == b"body"


@pytest.mark.parametrize("mark", ["responseHeader", "replication", "metaQuery"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_setting_that_no_bucket_has_is_not_the_bucket(
    bucket: oss2.Bucket, mark: str, method: str
):
    with refused("OperationNotSupported", 400) as caught:
        call(bucket, method, params={mark: ""})
    assert mark in caught.value.message
    assert bucket.get_bucket_info().name == bucket.bucket_name


def test_a_method_that_a_setting_does_not_have(bucket: oss2.Bucket):
    with refused("MethodNotAllowed", 405):
        call(bucket, "DELETE", params={"referer": ""})


def test_parameters_that_mean_nothing_change_nothing(bucket: oss2.Bucket):
    bucket.put_object("key", b"body")
    assert call(bucket, "GET", "key", params={"x-anything": "1"}).read() == b"body"
