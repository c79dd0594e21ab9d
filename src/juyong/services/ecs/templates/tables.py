"""Launch templates and their versions."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table(
    "ecs_launch_template",
    key=("template_id",),
    unique=(("account_id", "region", "template_name"),),
)
class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One launch template.

    default_number: The version that is used where a call names none. last_number: The newest
    version that there ever was; no later one gets its number again.
    """

    template_id: str
    account_id: AccountId
    region: str
    template_name: str
    default_number: int
    last_number: int
    created_at: Instant
    modified_at: Instant
    version: int = 0


@table("ecs_launch_template_version", key=("template_id", "number"))
class TemplateVersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a launch template, which never changes.

    asked: The parameters in JSON, as `kept.Template` has them; user data is among them.
    """

    template_id: str
    number: int
    description: str
    asked: Secret
    created_at: Instant
