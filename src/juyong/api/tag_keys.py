"""Tag keys that differ in case alone.

Condition keys have no case, so a policy could not tell such tags apart. No product takes a new
clash; a clash that is held already stays, both of its values are judged, and `juyong check` lists
the resource.

Source: no product documents keys that differ in case alone (the refusal is assumed).
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from juyong.store.finding import Finding
from juyong.store.scan import scan
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction


def clashes(held: Iterable[str], sent: Iterable[str]) -> bool:
    """Tell whether setting tags would add a key that differs from another in case alone.

    Args:
        held: Keys that the resource has.
        sent: Keys of the request; a key given twice clashes with itself unless it is held.
    """
    kept = frozenset(held)
    taken = {key.casefold() for key in kept}
    for key in sent:
        if key not in kept:
            folded = key.casefold()
            if folded in taken:
                return True
            taken.add(folded)
    return False


def held_clashes(tx: Transaction, row_type: type[Any]) -> Iterator[Finding]:
    """Report resources that hold clashing keys; the table's primary key ends with the tag key.

    Cost: one read of the whole table, a page at a time.
    """
    table = spec_of(row_type).table.name
    for owner, rows in groupby(scan(tx, row_type), key=lambda row: row[:-1]):
        if clashes((), (row[-1] for row in rows)):
            where = " ".join((table, *filter(None, map(str, owner))))
            yield Finding(
                "tag-keys-clash", where, "tag keys differ in case alone: all are judged", "notice"
            )
