"""Tables: a frozen Struct is a row as services see it, a SQLAlchemy Core table as it is stored.

Column types come from the annotations: `str`, `int` (64 bit), `bool`, `bytes`, `Secret` (sealed),
each optionally `| None`, and `Serial` for a rising primary key the database assigns.

Declaring a table does not import SQLAlchemy: the Core table is made when it is first asked for.
"""

import types
from collections.abc import Callable
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NamedTuple,
    NewType,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from juyong.base.importing import import_alone
from juyong.base.secret import Secret

if TYPE_CHECKING:
    import sqlalchemy as sa

Serial = NewType("Serial", int)
UNASSIGNED = Serial(0)
"""The serial key of a row that is not inserted yet."""
Decides = Literal["never", "changed", "always"]

R = TypeVar("R")
_KINDS: tuple[object, ...] = (str, int, bool, bytes, Secret, Serial)


class Column(NamedTuple):
    """One column as its annotation describes it; `kind` is one of the types named above."""

    name: str
    kind: object
    nullable: bool


class TableSpec(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """How one row type is stored."""

    row_type: type[Any]
    name: str
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    index: tuple[tuple[str, ...], ...]
    described: tuple[Column, ...]
    columns: tuple[str, ...]
    """The names of `described`."""
    sealed: frozenset[str]
    booleans: frozenset[str]
    serial: str | None
    versioned: bool
    decides: Decides
    """When a write makes cached authorisation stale (see Transaction.touch)."""
    from_reads: bool
    """Whether a call that only reads may leave such rows; see store.intake."""
    once: frozenset[str]
    """Columns that `put_later` sets on a new row and never changes."""
    in_commit_order: bool
    """Whether serial numbers rise in the order of commits, on every database."""

    @property
    def table(self) -> "sa.Table":
        """The Core table, made at the first look; for statements beyond those of whole rows."""
        made: sa.Table = import_alone("juyong.store.core").core_table(self)
        return made


_SPECS: dict[type[Any], TableSpec] = {}


def spec_of(row_type: type[Any]) -> TableSpec:
    """Return the storage of a row type; KeyError if it is no table."""
    return _SPECS[row_type]


def all_specs() -> tuple[TableSpec, ...]:
    """Return every table imported so far, by name."""
    return tuple(sorted(_SPECS.values(), key=lambda s: s.name))


def _column(name: str, hint: object) -> Column:
    """Resolve an annotation."""
    nullable = False
    if get_origin(hint) in (Union, types.UnionType):
        inner = [a for a in get_args(hint) if a is not type(None)]
        nullable, hint = len(inner) < len(get_args(hint)), inner[0]
    while hint not in _KINDS:
        if not hasattr(hint, "__supertype__"):
            raise TypeError(f"column `{name}`: {hint} cannot be stored")
        hint = hint.__supertype__
    return Column(name, hint, nullable)


def table(
    name: str,
    *,
    key: tuple[str, ...],
    unique: tuple[tuple[str, ...], ...] = (),
    index: tuple[tuple[str, ...], ...] = (),
    decides: Decides = "never",
    from_reads: bool = False,
    once: tuple[str, ...] = (),
    in_commit_order: bool = False,
) -> Callable[[type[R]], type[R]]:
    """Declare that a frozen Struct is stored in the table `name`.

    Args:
        name: `<product>_<noun>`.
        key: Primary key columns, in order.
        unique: Further unique keys; a clash raises Duplicate.
        index: Non-unique indexes.
        decides: "changed" if updating or deleting a row can change who may do what, "always" if
            adding one can too; every gateway process then forgets what it cached for the account.
        from_reads: Calls that only read may leave rows of this table at their end.
        once: Columns that `Transaction.put_later` sets on a new row and never changes.
        in_commit_order: Serial numbers rise in the order of commits, on every database; rows are
            then added by `Transaction.insert_later` alone.
    """

    def declare(row_type: type[R]) -> type[R]:
        if not issubclass(row_type, msgspec.Struct):
            raise TypeError(f"the row of `{name}` is no msgspec.Struct")
        hints = get_type_hints(row_type)
        described = tuple(_column(each, hints[each]) for each in row_type.__struct_fields__)
        names = tuple(c.name for c in described)
        _SPECS[row_type] = TableSpec(
            row_type=row_type,
            name=name,
            key=key,
            unique=unique,
            index=index,
            described=described,
            columns=names,
            sealed=frozenset(c.name for c in described if c.kind is Secret),
            booleans=frozenset(c.name for c in described if c.kind is bool),
            serial=next((c.name for c in described if c.kind is Serial), None),
            versioned="version" in names,
            decides=decides,
            from_reads=from_reads,
            once=frozenset(once),
            in_commit_order=in_commit_order,
        )
        return row_type

    return declare
