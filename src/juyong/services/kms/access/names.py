"""The shared parts of network rules, policies and access points: names, refusals, references.

Source: KMS API reference, "Application access points" (documented); what a name may be, and the
quotas, are assumed.
"""

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.resource import Links, Quota, Resource
from juyong.services.kms.access.documents import NAME_CHARS, from_json
from juyong.services.kms.access.tables import NamedRow
from juyong.services.kms.errors import LimitExceeded, NoResource
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

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
    why="Another resource still refers to it (the code is assumed).",
)


class NamedResource(Resource[R], frozen=True, kw_only=True, eq=False):
    """A type of resource whose name is unique in an account and region.

    Another type may refer to such resources: a column of its rows holds names, as a JSON list.
    """

    def every(self, ctx: Context) -> list[R]:
        """Return all of the account in the region, by name."""
        return _every(ctx, self.row)

    def attached(self, column: str) -> Links[Any]:
        """Declare which column of another type of row refers to such resources."""

        def targets(_tx: Transaction, row: NamedRow) -> Iterable[Ref]:
            names = from_json(getattr(row, column))
            return (self.ref_of(row.account_id, row.region, name) for name in names)

        return Links("attached-to", targets)

    def referred(self, ctx: Context, column: str | None) -> str | None:
        """Return a column that refers to such resources; raises NoResource where one is missing."""
        for name in from_json(column or "[]"):
            self.the(ctx, name)
        return column

    def remove_unused(self, ctx: Context, row: R, users: type[NamedRow], column: str) -> None:
        """Delete a resource; raises ResourceInUse while the column of a user refers to it."""
        if any(row.name in from_json(getattr(user, column)) for user in _every(ctx, users)):
            raise ResourceInUse
        self.remove(ctx, row)


def _every(ctx: Context, row_type: type[R]) -> list[R]:
    return ctx.tx.find(row_type, order=("name",), account_id=ctx.account_id, region=ctx.region)


def named(row_type: type[R], what: str, quota: str, **more: Any) -> NamedResource[R]:
    """Declare a type of resource.

    Args:
        row_type: Its rows.
        what: The type, such as `NetworkRule`.
        quota: The setting by which an operator allows more or less than 100 in a region.
        **more: state, and links.
    """
    return NamedResource(
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
