"""The declared tables as SQLAlchemy Core knows them; importing this imports SQLAlchemy."""

import threading
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from juyong.base.secret import Secret
from juyong.store.table import Serial, TableSpec, all_specs

_making = threading.Lock()
_metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_TYPES: dict[object, Any] = {
    str: sa.Text(),
    int: sa.BigInteger(),
    bool: sa.Boolean(),
    bytes: sa.LargeBinary(),
    Secret: sa.LargeBinary(),
    Serial: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
}


def metadata() -> sa.MetaData:
    """Return the metadata that holds every table declared so far."""
    for spec in all_specs():
        core_table(spec)
    return _metadata


def core_table(spec: TableSpec) -> sa.Table:
    """Return the Core table of a declared one, always the same."""
    with _making:
        known = _metadata.tables.get(spec.name)
        return make_table(spec, _metadata) if known is None else known


def make_table(spec: TableSpec, metadata: sa.MetaData) -> sa.Table:
    """Describe a declared table to Core."""
    columns = [
        sa.Column(c.name, _TYPES[c.kind], nullable=c.nullable, primary_key=c.name in spec.key)
        for c in spec.described
    ]
    constraints: list[Any] = [sa.UniqueConstraint(*names) for names in spec.unique]
    extra: dict[str, Any] = {"sqlite_autoincrement": True} if spec.serial else {}
    made = sa.Table(spec.name, metadata, *columns, *constraints, **extra)
    for names in spec.index:
        sa.Index(None, *(made.c[name] for name in names))
    return made


class Utf8(FunctionElement[bytes]):
    """A text column as its bytes in UTF-8. PERF: they are neither decoded nor encoded again."""

    inherit_cache = True
    type = sa.LargeBinary()


@compiles(Utf8, "sqlite")
def _in_sqlite(element: Utf8, compiler: SQLCompiler, **words: Any) -> str:
    # A database of SQLite stores text in UTF-8.
    return f"CAST({compiler.process(element.clauses, **words)} AS BLOB)"


@compiles(Utf8, "postgresql")
def _in_postgres(element: Utf8, compiler: SQLCompiler, **words: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **words)}, 'UTF8')"
