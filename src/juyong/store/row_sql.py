"""The SQL of whole rows, written here so that serving calls does not wait for SQLAlchemy.

INVARIANT: tests/unit/store/test_row_sql.py proves each text equal to what SQLAlchemy Core compiles
for the same table and shape, except for quotes: every name is quoted, so that no list of a
database's reserved words is needed. Parameters stand by position, in the order in which each text
says.
"""

from collections.abc import Mapping
from typing import NamedTuple

from juyong.store.table import TableSpec


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


def query_of(
    equal: Mapping[str, object],
    *,
    order: tuple[str, ...] = (),
    after: tuple[str, object] | None = None,
    limited: bool = False,
    counted: bool = False,
) -> tuple[Query, list[object]]:
    """Return the shape of a search, and the values that its text takes, without the limit."""
    given = {k: v for k, v in equal.items() if v is not None}
    query = Query(
        equal=tuple(given),
        null=tuple(k for k in equal if k not in given),
        order=order,
        after=after[0] if after else None,
        limited=limited,
        counted=counted,
    )
    return query, [*given.values(), after[1]] if after else list(given.values())


def insert(spec: TableSpec, mark: str) -> str:
    """INSERT of a whole row; a serial key is left to the database. Takes its columns."""
    names = [c for c in spec.columns if c != spec.serial]
    listed, marks = ", ".join(map(_quoted, names)), ", ".join(mark for _ in names)
    return f"INSERT INTO {_quoted(spec.name)} ({listed}) VALUES ({marks})"  # noqa: S608  # no values


def put(spec: TableSpec, mark: str) -> str:
    """INSERT of a whole row, or UPDATE of the row with its key. Takes its columns.

    Columns that are set once stay as they are.
    """
    key = ", ".join(map(_quoted, spec.key))
    changed = ", ".join(
        f"{_quoted(c)} = excluded.{_quoted(c)}"
        for c in spec.columns
        if c not in spec.key and c not in spec.once
    )
    return f"{insert(spec, mark)} ON CONFLICT ({key}) DO UPDATE SET {changed}"


def update(spec: TableSpec, mark: str) -> str:
    """UPDATE of one row, comparing the version read where there is one.

    Takes all columns outside the key, then the key, then the version that was read.
    """
    changed = ", ".join(f"{_quoted(c)}={mark}" for c in spec.columns if c not in spec.key)
    where = _where([f"{_of(spec, c)} = {mark}" for c in compared(spec)])
    return f"UPDATE {_quoted(spec.name)} SET {changed}{where}"  # noqa: S608


def add(spec: TableSpec, column: str, mark: str) -> str:
    """UPDATE of one number of one row. Takes what is added to the number, then the key."""
    where = _where([f"{_of(spec, c)} = {mark}" for c in spec.key])
    added = f"{_quoted(column)}=({_of(spec, column)} + {mark})"
    return f"UPDATE {_quoted(spec.name)} SET {added}{where}"  # noqa: S608


def delete(spec: TableSpec, mark: str) -> str:
    """DELETE of one row, comparing the version read where there is one. Takes key and version."""
    where = _where([f"{_of(spec, c)} = {mark}" for c in compared(spec)])
    return f"DELETE FROM {_quoted(spec.name)}{where}"  # noqa: S608


def drop(spec: TableSpec, mark: str) -> str:
    """DELETE of one row, whatever its version. Takes the key."""
    where = _where([f"{_of(spec, c)} = {mark}" for c in spec.key])
    return f"DELETE FROM {_quoted(spec.name)}{where}"  # noqa: S608


def find(spec: TableSpec, query: Query, mark: str) -> str:
    """SELECT of whole rows, or of their count.

    Takes the values of `equal`, then the one that rows are to be after, then the limit.
    """
    columns = (
        'count(*) AS "count_1"' if query.counted else ", ".join(_of(spec, c) for c in spec.columns)
    )
    conditions = [f"{_of(spec, c)} = {mark}" for c in query.equal]
    # Text has no parameter for these, so that where they stand makes no difference.
    conditions += [f"{_of(spec, c)} IS NULL" for c in query.null]
    if query.after is not None:
        conditions.append(f"{_of(spec, query.after)} > {mark}")
    order = ", ".join(_of(spec, c) for c in query.order)
    return (
        f"SELECT {columns} FROM {_quoted(spec.name)}{_where(conditions)}"  # noqa: S608
        + (f" ORDER BY {order}" if order else "")
        + (f" LIMIT {mark}" if query.limited else "")
    )


def newest(spec: TableSpec) -> str:
    """SELECT of the highest serial number; one row, NULL for an empty table."""
    return f"SELECT max({_quoted(str(spec.serial))}) FROM {_quoted(spec.name)}"  # noqa: S608


def compared(spec: TableSpec) -> tuple[str, ...]:
    """Return the columns by which a row read is found again, to write it: key and version."""
    return (*spec.key, "version") if spec.versioned else spec.key


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _of(spec: TableSpec, column: str) -> str:
    return f"{_quoted(spec.name)}.{_quoted(column)}"


def _quoted(name: str) -> str:
    return f'"{name}"'
