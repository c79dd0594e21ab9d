"""SQL by ClickHouse: a view of the logs, the translated query, and its values as text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlglot import exp

from juyong.engines.logsearch import click_answers
from juyong.engines.logsearch.click_casts import AS_TEXT
from juyong.engines.logsearch.click_dates import formatted
from juyong.engines.logsearch.click_functions import INTEGER, REAL, TEMPLATES, TEXT
from juyong.engines.logsearch.click_search import Server, Statement, source_of
from juyong.engines.logsearch.click_text import ClickText
from juyong.engines.logsearch.click_values import Parameters, Write, bind_texts
from juyong.engines.logsearch.columns import (
    LogFile,
    hexed,
    value_column,
)
from juyong.engines.logsearch.index import NUMERIC, Field, FieldType, IndexConfig
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
from juyong.engines.logsearch.sql_results import bounded, check_file, original_name
from juyong.engines.logsearch.sql_series import with_all_steps
from juyong.engines.logsearch.sql_stores import merged

_SQL_TYPES: Final = {FieldType.LONG: "Int64", FieldType.DOUBLE: "Float64"}
_KINDS: Final = {FieldType.LONG: INTEGER, FieldType.DOUBLE: REAL}


def run(server: Server, files: Sequence[LogFile], ask: Ask) -> Table:
    """Answer the SQL of a question over the logs that its search finds.

    Raises:
        SqlInvalid: the SQL is refused, here or by the server.
        TooMuchMemory: the result is longer than MOST_BYTES.
        EngineFailed: a file is no Parquet file.
    """
    parameters = Parameters()
    write = ClickText(kinds_of(ask.index), parameters)
    translated = translate(ask.query.sql or "", ask.index, ask.logstore, write=write)
    parts = parts_of(files, ask.query.search, ask.window)
    fields, written = sql_fields(ask.index), written_columns(ask.index)
    view = _view(LOGS, parts, ask.window, fields, written, parameters)
    table = _answered(server, translated, [view], parts, parameters)
    return with_all_steps(table, ClickSteps(server), translated.series, ask.window)


def run_stores(server: Server, sources: Sequence[Source], sql: str) -> Table:
    """Answer SQL over several logstores; raises as `run`."""
    every = merged(source.index for source in sources)
    stores = {source.name: source.index for source in sources}
    parameters = Parameters()
    write = ClickText(kinds_of(every), parameters)
    translated = translate(sql, every, stores=stores, write=write)
    written, views, all_parts = written_columns(every), [], []
    for source in sources:
        own = {field.name for field in sql_fields(source.index)}
        fields = [field for field in every.keys if field.name in own]
        parts = parts_of(source.files, Everything(), source.window)
        views.append(_view(source.name, parts, source.window, fields, written, parameters))
        all_parts += parts
    return _answered(server, translated, views, all_parts, parameters)


def kinds_of(index: IndexConfig) -> dict[str, str]:
    """Return the kinds of the columns that SQL sees, by the names that are written."""
    types = {field.name: field.type for field in sql_fields(index)}
    kinds = {
        name: _KINDS.get(types.get(key, FieldType.TEXT), TEXT)
        for key, name in written_columns(index).items()
    }
    return kinds | {written_columns(index)[TIME]: INTEGER}


def _answered(
    server: Server,
    translated: Translated,
    views: Sequence[str],
    parts: Sequence[Part],
    parameters: Parameters,
) -> Table:
    own = translated.sql.removeprefix("WITH ")
    joint = ", " if own != translated.sql else " "
    sql = "WITH " + ", ".join(views) + joint + own
    said = server(Statement(sql=sql, parameters=parameters.values, of_caller=True))
    return Table(
        names=translated.results
        or tuple(original_name(name, translated.names) for name in said.names),
        types=click_answers.types_of(said),
        rows=tuple(bounded(click_answers.texts_of(said))),
        rows_read=sum(file.rows for part in parts for file in part.files),
        limit=translated.limit,
    )


def _view(  # noqa: PLR0917  # the parts of one statement
    name: str,
    parts: Sequence[Part],
    window: Window,
    fields: Sequence[Field],
    written: Mapping[str, str],
    parameters: Parameters,
) -> str:
    """Write the logs that a search finds, with one column for each key that SQL may use."""
    for part in parts:
        for file in part.files:
            check_file(file.path)
    selects = [
        "SELECT "
        + ", ".join(f'{value} AS "{written[key]}"' for key, value in _values(part, fields))
        + f" FROM {source_of(part.index, part.files, parameters)}"
        + f" WHERE {part.where(window, parameters)}"
        for part in parts
    ]
    if not selects:
        kinds = {TIME: "Int64"} | {field.name: _kind(field) for field in fields}
        nothing = (
            f"""CAST(NULL, 'Nullable({kinds.get(key, "String")})') AS "{written[key]}\""""
            for key in (TIME, TOPIC, SOURCE, *(field.name for field in fields))
        )
        selects = ["SELECT " + ", ".join(nothing) + " WHERE false"]
    return f'"t_{hexed(name)}" AS (' + " UNION ALL ".join(selects) + ")"


def _kind(field: Field) -> str:
    return _SQL_TYPES.get(field.type, "String")


def _values(part: Part, fields: Sequence[Field]) -> Iterator[tuple[str, str]]:
    """Yield each column of the view with its value in files of one index."""
    yield from {TIME: "_time", TOPIC: "_topic", SOURCE: "_source"}.items()
    for field in fields:
        stored = part.index.field(field.name)
        if stored is None or stored.scoped or not stored.doc_value:
            yield field.name, f"CAST(NULL, 'Nullable({_kind(field)})')"
        elif stored.type is field.type:
            yield field.name, value_column(stored)
        elif field.type in NUMERIC:
            yield field.name, f"accurateCastOrNull({value_column(stored)}, '{_kind(field)}')"
        else:
            yield field.name, AS_TEXT.replace("{0}", value_column(stored))


class ClickSteps:
    """The times of steps by ClickHouse; see `sql_series.Steps`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def begin(self, at: int, step: int) -> int:
        """Return the beginning of the step in which a Unix second is."""
        text = TEMPLATES["time_series"].text.replace("{0}", str(at)).replace("{1}", str(step))
        ((first,),) = self._server(Statement(sql=f"SELECT {text}", parameters={})).rows
        return int(first)

    def texts(self, steps: list[int], form: str) -> list[str]:
        """Write the beginnings of steps."""
        parameters = Parameters()
        at = exp.Anonymous(
            this="toDateTime64", expressions=[exp.column("step"), exp.Literal.number(6)]
        )
        written = formatted(at, form)
        bind_texts(written, parameters)
        numbers = ", ".join(map(str, steps))
        sql = (
            f"SELECT {written.sql(dialect=Write)} FROM "
            f"(SELECT arrayJoin([{numbers}]) AS step) ORDER BY step"
        )
        said = self._server(Statement(sql=sql, parameters=parameters.values))
        return [text for (text,) in said.rows]
