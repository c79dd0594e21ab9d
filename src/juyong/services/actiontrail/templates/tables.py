"""Advanced query templates as they are stored."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("actiontrail_template", key=("account_id", "region", "template_id"))
class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One template.

    name: Need not be unique. sql: A search, and SQL behind `|` where it is not simple.
    """

    account_id: AccountId
    region: str
    template_id: str
    name: str
    sql: str
    simple: bool
    created_at: Instant
    version: int = 0
