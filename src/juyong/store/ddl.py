"""The tables of an empty SQLite file, so that a first start does not wait for SQLAlchemy.

INVARIANT: tests/unit/store/test_ddl.py proves each text equal to what SQLAlchemy Core compiles for
the same table, except for quotes.
"""

from collections.abc import Iterator

from juyong.base.secret import Secret
from juyong.store.table import Column, Serial, TableSpec

_TYPES: dict[object, str] = {
    str: "TEXT",
    int: "BIGINT",
    bool: "BOOLEAN",
    bytes: "BLOB",
    Secret: "BLOB",
    Serial: "INTEGER",
}


def creation(spec: TableSpec) -> Iterator[str]:
    """Yield the statements that make a table and its indexes."""
    parts = [_column(spec, column) for column in spec.described]
    if spec.serial is None:
        parts.append(f'CONSTRAINT "pk_{spec.name}" PRIMARY KEY ({_listed(spec.key)})')
    parts += [
        f'CONSTRAINT "uq_{spec.name}_{"_".join(names)}" UNIQUE ({_listed(names)})'
        for names in spec.unique
    ]
    yield f'CREATE TABLE "{spec.name}" ({", ".join(parts)})'
    for names in spec.index:
        index = f"ix_{spec.name}_{'_'.join(names)}"
        yield f'CREATE INDEX "{index}" ON "{spec.name}" ({_listed(names)})'


def _column(spec: TableSpec, column: Column) -> str:
    text = f'"{column.name}" {_TYPES[column.kind]}'
    if not column.nullable:
        text += " NOT NULL"
    if column.name == spec.serial:
        text += " PRIMARY KEY AUTOINCREMENT"
    return text


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
