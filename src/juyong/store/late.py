"""SQLAlchemy at first need: a server that only reads and writes whole rows never imports it.

A module that keeps Core statements writes each as a function, and hands the function itself to
`Transaction.query` or `change`, which call it once:

    def _forget() -> "sa.Delete":
        nonces = table_of(NonceRow)
        return sa.delete(nonces).where(nonces.c.expires_at < sa.bindparam("before"))

Annotations that name `sa` stand in quotes, since a function's own are read when it is defined.
"""

from typing import TYPE_CHECKING, Any

from juyong.base.importing import import_alone
from juyong.store.table import spec_of

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["sa", "table_of", "utf8"]


class _Late:
    """A stand-in for a module, which imports the module when a name of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_alone(self._name), attribute)


if not TYPE_CHECKING:
    sa = _Late("sqlalchemy")


def utf8(column: "sa.Column[str]") -> "sa.ColumnElement[bytes]":
    """Return the bytes of a text column, in UTF-8."""
    made: sa.ColumnElement[bytes] = import_alone("juyong.store.core").Utf8(column)
    return made


def table_of(row_type: type[Any]) -> "sa.Table":
    """Return the Core table of a row type."""
    return spec_of(row_type).table
