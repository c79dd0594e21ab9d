"""The engine of a ClickHouse server: its bounds, its refusals, and what its statements hold."""

import re
from pathlib import Path

import pyarrow.parquet
import pytest
from tests.clickhouse import PASSWORD, USER, click_engine
from tests.logsearch_corpus import HOURS, SEARCHES, START
from tests.logsearch_sql_corpus import SQL

from juyong.app.logsearch.choosing import CHILD
from juyong.base.secret import Secret
from juyong.engines.logsearch import (
    EngineFailed,
    Limits,
    SqlInvalid,
    TimedOut,
    TooMuchMemory,
    Window,
    parse,
)
from juyong.engines.logsearch.click_answers import presto_type, refusal_of, rows_of, texts_of
from juyong.engines.logsearch.click_engine import ClickHouse, ClickHouseEngine
from juyong.engines.logsearch.click_search import ClickScanner, source_of, structure_of
from juyong.engines.logsearch.click_sql import kinds_of
from juyong.engines.logsearch.click_text import ClickText
from juyong.engines.logsearch.click_values import Parameters
from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.parts import parts_of
from juyong.engines.logsearch.sql_front import translate

ALL_TIME = Window(START, START + HOURS * 3600)
ENDLESS = "* | SELECT count(*) FROM log a, log b, log c, log d"
HUGE = "* | SELECT array_agg(a.event || b.message || c.uri) FROM log a, log b, log c"


@pytest.fixture
def small(clickhouse):
    engine = click_engine(clickhouse, Limits(processes=1, threads=1, memory_mb=256, seconds=3))
    yield engine
    engine.close()


def test_a_query_that_does_not_end_is_stopped_by_the_server(small, files, index):
    small.limits = Limits(seconds=1)
    with pytest.raises(TimedOut):
        small.sql(files, parse(ENDLESS), ALL_TIME, index)
    assert small.search(files, parse("req-000003"), ALL_TIME, index).logs


def test_a_query_that_needs_too_much_memory_is_refused(small, files, index):
    small.limits = Limits(seconds=20)
    with pytest.raises(TooMuchMemory):
        small.sql(files, parse(HUGE), ALL_TIME, index)
    assert small.search(files, parse("req-000003"), ALL_TIME, index).logs


def test_a_result_that_is_too_long_is_refused(small, files, index):
    small.limits = Limits(seconds=20)
    query = parse("* | SELECT a.event FROM log a, log b WHERE a.event <> '' LIMIT 1000000")
    with pytest.raises(TooMuchMemory):
        small.sql(files, query, ALL_TIME, index)


def test_a_wrong_password_or_a_server_that_is_away_is_no_fault_of_the_caller(
    clickhouse, files, index
):
    for url, user, word in (
        (clickhouse, USER, "wrong"),
        (clickhouse, "other", PASSWORD),
        ("http://127.0.0.1:9", USER, PASSWORD),
        ("http://localhost.invalid:9", USER, PASSWORD),
    ):
        server = ClickHouse(url=url, user=user, password=Secret(word))
        engine = ClickHouseEngine(Limits(processes=1, seconds=5), server, CHILD)
        try:
            with pytest.raises(EngineFailed) as refused:
                engine.search(files, parse("*"), ALL_TIME, index)
        finally:
            engine.close()
        assert word not in str(refused.value)


def test_the_password_shows_nowhere(clickhouse):
    engine = click_engine(clickhouse)
    assert PASSWORD not in repr(ClickHouse(url=clickhouse, password=Secret(PASSWORD)))
    assert PASSWORD not in repr(engine._processes._first)
    assert PASSWORD not in str(engine._processes._command)
    engine.close()


def test_a_file_that_went_is_no_fault_of_the_caller(click, files, index, tmp_path):
    gone = LogFile(
        path=str(tmp_path / "none"), rows=1, first_s=START, last_s=START + 9, index=index
    )
    with pytest.raises(EngineFailed):
        click.search([gone], parse("*"), ALL_TIME, index)
    with pytest.raises(EngineFailed):
        click.sql([gone], parse("* | SELECT count(*)"), ALL_TIME, index)


@pytest.mark.parametrize("name", ["a{b", "a*", "a?b", "a,b", "a..b", "a[b", "a|b"])
def test_a_path_that_is_a_pattern_is_refused(index, name):
    file = LogFile(path=f"/logs/{name}", rows=1, first_s=0, last_s=1, index=index)
    with pytest.raises(EngineFailed, match="folder"):
        source_of(index, [file], Parameters())


def test_files_of_several_folders_are_one_table(click, logs, index, tmp_path):
    from juyong.engines.logsearch.columns import write_file

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    files = [
        write_file(logs[:5], index, tmp_path / "a" / "1"),
        write_file(logs[5:9], index, tmp_path / "b" / "2"),
    ]
    table = click.sql(files, parse("* | SELECT count(*)"), ALL_TIME, index)
    assert table.rows == (("9",),)


def test_the_structure_is_that_of_the_files(files, index):
    written = {field.name: str(field.type) for field in pyarrow.parquet.read_schema(files[0].path)}
    told = dict(each.split(" ", 1) for each in structure_of(index).split(", "))
    assert told.keys() == written.keys()
    names = {
        "Int64": "int64",
        "Nullable(Int64)": "int64",
        "Nullable(Int32)": "int32",
        "Nullable(Float64)": "double",
        "String": "string",
        "Nullable(String)": "string",
    }
    for name, kind in told.items():
        assert written[name] == names.get(kind) or kind == "Array(String)", name


@pytest.mark.parametrize("text", [*SEARCHES, *SQL])
def test_no_text_of_a_caller_stands_in_a_statement(files, index, text):
    """Texts are parameters: what is quoted in a statement is written by us, or hex."""
    statements = []

    def server(statement):
        statements.append(statement)
        return rows_of(b'["a"]\n["Int64"]\n')

    query = parse(text)
    for part in parts_of(files, query.search, ALL_TIME):
        ClickScanner(server, files).counts(part, ALL_TIME, 60)
    written = [statement.sql for statement in statements]
    if query.sql:
        written.append(
            translate(query.sql, index, write=ClickText(kinds_of(index), Parameters())).sql
        )
    given = [each for each in _QUOTED.findall(query.sql or "") if len(each) > 3]
    for sql in written:
        for mine in {*given, "alice", "ConsoleSignin", "union"} - {"hour", "minute", "true"}:
            assert mine not in sql


_QUOTED = re.compile(r"'((?:[^']|'')*)'")


def test_a_value_of_any_type_is_printed():
    body = (
        b'["a","b","c","d","e","f","g","h"]\n'
        b'["Nullable(Float64)","Array(Nullable(Float64))","Map(String, Float64)",'
        b'"Tuple(Int64, String)","DateTime64(6)","DateTime","Decimal(10, 2)","LowCardinality(String)"]\n'
        b'[2,[1,null],{"k":3},[1,"x"],"2020-01-01 00:00:00.123456","2020-01-01 00:00:00","1.50","y"]\n'
        b'["inf",[],{},[0,""],"2020-01-01 00:00:00.000000","2020-01-01 00:00:00","2.00","z"]\n'
    )
    rows = rows_of(body)
    assert list(texts_of(rows)) == [
        (
            "2.0",
            "[1.0,null]",
            '{"k":3.0}',
            '[1,"x"]',
            "2020-01-01 00:00:00.123",
            "2020-01-01 00:00:00.000",
            "1.50",
            "y",
        ),
        (
            "Infinity",
            "[]",
            "{}",
            '[0,""]',
            "2020-01-01 00:00:00.000",
            "2020-01-01 00:00:00.000",
            "2.00",
            "z",
        ),
    ]
    assert [presto_type(each) for each in rows.types] == [
        *("double", "array(double)", "map(varchar, double)", "row(bigint, varchar)", "timestamp"),
        *("timestamp", "decimal(10,2)", "varchar"),
    ]


@pytest.mark.parametrize("body", [b"", b"{", b'["a"]\n', b'["a"]\n["Int64"]\n[1,2]\n', b"5\n6\n"])
def test_an_answer_of_another_form_is_refused(body):
    with pytest.raises(EngineFailed):
        rows_of(body)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Code: 159. DB::Exception: Timeout exceeded: elapsed 1 s", TimedOut, "too long"),
        ("Code: 241. DB::Exception: Query memory limit exceeded", TooMuchMemory, "memory"),
        ("Code: 516. DB::Exception: juyong: Authentication failed", EngineFailed, "516"),
        ("Code: 107. DB::Exception: File /var/x doesn't exist", EngineFailed, "code 107$"),
        ("<html>502 Bad Gateway", EngineFailed, "unknown"),
        (
            (
                "Code: 43. DB::Exception: Illegal types of arguments `k_686f7374`: In scope SELECT x "
                "FROM file('/var/x')"
            ),
            SqlInvalid,
            "^Illegal types of arguments `host`$",
        ),
        (
            "Code: 47. DB::Exception: Unknown expression identifier `u_6162`. In scope SELECT",
            SqlInvalid,
            "^Column 'ab' cannot be resolved",
        ),
    ],
)
def test_an_error_is_told_without_what_it_names(text, kind, words):
    refused = refusal_of(text, of_caller=True)
    assert type(refused) is kind
    assert re.search(words, str(refused))
    assert "/var" not in str(refused)


def test_an_error_in_our_own_statement_is_no_fault_of_the_caller():
    refused = refusal_of("Code: 43. DB::Exception: Illegal types", of_caller=False)
    assert type(refused) is EngineFailed


def test_sql_over_several_logstores(click, duck, files, index):
    from juyong.engines.logsearch.port import Source

    sources = [
        Source(name=name, index=index, files=some, window=ALL_TIME)
        for name, some in (("one", files[:2]), ("two", files[2:]), ("three", []))
    ]
    sql = (
        "SELECT host, count(*) AS n FROM (SELECT host FROM one UNION ALL SELECT host FROM two "
        "UNION ALL SELECT host FROM three) GROUP BY host ORDER BY host"
    )
    assert click.windows(sql, ["one", "two"]) == duck.windows(sql, ["one", "two"])
    assert click.sql_of_stores(sources, sql) == duck.sql_of_stores(sources, sql)


def test_the_folder_of_the_tests_is_no_part_of_an_answer(click, files, index):
    with pytest.raises(SqlInvalid) as refused:
        click.sql(files, parse("* | SELECT host + 1"), ALL_TIME, index)
    assert str(Path(files[0].path).parent) not in str(refused.value)
    assert "file(" not in str(refused.value)
