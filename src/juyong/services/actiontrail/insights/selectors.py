"""Which insights a trail delivers.

Source: ActionTrail API reference, PutInsightSelectors, GetInsightSelectors (documented): the JSON
of the parameter and of the answer, and the error for a type that there is not. That no selectors at
all mean none is assumed.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.services.actiontrail.conditions import InvalidQuery
from juyong.services.actiontrail.delivery.targets import align
from juyong.services.actiontrail.insights.types import TYPES
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.errors import NoTrail
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.actiontrail.trails.trail import TRAIL, Name, find_trail

NoSelector = fact(
    "InsightSelectorDoesNotExistException",
    404,
    "The insight selector does not exist.",
    why="InsightSelectors names a type that is not computed.",
)


class _Selector(msgspec.Struct, rename="camel"):
    insight_type: str


_decoder = msgspec.json.Decoder(list[_Selector])


class Selectors(Shape, frozen=True, kw_only=True):
    """The types of insights that a trail delivers, each a JSON object in a text."""

    insight_selectors: list[str]
    trail_arn: str


def _shown(row: TrailRow) -> Selectors:
    names = row.insights.split(",") if row.insights else []
    return Selectors(
        insight_selectors=[msgspec.json.encode(_Selector(name)).decode() for name in names],
        trail_arn=TRAIL.arn_of(row),
    )


@operation(
    ACTIONTRAIL,
    "PutInsightSelectors",
    on=TRAIL.by(trail_name=Name),
    raises=(InvalidQuery, NoSelector),
    rate=Rate(per_second=5),
)
def put_insight_selectors(
    ctx: Context,
    row: TrailRow,
    *,
    insight_selectors: Annotated[
        str, Doc('A JSON array such as `[{"insightType":"AkInsight"}]`; empty for none.')
    ] = "",
) -> Selectors:
    """Say which types of insights a trail delivers, in the place of those of before."""
    try:
        given = _decoder.decode(insight_selectors or "[]")
    except msgspec.MsgspecError as bad:
        raise InvalidQuery(name="InsightSelectors") from bad
    names = sorted({each.insight_type for each in given})
    if not TYPES.issuperset(names):
        raise NoSelector
    row = TRAIL.change(ctx, row, insights=",".join(names), updated_at=ctx.now)
    align(ctx, row)
    return _shown(row)


@operation(
    ACTIONTRAIL,
    "GetInsightSelectors",
    on=TRAIL.found(find_trail, NoTrail).by(trail_name=Name),
    rate=Rate(per_second=100),
    reads_only=True,
)
def get_insight_selectors(_ctx: Context, row: TrailRow) -> Selectors:
    """Tell which types of insights a trail delivers."""
    return _shown(row)
