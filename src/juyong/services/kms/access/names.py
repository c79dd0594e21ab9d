"""The shared parts of network rules, policies and access points: names, refusals, references.

Source: KMS API reference, "Application access points" (documented); what a name may be, and the
quotas, are assumed.
"""

from typing import Annotated, Any, TypeVar

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.resource import Links, Quota, Resource
from juyong.services.kms.access.documents import NAME_CHARS, as_json, from_json
from juyong.services.kms.access.tables import NamedRow
from juyong.services.kms.errors import LimitExceeded, NoResource

_NAME = Text(1, 64, chars=NAME_CHARS)
Name = Annotated[str, _NAME, Doc("Its name.")]
NewName = Annotated[str, _NAME, Doc("Unique in the account and region.")]
R = TypeVar("R", bound=NamedRow)

ResourceExists = fact(
    "Rejected.ResourceExist",
    409,
    "The request was rejected because the resource already exists.",
    why="The name is taken.",
)
ResourceInUse = fact(
    "Rejected.ResourceInUse",
    409,
    "The request was rejected because the resource is in use.",
    why="Another resource still refers to it.",
)


def named(row_type: type[R], what: str, quota: str, **more: Any) -> Resource[R]:
    """Declare a type of resource whose name is unique in an account and region.

    Args:
        row_type: Its rows.
        what: The type, such as `NetworkRule`.
        quota: The setting by which an operator allows more or less than 100 in a region.
        **more: state, and links.
    """
    return Resource(
        kind=f"ACS::KMS::{what}",
        row=row_type,
        id="name",
        name="name",
        arn=f"kms:{row_type.path}",
        regional=True,
        find=lambda ctx, name: ctx.tx.get(row_type, ctx.account_id, ctx.region, name),
        missing=NoResource,
        taken=ResourceExists,
        quota=Quota(quota, LimitExceeded),
        **more,
    )


def every(ctx: Context, row_type: type[R]) -> list[R]:
    """Return all of the account in the region, by name."""
    return ctx.tx.find(row_type, order=("name",), account_id=ctx.account_id, region=ctx.region)


# --- references: a column of a row holds names of another type, as a JSON list ---


def attached(column: str, target: Resource[Any]) -> tuple[Links[Any]]:
    """Declare which column of a type of row holds names of a target."""
    return (
        Links(
            "attached-to",
            lambda _tx, row: (
                target.ref_of(row.account_id, row.region, name)
                for name in from_json(getattr(row, column))
            ),
        ),
    )


def references(ctx: Context, target: Resource[Any], names: list[str]) -> str:
    """Return names as a column holds them; raises NoResource where a target does not exist."""
    for name in names:
        target.the(ctx, name)
    return as_json(names)


def remove_unused(
    ctx: Context, resource: Resource[R], row: R, column: str, users: type[NamedRow]
) -> None:
    """Delete a row; raises ResourceInUse while the column of a user holds its name."""
    if any(row.name in from_json(getattr(user, column)) for user in every(ctx, users)):
        raise ResourceInUse
    resource.remove(ctx, row)
