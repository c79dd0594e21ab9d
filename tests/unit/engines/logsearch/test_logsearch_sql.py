"""SQL over logs: the corpus, what is refused with which words, and how values are printed."""

import json
import re

import duckdb
import pytest
from tests.logsearch_corpus import HOURS, SEARCHES, START, Seen, corpus_index
from tests.logsearch_sql_corpus import SQL

from juyong.engines.logsearch import (
    Log,
    SqlInvalid,
    UnsupportedFunction,
    duck_places,
    parse,
    parse_index,
)
from juyong.engines.logsearch.child import Answerer
from juyong.engines.logsearch.columns import write_file
from juyong.engines.logsearch.messages import Ask, packed_files
from juyong.engines.logsearch.port import Window
from juyong.engines.logsearch.sql_front import translate
from juyong.engines.logsearch.sql_functions import FUNCTIONS, PREPARATION, REASONS
from juyong.engines.logsearch.sql_results import java_double

ALL_TIME = Window(START, START + HOURS * 3600)


def test_the_corpora_are_large_enough():
    assert len(SQL) >= 40
    assert len(SQL) + len(SEARCHES) >= 90


@pytest.mark.parametrize("text", SQL)
def test_sql_answers_what_plain_python_answers(text, engine, files, logs, index):
    table = engine.sql(files, parse(text), ALL_TIME, index)
    assert list(table.rows) == SQL[text]([Seen(log) for log in logs])
    assert len(table.names) == len(table.types) == len(table.rows[0] if table.rows else table.names)


@pytest.fixture(scope="module")
def ask(engine, files, index):
    def asked(sql, logstore=""):
        return engine.sql(files, parse(f"* | {sql}"), ALL_TIME, index, logstore=logstore)

    def engine_functions():
        database = duckdb.connect()
        for statement in PREPARATION:
            database.execute(statement)
        return [
            n
            for (n,) in database.execute("SELECT function_name FROM duckdb_functions()").fetchall()
        ]

    asked.engine_functions = engine_functions
    return asked


EXPRESSIONS = {
    "5 / 2": "2",
    "-5 / 2": "-2",
    "5 / 2.0": "2.5",
    "1.0 * 5 / 2": "2.5",
    "cast(1 as double) / 4": "0.25",
    "5 % 3": "2",
    "cast(2.5 as bigint)": "3",
    "cast('3' as bigint)": "3",
    "try_cast('x' as bigint)": "null",
    "try(1 / 0)": "null",
    "1 = 1": "true",
    "cast(60 as double)": "60.0",
    "cast(1e10 as double)": "1.0E10",
    "'it''s \\ \"q\" -- /* '": 'it\'s \\ "q" -- /* ',
    "concat('a', null)": "null",
    "greatest(1, null)": "null",
    "least(3, 2)": "2",
    "coalesce(null, 'x')": "x",
    "if(1 > 2, 'a', 'b')": "b",
    "nullif('a', 'a')": "null",
    "'A' || 'b'": "Ab",
    "substr('hello', 2, 3)": "ell",
    "substring('hello' from 2 for 3)": "ell",
    "position('l' in 'hello')": "3",
    "strpos('hello', 'x')": "0",
    "split('a,b', ',')[1]": "a",
    "split_part('a,b', ',', 3)": "null",
    "split_to_map('a=1&b=2=3', '&', '=')": '{"a":"1","b":"2=3"}',
    "replace('aXbX', 'X')": "ab",
    "lpad('7', 3, '0')": "007",
    "regexp_extract('abc', 'x')": "null",
    "regexp_extract('k=v', '(.)=(.)', 2)": "v",
    "regexp_extract_all('a1b2', '[0-9]')": '["1","2"]',
    "regexp_replace('a1b2', '([a-z])([0-9])', '$2$1')": "1a2b",
    "regexp_replace('a1b2', '[0-9]')": "ab",
    "regexp_like('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '(a+)+$')": "false",
    "json_extract_scalar('{\"a\":null}', '$.a')": "null",
    "json_extract_scalar('bad', '$.a')": "null",
    "json_extract('{\"a\":{\"b\":[1]}}', '$.a')": '{"b":[1]}',
    "json_array_length('[1,2]')": "2",
    "json_array_length('{}')": "null",
    "json_array_get('[1,\"x\"]', 1)": '"x"',
    "json_array_contains('[1,2]', 2)": "true",
    "json_size('{\"a\":{\"b\":1}}', '$.a')": "1",
    "json_format(json_parse('[1]'))": "[1]",
    "url_extract_host('https://u:p@a.b:8080/x?q#f')": "a.b",
    "url_extract_path('https://a.b')": "",
    "url_extract_port('https://a.b:8080/')": "8080",
    "url_extract_query('https://a.b/?k=v#f')": "k=v",
    "url_extract_fragment('https://a.b/#f')": "f",
    "url_extract_protocol('https://a.b')": "https",
    "url_extract_parameter('https://a.b/?k=v%20w&z=1', 'k')": "v w",
    "url_extract_parameter('https://a.b/?k=v', 'z')": "null",
    "url_decode('a%2Fb')": "a/b",
    "ip_to_domain('192.168.1.1')": "intranet",
    "ip_to_domain('172.32.0.1')": "internet",
    "ip_to_domain('172.31.255.255')": "intranet",
    "ip_to_domain('300.1.1.1')": "invalid",
    "ip_to_domain('x')": "invalid",
    "ip_prefix('10.1.2.3', 16)": "10.1.0.0/16",
    "ip_prefix('x', 16)": "null",
    "ip_subnet_min('10.1.2.3/24')": "10.1.2.0",
    "ip_subnet_max('10.1.2.3/24')": "10.1.2.255",
    "ip_subnet_range('10.1.2.3/31')": '["10.1.2.2","10.1.2.3"]',
    "is_subnet_of('10.0.0.0/8', '10.255.255.255')": "true",
    "is_subnet_of('10.0.0.0/8', '11.0.0.0')": "false",
    "is_subnet_of('0.0.0.0/0', '1.2.3.4')": "true",
    "is_subnet_of('10.0.0.0/33', '10.0.0.1')": "null",
    "is_prefix_subnet_of('10.0.0.0/8', '10.2.0.0/16')": "true",
    "from_unixtime(0)": "1970-01-01 08:00:00.000",
    "from_unixtime(0, 'UTC')": "1970-01-01 00:00:00.000",
    "to_unixtime(from_unixtime(5))": "5.0",
    "date_format(0, '%y-%c-%e %k:%i')": "70-1-1 8:00",
    "date_parse('2020-02-03', '%Y-%m-%d')": "2020-02-03 00:00:00.000",
    "date_trunc('month', timestamp '2020-02-03 04:05:06')": "2020-02-01 00:00:00.000",
    "date_add('quarter', 1, timestamp '2020-01-31 00:00:00')": "2020-04-30 00:00:00.000",
    "date_add('hour', -2, from_unixtime(7200))": "1970-01-01 08:00:00.000",
    "date_diff('hour', timestamp '2020-01-01 00:59:00', timestamp '2020-01-01 01:01:00')": "0",
    "date(from_unixtime(0))": "1970-01-01",
    "timestamp '2020-01-01 00:00:00' + interval '1' day": "2020-01-02 00:00:00.000",
    "extract(hour from from_unixtime(0))": "8",
    "day_of_week(timestamp '2020-01-05 00:00:00')": "7",
    "current_timezone()": "Asia/Shanghai",
    "cardinality(array[1, 2])": "2",
    "transform(array[1, 2], x -> x + 1)": "[2,3]",
    "filter(array[1, 2], x -> x > 1)": "[2]",
    "any_match(array[1, 2], x -> x = 2)": "true",
    "all_match(array[1, 2], x -> x = 2)": "false",
    "contains(array['a'], 'a')": "true",
    "element_at(array['a', 'b'], 2)": "b",
    "slice(array[1, 2, 3], 2, 2)": "[2,3]",
    "sequence(1, 3)": "[1,2,3]",
    "array_position(array[5], 6)": "0",
    "array_join(array_distinct(array['a', 'a']), '-')": "a",
    "bitwise_and(6, 3)": "2",
    "round(2.345, 2)": "2.35",
    "mod(7, 4)": "3",
    "null": "null",
}


@pytest.fixture(scope="module")
def values(ask):
    """The values of all expressions, a few dozen a query: a query costs more than a value."""
    found = {}
    names = list(EXPRESSIONS)
    for start in range(0, len(names), 30):
        some = names[start : start + 30]
        columns = ", ".join(f"{text} AS x{at}" for at, text in enumerate(some))
        found |= dict(zip(some, ask(f"SELECT {columns} LIMIT 1").rows[0], strict=True))
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_has_the_value_that_presto_gives(values, expression):
    assert values[expression] == EXPRESSIONS[expression]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "SELECT nosuch",
            r"Column 'nosuch' cannot be resolved; please add the column in the index",
        ),
        ("SELECT secret", r"Column 'secret' cannot be resolved"),
        ("SELECT a.b.c", r"Column 'a.b.c' cannot be resolved"),
        ("SELECT ACTION", "Column 'ACTION' is ambiguous"),
        ("SELECT 1;", "`;`"),
        ("SELECT 1; SELECT 2", "`;`"),
        ("SELECT", "without selection list"),
        ("SELECT (((", "line 1"),
        ("SELECT 'a", "cannot be read|line 1"),
        ("SELECT * FROM other", "Table 'other' does not exist"),
        ("SELECT * FROM read_csv('/etc/passwd')", "cannot be a table"),
        ("SELECT * FROM '/etc/passwd'", "cannot be a table|does not exist|line 1"),
        ("SELECT * FROM information_schema.tables", "`DB` is not supported"),
        ("SELECT * FROM log TABLESAMPLE BERNOULLI (10)", "is not supported"),
        ("SELECT host INTO x FROM log", "is not supported"),
        ("SELECT host FROM log FOR UPDATE", "is not supported"),
        ("WITH log AS (SELECT 1) SELECT * FROM log", "name of the logs"),
        ("WITH RECURSIVE t AS (SELECT 1) SELECT * FROM t", "`RECURSIVE` is not supported"),
        ("SELECT ?", "is not supported"),
        ("SELECT cast(1 AS uuid)", "the type `UUID` is not supported"),
        ("SELECT host LIMIT 1000001", "at most 1000000"),
        ("SELECT host LIMIT ALL", "whole numbers|line 1"),
        ("SELECT 1 / 0", "[Dd]ivision by zero"),
        ("SELECT message WHERE regexp_like(message, '(')", "missing \\)"),
        ("SELECT cast(host AS bigint) WHERE host IS NOT NULL", "Conver|convert|Cannot parse"),
        ("SELECT sum(DISTINCT host, uri)", "takes 1 arguments"),
        ("SELECT lower(*)", "is no aggregate"),
        ("SELECT lower()", "`lower` takes 1 arguments, not 0"),
        ("SELECT row_number()", "needs OVER"),
        ("SELECT date_trunc('fortnight', __time__)", "no unit `fortnight`"),
        ("SELECT date_trunc(host, __time__)", "constant text"),
        ("SELECT date_format(__time__, '%Q')", "knows no `%Q`"),
        ("SELECT host, count(*)", "GROUP BY"),
        ("SELECT " + "(" * 2000 + "1" + ")" * 2000, "too deeply|too long"),
        ("SELECT " + "1+" * 5000 + "1", "too deeply|too long"),
        ("SELECT " + "greatest(host, " * 40 + "host" + ")" * 40, "written out"),
        ("SELECT " + "ip_to_domain(" * 12 + "host" + ")" * 12, "written out"),
        ("SELECT host" + "[1]" * 4000, "brackets"),
        ("SELECT count(SELECT 1)", "parentheses of its own"),
        ("SELECT host FROM log EXCEPT host", "SELECT is missing|line 1"),
        ("WITH t AS (host) SELECT 1 FROM t", "SELECT is missing|line 1"),
    ],
)
def test_sql_is_refused(ask, sql, words):
    with pytest.raises(SqlInvalid, match=words) as refused:
        ask(sql)
    assert refused.value.code == "ParameterInvalid"
    assert "parquet" not in str(refused.value)
    assert "k_" not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        *("getenv", "read_text", "read_parquet", "glob", "pg_sleep", "current_setting", "query"),
        *("foo", "json_or_null", "ip4", "duckdb_settings", *REASONS),
    ],
)
def test_a_function_that_is_not_in_the_table_is_named(name):
    with pytest.raises(UnsupportedFunction, match=f"function `{name}` is not supported"):
        translate(f"SELECT {name}(host)", corpus_index())
    with pytest.raises(UnsupportedFunction, match=f"function `{name}` is not supported"):
        translate(f'SELECT "{name.upper()}"(host) = 1', corpus_index())


def test_every_function_of_the_table_is_known_to_the_engine(ask):
    """A function that DuckDB did not know would be refused as unknown before its arguments are."""
    names = {name.lower() for name in ask.engine_functions()}
    for function in FUNCTIONS.values():
        called = {name for name in _CALLED.findall(function.template) if name not in _SYNTAX}
        assert called <= names, function.name


_CALLED = re.compile(r"\b([a-z_0-9]+)\(")
_SYNTAX = {"try", "coalesce", "nullif"}


def test_a_map_keeps_one_value_of_each_key(ask):
    found = ask(
        "SELECT map_agg(k, v) AS m FROM ((SELECT 'a' AS k, 1 AS v FROM log LIMIT 1) UNION ALL "
        "(SELECT 'b', 2 FROM log LIMIT 3) UNION ALL (SELECT NULL, 3 FROM log LIMIT 1))"
    )
    assert sorted(json.loads(found.rows[0][0]).items()) == [("a", 1), ("b", 2)]
    assert found.types == ("map(varchar, integer)",)
    # ClickHouse has no map that is NULL.
    assert ask("SELECT map_agg(host, status) WHERE false").rows[0][0] in {"null", "{}"}
    (counted,) = ask(
        "SELECT cardinality(map_keys(map_agg(host, status))), count(DISTINCT host)"
    ).rows
    assert counted[0] == counted[1] != "0"


@pytest.fixture(scope="module")
def series(engine, tmp_path_factory):
    """Ask for steps of ten minutes of an hour that begins at a full one; logs are in 0, 2 and 4."""
    start = 1_700_002_800
    index = parse_index({"keys": {"n": {"type": "long", "doc_value": True}}})
    logs = [
        Log(time=start + 600 * step + more, contents=(("n", str(step)),), sequence=10 * step + more)
        for step, more in ((0, 0), (2, 1), (2, 599), (4, 5))
    ]
    file = write_file(logs, index, tmp_path_factory.mktemp("series") / "1")

    def asked(sql):
        window = Window(start, start + 3600)
        return engine.sql([file], parse(f"* | {sql}"), window, index).rows

    return asked


@pytest.mark.parametrize(
    ("padding", "filled"),
    [
        ("0", ["1", "0", "2", "0", "1", "0"]),
        ("null", ["1", "null", "2", "null", "1", "null"]),
        ("last", ["1", "1", "2", "2", "1", "1"]),
        ("next", ["1", "2", "2", "1", "1", "null"]),
        ("avg", ["1", "1.5", "2", "1.5", "1", "null"]),
    ],
)
def test_a_series_has_all_steps(series, padding, filled):
    form = f"time_series(__time__, '10m', '%H:%i', '{padding}')"
    rows = series(f"SELECT {form} AS t, count(*) AS c GROUP BY t ORDER BY t")
    times = ("07:00", "07:10", "07:20", "07:30", "07:40", "07:50")
    assert rows == tuple(zip(times, filled, strict=True))


def test_a_series_follows_its_order_and_limit(series):
    form = "time_series(__time__, '10m', '%H:%i', '0')"
    down = series(f"SELECT count(*) AS c, {form} AS t GROUP BY t ORDER BY t DESC LIMIT 3")
    assert down == (("0", "07:50"), ("1", "07:40"), ("0", "07:30"))
    mean = series(f"SELECT {form}, avg(n) AS m GROUP BY 1 LIMIT 2")
    assert mean == (("07:00", "0.0"), ("07:10", "0.0"))
    none = series(f"SELECT {form} AS t, max(n) AS m WHERE n > 9 GROUP BY t LIMIT 1")
    assert none == (("07:00", "0"),)
    day = "time_series(__time__, '1d', '%Y-%m-%d %H:%i', '0')"
    assert series(f"SELECT {day} AS t, count(*) AS c GROUP BY t") == (("2023-11-15 00:00", "4"),)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT {0} AS t, n, count(*) GROUP BY t, n", "groups by it alone"),
        ("SELECT {0} AS t", "groups by it alone"),
        ("SELECT t FROM (SELECT {0} AS t FROM log GROUP BY t)", "groups by it alone"),
        ("SELECT {0} AS t, {0} AS u GROUP BY t", "once"),
        ("SELECT {0} AS t, count(*) AS c GROUP BY t ORDER BY c", "order of its time"),
        ("SELECT {0} AS t, count(*) AS c GROUP BY t LIMIT 1, 2", "OFFSET"),
        ("SELECT time_series(__time__, '5y', '%H', '0') AS t GROUP BY t", "'5m'"),
        ("SELECT time_series(__time__, '5m', '%Q', '0') AS t GROUP BY t", "%Q"),
        ("SELECT time_series(__time__, '5m', '%H', 'x') AS t GROUP BY t", "`x`"),
        ("SELECT time_series(n / 2.0, '5m', '%H', '0') AS t GROUP BY t", "number of seconds"),
    ],
)
def test_a_series_that_can_not_be_filled_is_refused(series, sql, words):
    with pytest.raises(SqlInvalid, match=words):
        series(sql.format("time_series(__time__, '10m', '%H:%i', '0')"))


def test_a_series_is_bounded(ask):
    with pytest.raises(SqlInvalid, match="10000 steps"):
        ask("SELECT time_series(__time__, '1s', '%s', '0') AS t GROUP BY t")


def test_names_of_a_result_are_those_of_the_query(ask):
    table = ask('SELECT HOST, source_ip, count(*), count(*) AS "Total N" GROUP BY 1, 2')
    assert table.names == ("host", "source_ip", "_col2", "Total N")
    assert table.types == ("varchar", "varchar", "bigint", "bigint")
    assert ask("SELECT * FROM (SELECT host AS Äö FROM log) LIMIT 1").names == ("Äö",)
    assert ask("SELECT * LIMIT 1").names[:3] == ("__time__", "__topic__", "__source__")


def test_the_logs_go_by_two_names(ask):
    assert ask("SELECT count(*) FROM Store", "store").rows == ask("SELECT count(*) FROM LOG").rows


def test_a_hundred_rows_come_where_no_limit_is_named(ask):
    table = ask("SELECT message")
    assert (len(table.rows), table.limit, table.rows_read) == (100, 100, 900)
    assert len(ask("SELECT message LIMIT 500").rows) == 500
    assert len(ask("SELECT * FROM (SELECT message FROM log LIMIT 3)").rows) == 3


def test_no_log_has_columns_too(engine, index):
    query = parse("* | SELECT count(*), max(status), max(host)")
    assert engine.sql([], query, ALL_TIME, index).rows == (("0", "null", "null"),)


def test_sql_sees_logs_of_an_older_index(engine, tmp_path):
    old = parse_index({"keys": {"code": {"type": "text", "token": [], "doc_value": True}}})
    new = parse_index({"keys": {k: {"type": "long", "doc_value": True} for k in ("code", "b")}})
    logs = [Log(time=START + t, contents=(("code", "200"), ("b", "1")), sequence=t) for t in (1, 2)]
    files = [write_file(logs[:1], old, tmp_path / "1"), write_file(logs[1:], new, tmp_path / "2")]
    table = engine.sql(files, parse("* | SELECT sum(code), sum(b)"), ALL_TIME, new)
    assert table.rows == (("400", "1"),)


def test_a_text_is_cut_for_sql(engine, tmp_path):
    keys = {"a": {"type": "text", "token": [], "doc_value": True}}
    index = parse_index({"keys": keys, "max_text_len": 64})
    files = [write_file([Log(time=START, contents=(("a", "x" * 100),))], index, tmp_path / "1")]
    assert engine.sql(files, parse("* | SELECT length(a)"), ALL_TIME, index).rows == (("64",),)


COUNTRIES = {
    "ip_to_country_code('8.8.8.8')": "US",
    "ip_to_country_code('2001:4860:4860::8888')": "US",
    "ip_to_country_code('10.1.2.3')": "null",
    "ip_to_country_code('x')": "null",
    "coalesce(ip_to_country_code('223.5.5.5'), 'none')": "CN",
}
"""DuckDB alone is asked: on ClickHouse the function is refused."""


@pytest.mark.parametrize("expression", COUNTRIES)
def test_the_country_of_a_text(duck, files, index, expression):
    query = parse(f"* | SELECT {expression} AS x LIMIT 1")
    assert duck.sql(files, query, ALL_TIME, index).rows == ((COUNTRIES[expression],),)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT ip_to_country_code(lower(host))", "takes a key"),
        ("SELECT ip_to_country_code(status)", "takes a key"),
        ("SELECT ip_to_country_code()", "takes 1 arguments"),
        ("SELECT *, ip_to_country_code(a.host) FROM log a JOIN log b ON a.host = b.host", "join"),
        (
            "SELECT ip_to_country_code(host) FROM (SELECT host FROM log) x",
            "Column 'host' cannot be resolved",
        ),
    ],
)
def test_the_country_of_what_is_no_key_is_refused(duck, files, index, sql, words):
    with pytest.raises(SqlInvalid, match=words):
        duck.sql(files, parse(f"* | {sql}"), ALL_TIME, index)


def test_the_country_of_a_key_is_looked_up_once_for_each_address(duck, tmp_path, monkeypatch):
    keys = ("ip", "peer")
    text = {"type": "text", "token": [], "doc_value": True}
    index = parse_index({"line": {"token": [" "]}, "keys": dict.fromkeys(keys, text)})
    pairs = [("8.8.8.8", "223.5.5.5"), ("8.8.8.8", "10.0.0.1"), ("223.5.5.5", "x"), ("", "::1")]
    logs = [
        Log(time=START + n, source="8.8.4.4", contents=tuple(zip(keys, pair, strict=True)))
        for n, pair in enumerate(pairs)
    ]
    files = [write_file(logs, index, tmp_path / "1")]

    def rows(sql):
        return duck.sql(files, parse(f"* | {sql}"), ALL_TIME, index).rows

    by_country = (
        "SELECT ip_to_country_code(ip) AS c, count(*) AS n, count(ip_to_country_code(peer)) AS p "
        "GROUP BY c ORDER BY n DESC, c"
    )
    for _ in range(2):
        assert rows(by_country) == (("US", "2", "1"), ("CN", "1", "0"), ("null", "1", "0"))
    assert rows("SELECT ip WHERE ip_to_country_code(peer) = 'CN'") == (("8.8.8.8",),)
    assert rows("SELECT max(ip_to_country_code(__source__))") == (("US",),)
    assert rows("SELECT ip_to_country_code(l.ip) AS c FROM log l WHERE l.peer = 'x'") == (("CN",),)
    assert rows("SELECT * WHERE ip_to_country_code(ip) = 'CN'")[0][-2:] == ("223.5.5.5", "x")
    none = duck.sql([], parse(f"* | {by_country}"), ALL_TIME, index).rows
    assert none == ()
    monkeypatch.setattr(duck_places, "MOST_ADDRESSES", 1)
    answerer = Answerer(256, 1, "UTC")
    indexes, packed = packed_files(files)
    ask = Ask(
        kind="sql",
        query=parse(f"* | {by_country}"),
        window=ALL_TIME,
        index=index,
        seconds=20.0,
        indexes=indexes,
        files=packed,
    )
    assert answerer.answer(ask).refusal.name == "TooMuchMemory"


def test_no_row_stays_behind_the_question_about_countries(files, index):
    answerer = Answerer(256, 1, "UTC")
    indexes, packed = packed_files(files)
    ask = Ask(
        kind="sql",
        query=parse("* | SELECT ip_to_country_code(src_ip) AS c, count(*) AS n GROUP BY c"),
        window=ALL_TIME,
        index=index,
        seconds=20.0,
        indexes=indexes,
        files=packed,
    )
    assert answerer.answer(ask).table is not None
    database = answerer._held[1]
    assert database.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]


def test_countries_are_of_one_logstore(index):
    with pytest.raises(SqlInvalid, match="one logstore"):
        translate("SELECT ip_to_country_code(src_ip) FROM a", index, stores={"a": index})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (60.0, "60.0"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-12345678.5, "-1.23456785E7"),
        (1e-5, "1.0E-5"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_a_double_is_printed_as_java_does(value, text):
    assert java_double(value) == text
