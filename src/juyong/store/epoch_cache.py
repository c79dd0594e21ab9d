"""A cache whose entries die with their account's epoch."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from juyong.base.ids import AccountId
from juyong.store.transaction import Transaction

V = TypeVar("V")


class EpochCache(Generic[V]):
    """A bounded cache of what an account's rows mean.

    INVARIANT: an entry is used only in a transaction that reads the epoch it was made under, so
    nothing that was revoked is ever honoured, whichever process changed it. Several threads may
    use one cache.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._changing = threading.Lock()
        self._entries: OrderedDict[object, tuple[AccountId, int, V]] = OrderedDict()

    def get(self, tx: Transaction, key: object) -> V | None:
        """Return the entry if its account's epoch is still the one it was made under."""
        entry = self._entries.get(key)
        if entry is None or entry[1] != tx.epoch(entry[0]):
            return None
        return entry[2]

    def put(self, tx: Transaction, key: object, account_id: AccountId, value: V) -> V:
        """Keep an entry made from rows read in this transaction."""
        entry = (account_id, tx.epoch(account_id), value)
        with self._changing:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            if len(self._entries) > self._limit:
                self._entries.popitem(last=False)
        return value
