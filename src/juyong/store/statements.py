"""SQL text, written by SQLAlchemy Core once per shape and then reused as plain DBAPI calls.

COST: Core's own execute path takes several times the database's time for a keyed read on SQLite
(tests/bench/bench_store.py prints both), so rows go through the compiled text.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from juyong.store.table import TableSpec

_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Sql:
    """Compiled text with the values Core put into it."""

    text: str
    params: dict[str, Any]


class Statements:
    """Compiles and keeps SQL for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._kept: OrderedDict[object, Sql] = OrderedDict()

    def of(self, key: object, build: Callable[[], sa.ClauseElement]) -> Sql:
        """Return the SQL kept under `key`, building it the first time."""
        kept = self._kept.get(key)
        if kept is None:
            compiled = build().compile(
                dialect=self._dialect, compile_kwargs={"render_postcompile": True}
            )
            fixed = {k: v for k, v in compiled.params.items() if v is not None}
            kept = Sql(str(compiled), fixed)
            self._kept[key] = kept
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept

    def insert(self, spec: TableSpec) -> Sql:
        """INSERT of a whole row; a serial key is left to the database."""

        def build() -> sa.ClauseElement:
            names = [c for c in spec.columns if c != spec.serial]
            return sa.insert(spec.table).values({c: sa.bindparam(c) for c in names})

        return self.of((spec.table.name, "insert"), build)

    def update(self, spec: TableSpec) -> Sql:
        """UPDATE of all columns of one row, comparing the version read where there is one."""

        def build() -> sa.ClauseElement:
            core = spec.table
            changed = [c for c in spec.columns if c not in spec.key]
            values: dict[str, Any] = {c: sa.bindparam(f"v_{c}") for c in changed}
            where = [core.c[k] == sa.bindparam(f"k_{k}") for k in spec.key]
            if spec.versioned:
                where.append(core.c.version == sa.bindparam("k_version"))
            return sa.update(core).where(*where).values(values)

        return self.of((spec.table.name, "update"), build)

    def delete(self, spec: TableSpec) -> Sql:
        """DELETE of one row by key."""

        def build() -> sa.ClauseElement:
            core = spec.table
            return sa.delete(core).where(*(core.c[k] == sa.bindparam(k) for k in spec.key))

        return self.of((spec.table.name, "delete"), build)

    def find(self, spec: TableSpec, query: "Query") -> Sql:
        """SELECT of whole rows, or of their count."""

        def build() -> sa.ClauseElement:
            core = spec.table
            columns = [sa.func.count()] if query.counted else [core.c[c] for c in spec.columns]
            made = sa.select(*columns).select_from(core).where(*_conditions(core, query))
            if query.order:
                made = made.order_by(*(core.c[c] for c in query.order))
            return made.limit(sa.bindparam("row_limit")) if query.limited else made

        return self.of((spec.table.name, query), build)


class Query(NamedTuple):
    """The shape of a row search: names only, so that it is a cache key.

    PERF: a tuple, since a dataclass hashes and compares in Python, at every read.
    """

    equal: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    after: str | None = None
    limited: bool = False
    counted: bool = False


def _conditions(core: sa.Table, query: Query) -> list[sa.ColumnElement[bool]]:
    found = [core.c[c] == sa.bindparam(c) for c in query.equal]
    found += [core.c[c].is_(None) for c in query.null]
    if query.after is not None:
        found.append(core.c[query.after] > sa.bindparam("row_after"))
    return found
