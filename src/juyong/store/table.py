"""Tables: a frozen dataclass is the row the services see, a SQLAlchemy Core table what is stored.

Column types come from the annotations: `str`, `int` (64 bit), `bool`, `bytes`, `Secret` (sealed),
each optionally `| None`, and `Serial` for a rising primary key the database assigns.
"""

import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import sqlalchemy as sa

from juyong.base.secret import Secret

Serial = NewType("Serial", int)
UNASSIGNED = Serial(0)
"""What a row that is yet to be inserted has for its serial key."""
Decides = Literal["never", "changed", "always"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

R = TypeVar("R")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TYPES: dict[object, Any] = {
    str: sa.Text(),
    int: sa.BigInteger(),
    bool: sa.Boolean(),
    bytes: sa.LargeBinary(),
    Secret: sa.LargeBinary(),
    Serial: _BIG,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """How one row type is stored."""

    row_type: type[Any]
    table: sa.Table
    key: tuple[str, ...]
    columns: tuple[str, ...]
    sealed: frozenset[str]
    booleans: frozenset[str]
    serial: str | None
    versioned: bool
    decides: Decides
    """When a write makes cached authorisation stale (see Transaction.touch)."""


_SPECS: dict[type[Any], TableSpec] = {}


def spec_of(row_type: type[Any]) -> TableSpec:
    """Return the storage of a row type; KeyError if it is no table."""
    return _SPECS[row_type]


def all_specs() -> tuple[TableSpec, ...]:
    """Return every table imported so far, by name."""
    return tuple(sorted(_SPECS.values(), key=lambda s: s.table.name))


def _column_kind(hint: object) -> tuple[object, bool]:
    """Resolve an annotation to (stored kind, nullable)."""
    nullable = False
    if get_origin(hint) in (Union, types.UnionType):
        inner = [a for a in get_args(hint) if a is not type(None)]
        nullable, hint = len(inner) < len(get_args(hint)), inner[0]
    while hint not in _TYPES and hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    return hint, nullable


def table(
    name: str,
    *,
    key: tuple[str, ...],
    unique: tuple[tuple[str, ...], ...] = (),
    index: tuple[tuple[str, ...], ...] = (),
    decides: Decides = "never",
) -> Callable[[type[R]], type[R]]:
    """Declare that a frozen dataclass is stored in the table `name`.

    Args:
        name: `<product>_<noun>`.
        key: Primary key columns, in order.
        unique: Further unique keys; a clash raises Duplicate.
        index: Non-unique indexes.
        decides: "changed" if updating or deleting a row can change who may do what, "always" if
            adding one can too; every gateway process then forgets what it cached for the account.
    """

    def declare(row_type: type[R]) -> type[R]:
        hints = get_type_hints(row_type)
        names = tuple(f.name for f in fields(row_type))  # type: ignore[arg-type]
        kinds = {n: _column_kind(hints[n]) for n in names}
        columns = [
            sa.Column(n, _TYPES[kind], nullable=nullable, primary_key=n in key)
            for n, (kind, nullable) in kinds.items()
        ]
        constraints: list[Any] = [sa.UniqueConstraint(*cols) for cols in unique]
        serial = next((n for n, (kind, _) in kinds.items() if kind is Serial), None)
        extra: dict[str, Any] = {"sqlite_autoincrement": True} if serial else {}
        core = sa.Table(name, metadata, *columns, *constraints, **extra)
        for cols in index:
            sa.Index(None, *(core.c[c] for c in cols))
        _SPECS[row_type] = TableSpec(
            row_type=row_type,
            table=core,
            key=key,
            columns=names,
            sealed=frozenset(n for n, (kind, _) in kinds.items() if kind is Secret),
            booleans=frozenset(n for n, (kind, _) in kinds.items() if kind is bool),
            serial=serial,
            versioned="version" in names,
            decides=decides,
        )
        return row_type

    return declare
