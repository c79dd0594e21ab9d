"""Functions of the SQL part, each with what DuckDB does for it.

Templates are DuckDB's SQL, see `sql_templates`; a number is taken as seconds since 1970 where a
timestamp is wanted.

Source: SLS user guide, SQL functions (documented); differences of DuckDB from Presto (measured).
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

SCALAR, AGGREGATE, WINDOW = "scalar", "aggregate", "window"


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """One function: its name, how many arguments it takes, and its template by that number.

    kind: `scalar`, `aggregate` or `window`. most: None for any number.
    """

    name: str
    kind: str
    least: int
    most: int | None
    template: str

    @property
    def copies(self) -> int:
        """Bound how often an argument is written when the template and its macros are filled."""
        if self.name in {"greatest", "least"}:
            return 2
        macros = sum(self.template.count(f"{name}(") for name in _MACRO_NAMES)
        places = (self.template.count(f"{{{place}") for place in "012")
        return max(1, *places) * (1 + _COPIES_IN_MACROS * macros)

    @property
    def arguments(self) -> str:
        """Say how many arguments it takes."""
        if self.most is None:
            return f"{self.least} or more"
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


_MACROS: Final = r"""
CREATE MACRO ip4(x) AS CASE WHEN regexp_full_match(x, '(\d{1,3}\.){3}\d{1,3}')
  AND list_max(list_transform(split(x, '.'), lambda p: p::INTEGER)) < 256
  THEN list_reduce(list_transform(split(x, '.'), lambda p: p::BIGINT), lambda a, b: a * 256 + b)
  END;
CREATE MACRO ip4_text(n) AS CASE WHEN n IS NOT NULL THEN
  concat_ws('.', n >> 24 & 255, n >> 16 & 255, n >> 8 & 255, n & 255) END;
CREATE MACRO cidr_bits(c) AS CASE WHEN regexp_full_match(c, '[^/]+/\d{1,2}')
  AND split_part(c, '/', 2)::INTEGER <= 32 THEN 32 - split_part(c, '/', 2)::INTEGER END;
CREATE MACRO cidr_first(c) AS ip4(split_part(c, '/', 1)) >> cidr_bits(c) << cidr_bits(c);
CREATE MACRO cidr_last(c) AS cidr_first(c) + (1::BIGINT << cidr_bits(c)) - 1;
CREATE MACRO json_or_null(x) AS CASE WHEN json_valid(x) THEN x END;
CREATE MACRO map_of(p) AS map(list_distinct(list_transform(p, lambda e: struct_extract(e, 1))),
  list_transform(list_distinct(list_transform(p, lambda e: struct_extract(e, 1))),
  lambda k: struct_extract(list_filter(p, lambda e: struct_extract(e, 1) = k)[1], 2)));
CREATE MACRO time_step(n, k) AS
  n - (n + CAST(epoch(CAST(to_timestamp(0) AS TIMESTAMP)) AS BIGINT)) % k;
CREATE MACRO ip_kind(n) AS CASE WHEN n IS NULL THEN 'invalid'
  WHEN n >> 24 IN (10, 127) OR n >> 20 = 2753 OR n >> 16 IN (49320, 43518) THEN 'intranet'
  ELSE 'internet' END;
CREATE MACRO url_part(u, n) AS nullif(regexp_extract(
  u, '^([A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$',
  n), '');
CREATE MACRO url_parameter(u, p) AS list_extract(list_transform(list_filter(
  split(url_part(u, 5), '&'), lambda e: split_part(e, '=', 1) = p),
  lambda e: url_decode(e[len(p) + 2:])), 1);
""".strip()
_MACRO_NAMES = tuple(re.findall(r"MACRO (\w+)", _MACROS))
_COPIES_IN_MACROS = 8
PREPARATION = tuple(part.strip() for part in _MACROS.split(";") if part.strip())
"""Statements that make the macros which templates use."""

_SAME = {
    (AGGREGATE, 1, 1): "sum avg min max stddev stddev_samp stddev_pop variance var_samp var_pop "
    "bool_and bool_or count_if kurtosis skewness histogram",
    (AGGREGATE, 2, 2): "corr covar_pop covar_samp regr_slope regr_intercept",
    (WINDOW, 0, 0): "row_number rank dense_rank percent_rank cume_dist",
    (WINDOW, 1, 1): "ntile first_value last_value",
    (WINDOW, 2, 2): "nth_value",
    (WINDOW, 1, 3): "lag lead",
    (SCALAR, 1, 1): "length lower upper trim ltrim rtrim reverse abs floor ceil ceiling sqrt cbrt "
    "exp ln log2 log10 sign degrees radians sin cos tan asin acos atan url_encode url_decode chr "
    "try flatten map_keys map_values",
    (SCALAR, 1, 2): "round",
    (SCALAR, 2, 2): "strpos nullif power pow starts_with atan2",
    (SCALAR, 3, 3): "lpad rpad",
    (SCALAR, 1, None): "coalesce",
}
_RENAMED = {
    (AGGREGATE, 1, 1): "approx_distinct=approx_count_distinct arbitrary=any_value every=bool_and "
    "array_agg=list geometric_mean=geomean",
    (AGGREGATE, 2, 2): "max_by=arg_max min_by=arg_min approx_percentile=approx_quantile",
    (SCALAR, 1, 1): "array_distinct=list_distinct array_sort=list_sort array_max=list_max "
    "array_min=list_min codepoint=unicode truncate=trunc is_nan=isnan cardinality=len",
    (SCALAR, 2, 2): "regexp_like=regexp_matches split=string_split contains=list_contains "
    "regexp_split=string_split_regex transform=list_transform filter=list_filter "
    "array_join=array_to_string array_intersect=list_intersect "
    "levenshtein_distance=levenshtein bitwise_xor=xor",
    (SCALAR, 2, 3): "sequence=generate_series substr=substring",
}
_BY_TEMPLATE = {
    (AGGREGATE, 0, 1): {"count": "count({*})"},
    (AGGREGATE, 2, 2): {"map_agg": "map_of(list(row({0}, {1})))"},
    (SCALAR, 0, 0): {
        "now": "CAST(now() AS TIMESTAMP)",
        "pi": "pi()",
        "current_timezone": "current_setting('TimeZone')",
    },
    (SCALAR, 0, 1): {"rand": "random()", "random": "random()"},
    (SCALAR, 2, 3): {
        "replace": "replace({0}, {1}, {2|''})",
        "regexp_extract": "CASE WHEN regexp_matches({0}, {1}) "
        "THEN regexp_extract({0}, {1}, {2|0}) END",
        "regexp_extract_all": "regexp_extract_all({0}, {1}, {2|0})",
        "regexp_replace": "regexp_replace({0}, {1}, "
        r"regexp_replace({2|''}, '\$(\d)', '\\\1', 'g'), 'g')",
    },
    (SCALAR, 2, 2): {
        "mod": "({0} % {1})",
        "bitwise_and": "({0} & {1})",
        "bitwise_or": "({0} | {1})",
        "element_at": "array_extract({0}, {1})",
        "array_position": "coalesce(list_position({0}, {1}), 0)",
        "regexp_count": "len(regexp_extract_all({0}, {1}))",
        "any_match": "(len(list_filter({0}, {1})) > 0)",
        "all_match": "(len(list_filter({0}, {1})) = len({0}))",
        "none_match": "(len(list_filter({0}, {1})) = 0)",
        "json_extract": "CAST(json_extract(json_or_null({0}), {1}) AS VARCHAR)",
        "json_extract_scalar": "CASE WHEN json_type(json_or_null({0}), {1}) "
        "NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string({0}, {1}) END",
        "json_array_contains": "list_contains(CAST(json_extract_string(json_or_null({0}), '$[*]') "
        "AS VARCHAR[]), CAST({1} AS VARCHAR))",
        "json_array_get": "CAST(json_extract(json_or_null({0}), CAST({1} AS BIGINT)) AS VARCHAR)",
        "json_size": "CASE json_type(json_or_null({0}), {1}) "
        "WHEN 'OBJECT' THEN len(json_keys({0}, {1})) "
        "WHEN 'ARRAY' THEN json_array_length({0}, {1}) ELSE 0 END",
        "url_extract_parameter": "url_parameter({0}, {1})",
        "is_subnet_of": "(ip4({1}) BETWEEN cidr_first({0}) AND cidr_last({0}))",
        "is_prefix_subnet_of": "(cidr_first({1}) >= cidr_first({0}) "
        "AND cidr_last({1}) <= cidr_last({0}))",
        "ip_prefix": "(ip4_text(cidr_first({0} || '/' || {1})) || '/' || {1})",
    },
    (SCALAR, 3, 3): {
        "split_part": "CASE WHEN {2} <= len(string_split({0}, {1})) "
        "THEN split_part({0}, {1}, {2}) END",
        "slice": "list_slice({0}, {1}, {1} + {2} - 1)",
        "split_to_map": "map_from_entries(list_transform(string_split({0}, {1}), "
        "lambda pair: {'key': split_part(pair, {2}, 1), "
        "'value': array_to_string(string_split(pair, {2})[2:], {2})}))",
    },
    (SCALAR, 1, 1): {
        "json_parse": "json_or_null({0})",
        "json_format": "CAST({0} AS VARCHAR)",
        "json_array_length": "CASE WHEN json_type(json_or_null({0})) = 'ARRAY' "
        "THEN json_array_length({0}) END",
        "url_extract_protocol": "url_part({0}, 1)",
        "url_extract_host": "url_part({0}, 2)",
        "url_extract_port": "CAST(url_part({0}, 3) AS BIGINT)",
        "url_extract_path": "coalesce(url_part({0}, 4), CASE WHEN url_part({0}, 1) IS NOT NULL "
        "THEN '' END)",
        "url_extract_query": "url_part({0}, 5)",
        "url_extract_fragment": "url_part({0}, 6)",
        "ip_to_domain": "ip_kind(ip4({0}))",
        "ip_subnet_min": "ip4_text(cidr_first({0}))",
        "ip_subnet_max": "ip4_text(cidr_last({0}))",
        "ip_subnet_range": "[ip4_text(cidr_first({0})), ip4_text(cidr_last({0}))]",
        "to_unixtime": "epoch(CAST({ts0} AS TIMESTAMPTZ))",
        "date": "CAST({ts0} AS DATE)",
        "from_iso8601_timestamp": "CAST(CAST({0} AS TIMESTAMPTZ) AS TIMESTAMP)",
        "year": "year({ts0})",
        "quarter": "quarter({ts0})",
        "month": "month({ts0})",
        "week": "week({ts0})",
        "week_of_year": "week({ts0})",
        "day": "day({ts0})",
        "day_of_month": "day({ts0})",
        "day_of_week": "isodow({ts0})",
        "dow": "isodow({ts0})",
        "day_of_year": "dayofyear({ts0})",
        "doy": "dayofyear({ts0})",
        "hour": "hour({ts0})",
        "minute": "minute({ts0})",
        "second": "second({ts0})",
    },
    (SCALAR, 1, 2): {"from_unixtime": ""},
    (SCALAR, 4, 4): {"time_series": "time_step({0}, {1})"},
    (SCALAR, 2, None): {"concat": "", "greatest": "", "least": ""},
}
SPECIAL: Final = {
    "date_trunc": (2, 2),
    "date_format": (2, 2),
    "date_parse": (2, 2),
    "date_diff": (3, 3),
    "date_add": (3, 3),
    "ip_to_country_code": (1, 1),
}
"""Functions whose argument decides what is written; see `sql_dates` and `sql_places`."""

REASONS: Final = {
    **dict.fromkeys(
        [
            "ip_to_province",
            "ip_to_city",
            "ip_to_geo",
            "ip_to_provider",
            "ip_to_city_geo",
        ],
        "the data that is shipped knows countries, and nothing below them",
    ),
    "ip_to_country": "names of countries are not shipped; use ip_to_country_code",
    **dict.fromkeys(
        ("security_check_ip", "security_check_domain", "security_check_url"),
        "it needs threat intelligence, and none is shipped",
    ),
    "compare": "comparing two times is not built",
    "ts_compare": "comparing two times is not built",
    "numeric_histogram": "it is not built; use histogram or approx_percentile",
}
"""Why functions that people of security know are refused."""


def _declared() -> Iterator[Function]:
    for (kind, least, most), names in _SAME.items():
        for name in names.split():
            yield _function(name, kind, least, most, f"{name}({{*}})")
    for (kind, least, most), names in _RENAMED.items():
        for name, _, other in (pair.partition("=") for pair in names.split()):
            yield _function(name, kind, least, most, f"{other}({{*}})")
    for (kind, least, most), templates in _BY_TEMPLATE.items():
        for name, template in templates.items():
            yield _function(name, kind, least, most, template)
    for name, (least, most) in SPECIAL.items():
        yield _function(name, SCALAR, least, most, "")


_function: Callable[..., Function] = lambda name, kind, least, most, template: Function(  # noqa: E731
    name=name, kind=kind, least=least, most=most, template=template
)
FUNCTIONS: Final = {function.name: function for function in _declared()}
