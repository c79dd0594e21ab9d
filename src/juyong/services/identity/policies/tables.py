"""Policies that accounts write, and the attachments of policies."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("ram_policy", key=("account_id", "policy_name"), decides="changed")
class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One custom policy; its documents are its versions."""

    account_id: AccountId
    policy_name: str
    description: str = ""
    default_version: int = 1
    last_version: int = 1
    """The highest number ever given: version ids are never reused."""
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("ram_policy_version", key=("account_id", "policy_name", "number"), decides="changed")
class PolicyVersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a custom policy; `number` 3 is version id `v3`."""

    account_id: AccountId
    policy_name: str
    number: int
    document: str
    created_at: Instant

    @property
    def version_id(self) -> str:
        """Return the name by which the API answers it."""
        return f"v{self.number}"


@table(
    "ram_attachment",
    key=("account_id", "policy_type", "policy_name", "entity_type", "entity_id"),
    index=(("account_id", "entity_type", "entity_id"),),
    decides="always",
)
class AttachmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A policy (`System` or `Custom`) attached to a `user`, `group` or `role` by its id."""

    account_id: AccountId
    policy_type: str
    policy_name: str
    entity_type: str
    entity_id: str
    attached_at: Instant
