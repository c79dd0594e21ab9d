"""Failures below the services."""


class StoreError(Exception):
    """Anything the store refuses or fails to do."""


class Duplicate(StoreError):
    """A unique key is taken; `columns` names it where the database says."""


class Stale(StoreError):
    """The row changed since it was read: another call was faster."""


class Conflict(Stale):
    """Two transactions added the same row at once; the executor runs the later one again."""


class LostLease(StoreError):
    """The worker no longer holds the item of the queue that it works on: another may have it."""


class Tampered(StoreError):
    """A sealed value does not open: the row, its key or its place was changed from outside."""


class Unavailable(StoreError):
    """The database cannot take the transaction now: full disk, lost connection, lock time-out."""


class NotUndone(StoreError):
    """A write could not be taken back: the whole transaction must be rolled back."""


class MustWrite(StoreError):
    """Work that was said to read only tried to write; nothing was done."""


class MustScan(StoreError):
    """Work on the event loop is about to read many rows; nothing was done, and a thread does it."""


class NonceTaken(StoreError):
    """Another request used the nonce before this one could answer."""


class SchemaMismatch(StoreError):
    """The database was written by a newer version."""
