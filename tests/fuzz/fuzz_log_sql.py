"""The SQL front: SQL that is let through is one statement and reads the logs alone."""

import duckdb
from tests.logsearch_corpus import corpus_index
from tests.logsearch_sql_corpus import SQL

from juyong.engines.logsearch import SqlInvalid
from juyong.engines.logsearch.columns import hexed
from juyong.engines.logsearch.sql_front import LOGS, translate, written_columns
from juyong.engines.logsearch.sql_functions import PREPARATION
from juyong.engines.logsearch.sql_stores import windows

SEEDS = [text.partition("|")[2].strip().encode() for text in SQL] + [
    b"select * from read_csv('/etc/passwd')",
    b"select cast(a as bigint) from (select 1 as a) t",
    b'select "a""b" from log -- x\n',
    b"select getenv('HOME'), $$x$$, ?, :a, @b",
    b"with t as (values (1)) table t",
    b"select time_series(__time__, '5m', '%H:%i', 'avg') as t, count(*) group by t order by t",
    b"select 1 from a join log l on a.x = l.x where l.__time__ > 5 and (3 >= __time__)",
    b"select 1 from a where __time__ between 9 and 3 and not __time__ = 4",
]
_INDEX = corpus_index()
_DATABASE = duckdb.connect()
for _statement in PREPARATION:
    _DATABASE.execute(_statement)
_COLUMNS = ", ".join(
    f'CAST(NULL AS {"BIGINT" if name.startswith("n_") else "VARCHAR"}) AS "{name}"'
    for name in written_columns(_INDEX).values()
)
_DATABASE.execute(f'CREATE VIEW "t_{hexed(LOGS)}" AS SELECT {_COLUMNS}')
_DATABASE.execute("SET enable_external_access = false")


def target(data: bytes) -> None:
    """Translate; what comes out names no other table, whatever DuckDB says of it."""
    text = data.decode("utf-8", "replace")
    try:
        for window in windows(text, ("log", "a")).values():
            assert 0 <= window.start_s <= window.end_s
        made = translate(text, _INDEX)
    except SqlInvalid:
        return
    try:
        assert len(_DATABASE.extract_statements(made.sql)) == 1
        tables = _DATABASE.get_table_names(made.sql)
    except (duckdb.BinderException, duckdb.ParserException):
        return
    assert tables <= {f"t_{hexed(LOGS)}"}, tables
