"""Types of resources of CloudMonitor: each is one row of an account, named by its id."""

from typing import Protocol, TypeVar

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.resource import Quota, Resource
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.services.cms.errors import TooMany


class Row(Protocol):
    """A row of an account."""

    @property
    def account_id(self) -> AccountId:
        """The account."""
        ...


R = TypeVar("R", bound=Row)


def everything(ctx: Context, _label: str) -> str:
    """Name all of CloudMonitor: policies cannot name a part. Source: RAM (documented)."""
    return f"acs:cms:*:{ctx.account_id}:*"


def resource_of(  # the facts of a type
    kind: str,
    row: type[R],
    state: type[Shape],
    *,
    id: str,
    quota: str,
    missing: type[ApiError],
    name: str = "",
) -> Resource[R]:
    """Return a type of resource of an account.

    Args:
        kind: Without `ACS::CMS::`.
        row: The table, whose key is the account and the id.
        state: What the inventory keeps.
        id: The column with the id. name: With the name; the id unless it says otherwise.
        quota: Beyond it TooMany is answered.
        missing: Answered when there is none.
    """
    return Resource(
        kind=f"ACS::CMS::{kind}",
        row=row,
        id=id,
        name=name or id,
        label=id,
        arn="cms:",
        resolve=everything,
        find=lambda ctx, label: ctx.tx.get(row, ctx.account_id, label),
        missing=missing,
        quota=Quota(quota, TooMany),
        state=state,
    )
