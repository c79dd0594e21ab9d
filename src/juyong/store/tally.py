"""Counts of an account's things by kind, kept in rows so that a quota costs O(1)."""

import msgspec

from juyong.base.ids import AccountId
from juyong.store.table import table
from juyong.store.transaction import Transaction


@table("store_tally", key=("account_id", "name"))
class TallyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One count. Code that adds or removes a counted row changes it in the same transaction.

    INVARIANT: `count_more` alone changes it.
    """

    account_id: AccountId
    name: str
    value: int


def tally(tx: Transaction, row_type: type, account_id: AccountId, name: str) -> int:
    """Return an account's count of the rows of a type; counted exactly the first time.

    Cost: one keyed read, which the calls that share a transaction share.
    """
    found = tx.get(TallyRow, account_id, name)
    if found is None:
        counted = tx.count(row_type, account_id=account_id)
        found = TallyRow(account_id=account_id, name=name, value=counted)
        tx.insert(found)
    return found.value + tx.added(TallyRow, account_id, name, column="value")


def count_more(
    tx: Transaction, row_type: type, account_id: AccountId, name: str, more: int
) -> None:
    """Note, before they are added or removed, that there are so many more rows of a type, or fewer.

    Cost: that of `tally`, and one keyed write at commit, shared too.
    """
    tally(tx, row_type, account_id, name)
    tx.add_later(TallyRow, account_id, name, column="value", more=more)


def one_more(
    tx: Transaction, row_type: type, account_id: AccountId, name: str, *, most: int
) -> bool:
    """Count one more row of a type; False, and nothing is counted, if there are `most` already."""
    if tally(tx, row_type, account_id, name) >= most:
        return False
    tx.add_later(TallyRow, account_id, name, column="value", more=1)
    return True
