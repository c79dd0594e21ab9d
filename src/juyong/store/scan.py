"""Read a whole table in the order of its primary key, a page at a time."""

from collections.abc import Hashable, Iterator
from functools import lru_cache
from typing import Any, cast

from juyong.store.late import sa
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

_PAGE = 500


def scan(
    tx: Transaction, row_type: type[Any], columns: tuple[str, ...] = ()
) -> Iterator[tuple[Any, ...]]:
    """Yield primary key values and then the columns named, for every row; sealed ones stay sealed.

    Cost: one keyset read a page of 500 rows, so memory stays small whatever the table holds.
    """
    width = len(spec_of(row_type).key)
    after: tuple[Any, ...] = ()
    while True:
        rows = page_after(tx, row_type, after, _PAGE, columns)
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1][:width]


def page_after(
    tx: Transaction,
    row_type: type[Any],
    after: tuple[Any, ...],
    most: int,
    columns: tuple[str, ...] = (),
) -> list[tuple[Any, ...]]:
    """Return what `scan` yields next, at most so many rows.

    Args:
        tx: Reads.
        row_type: The table.
        after: The primary key that the page begins behind; empty for the first page.
        most: Rows of the page.
        columns: As of `scan`.
    """
    statement = _page(cast("Hashable", row_type), columns, continued=bool(after))
    params = {f"after_{i}": value for i, value in enumerate(after)}
    return tx.query(statement, page=most, **params)


@lru_cache(maxsize=1024)
def _page(row_type: Hashable, columns: tuple[str, ...], *, continued: bool) -> "sa.Select[Any]":
    assert isinstance(row_type, type)  # noqa: S101  # a cache key can only be declared hashable
    spec = spec_of(row_type)
    core = spec.table
    key = [core.c[name] for name in spec.key]
    made = (
        sa.select(*key, *(core.c[name] for name in columns))
        .order_by(*key)
        .limit(sa.bindparam("page", type_=sa.Integer()))
    )
    if not continued:
        return made
    after = [sa.bindparam(f"after_{i}", type_=column.type) for i, column in enumerate(key)]
    return made.where(sa.tuple_(*key) > sa.tuple_(*after))
