"""Statements over many rows, cut into chunks: no transaction holds the database for long."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from juyong.store.late import sa
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

CHUNK_ROWS = 500
"""Rows that housekeeping writes in one transaction."""


def some_of(row_type: type[Any], *where: "ColumnElement[bool]") -> "ColumnElement[bool]":
    """Return the condition of at most `most` rows of a table; `most` is a parameter."""
    spec = spec_of(row_type)
    key = [spec.table.c[name] for name in spec.key]
    chosen = sa.select(*key).where(*where).limit(sa.bindparam("most", type_=sa.Integer()))
    return (key[0] if len(key) == 1 else sa.tuple_(*key)).in_(chosen)


def delete_some(row_type: type[Any], *where: "ColumnElement[bool]") -> "sa.Delete":
    """Return the DELETE of at most `most` of the rows that meet the conditions."""
    return sa.delete(spec_of(row_type).table).where(some_of(row_type, *where))


def lapsed(row_type: type[Any], column: str, until: str = "now") -> "Callable[[], sa.Delete]":
    """Return a statement of `change_most`: delete rows whose time is not after a parameter."""
    return lambda: delete_some(row_type, spec_of(row_type).table.c[column] <= sa.bindparam(until))


def change_most(
    tx: Transaction,
    statements: "tuple[Callable[[], sa.Update | sa.Delete], ...]",
    most: int,
    **params: object,
) -> int:
    """Run statements one after the other until together they changed `most` rows.

    Args:
        tx: Commits what they changed.
        statements: Each takes the parameter `most` (see delete_some) and all of `params`.
        most: Bound of the whole.
        **params: Of every statement.

    Returns:
        How many rows were changed; fewer than `most` means that nothing is left.
    """
    done = 0
    for statement in statements:
        if done < most:
            done += tx.change(statement, most=most - done, **params)
    return done
