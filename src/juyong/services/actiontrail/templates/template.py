"""An advanced query template: its errors, its resource, and the rule of its query.

Source: ActionTrail API reference, CreateAdvancedQueryTemplate (documented): members, names that
need not be unique, the ARN. Ids begin with `utpl-` (documented). Assumed: errors, the quota, and
that a simple query is a search without SQL.
"""

from typing import Annotated

from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc, Text
from juyong.api.operation import Prepare
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape
from juyong.engines.logsearch import parse
from juyong.services.actiontrail.templates.tables import TemplateRow
from juyong.services.actiontrail.trails.settings import INDEX
from juyong.services.sls.facade import BadQuery, QueryStopped, QueryTooLarge, check_query

TemplateId = Annotated[str, Text(1, 64), Doc("`utpl-` and letters.")]
Name = Annotated[str, Text(0, 64), Doc("At most 64 characters; need not be unique.")]
Sql = Annotated[
    str, Text(1, 65536), Doc("A search over the logstore of a trail, and SQL behind `|`.")
]
Simple = Annotated[bool, Doc("Whether it is a search alone, without SQL.")]
NoTemplate = fact(
    "InvalidQueryParameter",
    400,
    "The advanced query template does not exist.",
    why="The account has no template of TemplateId in the region.",
)
TooManyTemplates = fact(
    "QuotaExceeded.AdvancedQueryTemplate",
    403,
    "The number of advanced query templates exceeds the limit.",
    why="The account holds its quota `actiontrail.templates` in the region.",
)


class BadSql(ApiError):
    """TemplateSql cannot be asked about the logstore of a trail, or has SQL and is to be simple."""

    code, status = "InvalidQueryParameter", 400
    text = 'The specified query parameter "TemplateSql" is invalid: {why}'


class TemplateState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a template."""

    template_id: str
    template_name: Annotated[str, Of("name")]
    template_sql: Annotated[str, Of("sql")]
    simple_query: Annotated[bool, Of("simple")]
    create_date: CreateDate


def find_template(ctx: Context, template_id: str) -> TemplateRow | None:
    """Return a template of the account in the region called."""
    return ctx.tx.get(TemplateRow, ctx.account_id, ctx.region, template_id)


TEMPLATE: Resource[TemplateRow] = Resource(
    kind="ACS::ActionTrail::AdvancedQueryTemplate",
    row=TemplateRow,
    id="template_id",
    name="name",
    label="template_id",
    arn="actiontrail:advancedquerytemplate/",
    regional=True,
    find=find_template,
    missing=NoTemplate,
    quota=Quota("actiontrail.templates", TooManyTemplates),
    state=TemplateState,
)
ONE_TEMPLATE = TEMPLATE.by(template_id=TemplateId)


def _checked(platform: Platform, arguments: Arguments, _gathered: object) -> None:
    """Ask whether the query of a call can be asked about the logstore of any trail.

    Raises:
        BadSql: it can not. QueryTooLarge, QueryStopped: the engine could not tell.
    """
    text = arguments["template_sql"]
    if text is None:
        return
    try:
        check_query(platform, text, INDEX)
    except BadQuery as refusal:
        raise BadSql(why=refusal.message) from None


CHECKED = Prepare(work=_checked, raises=(BadSql, QueryStopped, QueryTooLarge))


def fits(sql: str, *, simple: bool) -> None:
    """Ask whether a query that was checked is as simple as it should be.

    Raises:
        BadSql: it has SQL.
    """
    if simple and parse(sql).sql is not None:
        raise BadSql(why="a simple query is a search, without SQL")
