"""Find a role by name, for RAM itself and, through the facade, for STS."""

from juyong.base.ids import AccountId
from juyong.services.identity.roles.tables import RoleRow
from juyong.store.transaction import Transaction


def find_role(tx: Transaction, account_id: AccountId, role_name: str) -> RoleRow | None:
    """Return a role by name, in whatever case, or None."""
    return tx.find_one(RoleRow, account_id=account_id, role_key=role_name.lower())
