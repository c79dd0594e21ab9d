"""Answers of a ClickHouse server, and SQL written for one: refused, or read in full."""

from tests.logsearch_corpus import corpus_index
from tests.logsearch_sql_corpus import SQL

from juyong.engines.logsearch import LogSearchError
from juyong.engines.logsearch.click_answers import refusal_of, rows_of, texts_of, types_of
from juyong.engines.logsearch.click_sql import kinds_of
from juyong.engines.logsearch.click_text import ClickText
from juyong.engines.logsearch.click_values import Parameters
from juyong.engines.logsearch.sql_front import translate

SEEDS = [text.partition("|")[2].strip().encode() for text in SQL] + [
    b'["a","b"]\n["Nullable(Float64)","Map(String, Array(Int64))"]\n[2.5,{"k":[1]}]\n',
    b'["a"]\n["Tuple(DateTime64(6), Decimal(10, 2))"]\n[["2020-01-01 00:00:00.000000","1.50"]]\n',
    b'["a"]\n["Nullable"]\n[null]\n',
    b"Code: 43. DB::Exception: Illegal type `k_686f7374`: In scope SELECT",
    b"select try(1 / 0), 'a\\' || host, host like '%x!%' escape '!' from log",
    b"select x from log cross join unnest(split(host, '.')) as t(x) order by x[1]",
]
_INDEX = corpus_index()
_KINDS = kinds_of(_INDEX)


def target(data: bytes) -> None:
    """Read as an answer, as an error and as SQL; texts of SQL become parameters."""
    text = data.decode("utf-8", "replace")
    try:
        rows = rows_of(data)
        assert len(types_of(rows)) == len(rows.names)
        assert len([*texts_of(rows)]) == len(rows.rows)
    except LogSearchError:
        pass
    assert str(refusal_of(text, of_caller=True))
    parameters = Parameters()
    try:
        made = translate(text, _INDEX, write=ClickText(_KINDS, parameters))
    except LogSearchError:
        return
    for name, value in parameters.values.items():
        assert f"{{{name}:String}}" in made.sql
        if len(value) > len("DateTime64(6)"):
            assert value not in made.sql
