"""The shared parts of network rules, policies and access points: names, refusals, look-up.

Source: KMS API reference, "Application access points" (documented); what a name may be, and the
quotas, are assumed.
"""

from typing import Annotated, Any, TypeVar

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.resource import Quota, Resource
from juyong.services.kms.access.tables import AccessPointRow, AccessPolicyRow, NetworkRuleRow
from juyong.services.kms.errors import LimitExceeded, NoResource

NAME_CHARS = r"A-Za-z0-9_.\-"
_NAME = Text(1, 64, chars=NAME_CHARS)
Name = Annotated[str, _NAME, Doc("Its name.")]
NewName = Annotated[str, _NAME, Doc("Unique in the account and region.")]
MOST = 100
R = TypeVar("R", NetworkRuleRow, AccessPolicyRow, AccessPointRow)


class ResourceExists(ApiError):
    """The name is taken."""

    code, status = "Rejected.ResourceExist", 409
    text = "The request was rejected because the resource already exists."


class ResourceInUse(ApiError):
    """Another resource still refers to it."""

    code, status = "Rejected.ResourceInUse", 409
    text = "The request was rejected because the resource is in use."


def named(row_type: type[R], what: str, path: str, quota: str, **more: Any) -> Resource[R]:
    """Declare a type of resource whose name is unique in an account and region.

    Args:
        row_type: Its rows.
        what: The type, such as `NetworkRule`.
        path: How its names begin, such as `network/`.
        quota: The setting by which an operator allows more or less than 100 in a region.
        **more: state, and links.
    """
    return Resource(
        kind=f"ACS::KMS::{what}",
        row=row_type,
        id="name",
        name="name",
        arn=f"kms:{path}",
        regional=True,
        find=lambda ctx, name: ctx.tx.get(row_type, ctx.account_id, ctx.region, name),
        missing=NoResource,
        taken=ResourceExists,
        quota=Quota(quota, MOST, LimitExceeded),
        **more,
    )


def every(ctx: Context, row_type: type[R]) -> list[R]:
    """Return all of the account in the region, by name."""
    return ctx.tx.find(row_type, order=("name",), account_id=ctx.account_id, region=ctx.region)
