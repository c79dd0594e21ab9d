"""SQL by DuckDB: a view of the logs, the translated query, and its values as SLS prints them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from juyong.engines.logsearch.columns import LogFile, hexed, value_column
from juyong.engines.logsearch.duck_places import give_countries, take_back
from juyong.engines.logsearch.duck_search import WRITER, source_of
from juyong.engines.logsearch.index import Field, FieldType
from juyong.engines.logsearch.messages import Ask
from juyong.engines.logsearch.parts import Part, parts_of
from juyong.engines.logsearch.port import Source, Table, Window
from juyong.engines.logsearch.query import Everything
from juyong.engines.logsearch.sql_front import (
    LOGS,
    SOURCE,
    TIME,
    TOPIC,
    Translated,
    sql_fields,
    translate,
    written_columns,
)
from juyong.engines.logsearch.sql_functions import PREPARATION as MACROS
from juyong.engines.logsearch.sql_results import (
    bounded,
    check_file,
    original_name,
    original_text,
    value_text,
)
from juyong.engines.logsearch.sql_series import DuckSteps, with_all_steps
from juyong.engines.logsearch.sql_stores import merged

_PLAIN = "logs'"
"""The logs without the countries of their addresses; no table of a query has the name."""
_ROWS_AT_ONCE = 10_000
_TYPES = {FieldType.LONG: "BIGINT", FieldType.DOUBLE: "DOUBLE"}
_UNKNOWN = re.compile(r'(?:Referenced column|column named|alias) "?[cknu]_((?:[0-9a-f]{2})+)')
PREPARATION = ("SET integer_division = true", *MACROS)


def run(database: Any, files: Sequence[LogFile], ask: Ask) -> Table:
    """Answer the SQL of a question over the logs that its search finds.

    Raises:
        SqlInvalid: the SQL is refused, here or by DuckDB.
        TooMuchMemory: the result is longer than MOST_BYTES.
        EngineFailed: a file is no Parquet file.
    """
    translated = translate(ask.query.sql or "", ask.index, ask.logstore)
    parts = parts_of(files, ask.query.search, ask.window)
    fields, written = sql_fields(ask.index), written_columns(ask.index)
    places = translated.places
    _make_view(database, _PLAIN if places else LOGS, parts, ask.window, fields, written)
    if places:
        give_countries(database, _view(_PLAIN), _view(LOGS), places)
    table = _answered(database, translated, parts)
    take_back(database, places)
    return with_all_steps(table, DuckSteps(database), translated.series, ask.window)


def run_stores(database: Any, sources: Sequence[Source], sql: str) -> Table:
    """Answer SQL over several logstores; raises as `run`."""
    every = merged(source.index for source in sources)
    stores = {source.name: source.index for source in sources}
    translated = translate(sql, every, stores=stores)
    written, all_parts = written_columns(every), []
    for source in sources:
        own = {field.name for field in sql_fields(source.index)}
        fields = [field for field in every.keys if field.name in own]
        parts = parts_of(source.files, Everything(), source.window)
        _make_view(database, source.name, parts, source.window, fields, written)
        all_parts += parts
    return _answered(database, translated, all_parts)


def _answered(database: Any, translated: Translated, parts: list[Part]) -> Table:
    database.execute(translated.sql)
    described = [(name, str(kind)) for name, kind, *_ in database.description]
    return Table(
        names=translated.results
        or tuple(original_name(name, translated.names) for name, _ in described),
        types=tuple(presto_type(kind) for _, kind in described),
        rows=tuple(bounded(_rows(database))),
        rows_read=sum(file.rows for part in parts for file in part.files),
        limit=translated.limit,
    )


def _make_view(  # noqa: PLR0917  # the parts of one statement
    database: Any,
    name: str,
    parts: list[Part],
    window: Window,
    fields: list[Field],
    written: Mapping[str, str],
) -> None:
    """Make the view of some logs, with one column for each key that SQL may use."""
    for part in parts:
        for file in part.files:
            check_file(file.path)
    selects = [
        "SELECT "
        + ", ".join(f'{value} AS "{written[key]}"' for key, value in _values(part, fields))
        + f" FROM {source_of(part)} WHERE {part.where(window, WRITER)}"
        for part in parts
    ]
    if not selects:
        kinds = {TIME: "BIGINT"} | {field.name: _kind(field) for field in fields}
        nothing = (
            f'CAST(NULL AS {kinds.get(key, "VARCHAR")}) AS "{written[key]}"'
            for key in (TIME, TOPIC, SOURCE, *(field.name for field in fields))
        )
        selects = ["SELECT " + ", ".join(nothing) + " WHERE false"]
    view = f'CREATE OR REPLACE TEMP VIEW "{_view(name)}" AS ' + " UNION ALL ".join(selects)
    database.execute(view)


def _view(name: str) -> str:
    return "t_" + hexed(name)


def _kind(field: Field) -> str:
    return _TYPES.get(field.type, "VARCHAR")


def _values(part: Part, fields: list[Field]) -> Iterator[tuple[str, str]]:
    """Yield each column of the view with its value in files of one index."""
    yield from {TIME: "_time", TOPIC: "_topic", SOURCE: "_source"}.items()
    for field in fields:
        stored = part.index.field(field.name)
        if stored is None or stored.scoped or not stored.doc_value:
            yield field.name, f"CAST(NULL AS {_kind(field)})"
        elif stored.type is field.type:
            yield field.name, f'"{value_column(stored)}"'
        else:
            yield field.name, f'TRY_CAST("{value_column(stored)}" AS {_kind(field)})'


def plain_reason(text: str) -> str:
    """Turn an error of DuckDB into words about the query, with the query's names."""
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        name = bytes.fromhex(unknown[1]).decode("utf-8", "replace")
        return f"Column '{name}' cannot be resolved; please add the column in the index attribute"
    return original_text(text.partition("\n")[0])


def _rows(database: Any) -> Iterator[tuple[str, ...]]:
    for rows in iter(partial(database.fetchmany, _ROWS_AT_ONCE), []):
        for row in rows:
            yield tuple(map(value_text, row))


_NAMES = {
    "HUGEINT": "bigint",
    "UBIGINT": "bigint",
    "UINTEGER": "bigint",
    "UHUGEINT": "bigint",
    "FLOAT": "real",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "BLOB": "varbinary",
}
_MAP = re.compile(r"MAP\((\w+), (.*)\)")


def presto_type(name: str) -> str:
    """Name a type of DuckDB as Presto does."""
    if name.endswith("[]"):
        return f"array({presto_type(name.removesuffix('[]'))})"
    found = _MAP.fullmatch(name)
    if found is not None:
        return f"map({presto_type(found[1])}, {presto_type(found[2])})"
    return _NAMES.get(name, name.lower())
