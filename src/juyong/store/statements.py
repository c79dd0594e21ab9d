"""SQL text, made once per shape and then reused as plain DBAPI calls.

COST: Core's own execute path takes several times the database's time for a keyed read on SQLite
(tests/bench/bench_store.py prints both), so rows go through the text.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec.structs import astuple

from juyong.base.importing import import_alone
from juyong.store import row_sql
from juyong.store.row_sql import Query
from juyong.store.table import TableSpec

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Dialect

_KEPT = 4096
_MARKS = {"sqlite": "?", "postgresql": "%s"}
Kind = Literal["sqlite", "postgresql"]
Picker = Callable[[Any], tuple[Any, ...]]


class Sql(msgspec.Struct, frozen=True):
    """Compiled text with the values Core put into it."""

    text: str
    params: dict[str, Any]


class RowWrites(msgspec.Struct, frozen=True):
    """How rows of one table are written: the texts, and what takes their parameters off a row."""

    insert: str
    put: str
    update: str
    delete: str
    inserted: tuple[str, ...]
    changed: tuple[str, ...]
    pick_inserted: Picker
    pick_changed: Picker
    pick_compared: Picker
    drop: str
    pick_key: Picker


class Statements:
    """Writes and keeps SQL for one kind of database; several threads may share it."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._mark = _MARKS[kind]
        self._dialect: Dialect | None = None
        self._kept: dict[object, Sql] = {}
        self._found: dict[tuple[str, Query], str] = {}
        self._gets: dict[str, str] = {}
        self._writes: dict[str, RowWrites] = {}

    def of(self, statement: "sa.ClauseElement | Callable[[], sa.ClauseElement]") -> Sql:
        """Return the SQL of a Core statement, or of a function that makes it; kept by identity."""
        kept = self._kept.get(statement)
        if kept is None:
            made = statement() if callable(statement) else statement
            compiled = made.compile(
                dialect=self._core_dialect(), compile_kwargs={"render_postcompile": True}
            )
            fixed = {k: v for k, v in compiled.params.items() if v is not None}
            kept = self._kept[statement] = Sql(str(compiled), fixed)
            _bound(self._kept)
        return kept

    def writes(self, spec: TableSpec) -> RowWrites:
        """Return how rows of a table are written."""
        kept = self._writes.get(spec.name)
        if kept is None:
            inserted = tuple(c for c in spec.columns if c != spec.serial)
            changed = tuple(c for c in spec.columns if c not in spec.key)
            kept = self._writes[spec.name] = RowWrites(
                insert=row_sql.insert(spec, self._mark),
                put=row_sql.put(spec, self._mark),
                update=row_sql.update(spec, self._mark),
                delete=row_sql.delete(spec, self._mark),
                inserted=inserted,
                changed=changed,
                pick_inserted=_insert_picker(spec),
                pick_changed=_picker(changed),
                pick_compared=_picker(row_sql.compared(spec)),
                drop=row_sql.drop(spec, self._mark),
                pick_key=_picker(spec.key),
            )
        return kept

    def add(self, spec: TableSpec, column: str) -> str:
        """Return the UPDATE that adds to a number. Takes what is added, then the key."""
        return row_sql.add(spec, column, self._mark)

    def get(self, spec: TableSpec) -> str:
        """Return the SELECT of one row by its key. Takes the key, then the limit."""
        kept = self._gets.get(spec.name)
        if kept is None:
            query = Query(equal=spec.key, limited=True)
            kept = self._gets[spec.name] = row_sql.find(spec, query, self._mark)
        return kept

    def find(self, spec: TableSpec, query: Query) -> str:
        """Return the SELECT of whole rows, or of their count."""
        key = (spec.name, query)
        kept = self._found.get(key)
        if kept is None:
            kept = self._found[key] = row_sql.find(spec, query, self._mark)
            _bound(self._found)
        return kept

    def _core_dialect(self) -> "Dialect":
        if self._dialect is None:
            if self._kind == "sqlite":
                found = import_alone("sqlalchemy.dialects.sqlite")
                self._dialect = found.dialect(paramstyle="named")
            else:
                found = import_alone("sqlalchemy.dialects.postgresql.psycopg")
                self._dialect = found.dialect()
        return self._dialect


@cache
def statements_of(kind: Kind) -> Statements:
    """Return what writes SQL for a kind of database; all databases of a process share it.

    PERF: Core takes a millisecond for a statement, and a check of a home hundreds of statements.
    """
    return Statements(kind)


def _bound(kept: dict[Any, Any]) -> None:
    """Forget the oldest of too many; other threads may do the same at this moment."""
    if len(kept) > _KEPT:
        kept.pop(next(iter(list(kept))), None)


def _insert_picker(spec: TableSpec) -> Picker:
    """Return what takes off a row everything that its INSERT needs.

    PERF: all fields at once, which is three times quicker than by their names.
    """
    if spec.serial is None:
        return astuple
    at = spec.columns.index(spec.serial)

    def all_but_the_serial(row: Any) -> tuple[Any, ...]:
        values = astuple(row)
        return values[:at] + values[at + 1 :]

    return all_but_the_serial


def _picker(names: tuple[str, ...]) -> Picker:
    """Return what takes these attributes off a row, as a tuple.

    PERF: attrgetter does it in C; of a single name it would return the bare value.
    """
    if len(names) > 1:
        return attrgetter(*names)
    return lambda row: tuple(getattr(row, name) for name in names)
