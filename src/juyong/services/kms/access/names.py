"""How network rules, policies and access points are named, and the refusals they share.

Source: KMS API reference, "Application access points" (documented); what a name may be, and the
quotas, are assumed.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Clearable, Doc, Text

NAME_CHARS = r"A-Za-z0-9_.\-"
Name = Annotated[str, Text(1, 64, chars=NAME_CHARS), Doc("The access point.")]
Description = Annotated[str, Text(0, 8192), Doc("What it is for.")]
NewDescription = Annotated[str, Text(0, 8192), Clearable(), Doc("What it is for.")]
"""A description that replaces another; an empty one clears it."""
MOST = 100


class ResourceExists(ApiError):
    """The name is taken."""

    code, status = "Rejected.ResourceExist", 409
    text = "The request was rejected because the resource already exists."


class ResourceInUse(ApiError):
    """Something still refers to it."""

    code, status = "Rejected.ResourceInUse", 409
    text = "The request was rejected because the resource is in use."


def arn_of(ctx: Context, relative: str) -> str:
    """Name a thing of the caller's account in the region called."""
    return f"acs:kms:{ctx.region}:{ctx.account_id}:{relative}"
