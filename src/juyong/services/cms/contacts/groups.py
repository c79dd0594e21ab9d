"""Groups of contacts in the store, for rules and contacts."""

from juyong.base.ids import AccountId
from juyong.services.cms.errors import NoContactGroup
from juyong.services.cms.tables import ContactGroupRow
from juyong.services.cms.texts import names_of, split
from juyong.store.transaction import Transaction


def members(group: ContactGroupRow) -> list[str]:
    """Return the names of the contacts of a group."""
    return names_of(group.contacts)


def known_groups(tx: Transaction, account_id: AccountId, names: str) -> list[str]:
    """Return the names of groups in a text with commas.

    Raises:
        NoContactGroup: there is no group of a name.
    """
    found = split(names)
    if any(tx.get(ContactGroupRow, account_id, name) is None for name in found):
        raise NoContactGroup
    return found
