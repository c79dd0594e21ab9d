"""What rules, policies and access points share: a name of its own in an account and region."""

from typing import TypeVar

from juyong.api.context import Context
from juyong.services.kms.access.names import MOST, ResourceExists
from juyong.services.kms.access.tables import AccessPointRow, AccessPolicyRow, NetworkRuleRow
from juyong.services.kms.errors import LimitExceeded, NoResource

R = TypeVar("R", NetworkRuleRow, AccessPolicyRow, AccessPointRow)


def find(ctx: Context, row_type: type[R], name: str) -> R:
    """Return what has a name in the caller's account and region; raises NoResource."""
    row = ctx.tx.get(row_type, ctx.account_id, ctx.region, name)
    if row is None:
        raise NoResource
    return row


def add(ctx: Context, row: R, quota: str) -> None:
    """Store a new one.

    Raises:
        ResourceExists: its name is taken.
        LimitExceeded: the account holds its quota (100 by default) in the region.
    """
    kind = type(row)
    if ctx.tx.get(kind, ctx.account_id, ctx.region, row.name) is not None:
        raise ResourceExists
    held = ctx.tx.count(kind, account_id=ctx.account_id, region=ctx.region)
    if held >= ctx.quota(quota, MOST):
        raise LimitExceeded
    ctx.tx.insert(row)


def every(ctx: Context, row_type: type[R]) -> list[R]:
    """Return all of the account in the region, by name."""
    return ctx.tx.find(row_type, order=("name",), account_id=ctx.account_id, region=ctx.region)
