"""Select the data events that a trail delivers.

Source: ActionTrail API reference, PutDataEventSelector, DeleteDataEventSelector (documented): the
parameters, and that IsTrailAllRegion is `false` by default. An empty text clears the selectors
(observed in Terraform's provider).
"""

from typing import Annotated

from juyong.api import registry
from juyong.api.access import Also
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Clearable, Doc
from juyong.api.operation import Prepare, Rate, operation
from juyong.api.shape import Shape
from juyong.content.regions import regions_with
from juyong.services.actiontrail.data_events.recording import SERVICES
from juyong.services.actiontrail.data_events.selected import put_selectors, remove_selectors
from juyong.services.actiontrail.data_events.selectors import (
    BadSelectors,
    Selector,
    read_selectors,
)
from juyong.services.actiontrail.data_events.tables import DataSelectorRow
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.errors import BadQuery, ProjectDenied
from juyong.services.actiontrail.trails.roles import made_role, needs_of
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.actiontrail.trails.trail import NAMED_TRAIL, TRAIL
from juyong.services.sts.facade import RoleTrustsNot

_WRITES = Rate(per_second=5)
_PARAMETER = "EventSelectors"
Names = dict[str, frozenset[str]]


class SelectorsPut(Shape, frozen=True, kw_only=True):
    """The selectors as they were sent."""

    data_event_selectors: str
    trail_arn: str


def data_event_names() -> Names:
    """Return the calls on data that can be selected, by the code of their product.

    Cost: imports all operations of the products at first; not for the event loop.
    """
    known = registry.current()
    products = [each for each in known.packages.values() if each.code in SERVICES]
    for each in products:
        known.load(each)
    return {
        each.code: frozenset(o.name for o in each.operations.values() if o.audit == "data")
        for each in products
    }


def _checked(_platform: Platform, arguments: Arguments, _found: object) -> bool:
    """Return whether there are selectors.

    Raises:
        BadQuery: they are none, or name a service or a call that is not there.
    """
    text = arguments["event_selectors"]
    try:
        selectors = read_selectors(text) if text else []
    except BadSelectors:
        raise BadQuery(name=_PARAMETER) from None
    names = data_event_names() if selectors else {}
    if not all(_is_known(each, names) for each in selectors):
        raise BadQuery(name=_PARAMETER)
    return bool(selectors)


def _is_known(selector: Selector, names: Names) -> bool:
    condition = selector.event_name
    asked = {*(condition.equals or ()), *(condition.not_equals or ())}
    return selector.service_name in names and asked <= names[selector.service_name]


def _role_needed(ctx: Context, _arguments: Arguments) -> tuple[Also, ...]:
    return needs_of(ctx, ("",))


@operation(
    ACTIONTRAIL,
    "PutDataEventSelector",
    on=NAMED_TRAIL,
    also=_role_needed,
    prepare=Prepare(work=_checked, raises=(BadQuery,)),
    raises=(ProjectDenied,),
    rate=_WRITES,
)
def put_data_event_selector(
    ctx: Context,
    row: TrailRow,
    *,
    event_selectors: Annotated[
        str, Clearable(), Doc("A JSON list of up to 20 selectors; empty for none.")
    ],
    is_trail_all_region: Annotated[bool, Doc("Whether events of every region are selected.")] = (
        False
    ),
    trail_region_ids: Annotated[str, Doc("Else the regions, with commas between them.")] = "",
    prepared: bool,
) -> SelectorsPut:
    """Let a trail deliver the data events of OSS and SLS that one of its selectors selects.

    A selector has a ServiceName, `Oss` or `Sls`; a ReadWriteType, `Read`, `Write` or `All`; and the
    conditions EventName and ResourceArn, each with Equals, NotEquals or nothing. Events are
    delivered while the trail is on, to the logstore `actiontrail_<trail>` of the project
    `actiontrail-log-<account>-<region>`, which is made with the first event.
    """
    answer = SelectorsPut(data_event_selectors=event_selectors, trail_arn=TRAIL.arn_of(row))
    if not prepared:
        remove_selectors(ctx.tx, row.account_id, row.name)
        return answer
    known = {each.region_id for each in regions_with(ctx.platform.region)}
    if not is_trail_all_region and not set(trail_region_ids.split(",")) <= known:
        raise BadQuery(name="TrailRegionIds")
    try:
        made_role(ctx, "")
    except RoleTrustsNot:
        raise ProjectDenied from None
    new = DataSelectorRow(
        account_id=row.account_id,
        trail_name=row.name,
        selectors=event_selectors,
        all_regions=is_trail_all_region,
        regions="" if is_trail_all_region else trail_region_ids,
        active=row.status == "Enable",
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    put_selectors(ctx.tx, new)
    return answer


@operation(ACTIONTRAIL, "DeleteDataEventSelector", on=NAMED_TRAIL, rate=_WRITES)
def delete_data_event_selector(ctx: Context, row: TrailRow) -> None:
    """Deliver no data events of after this call; harmless where the trail has no selectors."""
    remove_selectors(ctx.tx, row.account_id, row.name)
