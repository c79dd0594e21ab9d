"""Files of columns: logs of one index as a sorted Parquet file, with a filter of their words.

A file holds, for each log, the reserved fields, its keys and values in their order, and for each
indexed key what searches and SQL ask for:

    _seq _time _ns _topic _source _tag_keys _tag_values _keys _values
    _line        words of all values, see `tokens.packed`
    _tags        words of all tags, behind their names
    w_<hex>      words of a text, or of the leaves of a JSON key that has index_all
    n_<hex>      a number
    v_<hex>      a text for SQL, cut to the length that the index allows

`<hex>` is the name of the key in UTF-8, since DuckDB does not tell `Source` from `source`. A file
is written under another name and renamed when it is on the disk, so that no reader sees half of it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from juyong.engines.logsearch.index import NUMERIC, Field, FieldType, IndexConfig, LineIndex
from juyong.engines.logsearch.json_leaves import first_leaves
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.predicates import LONGEST_VALUE, number_from
from juyong.engines.logsearch.tokens import (
    BEFORE_LEAF,
    RESERVED,
    Tokenizer,
    packed,
    packed_leaf,
)
from juyong.engines.logsearch.word_filter import write_filter

MOST_ROWS: Final = 200_000
"""Rows of a file: enough to compress well, few enough to be skipped as a whole."""
_ROW_GROUP = 50_000
_PLAIN = Tokenizer()
FETCHED: Final = (
    *("_time", "_ns", "_topic", "_source", "_tag_keys", "_tag_values"),
    *("_keys", "_values", "_seq"),
)
"""The columns that a log is made of again."""


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of columns, and what is known of it without opening it.

    first_s, last_s: the least and the greatest time of its logs. index: as it was when the file was
    written; logs are searched as they were indexed.
    """

    path: str
    rows: int
    first_s: int
    last_s: int
    index: IndexConfig


def hexed(name: str) -> str:
    """Return the part of a column's name that stands for a key."""
    return name.encode().hex()


def words_column(field: Field | None) -> str:
    """Name the column in which the words of a field are; None is the line index."""
    if field is None:
        return "_line"
    if field.scoped:
        return "w_" + hexed(field.parent) if field.parent else "_tags"
    return "w_" + hexed(field.name)


def number_column(field: Field) -> str:
    """Name the column of a numeric field."""
    return "n_" + hexed(field.name)


def value_column(field: Field) -> str:
    """Name the column that SQL sees for a field."""
    return number_column(field) if field.type in NUMERIC else "v_" + hexed(field.name)


def write_file(logs: Iterable[Log], index: IndexConfig, path: str | os.PathLike[str]) -> LogFile:
    """Write logs as a file of columns, sorted by time and then by arrival.

    Args:
        logs: At least one log and at most MOST_ROWS; text is free of lone surrogates.
        index: The index of the logstore at their arrival.
        path: The file; `<path>.words` is written with it. Existing ones are replaced.

    Raises:
        ValueError: no log, or too many.
        OSError: the disk refuses; no file has the name then, unless it had it before.

    Cost: about 20 µs a log of ten keys on one core, half of that where values repeat.
    """
    import pyarrow.parquet  # noqa: PLC0415  # slow to import, and most processes write no file

    rows = sorted(logs, key=lambda log: (log.time, log.sequence))
    if not 0 < len(rows) <= MOST_ROWS:
        raise ValueError(f"a file has from 1 to {MOST_ROWS} logs, not {len(rows)}")
    table, words = build_table(rows, index)
    path = Path(path)
    words_at = Path(words_path(str(path)))
    new, new_words = (each.with_name(each.name + ".new") for each in (path, words_at))
    try:
        write_filter(words, str(new_words))
        with new.open("wb") as file:
            pyarrow.parquet.write_table(
                table, file, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP
            )
            file.flush()
            os.fsync(file.fileno())
        # INVARIANT: no file ever stands with the filter of another one; without one it is read.
        words_at.unlink(missing_ok=True)
        new.replace(path)
        new_words.replace(words_at)
    except BaseException:
        new.unlink(missing_ok=True)
        new_words.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return LogFile(
        path=str(path),
        rows=len(rows),
        first_s=rows[0].time,
        last_s=rows[-1].time,
        index=index,
    )


def read_file(path: str) -> Iterator[Log]:
    """Yield the logs of a file of columns, as they were written.

    Raises:
        OSError, ValueError: the file is none.
    """
    import pyarrow.parquet  # noqa: PLC0415  # as above

    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=list(FETCHED)):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield log_of(row)


def log_of(row: tuple[Any, ...]) -> Log:
    """Return the log of a row of the columns FETCHED."""
    time, time_ns, topic, source, tag_keys, tag_values, keys, values, sequence = row
    return Log(
        time=time,
        time_ns=time_ns,
        topic=topic,
        source=source,
        tags=tuple(zip(tag_keys, tag_values, strict=True)),
        contents=tuple(zip(keys, values, strict=True)),
        sequence=sequence,
    )


def words_path(path: str) -> str:
    """Name the filter of a file's words."""
    return path + ".words"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def build_table(rows: list[Log], index: IndexConfig) -> tuple[Any, set[str]]:
    """Turn logs into an Arrow table, in the order they come in; also return all their words."""
    import pyarrow as pa  # noqa: PLC0415  # as above

    seen: set[str] = set()
    text, texts = pa.string(), pa.list_(pa.string())
    columns: dict[str, tuple[list[Any], Any]] = {
        "_seq": ([log.sequence for log in rows], pa.int64()),
        "_time": ([log.time for log in rows], pa.int64()),
        "_ns": ([log.time_ns for log in rows], pa.int32()),
        "_topic": ([log.topic for log in rows], text),
        "_source": ([log.source for log in rows], text),
        "_tag_keys": ([[k for k, _ in log.tags] for log in rows], texts),
        "_tag_values": ([[v for _, v in log.tags] for log in rows], texts),
        "_keys": ([[k for k, _ in log.contents] for log in rows], texts),
        "_values": ([[v for _, v in log.contents] for log in rows], texts),
        "_tags": ([_tags(log, seen) for log in rows], text),
    }
    for name in ("__topic__", "__source__"):
        known = {value: _words(value, _PLAIN, seen) for value in {log.value(name) for log in rows}}
        columns["w_" + hexed(name)] = [known[log.value(name)] for log in rows], text
    if index.line is not None:
        lines: dict[str, str] = {}
        columns["_line"] = [_line(log, index.line, lines, seen) for log in rows], text
    for field, values in _field_values(rows, index):
        for name, column, kind in _columns_of(field, values, index, seen):
            columns[name] = column, _arrow_type(kind)
    made = {name: pa.array(values, type=kind) for name, (values, kind) in columns.items()}
    return pa.table(made), seen


def _arrow_type(kind: FieldType) -> Any:
    import pyarrow as pa  # noqa: PLC0415  # as above

    return {FieldType.LONG: pa.int64(), FieldType.DOUBLE: pa.float64()}.get(kind, pa.string())


_Column = tuple[str, list[Any], FieldType]


def _field_values(rows: list[Log], index: IndexConfig) -> Iterable[tuple[Field, list[str | None]]]:
    """Yield the text of each field in each log; a JSON text is read once for all its leaves."""
    contents = [dict(reversed(log.contents)) for log in rows]
    leaves: dict[str, list[dict[str, str]]] = {}
    for field in index.keys:
        if field.parent:
            if field.parent not in leaves:
                whole = [each.get(field.parent) for each in contents]
                leaves[field.parent] = [first_leaves(t) if t is not None else {} for t in whole]
            yield field, [each.get(field.leaf) for each in leaves[field.parent]]
        elif field.name.startswith("__"):
            yield field, [log.value(field.name) for log in rows]
        else:
            yield field, [each.get(field.name) for each in contents]


def _columns_of(
    field: Field, values: list[str | None], index: IndexConfig, seen: set[str]
) -> Iterable[_Column]:
    if field.type in NUMERIC:
        numbers = [None if text is None else number_from(text, field.type) for text in values]
        yield number_column(field), numbers, field.type
        return
    pack: Callable[[str | None], str | None]
    if field.index_all:
        pack = lambda text: _leaves(text, field, seen)  # noqa: E731  # one of two, called below
    else:
        pack = lambda text: _words(text, field.tokenizer, seen)  # noqa: E731
    known = {text: pack(text) for text in set(values)}
    yield "w_" + hexed(field.name), [known[text] for text in values], FieldType.TEXT
    if field.doc_value:
        most = LONGEST_VALUE if field.type is FieldType.JSON else index.max_text_len
        cut = [text if text is None else text[:most] for text in values]
        yield value_column(field), cut, FieldType.TEXT


def _words(text: str | None, tokenizer: Tokenizer, seen: set[str]) -> str | None:
    """Pack the words of a text; the empty text stays empty."""
    if not text:
        return text
    words = tokenizer.cut(text[:LONGEST_VALUE])
    seen.update(words)
    return packed(words)


def _leaves(text: str | None, field: Field, seen: set[str]) -> str | None:
    if not text:
        return text
    parts = []
    for path, value in first_leaves(text, field.max_depth).items():
        words = field.tokenizer.cut(value[:LONGEST_VALUE])
        seen.update(words)
        parts.append(packed_leaf(path, value, words))
    return "".join(parts) or packed(())


def _line(log: Log, line: LineIndex, known: dict[str, str], seen: set[str]) -> str:
    """Pack the words of all values; `known` keeps values that come again and again."""
    parts = []
    for key, value in log.contents:
        if value and line.covers(key):
            words = known.get(value)
            if words is None:
                words = known[value] = _words(value, line.tokenizer, seen) or ""
            parts.append(words)
    return BEFORE_LEAF.join(parts)


def _tags(log: Log, seen: set[str]) -> str:
    first = dict(reversed(log.tags))
    cut = {name: _PLAIN.cut(value[:LONGEST_VALUE]) for name, value in first.items()}
    for words in cut.values():
        seen.update(words)
    return "".join(
        packed_leaf(name.translate(RESERVED), first[name], words) for name, words in cut.items()
    )
