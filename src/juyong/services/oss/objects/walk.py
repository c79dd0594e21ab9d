"""Rows of a bucket in the order of their keys: the way of every list with prefix and delimiter.

Keys are in the order of their bytes. Keys that have the text between the prefix and the next
delimiter in common are one entry, behind which the walk goes on: it passes over their rows.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from juyong.store.transaction import Transaction

_BEHIND = b"\xff"
"""Greater than every byte of UTF-8."""
_FEW = 2
"""Rows of the first read where the next row may belong to a group, which needs no more of them."""


class Keyed(Protocol):
    """A row that has a key of the bucket."""

    @property
    def object_key(self) -> bytes:
        """The key."""
        ...


R = TypeVar("R", bound=Keyed)


class Walk(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """Which rows are wanted, and from where on.

    where: Columns that all rows have equal, the bucket's name among them. then: The column that
    orders the rows of one key; empty where a key has one row at most. after: The last key or group
    of the page before. behind: The value of `then` behind which the rows of that key go on; None
    where the key is over. delimiter: Ends groups; empty for none. limit: Most entries of a page.
    """

    row: type[R]
    where: Mapping[str, Any]
    then: str = ""
    prefix: bytes = b""
    delimiter: bytes = b""
    after: bytes = b""
    behind: object = None
    limit: int


class Page(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """The entries of one page, and where the next one goes on.

    last: The last row or group; None where the list is at its end.
    """

    rows: list[R]
    groups: list[bytes]
    last: R | bytes | None

    @property
    def key(self) -> str:
        """The key or group that the next page comes after; empty at the end."""
        last = self.last
        key = b"" if last is None else last if isinstance(last, bytes) else last.object_key
        return key.decode()

    @property
    def row(self) -> R | None:
        """The last row, where the page ends in a row and the list goes on."""
        return None if isinstance(self.last, bytes) else self.last


def page_of(tx: Transaction, walk: Walk[R]) -> Page[R]:
    """Return a page.

    Cost: at most twice as many rows as entries are read, and two reads for each group.
    """
    rows: list[R] = []
    groups: list[bytes] = []
    last: R | bytes | None = None
    for entry in _entries(tx, walk):
        if len(rows) + len(groups) == walk.limit:
            return Page(rows=rows, groups=groups, last=last)
        last = entry
        if isinstance(entry, bytes):
            groups.append(entry)
        else:
            rows.append(entry)
    return Page(rows=rows, groups=groups, last=None)


def _entries(tx: Transaction, walk: Walk[R]) -> Iterator[R | bytes]:
    """Yield rows, and groups as bytes, in order."""
    group = _group_of(walk.after, walk)
    if not group and walk.behind is not None and walk.after.startswith(walk.prefix):
        yield from _rest_of(tx, walk, walk.after, walk.behind)
    at = max(group + _BEHIND if group else walk.after, _before(walk.prefix))
    most = walk.limit + 1
    batch = min(_FEW, most) if walk.delimiter else most
    order = ("object_key", walk.then) if walk.then else ("object_key",)
    while True:
        rows = tx.find(walk.row, order=order, after=("object_key", at), limit=batch, **walk.where)
        for row in rows:
            if not row.object_key.startswith(walk.prefix):
                return
            group = _group_of(row.object_key, walk)
            if group:
                yield group
                at, batch = group + _BEHIND, min(_FEW, most)
                break
            yield row
        else:
            if len(rows) < batch:
                return
            at, batch = rows[-1].object_key, min(2 * batch, most)
            if walk.then:
                yield from _rest_of(tx, walk, at, getattr(rows[-1], walk.then))


def _rest_of(tx: Transaction, walk: Walk[R], key: bytes, behind: object) -> Iterator[R]:
    """Yield the further rows of a key."""
    most = walk.limit + 1
    while True:
        rows = tx.find(
            walk.row,
            order=(walk.then,),
            after=(walk.then, behind),
            limit=most,
            object_key=key,
            **walk.where,
        )
        yield from rows
        if len(rows) < most:
            return
        behind = getattr(rows[-1], walk.then)


def _group_of(key: bytes, walk: Walk[Any]) -> bytes:
    """Return the group of a key; empty where the key stands for itself."""
    prefix, delimiter = walk.prefix, walk.delimiter
    if not delimiter or not key.startswith(prefix):
        return b""
    found = key.find(delimiter, len(prefix))
    return b"" if found < 0 else key[: found + len(delimiter)]


def _before(prefix: bytes) -> bytes:
    """Return a text behind which the first key with a prefix comes."""
    if not prefix:
        return b""
    last = prefix[-1]
    return prefix[:-1] + bytes([last - 1]) + _BEHIND if last else prefix[:-1]
