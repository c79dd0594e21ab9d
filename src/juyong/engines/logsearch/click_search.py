"""The questions of a search, asked of ClickHouse, whose server reads the files itself.

SECURITY: a statement names the files of its question and no others; its texts are parameters, its
names hex. The server reads files below one folder only, which its operator sets.

Source: ClickHouse reference, file table function, Settings (documented).
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from juyong.engines.logsearch import click_answers
from juyong.engines.logsearch.click_values import Parameters
from juyong.engines.logsearch.columns import (
    FETCHED,
    LogFile,
    hexed,
    log_of,
    number_column,
    value_column,
    words_column,
)
from juyong.engines.logsearch.errors import EngineFailed
from juyong.engines.logsearch.index import BUILT_IN, NUMERIC, FieldType, IndexConfig
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.parts import Part
from juyong.engines.logsearch.port import Window
from juyong.engines.logsearch.searching import Hit

_SPECIAL = re.compile(r"[{}*?\[\],|\\]|\.\.")
_ARROW: Final = {FieldType.LONG: "Nullable(Int64)", FieldType.DOUBLE: "Nullable(Float64)"}
_BUILT_IN: Final = tuple(field.name for field in BUILT_IN)
_FIXED: Final = {
    "_seq": "Int64",
    "_time": "Int64",
    "_ns": "Nullable(Int32)",
    "_topic": "String",
    "_source": "String",
    **dict.fromkeys(("_tag_keys", "_tag_values", "_keys", "_values"), "Array(String)"),
    **dict.fromkeys(("_tags", "_line"), "Nullable(String)"),
}
SETTINGS: Final[Mapping[str, str]] = {
    "readonly": "2",
    "cast_keep_nullable": "1",
    "aggregate_functions_null_for_empty": "1",
    "join_use_nulls": "1",
    "union_default_mode": "DISTINCT",
    "except_default_mode": "DISTINCT",
    "intersect_default_mode": "DISTINCT",
    "prefer_column_name_to_alias": "1",
    "least_greatest_legacy_null_behavior": "1",
    "enable_unaligned_array_join": "1",
    "cast_string_to_date_time_mode": "best_effort",
    "output_format_json_quote_64bit_integers": "0",
    "output_format_json_quote_denormals": "1",
    "output_format_json_quote_decimals": "1",
    "output_format_decimal_trailing_zeros": "1",
    "result_overflow_mode": "throw",
    "timeout_overflow_mode": "throw",
}
"""Settings under which ClickHouse means what Presto means; `readonly` 2 lets a statement set
settings and change nothing else."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A question to the server.

    parameters: The texts that the SQL names, such as `{p0:String}`. of_caller: The SQL is a
    caller's, who may be told what is wrong with it.
    """

    sql: str
    parameters: Mapping[str, str]
    of_caller: bool = False


Server = Callable[[Statement], click_answers.Rows]
"""Answers a statement; raises LogSearchError."""


def structure_of(index: IndexConfig) -> str:
    """Write the columns of a file of an index, with their types."""
    columns = _FIXED | {
        f"w_{hexed(name)}": "Nullable(String)" for name in (field.name for field in BUILT_IN)
    }
    for field in index.stored:
        if field.type in NUMERIC:
            columns[number_column(field)] = _ARROW[field.type]
            continue
        columns[words_column(field)] = "Nullable(String)"
        if field.doc_value:
            columns[value_column(field)] = "Nullable(String)"
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def source_of(index: IndexConfig, files: Iterable[LogFile], parameters: Parameters) -> str:
    """Write files of one index as a table.

    Raises:
        EngineFailed: a path has a character that ClickHouse reads as a pattern.
    """
    paths = [file.path for file in files]
    if any(map(_SPECIAL.search, paths)):
        raise EngineFailed("the folder of opened files has a name that ClickHouse cannot read")
    if len(paths) == 1:
        place = paths[0]
    else:
        folder = os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120  # text
        names = ",".join(os.path.relpath(path, folder) for path in paths)
        place = f"{folder}/{{{names}}}"
    return f"file({parameters.text(place)}, 'Parquet', '{structure_of(index)}')"


class ClickScanner:
    """Answers what a search asks; see `searching.Scanner`."""

    def __init__(self, server: Server, files: Sequence[LogFile]) -> None:
        self._server = server
        self._files = {file.path: file for file in files}

    def hits(self, part: Part, window: Window, *, newest_first: bool, most: int) -> list[Hit]:
        """Return the first logs that the search finds."""
        order = "DESC" if newest_first else "ASC"
        said = self._asked(
            part,
            lambda source, where: (
                f"SELECT _time, _seq, _path FROM {source} WHERE {where} "
                f"ORDER BY _time {order}, _seq {order} LIMIT {most}"
            ),
            window,
        )
        return [(time, sequence, path, 0) for time, sequence, path in said]

    def logs(self, hits: Sequence[Hit]) -> Iterator[Log]:
        """Read whole logs, each file once."""
        found: dict[tuple[str, int], Log] = {}
        by_file: dict[str, list[Hit]] = {}
        for hit in hits:
            by_file.setdefault(hit[2], []).append(hit)
        for path, wanted in by_file.items():
            parameters = Parameters()
            file = self._files[path]
            source = source_of(file.index, [file], parameters)
            sequences = ", ".join(str(hit[1]) for hit in wanted)
            times = f"_time >= {min(wanted)[0]} AND _time <= {max(wanted)[0]}"
            columns = ", ".join(FETCHED)
            sql = f"SELECT {columns} FROM {source} WHERE {times} AND _seq IN ({sequences})"
            for row in self._server(Statement(sql=sql, parameters=parameters.values)).rows:
                log = log_of(row)
                found[path, log.sequence] = log
        return (found[path, sequence] for _, sequence, path, _ in hits)

    def counts(self, part: Part, window: Window, interval_s: int) -> Iterable[tuple[int, int]]:
        """Count logs by their step."""
        step = f"intDiv(_time - {window.start_s}, {interval_s})"
        return self._asked(
            part,
            lambda source, where: (
                f"SELECT {step} AS step, count() FROM {source} WHERE {where} GROUP BY step"
            ),
            window,
        )

    def _asked(
        self, part: Part, written: Callable[[str, str], str], window: Window
    ) -> tuple[tuple[Any, ...], ...]:
        parameters = Parameters()
        source = source_of(part.index, part.files, parameters)
        sql = written(source, part.where(window, parameters))
        return self._server(Statement(sql=sql, parameters=parameters.values)).rows
