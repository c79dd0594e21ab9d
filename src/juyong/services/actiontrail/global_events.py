"""Choose the region of the events of products that have no region.

Source: ActionTrail API reference, GetGlobalEventsStorageRegion, UpdateGlobalEventsStorageRegion
(documented): the two regions of the cloud. Assumed: the platform's own region can be chosen too,
and is the one of an account that chose nothing.
"""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.audit.global_events import GlobalEventsRow, global_events_region
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.errors import BadQuery

_EVERYTHING = acs("actiontrail", "*")
_CHOICES = frozenset({"cn-hangzhou", "ap-southeast-1"})


class StorageRegion(Shape, frozen=True, kw_only=True):
    """The region in which an account keeps its events of global products."""

    storage_region: str


@operation(
    ACTIONTRAIL,
    "GetGlobalEventsStorageRegion",
    resource=_EVERYTHING,
    rate=Rate(per_second=100),
    reads_only=True,
)
def get_global_events_storage_region(ctx: Context) -> StorageRegion:
    """Show the region; that of the platform where the account chose none."""
    found = global_events_region(ctx.tx, ctx.account_id, ctx.platform.region)
    return StorageRegion(storage_region=found)


@operation(
    ACTIONTRAIL,
    "UpdateGlobalEventsStorageRegion",
    resource=_EVERYTHING,
    raises=(BadQuery,),
    rate=Rate(per_second=5),
)
def update_global_events_storage_region(
    ctx: Context,
    *,
    storage_region: Annotated[
        str, Doc("`cn-hangzhou`, `ap-southeast-1`, or the region of the platform.")
    ],
) -> None:
    """Choose the region that events of RAM, STS, sign-in and the like have from now on.

    LookupEvents finds these events in every region all the same, and a trail delivers them with
    those of its home.
    """
    if storage_region not in {*_CHOICES, ctx.platform.region}:
        raise BadQuery(name="StorageRegion")
    held = ctx.tx.get(GlobalEventsRow, ctx.account_id)
    if held is None:
        row = GlobalEventsRow(account_id=ctx.account_id, region=storage_region, updated_at=ctx.now)
        ctx.tx.insert(row)
    elif held.region != storage_region:
        ctx.tx.update(held, region=storage_region, updated_at=ctx.now)
