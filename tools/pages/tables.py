"""The page of tables, as the row types declare them."""

import inspect
from typing import Any

import sqlalchemy as sa

from juyong.api.registry import load_tables
from juyong.store import schema
from juyong.store.table import TableSpec, all_specs
from pages.docstring import docstring_of
from pages.markdown import code, codes, page, sentences, table

_INTRO = """\
Every table belongs to one package, which alone writes it; the names begin with the product's.
Sealed columns hold AES-256-GCM ciphertext that opens only in its own row and column; see [sealing and keys](../explanation/sealing-and-keys.md).
Instants are whole seconds since 1970-01-01 UTC.
Where a table *decides*, a write to it gives the account a new epoch, so that every process forgets what it cached: `changed` on update and delete, `always` on insert too."""  # noqa: E501  # a sentence a line
_TYPES = {
    sa.Text: "text",
    sa.BigInteger: "integer",
    sa.Integer: "integer",
    sa.Boolean: "boolean",
    sa.LargeBinary: "bytes",
}


def tables_page() -> str:
    """Write the page."""
    load_tables()
    revision = f"The schema is at revision {code(schema.head())}."
    return page("Tables", f"{_INTRO}\n{revision}", *(_table(spec) for spec in all_specs()))


def _table(spec: TableSpec) -> str:
    doc = docstring_of(spec.row_type)
    core = spec.table
    facts = [f"- Key: {codes(spec.key)}"]
    facts += [f"- Unique: {codes(names)}" for names in sorted(_uniques(core))]
    facts += [
        f"- Index: {codes(c.name for c in index.columns)}"
        for index in sorted(core.indexes, key=lambda i: str(i.name))
    ]
    if spec.versioned:
        facts.append("- Versioned: an update compares the version it read.")
    if spec.decides != "never":
        facts.append(f"- Decides: {code(spec.decides)}")
    columns = table(
        ("Column", "Type", "Null"),
        ((code(c.name), _type(spec, c), "yes" if c.nullable else "no") for c in core.columns),
    )
    module = inspect.getmodule(spec.row_type)
    written = f"Written by {code(module.__name__.rpartition('.')[0] if module else '')}."
    about = [f"## {core.name}", doc.summary, sentences(doc.body), written, "\n".join(facts)]
    return "\n\n".join(part for part in [*about, columns] if part)


def _uniques(core: sa.Table) -> list[tuple[str, ...]]:
    return [
        tuple(str(c.name) for c in constraint.columns)
        for constraint in core.constraints
        if isinstance(constraint, sa.UniqueConstraint)
    ]


def _type(spec: TableSpec, column: sa.Column[Any]) -> str:
    if column.name in spec.sealed:
        return "sealed"
    name = next(said for kind, said in _TYPES.items() if isinstance(column.type, kind))
    return f"{name}, assigned" if column.name == spec.serial else name
