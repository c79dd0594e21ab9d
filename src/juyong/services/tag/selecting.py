"""The resources that lists of Tag are about, and the parameters that select them."""

from typing import Annotated

from juyong.api import registry
from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, OneOf, Text
from juyong.api.listing import bad_token, by_token
from juyong.store.inventory import ResourceRow, tags_held
from juyong.store.inventory_reads import current

CUSTOM = "Custom"
PAGES = by_token(bad_token("NextToken"))
ALL = acs("tag", "*")
PageSize = Annotated[int, Between(1, 1000), Doc("1 to 1000.")]
Category = Annotated[str, Text(1, 16), Doc("`All`, `Custom` or `System`, in any case.")]
QueryType = Annotated[str, Text(1, 16), Doc("`ResourceTag`, in any case.")]
FuzzyType = Annotated[str, OneOf(("EQUAL", "PREFIX")), Doc("`EQUAL` or `PREFIX`.")]
TypeName = Annotated[str, Text(1, 128), Doc("Such as `ALIYUN::KMS::KEY`, in any case.")]


def here(ctx: Context) -> list[ResourceRow]:
    """Return the resources of the region called, and those of global products."""
    kinds = {kind for kind, each in registry.resources().items() if each.tags is not None}
    return [
        row
        for row in current(ctx.tx, ctx.account_id)
        if row.resource_type in kinds and row.region in (ctx.region, "global")
    ]


def tagged(ctx: Context, category: str) -> list[ResourceRow]:
    """Return the resources here that have tags of a category.

    Raises:
        BadParameter: there is no such category.
    """
    if category.lower() not in ("all", "custom", "system"):
        raise BadParameter("InvalidParameter.Category", "The specified Category is not valid.")
    if category.lower() == "system":
        return []
    return [row for row in here(ctx) if tags_held(row)]


def of_type(ctx: Context, category: str, resource_type: str | None) -> list[ResourceRow]:
    """Return the resources that `tagged` finds and that are of a type; None for every type."""
    rows = tagged(ctx, category)
    return [row for row in rows if resource_type is None or is_type(row, resource_type)]


def is_type(row: ResourceRow, asked: str) -> bool:
    """Tell whether a resource is of a type as this product writes it."""
    kind = row.resource_type.upper()
    return asked.upper() in (kind, kind.replace("ACS::", "ALIYUN::", 1))


def refuse_presets(query_type: str) -> None:
    """Raise BadParameter where a call asks for another kind of tags than those of resources."""
    if query_type.lower() != "resourcetag":
        raise BadParameter("InvalidParameter.QueryType", "There are no preset tags.")
