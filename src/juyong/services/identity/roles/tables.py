"""Roles, and how a name finds one."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RoleId
from juyong.base.names import ram_arn
from juyong.store.table import table
from juyong.store.transaction import Transaction


@table("ram_role", key=("role_id",), unique=(("account_id", "role_key"),), decides="changed")
class RoleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One role; `role_key` is the name in lower case, as role names compare."""

    role_id: RoleId
    account_id: AccountId
    role_name: str
    role_key: str
    description: str = ""
    trust_document: str
    max_session_seconds: int = 3600
    allow_console_login: bool = True
    service_name: str | None = None
    """Set for a service-linked role: the service that alone may assume it."""
    created_at: Instant
    updated_at: Instant
    version: int = 0

    @property
    def arn(self) -> str:
        """Return the name by which the API answers it: in lower case."""
        return ram_arn(self.account_id, f"role/{self.role_key}")

    @property
    def is_service_linked_role(self) -> bool:
        """Tell whether a service alone may assume it."""
        return self.service_name is not None


def find_role(tx: Transaction, account_id: AccountId, role_name: str) -> RoleRow | None:
    """Return a role by name, in whatever case, or None."""
    return tx.find_one(RoleRow, account_id=account_id, role_key=role_name.lower())


@table("ram_deletion_task", key=("task_id",))
class DeletionTaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One deletion of a service-linked role and how it ended."""

    task_id: str
    account_id: AccountId
    role_name: str
    status: str
    created_at: Instant
