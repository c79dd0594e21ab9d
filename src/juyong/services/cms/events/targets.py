"""The targets of event rules in the store."""

import msgspec

from juyong.api.context import Context
from juyong.base.secret import Secret
from juyong.services.cms.tables import EventRuleRow


class ContactTarget(msgspec.Struct, frozen=True, kw_only=True, tag="contact"):
    """A group of contacts. level: 2, 3 or 4, as the caller gave the level."""

    id: str
    group: str
    level: str


class WebTarget(msgspec.Struct, frozen=True, kw_only=True, tag="webhook"):
    """A webhook. SECURITY: the URL may hold a token; the rule's column is sealed."""

    id: str
    url: str
    method: str
    protocol: str

    def __repr__(self) -> str:
        return f"WebTarget({self.id})"


Target = ContactTarget | WebTarget


def targets_of(row: EventRuleRow) -> list[Target]:
    """Return the targets of a rule."""
    return msgspec.json.decode(row.targets.reveal(), type=list[Target])


def sealed(targets: list[Target]) -> Secret:
    """Return targets as the store keeps them."""
    return Secret(msgspec.json.encode(targets).decode())


def sends_to(ctx: Context, group: str) -> bool:
    """Tell whether an event rule of the account sends to a group of contacts."""
    return any(
        isinstance(target, ContactTarget) and target.group == group
        for row in ctx.tx.find(EventRuleRow, account_id=ctx.account_id)
        for target in targets_of(row)
    )
