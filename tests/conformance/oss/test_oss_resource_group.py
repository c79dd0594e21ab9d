"""The resource group of a bucket: the account's default one, as both SDKs put and read it."""

from collections.abc import Callable

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from tests.conformance.oss_calls import Caller, call, refused

from juyong.services.identity.facade import NewAccount


def test_a_bucket_is_in_the_default_group(
    bucket: oss2.Bucket, client: v2.Client, account: NewAccount
) -> None:
    group = bucket.get_bucket_resource_group().resource_group_id
    assert group.startswith("rg-")
    assert account.account_id in group
    assert bucket.get_bucket_info().resource_group_id == group
    for each in (group, ""):
        assert bucket.put_bucket_resource_group(each).status == 200
    name = bucket.bucket_name
    client.put_bucket_resource_group(
        v2.PutBucketResourceGroupRequest(
            bucket=name,
            bucket_resource_group_configuration=v2.BucketResourceGroupConfiguration(
                resource_group_id=group
            ),
        )
    )
    found = client.get_bucket_resource_group(v2.GetBucketResourceGroupRequest(bucket=name))
    assert found.bucket_resource_group_configuration.resource_group_id == group


def test_a_bucket_is_made_in_the_default_group(
    owner: Caller, bucket: oss2.Bucket, bucket_name: str
) -> None:
    group = bucket.get_bucket_resource_group().resource_group_id
    other = owner.bucket(f"{bucket_name}-2")
    made = call(other, "PUT", headers={"x-oss-resource-group-id": group})
    assert made.headers["Location"] == f"/{other.bucket_name}"
    assert other.get_bucket_resource_group().resource_group_id == group


@pytest.mark.parametrize(
    ("given", "ec"), [("rf-other", "0039-00000002"), ("rg-other", "0039-00000003")]
)
def test_other_groups_are_refused(
    owner: Caller, bucket: oss2.Bucket, bucket_name: str, given: str, ec: str
) -> None:
    made = owner.bucket(f"{bucket_name}-2")
    for work in (
        lambda: bucket.put_bucket_resource_group(given),
        lambda: call(made, "PUT", headers={"x-oss-resource-group-id": given}),
    ):
        with refused("InvalidArgument", 400) as caught:
            work()
        assert caught.value.details["EC"] == ec
    with refused("NoSuchBucket", 404):
        made.get_bucket_info()


def test_who_may_name_the_group(
    bucket: oss2.Bucket, as_user: Callable[..., Caller], anonymous: Caller, stranger: Caller
) -> None:
    for caller in (as_user(), anonymous, stranger):
        other = caller.bucket(bucket.bucket_name)
        for work in (
            lambda other=other: other.put_bucket_resource_group(""),
            lambda other=other: other.get_bucket_resource_group(),
        ):
            with refused("AccessDenied", 403):
                work()
    for body in ("", "<BucketResourceGroupConfiguration/>", "<"):
        with refused("MalformedXML", 400):
            call(bucket, "PUT", params={"resourceGroup": ""}, data=body)
