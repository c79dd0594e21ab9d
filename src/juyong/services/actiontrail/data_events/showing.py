"""Show the selectors of data events, how their deliveries stand, and what can be selected.

Source: ActionTrail API reference (documented): the members. Assumed: the values of Status, and how
a trail is shown that has no selectors.
"""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Between, Doc
from juyong.api.listing import Next, TokenPage
from juyong.api.operation import Prepare, Rate, operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.actiontrail.conditions import BY_TOKEN, NextToken
from juyong.services.actiontrail.data_events.selecting import Names, data_event_names
from juyong.services.actiontrail.data_events.tables import DataSelectorRow, DataTargetRow
from juyong.services.actiontrail.data_events.target import project_name
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.actiontrail.trails.trail import ANY_NAMED_TRAIL, TRAIL, find_trail

_DEFAULT = 20
_READS = Rate(per_second=100)
MaxResults = Annotated[int, Between(1, 100), Doc("1 to 100.")]


class SlsDeliveryConfig(Shape, frozen=True, kw_only=True):
    """How the delivery of one region stands.

    status: `Success` or `Failed`, of the newest attempt; `Pending` where no event was delivered.
    create_time: UTC, of the first attempt.
    """

    trail_region: str
    region_sls_project_arn: str
    status: str
    create_time: str | msgspec.UnsetType = msgspec.UNSET
    error_code: str | msgspec.UnsetType = msgspec.UNSET
    error_message: str | msgspec.UnsetType = msgspec.UNSET


class TrailSelectors(Shape, frozen=True, kw_only=True):
    """The selectors of a trail; an empty text where the trail has none."""

    data_event_selectors: str
    is_trail_all_region: bool
    trail_arn: str
    sls_delivery_configs: list[SlsDeliveryConfig]


class SelectorInfo(Shape, frozen=True, kw_only=True):
    """The selectors of one trail of a list."""

    trail_name: str
    trail_arn: str
    event_selectors: str
    is_trail_all_region: bool
    sls_delivery_configs: list[SlsDeliveryConfig]


class SelectorPage(Shape, frozen=True, kw_only=True):
    """A page of selectors."""

    data_event_selector_infos: list[SelectorInfo]
    max_results: int
    next_token: Next = msgspec.UNSET


class ServiceInfo(Shape, frozen=True, kw_only=True):
    """The calls of one service that can be selected."""

    service_name: str
    event_names: list[str]


class ServicePage(Shape, frozen=True, kw_only=True):
    """A page of services."""

    service_infos: list[ServiceInfo]
    max_results: int
    next_token: Next = msgspec.UNSET


@operation(ACTIONTRAIL, "GetDataEventSelector", on=ANY_NAMED_TRAIL, rate=_READS, reads_only=True)
def get_data_event_selector(ctx: Context, row: TrailRow) -> TrailSelectors:
    """Show the selectors of a trail, and how the delivery of each region stands."""
    held = ctx.tx.get(DataSelectorRow, row.account_id, row.name)
    return TrailSelectors(
        data_event_selectors=held.selectors if held else "",
        is_trail_all_region=held is not None and held.all_regions,
        trail_arn=TRAIL.arn_of(row),
        sls_delivery_configs=list(_deliveries(ctx, held)) if held else [],
    )


def _deliveries(ctx: Context, held: DataSelectorRow) -> Iterator[SlsDeliveryConfig]:
    """Yield the regions that are selected by name, and those of which events came."""
    found = ctx.tx.find(DataTargetRow, account_id=held.account_id, trail_name=held.trail_name)
    rows = {row.region: row for row in found}
    for region in sorted({*filter(None, held.regions.split(",")), *rows}):
        row = rows.get(region)
        failed = row is not None and bool(row.error_code)
        name = project_name(held.account_id, region)
        yield SlsDeliveryConfig(
            trail_region=region,
            region_sls_project_arn=f"acs:log:{region}:{held.account_id}:project/{name}",
            status="Pending" if row is None else "Failed" if failed else "Success",
            create_time=iso(row.created_at) if row else msgspec.UNSET,
            error_code=row.error_code if row and failed else msgspec.UNSET,
            error_message=row.error if row and failed else msgspec.UNSET,
        )


@operation(
    ACTIONTRAIL,
    "ListDataEventSelectors",
    resource=acs("actiontrail", "*"),
    rate=_READS,
    answers="Data",
    reads_only=True,
)
def list_data_event_selectors(
    ctx: Context, *, max_results: MaxResults = _DEFAULT, next_token: NextToken = ""
) -> SelectorPage:
    """List the selectors of all trails by the names of the trails."""
    found = BY_TOKEN.stored(ctx, DataSelectorRow, "trail_name", token=next_token, limit=max_results)
    return SelectorPage(
        data_event_selector_infos=[_info(ctx, row) for row in found.items],
        max_results=max_results,
        next_token=found.page.next_token,
    )


def _info(ctx: Context, held: DataSelectorRow) -> SelectorInfo:
    trail = find_trail(ctx, held.trail_name)
    assert trail is not None  # noqa: S101  # its selectors go with a trail
    return SelectorInfo(
        trail_name=held.trail_name,
        trail_arn=TRAIL.arn_of(trail),
        event_selectors=held.selectors,
        is_trail_all_region=held.all_regions,
        sls_delivery_configs=list(_deliveries(ctx, held)),
    )


def _named(_platform: Platform, _arguments: Arguments, _found: object) -> Names:
    return data_event_names()


@operation(
    ACTIONTRAIL,
    "ListDataEventServices",
    resource=acs("actiontrail", "*"),
    prepare=Prepare(work=_named),
    rate=_READS,
    answers="Data",
    reads_only=True,
)
def list_data_event_services(
    _ctx: Context,
    *,
    max_results: MaxResults = _DEFAULT,
    next_token: NextToken = "",
    prepared: Names,
) -> ServicePage:
    """List the services whose data events can be selected, each with the names of its events."""
    services: Listing[str, TokenPage] = BY_TOKEN.part(
        "services", prepared, key=lambda name: (name,), token=next_token, limit=max_results
    )
    return ServicePage(
        service_infos=[
            ServiceInfo(service_name=name, event_names=sorted(prepared[name]))
            for name in services.items
        ],
        max_results=max_results,
        next_token=services.page.next_token,
    )
