"""The resource group of a bucket: an account has its default group, and no other.

Source: OSS API reference, PutBucketResourceGroup, GetBucketResourceGroup (documented): an empty id
means the default group; errors 0039-00000002 and 0039-00000003 (documented), their code (assumed).
The id of a default group (assumed: `rg-acfm` and the account; the reference also has
`rg-default-id` in its place).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, XmlBody
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.errors import oss_fact
from juyong.services.oss.tables import BucketRow

BadGroup = oss_fact(
    "InvalidArgument",
    400,
    "0039-00000002",
    "The resource group id is not valid.",
    why="The id of a resource group does not begin with `rg-`.",
)
NoGroup = oss_fact(
    "InvalidArgument",
    400,
    "0039-00000003",
    "The resource group does not exist.",
    why="The id is not that of the default resource group of the bucket's account.",
)
GROUP_ERRORS = (BadGroup, NoGroup)


class BucketResourceGroupConfiguration(Shape, frozen=True, kw_only=True):
    """The resource group of a bucket."""

    resource_group_id: str


def resource_group_of(account_id: AccountId) -> str:
    """Return the id of an account's default resource group, in which all buckets are."""
    return f"rg-acfm{account_id}"


def check_group(account_id: AccountId, group_id: str) -> None:
    """Refuse a group that no bucket of an account can be in.

    Raises:
        BadGroup, NoGroup: as said.
    """
    if not group_id.startswith("rg-"):
        raise BadGroup(ResourceGroupId=group_id)
    if group_id != resource_group_of(account_id):
        raise NoGroup(ResourceGroupId=group_id)


@on_bucket("PutBucketResourceGroup", "PUT", "resourceGroup", raises=GROUP_ERRORS)
def put_bucket_resource_group(
    _ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        BucketResourceGroupConfiguration,
        XmlBody("BucketResourceGroupConfiguration"),
        Doc("The account's default resource group: its id, or an empty one."),
    ],
) -> None:
    """Put a bucket into the default resource group, where it is; other groups do not exist."""
    if configuration.resource_group_id:
        check_group(bucket.account_id, configuration.resource_group_id)


@on_bucket(
    "GetBucketResourceGroup", "GET", "resourceGroup", root="BucketResourceGroupConfiguration"
)
def get_bucket_resource_group(_ctx: Context, bucket: BucketRow) -> BucketResourceGroupConfiguration:
    """Tell the resource group: the account's default one."""
    return BucketResourceGroupConfiguration(resource_group_id=resource_group_of(bucket.account_id))
