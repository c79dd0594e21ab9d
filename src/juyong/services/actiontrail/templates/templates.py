"""Make, change, delete, show and list advanced query templates.

Source: ActionTrail API reference (documented); that GetAdvancedQueryTemplate answers the request id
alone for a template that there is not (documented). Assumed: lists show the newest first.
"""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc
from juyong.api.listing import page_of
from juyong.api.operation import Rate, operation
from juyong.api.shape import Of, Shape
from juyong.base.ids import new_short_id
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.templates.tables import TemplateRow
from juyong.services.actiontrail.templates.template import (
    CHECKED,
    ONE_TEMPLATE,
    TEMPLATE,
    BadSql,
    Name,
    Simple,
    Sql,
    TemplateId,
    find_template,
    fits,
)

_WRITES, _READS = Rate(per_second=5), Rate(per_second=100)


class Template(Shape, frozen=True, kw_only=True):
    """One template."""

    template_id: str
    template_name: Annotated[str, Of("name")]
    template_sql: Annotated[str, Of("sql")]
    simple_query: Annotated[bool, Of("simple")]


class TemplateMade(Shape, frozen=True, kw_only=True):
    """One template, as the calls that write one show it. simple_query: `true` or `false`."""

    template_id: str
    template_name: Annotated[str, Of("name")]
    template_sql: Annotated[str, Of("sql")]
    simple_query: Annotated[str, Of("simple", lambda simple: str(simple).lower())]


class TemplateIfAny(Shape, frozen=True, kw_only=True):
    """One template, without any members where there is none."""

    template_id: str | msgspec.UnsetType = msgspec.UNSET
    template_name: Annotated[str | msgspec.UnsetType, Of("name")] = msgspec.UNSET
    template_sql: Annotated[str | msgspec.UnsetType, Of("sql")] = msgspec.UNSET
    simple_query: Annotated[bool | msgspec.UnsetType, Of("simple")] = msgspec.UNSET


class TemplatePage(Shape, frozen=True, kw_only=True):
    """One page, whose numbers are texts, and how many templates there are in all."""

    template_list: list[Template]
    total: int
    page_number: str
    page_size: str


@operation(
    ACTIONTRAIL,
    "CreateAdvancedQueryTemplate",
    on=TEMPLATE.new,
    prepare=CHECKED,
    raises=(BadSql,),
    rate=_WRITES,
)
def create_advanced_query_template(
    ctx: Context, *, template_sql: Sql, simple_query: Simple, template_name: Name = ""
) -> TemplateMade:
    """Keep a query, which the logstore of any trail can answer by GetLogs."""
    fits(template_sql, simple=simple_query)
    row = TEMPLATE.create(
        ctx,
        template_id=f"utpl-{new_short_id(22)}",
        name=template_name,
        sql=template_sql,
        simple=simple_query,
    )
    return TemplateMade.of(row)


@operation(
    ACTIONTRAIL,
    "UpdateAdvancedQueryTemplate",
    on=ONE_TEMPLATE,
    prepare=CHECKED,
    raises=(BadSql,),
    rate=_WRITES,
)
def update_advanced_query_template(
    ctx: Context,
    row: TemplateRow,
    *,
    simple_query: Simple,
    template_name: Name | None = None,
    template_sql: Sql | None = None,
) -> TemplateMade:
    """Change a template; what is absent stays."""
    fits(template_sql or row.sql, simple=simple_query)
    row = TEMPLATE.change(ctx, row, name=template_name, sql=template_sql, simple=simple_query)
    return TemplateMade.of(row)


@operation(ACTIONTRAIL, "DeleteAdvancedQueryTemplate", on=ONE_TEMPLATE, rate=_WRITES)
def delete_advanced_query_template(ctx: Context, row: TemplateRow) -> None:
    """Delete a template."""
    TEMPLATE.remove(ctx, row)


@operation(
    ACTIONTRAIL,
    "GetAdvancedQueryTemplate",
    resource=acs("actiontrail", "advancedquerytemplate/{template_id}", regional=True),
    rate=_READS,
    reads_only=True,
)
def get_advanced_query_template(ctx: Context, *, template_id: TemplateId) -> TemplateIfAny:
    """Return a template; the answer for one that there is not has only the request id."""
    row = find_template(ctx, template_id)
    return TemplateIfAny.of(row) if row is not None else TemplateIfAny()


@operation(
    ACTIONTRAIL,
    "DescribeAdvancedQueryTemplate",
    on=TEMPLATE.all,
    rate=_READS,
    answers="TemplatePage",
    reads_only=True,
)
def describe_advanced_query_template(
    ctx: Context,
    *,
    template_name: Annotated[str, Doc("A part of the name, in any case.")] = "",
    page_number: Annotated[int, Between(1, 10_000), Doc("1 and more.")] = 1,
    page_size: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 20,
) -> TemplatePage:
    """List templates, the newest first."""
    rows = ctx.tx.find(TemplateRow, account_id=ctx.account_id, region=ctx.region)
    found = [row for row in rows if template_name.lower() in row.name.lower()]
    found.sort(key=lambda row: (-row.created_at, row.template_id))
    return TemplatePage(
        template_list=[Template.of(row) for row in page_of(found, page_number, page_size)],
        total=len(found),
        page_number=str(page_number),
        page_size=str(page_size),
    )
