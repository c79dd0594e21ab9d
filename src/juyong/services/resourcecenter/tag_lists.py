"""The tag keys and values that resources of the account have.

Source: Resource Center API reference, ListTagKeys, ListTagValues (documented).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, OneOf, Text
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.wrapping import Listing
from juyong.services.resourcecenter.enabling import NotEnabled, everything, refuse_disabled
from juyong.services.resourcecenter.product import PRODUCT as CENTER
from juyong.services.resourcecenter.searching import PAGES
from juyong.store.inventory import tags_held
from juyong.store.inventory_reads import current

MatchType = Annotated[str, OneOf(("Equals", "Prefix")), Doc("`Equals` or `Prefix`.")]
TagText = Annotated[str, Text(1, 128)]
Most = Annotated[int, Between(1, 100), Doc("1 to 100.")]


@operation(
    CENTER,
    "ListTagKeys",
    resource=everything,
    raises=(NotEnabled,),
    reads_only=True,
    scans=True,
    answers="TagKeys",
)
def list_tag_keys(
    ctx: Context,
    *,
    tag_key: TagText | None = None,
    match_type: MatchType = "Equals",
    next_token: NextToken = "",
    max_results: Most = 20,
) -> Listing[str, TokenPage]:
    """List the tag keys in use.

    Args:
        tag_key: Only this key, or only keys that begin so.
    """
    refuse_disabled(ctx)
    keys = {key for row in current(ctx.tx, ctx.account_id) for key in tags_held(row)}
    return PAGES.texts(
        "tag-keys",
        keys,
        like=tag_key,
        prefix=match_type == "Prefix",
        token=next_token,
        limit=max_results,
    )


@operation(
    CENTER,
    "ListTagValues",
    resource=everything,
    raises=(NotEnabled,),
    reads_only=True,
    scans=True,
    answers="TagValues",
)
def list_tag_values(
    ctx: Context,
    *,
    tag_key: TagText,
    tag_value: TagText | None = None,
    match_type: MatchType = "Equals",
    next_token: NextToken = "",
    max_results: Most = 20,
) -> Listing[str, TokenPage]:
    """List the values of a tag key in use.

    Args:
        tag_key: The key.
        tag_value: Only this value, or only values that begin so.
    """
    refuse_disabled(ctx)
    rows = current(ctx.tx, ctx.account_id)
    values = {held[tag_key] for row in rows if tag_key in (held := tags_held(row))}
    return PAGES.texts(
        f"tag-values {tag_key}",
        values,
        like=tag_value,
        prefix=match_type == "Prefix",
        token=next_token,
        limit=max_results,
    )
