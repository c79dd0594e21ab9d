"""Switch insights on and off, and tell which are on."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import Rate, operation
from juyong.services.actiontrail.insights.tables import InsightSeriesRow, InsightSwitchRow
from juyong.services.actiontrail.insights.types import InsightType, NotAvailable, kind_of
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.store.late import sa, table_of

_WRITES = Rate(per_second=5)


@operation(
    ACTIONTRAIL,
    "EnableInsight",
    resource=acs("actiontrail", "*"),
    raises=(NotAvailable,),
    rate=_WRITES,
)
def enable_insight(ctx: Context, *, insight_type: InsightType = "") -> None:
    """Count calls from now on, and tell what is unusual after a day; harmless where it is on.

    Source: ActionTrail API reference, EnableInsight (documented): the type is named. That a trail
    is needed first (documented) is not so here, since all events are at hand without one.
    """
    name = kind_of(insight_type).value
    if ctx.tx.get(InsightSwitchRow, ctx.account_id, name) is None:
        row = InsightSwitchRow(account_id=ctx.account_id, insight_type=name, since_at=ctx.now)
        ctx.tx.insert(row)


@operation(
    ACTIONTRAIL,
    "DisableInsight",
    resource=acs("actiontrail", "*"),
    raises=(NotAvailable,),
    rate=_WRITES,
)
def disable_insight(ctx: Context, *, insight_type: InsightType = "") -> None:
    """Count no calls any more, and forget the counts; what was told stays; harmless when off."""
    name = kind_of(insight_type).value
    row = ctx.tx.get(InsightSwitchRow, ctx.account_id, name)
    if row is not None:
        ctx.tx.delete(row)
        ctx.tx.change(_forget, account_id=ctx.account_id, insight_type=name)


def _forget() -> "sa.Delete":
    series = table_of(InsightSeriesRow)
    return sa.delete(series).where(
        series.c.account_id == sa.bindparam("account_id"),
        series.c.insight_type == sa.bindparam("insight_type"),
    )


@operation(
    ACTIONTRAIL,
    "GetInsightTypes",
    resource=acs("actiontrail", "*"),
    rate=Rate(per_second=10),
    answers="InsightTypes",
    reads_only=True,
)
def get_insight_types(ctx: Context) -> dict[str, str]:
    """Tell which types are on.

    Returns:
        Type to `Enable`; a type that is off is absent.
    """
    rows = ctx.tx.find(InsightSwitchRow, order=("insight_type",), account_id=ctx.account_id)
    return {row.insight_type: "Enable" for row in rows}
