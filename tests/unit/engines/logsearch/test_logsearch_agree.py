"""DuckDB and ClickHouse answer the same, also for what is NULL; where they differ is a table."""

import pytest
from tests.logsearch_corpus import HOURS, START

from juyong.engines.logsearch import SqlInvalid, UnsupportedFunction, parse
from juyong.engines.logsearch.click_functions import BY_CONSTANTS, REASONS, TEMPLATES
from juyong.engines.logsearch.port import Window
from juyong.engines.logsearch.sql_functions import FUNCTIONS

ALL_TIME = Window(START, START + HOURS * 3600)
VALUES = [
    # Columns that are NULL in two of three logs.
    *("length(uri)", "lower(host)", "upper(host)", "trim(rule)", "ltrim(rule)", "rtrim(rule)"),
    *("reverse(uri)", "substr(uri, 3)", "substr(uri, 2, 4)", "lpad(action, 8, '*')"),
    *(
        "rpad(action, 3, '*')",
        "strpos(uri, 'a')",
        "replace(uri, '/', '-')",
        "host || ':' || action",
    ),
    *("concat(host, ':', action)", "coalesce(rule, 'none')", "nullif(action, 'block')"),
    *(
        "split(host, '.')[1]",
        "split(host, '.')[9]",
        "split_part(uri, '/', 2)",
        "split_part(uri, '/', 9)",
    ),
    *("cardinality(split(uri, '/'))", "array_join(split(host, '.'), '-')", "split(uri, '/')[2]"),
    *(
        "regexp_like(uri, 'id=\\d')",
        "regexp_extract(uri, '(\\w+)=(\\w+)', 2)",
        "regexp_count(uri, 'a')",
    ),
    *(
        "regexp_replace(uri, '([a-z]+)', '<$1>')",
        "array_join(regexp_extract_all(uri, '[a-z]+'), ' ')",
    ),
    *("array_join(regexp_split(uri, '[/?]'), '|')", "starts_with(uri, '/s')", "url_encode(uri)"),
    *("url_extract_path('http://h' || uri)", "url_extract_parameter('http://h' || uri, 'id')"),
    *(
        "url_extract_query('http://h' || uri)",
        "url_decode(uri)",
        "levenshtein_distance(host, action)",
    ),
    *("ip_to_domain(src_ip)", "ip_prefix(src_ip, 16)", "is_subnet_of('198.51.100.0/29', src_ip)"),
    *("ip_subnet_min(src_ip || '/30')", "ip_subnet_max(src_ip || '/30')", "ip_to_domain(host)"),
    *("json_extract_scalar(event, '$.serviceName')", "json_extract(event, '$.userIdentity')"),
    *("json_extract_scalar(event, '$.requestParameters.list[1]')", "json_extract(event, '$.no')"),
    *("json_extract_scalar(event, '$.isGlobal')", "json_size(event, '$.requestParameters')"),
    *("json_array_length(json_extract(event, '$.requestParameters.list'))", "json_parse(rule)"),
    *("json_array_contains(json_extract(event, '$.requestParameters.list'), 'y')",),
    *("json_array_get(json_extract(event, '$.requestParameters.list'), 0)",),
    *(
        "status + 1",
        "status / 7",
        "-status / 7",
        "status % 7",
        "latency / 7",
        "latency * 2",
        "-latency",
    ),
    *("abs(-status)", "abs(latency)", "sign(latency)", "floor(latency)", "ceil(latency)"),
    *(
        "round(latency)",
        "round(latency, 1)",
        "truncate(latency)",
        "sqrt(latency)",
        "power(latency, 2)",
    ),
    *(
        "cast(if(latency < 1e9, latency) as bigint)",
        "cast(status as varchar)",
        "cast(latency as varchar)",
    ),
    *("try_cast(host as bigint)", "try_cast(action as double)", "try(cast(rule as bigint))"),
    *("cast(status as double)", "cast(latency > 1 as varchar)", "cast(bytes as decimal(12, 2))"),
    *("status > 400", "status in (200, 403)", "status between 400 and 500", "action like '%lo%'"),
    *(
        "action like 'b!_ock' escape '!'",
        "uri like '%!%%' escape '!'",
        "uri like '\\%'",
        "not action = 'pass'",
    ),
    *(
        "if(status > 400, 'bad', 'good')",
        "case when status > 400 then status end",
        "status is null",
    ),
    *(
        "greatest(status, 300)",
        "least(latency, 3)",
        "bitwise_and(status, 7)",
        "bitwise_or(status, 7)",
    ),
    *("bitwise_xor(status, 7)", "mod(status, 7)", "ln(latency)", "exp(status / 1000.0)"),
    *("date_trunc('minute', __time__)", "date_trunc('week', __time__)", "year(__time__)"),
    *("date_trunc('day', from_unixtime(__time__))", "date_format(__time__, '%Y-%m-%d %H')"),
    *("date_format(__time__, '%e %c %k %l %h %I %p %M %b %W %a %j %y %%')", "hour(__time__)"),
    *("date_format(__time__, '%r %T %i:%s %v %D %f')", "to_unixtime(from_unixtime(__time__))"),
    *("date_add('month', 1, __time__)", "date_add('day', -1, __time__)", "week(__time__)"),
    *("date_diff('hour', from_unixtime(0), from_unixtime(__time__))", "day_of_week(__time__)"),
    *("from_unixtime(__time__, 'America/New_York')", "cast(from_unixtime(__time__) as date)"),
    *("from_unixtime(__time__) + interval '2' hour", "cast(from_unixtime(__time__) as varchar)"),
    *("day_of_year(__time__)", "quarter(__time__)", "extract(minute from from_unixtime(__time__))"),
    *("substring(uri from 2 for 3)", "position('a' in uri)", "chr(65)"),
    *("transform(split(host, '.'), p -> p || '!')", "filter(split(host, '.'), p -> p <> 'com')"),
    *("any_match(split(host, '.'), p -> p = 'com')", "all_match(split(host, '.'), p -> p = 'com')"),
    *("none_match(split(host, '.'), p -> p = 'com')", "contains(split(host, '.'), 'com')"),
    *("array_position(split(host, '.'), 'com')", "element_at(split(host, '.'), 3)"),
    *(
        "array_max(split(host, '.'))",
        "array_min(split(host, '.'))",
        "slice(split(host, '.'), 1, 2)",
    ),
    *("array_sort(array_distinct(split(uri, '/')))", "flatten(array[array[status], array[1]])"),
    *("split_to_map('a=1&b=2', '&', '=')['b']", "map_keys(split_to_map('a=1', '&', '='))"),
]
AGGREGATES = [
    *(
        "count(*)",
        "count(status)",
        "count(DISTINCT host)",
        "sum(status)",
        "avg(latency)",
        "max(host)",
    ),
    *(
        "min(latency)",
        "max(status) - min(status)",
        "count_if(status = 403)",
        "bool_or(status = 403)",
    ),
    *("bool_and(status < 600)", "stddev(latency)", "variance(status)", "stddev_pop(latency)"),
    *(
        "max_by(status, status)",
        "min_by(latency, latency)",
        "corr(status, latency)",
        "geometric_mean(status)",
    ),
    *(
        "covar_pop(status, latency)",
        "regr_slope(latency, status)",
        "regr_intercept(if(latency < 1e9, latency), status)",
    ),
    *("histogram(action)", "array_join(array_sort(array_agg(DISTINCT host)), ',')"),
    *("count(*) FILTER (WHERE status = 403)", "sum(status) FILTER (WHERE latency > 1)"),
    *("cardinality(array_agg(status))", "approx_distinct(host)"),
    *(
        "sum(status) / count(*)",
        "100 * count_if(status = 403) / greatest(count(*), 1)",
        "1.0 * sum(status) / 7",
    ),
    *("sum(latency) FILTER (WHERE false)", "map_agg(action, 1)", "every(status > 0)"),
]
WHOLE = [
    "SELECT host, n FROM (SELECT host, count(*) AS n FROM log GROUP BY host) WHERE n / 7 > 1 ORDER BY host",
    "SELECT action AS host, count(*) AS c GROUP BY action ORDER BY host LIMIT 3",
    "SELECT lower(host) AS h, sum(status) AS status WHERE status > 0 GROUP BY h ORDER BY h",
    "SELECT host FROM log WHERE status = 500 UNION SELECT host FROM log WHERE status = 404 ORDER BY 1",
    "SELECT host FROM log WHERE status = 500 INTERSECT SELECT host FROM log WHERE status = 404",
    (
        "SELECT a.host, count(*) AS n FROM log a LEFT JOIN (SELECT DISTINCT host FROM log WHERE status = "
        "500) b ON a.host = b.host WHERE a.action = 'block' GROUP BY a.host ORDER BY 1"
    ),
    "SELECT t.x, count(*) AS n FROM log CROSS JOIN unnest(split(uri, '/')) AS t(x) GROUP BY t.x ORDER BY 2 DESC, 1",
    "SELECT x FROM unnest(array[3, 4]) AS t(x) ORDER BY x",
    (
        "SELECT action, rank() OVER (PARTITION BY host ORDER BY status, __time__) AS r, dense_rank() OVER "
        "(ORDER BY host) AS d, ntile(3) OVER (ORDER BY __time__, message, uri) AS n WHERE status > 0 "
        "ORDER BY __time__, message, uri, r LIMIT 50"
    ),
    (
        "SELECT __time__, lag(status) OVER (ORDER BY __time__, uri, message) AS a, lead(status, 2, 0) OVER "
        "(ORDER BY __time__, uri, message) AS b, first_value(host) OVER (ORDER BY __time__, uri, message) AS f, "
        "nth_value(host, 2) OVER (ORDER BY __time__, uri, message) AS n WHERE host IS NOT NULL "
        "ORDER BY __time__, uri, message LIMIT 30"
    ),
    (
        "SELECT host, cume_dist() OVER (ORDER BY host) AS c, percent_rank() OVER (ORDER BY host) AS p FROM "
        "(SELECT DISTINCT host FROM log WHERE host IS NOT NULL) ORDER BY host"
    ),
    "SELECT count(*) AS n FROM log WHERE EXISTS (SELECT 1 FROM log b WHERE b.status = 500)",
    "SELECT host, status, count(*) AS n GROUP BY GROUPING SETS ((host), (status)) ORDER BY 1, 2",
    "SELECT host, count(*) AS n GROUP BY ROLLUP (host) ORDER BY 1",
    "SELECT max(n) FROM (SELECT status / 100 AS n FROM log)",
    "SELECT sum(n) / 7 AS s FROM (SELECT count(*) AS n FROM log GROUP BY host)",
    "SELECT avg(n) / 7 AS s FROM (SELECT count(*) AS n FROM log GROUP BY host)",
    "WITH a AS (SELECT host FROM log), b AS (SELECT host FROM a WHERE host LIKE 's%') SELECT count(*) FROM b",
    "SELECT count(*) AS n WHERE (host, action) IN (('shop.example.com', 'block'))",
]


@pytest.fixture(scope="module")
def both(duck, click, files, index):
    def asked(sql):
        query = parse(f"* | {sql}")
        return [engine.sql(files, query, ALL_TIME, index) for engine in (duck, click)]

    return asked


def close(one, other):
    """Whether values are equal, sums of doubles up to their last digits."""
    if one == other:
        return True
    try:
        return float(one) == pytest.approx(float(other), rel=1e-9)
    except ValueError:
        return False


def rows_of(table, like_null):
    """The rows in order; values like NULL become NULL."""
    return sorted(
        tuple("null" if value in like_null else value for value in row) for row in table.rows
    )


def assert_same(tables, like_null=()):
    one, other = (rows_of(table, like_null) for table in tables)
    assert tables[0].names == tables[1].names
    assert len(one) == len(other)
    for pair in zip(one, other, strict=True):
        assert all(close(*values) for values in zip(*pair, strict=True)), pair


_ARRAY = "ClickHouse has no array that is NULL"
_EMPTY = "an aggregate of ClickHouse that is an array or a map is empty where there is no row"
_COUNT = "DuckDB counts no row as NULL; Presto as 0, and ClickHouse too"
DIFFER = {
    "cast(if(latency < 1e9, latency) as bigint)": "DuckDB rounds a half to the even number",
    "json_size(event, '$.requestParameters')": "DuckDB says 0 of NULL, Presto and ClickHouse NULL",
    "array_join(regexp_extract_all(uri, '[a-z]+'), ' ')": _ARRAY,
    "array_join(regexp_split(uri, '[/?]'), '|')": _ARRAY,
    "array_join(split(host, '.'), '-')": _ARRAY,
    "cardinality(split(uri, '/'))": _ARRAY,
    "transform(split(host, '.'), p -> p || '!')": _ARRAY,
    "filter(split(host, '.'), p -> p <> 'com')": _ARRAY,
    "slice(split(host, '.'), 1, 2)": _ARRAY,
    "array_sort(array_distinct(split(uri, '/')))": _ARRAY,
    "any_match(split(host, '.'), p -> p = 'com')": _ARRAY,
    "all_match(split(host, '.'), p -> p = 'com')": _ARRAY,
    "none_match(split(host, '.'), p -> p = 'com')": _ARRAY,
    "contains(split(host, '.'), 'com')": _ARRAY,
}
DIFFER_WITHOUT_ROWS = {
    "histogram(action)": _EMPTY,
    "map_agg(action, 1)": _EMPTY,
    "cardinality(array_agg(status))": _EMPTY,
    "array_join(array_sort(array_agg(DISTINCT host)), ',')": _EMPTY,
    "count_if(status = 403)": _COUNT,
    "100 * count_if(status = 403) / greatest(count(*), 1)": _COUNT,
}


@pytest.mark.parametrize("value", [each for each in VALUES if each not in DIFFER])
def test_a_value_is_the_same(both, value):
    assert_same(
        both(f"SELECT {value} AS x, count(*) AS n GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2000")
    )


@pytest.mark.parametrize("value", DIFFER)
def test_a_difference_is_one_still(both, value):
    one, other = both(f"SELECT {value} AS x, count(*) AS n GROUP BY 1")
    assert sorted(one.rows) != sorted(other.rows)


@pytest.mark.parametrize("value", AGGREGATES)
def test_an_aggregate_is_the_same(both, value):
    like_null = ("0", "{}", "[]", "") if value in DIFFER_WITHOUT_ROWS else ()
    assert_same(both(f"SELECT action, {value} AS x GROUP BY action ORDER BY action"), like_null)
    assert_same(both(f"SELECT {value} AS x WHERE host = 'none'"), like_null)


@pytest.mark.parametrize("sql", WHOLE)
def test_a_query_is_the_same(both, sql):
    assert_same(both(sql))


CLICK_ONLY = {
    "SELECT x, y FROM log CROSS JOIN unnest(array[1, 2], array['a', 'b']) AS t(x, y) ORDER BY 1 LIMIT 1": (
        ("1", "a"),
    ),
    "SELECT json_extract_scalar('{\"a b\":[7]}', '$[\"a b\"][0]') AS x LIMIT 1": (("7",),),
}


@pytest.mark.parametrize("sql", CLICK_ONLY)
def test_what_only_clickhouse_has(click, files, index, sql):
    assert click.sql(files, parse(f"* | {sql}"), ALL_TIME, index).rows == CLICK_ONLY[sql]


def test_every_function_is_written_or_refused():
    written = TEMPLATES.keys() | BY_CONSTANTS.keys()
    assert not written & REASONS.keys()
    assert written | REASONS.keys() <= FUNCTIONS.keys()
    assert len(written) >= 150


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        *(
            (f"SELECT {name}(status)", f"function `{name}` is not supported on ClickHouse")
            for name in ("kurtosis", "skewness", "codepoint")
        ),
        ("SELECT split(host, '.')[1, 2]", "one place"),
        ("SELECT try(host)", "a cast or a division alone"),
        ("SELECT cast(host AS json)", "the type `JSON`"),
        ("SELECT cast(host AS time)", "the type `TIME`"),
        ("SELECT json_extract(event, host)", "constant text"),
        ("SELECT json_extract(event, 'a.b')", "a path such as"),
        ("SELECT json_extract(event, '$.a[*]')", "a path such as"),
        ("SELECT host LIKE action ESCAPE '!'", "constant text"),
        ("SELECT x FROM log CROSS JOIN unnest(split(host, '.')) AS t", "one column an array"),
        ("SELECT 1 FROM log CROSS JOIN unnest(split(host, '.')) AS t(uri)", "like the key `uri`"),
        ("SELECT 1 FROM log RIGHT JOIN unnest(split(host, '.')) AS t(x) ON true", "CROSS JOIN"),
        ("SELECT from_unixtime(0) + interval '1.5' day", "whole number"),
        ("SELECT extract(epoch FROM from_unixtime(0))", "`epoch`"),
        ("SELECT cast(1 AS decimal(x))", "line 1|whole numbers|supported"),
        ("SELECT date_parse(host, '%D')", "`%D`"),
        ("SELECT date_format(__time__, '" + "%e" * 50 + "')", "too many parts"),
    ],
)
def test_what_clickhouse_has_not_is_refused(click, files, index, sql, words):
    with pytest.raises(SqlInvalid, match=words):
        click.sql(files, parse(f"* | {sql}"), ALL_TIME, index)


def test_a_refusal_names_the_function(click, files, index):
    with pytest.raises(UnsupportedFunction, match="`codepoint`"):
        click.sql(files, parse("* | SELECT codepoint(host)"), ALL_TIME, index)
