"""Groups of contacts in the store, for rules and contacts."""

from collections.abc import Iterable

from juyong.base.ids import AccountId
from juyong.services.cms.tables import ContactGroupRow
from juyong.services.cms.texts import names_of
from juyong.store.transaction import Transaction


def members(group: ContactGroupRow) -> list[str]:
    """Return the names of the contacts of a group."""
    return names_of(group.contacts)


def groups_named(
    tx: Transaction, account_id: AccountId, names: Iterable[str]
) -> list[ContactGroupRow]:
    """Return the groups of some names; names without a group are passed over."""
    rows = (tx.get(ContactGroupRow, account_id, name) for name in names)
    return [row for row in rows if row is not None]
