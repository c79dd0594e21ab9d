"""The SQL of whole rows is what SQLAlchemy Core compiles, for every table, shape and database."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect

from juyong.api.registry import load_tables
from juyong.store import row_sql
from juyong.store.row_sql import Query
from juyong.store.table import TableSpec, all_specs

load_tables()
DIALECTS: dict[str, Dialect] = {
    "?": sqlite.dialect(paramstyle="qmark"),
    "%s": psycopg.dialect(paramstyle="format"),
}
SPECS = {spec.name: spec for spec in all_specs()}
both = pytest.mark.parametrize("mark", DIALECTS)
every_table = pytest.mark.parametrize("name", SPECS)


def compiled(statement: sa.ClauseElement, mark: str) -> tuple[str, list[str]]:
    """Return Core's text without quotes and line breaks, and its parameters in order."""
    made: Any = statement.compile(
        dialect=DIALECTS[mark], compile_kwargs={"render_postcompile": True}
    )
    text = " ".join(str(made).replace('"', "").split())
    for cast in ("BIGINT", "VARCHAR", "INTEGER", "BOOLEAN", "BYTEA", "TEXT"):
        text = text.replace(f"::{cast}", "")  # PostgreSQL infers what Core spells out
    positions = list(made.positiontup)
    if text.endswith(" OFFSET ?"):  # SQLite's dialect adds one of 0 to a limit
        text, positions = text.removesuffix(" OFFSET ?"), positions[:-1]
    return text, positions


def plain(text: str) -> str:
    return text.replace('"', "")


@both
@every_table
def test_writes(name: str, mark: str) -> None:
    spec = SPECS[name]
    core = spec.table
    inserted = [c for c in spec.columns if c != spec.serial]
    changed = [c for c in spec.columns if c not in spec.key]
    insert = sa.insert(core).values({c: sa.bindparam(c) for c in inserted}).inline()
    assert (plain(row_sql.insert(spec, mark)), inserted) == compiled(insert, mark)
    same = [core.c[k] == sa.bindparam(f"k_{k}") for k in spec.key]
    compared = [*spec.key, *(["version"] if spec.versioned else [])]
    as_read = [core.c[c] == sa.bindparam(f"k_{c}") for c in compared]
    delete = sa.delete(core).where(*as_read)
    expected = [f"k_{c}" for c in compared]
    assert (plain(row_sql.delete(spec, mark)), expected) == compiled(delete, mark)
    for column in (c.name for c in spec.described if c.kind is int):
        more = sa.bindparam("more", type_=sa.BigInteger())
        add = sa.update(core).where(*same).values({column: core.c[column] + more})
        expected = ["more", *(f"k_{k}" for k in spec.key)]
        assert (plain(row_sql.add(spec, column, mark)), expected) == compiled(add, mark)
    dropped = sa.delete(core).where(*same)
    assert (plain(row_sql.drop(spec, mark)), [f"k_{k}" for k in spec.key]) == compiled(
        dropped, mark
    )
    if not changed:
        return
    dialect_insert = sqlite_insert if mark == "?" else postgres_insert
    made = dialect_insert(core).values({c: sa.bindparam(c) for c in inserted}).inline()
    put = made.on_conflict_do_update(
        index_elements=[core.c[k] for k in spec.key],
        set_={c: made.excluded[c] for c in changed if c not in spec.once},
    )
    assert (plain(row_sql.put(spec, mark)), inserted) == compiled(put, mark)
    update = sa.update(core).where(*as_read).values({c: sa.bindparam(f"v_{c}") for c in changed})
    expected = [*(f"v_{c}" for c in changed), *(f"k_{c}" for c in compared)]
    assert (plain(row_sql.update(spec, mark)), expected) == compiled(update, mark)


def shapes(spec: TableSpec) -> Iterator[Query]:
    """Every combination of the parts a search can have, over a table's first and last columns."""
    first, last = spec.columns[0], spec.columns[-1]
    parts = product(
        ((), (first,), (first, last)), ((), (last,)), ((), (last, first)), (None, first),
        (False, True), (False, True),
    )  # fmt: skip
    for equal, null, order, after, limited, counted in parts:
        yield Query(equal, null, order, after, limited, counted)


@both
@every_table
def test_searches(name: str, mark: str) -> None:
    spec = SPECS[name]
    core = spec.table
    asked = list(shapes(spec))
    assert len(asked) == 96
    for query in asked:
        columns = [sa.func.count()] if query.counted else [core.c[c] for c in spec.columns]
        made = sa.select(*columns).select_from(core)
        made = made.where(*(core.c[c] == sa.bindparam(f"is_{c}") for c in query.equal))
        made = made.where(*(core.c[c].is_(None) for c in query.null))
        expected = [f"is_{c}" for c in query.equal]
        if query.after is not None:
            made = made.where(core.c[query.after] > sa.bindparam("row_after"))
            expected.append("row_after")
        if query.order:
            made = made.order_by(*(core.c[c] for c in query.order))
        if query.limited:
            made = made.limit(sa.bindparam("row_limit"))
            expected.append("row_limit")
        assert (plain(row_sql.find(spec, query, mark)), expected) == compiled(made, mark)


def test_every_product_is_looked_at() -> None:
    assert len(SPECS) >= 30
