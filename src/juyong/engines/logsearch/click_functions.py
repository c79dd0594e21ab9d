"""Functions of the SQL part, each with what ClickHouse does for it.

The functions, their kinds and how many arguments they take are those of `sql_functions`; the table
here has their templates in ClickHouse's SQL, see `sql_templates`. A function that has none is
refused by its name.

Counts become Int64, since ClickHouse has no type that holds both a count and a negative number;
truth becomes Bool. Regular expressions begin with `(?-s)`: a dot is no line break in Presto.

Source: ClickHouse reference, Functions (documented); the values, by the corpus (observed, 26.9).
"""

from collections.abc import Iterator
from typing import Final

import msgspec

INTEGER, TEXT, REAL, TRUTH, TIMESTAMP, ANY = "integer", "text", "real", "truth", "timestamp", ""
"""The kinds of values that are known before a query runs; ANY is for all others."""


class Template(msgspec.Struct, frozen=True):
    """A template in ClickHouse's SQL, and the kind of its value.

    outer: a template around the call, its FILTER and its OVER; empty for none.
    """

    text: str
    kind: str = ANY
    outer: str = ""

    @property
    def copies(self) -> int:
        """Return how often an argument is written at most."""
        places = (
            self.text.count(f"{{{place}") + self.text.count(f"{{ts{place}") for place in "012"
        )
        return max(1, *places)


_PATTERN: Final = "concat('(?-s)', {1})"
_URL: Final = (
    r"'^([A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#@]*@)?(\\[[^\\]]*\\]|[^/?#:]*)(?::(\\d+))?([^?#]*)"
    r"(?:\\?([^#]*))?(?:#(.*))?$'"
)


def _url(part: int) -> str:
    return f"nullIf(regexpExtract({{0}}, {_URL}, {part}), '')"


def _split(text: str, separator: str) -> str:
    """Write the parts of a text; of NULL none, since ClickHouse has no array that is NULL."""
    return f"if({text} IS NULL, [], splitByString({separator}, {text}))"


def _ip4(text: str) -> str:
    return f"toInt64(IPv4StringToNumOrNull({text}))"


def _ip4_text(number: str) -> str:
    return f"IPv4NumToString(toUInt32({number}))"


def _bits(net: str) -> str:
    """Write how many bits of an address a net leaves free; NULL where the text is no net."""
    length = f"toInt64OrZero(splitByChar('/', {net})[2])"
    return f"if(match({net}, '^[^/]+/\\\\d{{1,2}}$') AND {length} <= 32, 32 - {length}, NULL)"


def _first(net: str) -> str:
    address = _ip4(f"splitByChar('/', {net})[1]")
    return f"bitShiftLeft(bitShiftRight({address}, {_bits(net)}), {_bits(net)})"


def _last(net: str) -> str:
    return f"({_first(net)} + bitShiftLeft(toInt64(1), {_bits(net)}) - 1)"


def _ip_kind(n: str) -> str:
    return (
        f"multiIf({n} IS NULL, 'invalid', bitShiftRight({n}, 24) IN (10, 127) "
        f"OR bitShiftRight({n}, 20) = 2753 OR bitShiftRight({n}, 16) IN (49320, 43518), "
        "'intranet', 'internet')"
    )


_INTEGERS: Final = {
    "length": "lengthUTF8({0})",
    "strpos": "positionUTF8({0}, {1})",
    "cardinality": "length({0})",
    "array_position": "indexOf({0}, {1})",
    "levenshtein_distance": "editDistanceUTF8({0}, {1})",
    "regexp_count": f"if({{0}} IS NULL, NULL, length(extractAll({{0}}, {_PATTERN})))",
    "sign": "sign({0})",
    "year": "toYear({ts0})",
    "quarter": "toQuarter({ts0})",
    "month": "toMonth({ts0})",
    "week": "toISOWeek({ts0})",
    "week_of_year": "toISOWeek({ts0})",
    "day": "toDayOfMonth({ts0})",
    "day_of_month": "toDayOfMonth({ts0})",
    "day_of_week": "toDayOfWeek({ts0})",
    "dow": "toDayOfWeek({ts0})",
    "day_of_year": "toDayOfYear({ts0})",
    "doy": "toDayOfYear({ts0})",
    "hour": "toHour({ts0})",
    "minute": "toMinute({ts0})",
    "second": "toSecond({ts0})",
    "url_extract_port": f"toInt64OrNull({_url(3)})",
    "bitwise_and": "bitAnd({0}, {1})",
    "bitwise_or": "bitOr({0}, {1})",
    "bitwise_xor": "bitXor({0}, {1})",
}
_TRUTHS: Final = {
    "starts_with": "startsWith({0}, {1})",
    "is_nan": "isNaN({0})",
    "regexp_like": f"match({{0}}, {_PATTERN})",
    "contains": "has({0}, {1})",
    "any_match": "arrayExists({1}, {0})",
    "all_match": "arrayAll({1}, {0})",
    "none_match": "NOT arrayExists({1}, {0})",
    "json_array_contains": "if({0} IS NULL, NULL, has(arrayMap(leaf -> "
    "if(toString(JSONType(leaf)) = 'String', JSONExtractString(leaf), leaf), "
    "JSONExtractArrayRaw(ifNull({0}, ''))), toString({1})))",
    "is_subnet_of": f"{_ip4('{1}')} BETWEEN {_first('{0}')} AND {_last('{0}')}",
    "is_prefix_subnet_of": f"{_first('{1}')} >= {_first('{0}')} AND {_last('{1}')} <= "
    f"{_last('{0}')}",
}
_TEXTS: Final = {
    "lower": "lowerUTF8({0})",
    "upper": "upperUTF8({0})",
    "trim": "trimBoth({0})",
    "ltrim": "trimLeft({0})",
    "rtrim": "trimRight({0})",
    "reverse": "reverseUTF8({0})",
    "url_encode": "encodeURLComponent({0})",
    "url_decode": "decodeURLComponent({0})",
    "chr": "decodeHTMLComponent(concat('&#', toString({0}), ';'))",
    "lpad": "leftPadUTF8({*})",
    "rpad": "rightPadUTF8({*})",
    "substr": "substringUTF8({*})",
    "replace": "replaceAll({0}, {1}, {2|''})",
    "regexp_extract": f"if(match({{0}}, {_PATTERN}), regexpExtract({{0}}, {_PATTERN}, {{2|0}}), "
    "NULL)",
    "regexp_replace": f"replaceRegexpAll({{0}}, {_PATTERN}, "
    r"replaceRegexpAll({2|''}, '\\$(\\d)', '\\\\\\1'))",
    "split_part": f"arrayElementOrNull({_split('{0}', '{1}')}, {{2}})",
    "array_join": "arrayStringConcat(arrayMap(item -> toString(item), {0}), {1})",
    "concat": "concat({*})",
    "current_timezone": "timezone()",
    "json_parse": "if(isValidJSON({0}), {0}, NULL)",
    "json_format": "toString({0})",
    "json_array_get": "if(toString(JSONType({0})) = 'Array', "
    "nullIf(JSONExtractRaw({0}, toInt64({1}) + 1), ''), NULL)",
    "url_extract_protocol": _url(1),
    "url_extract_host": _url(2),
    "url_extract_path": f"coalesce({_url(4)}, if({_url(1)} IS NOT NULL, '', NULL))",
    "url_extract_query": _url(5),
    "url_extract_fragment": _url(6),
    "url_extract_parameter": "arrayElementOrNull(arrayMap(pair -> "
    "decodeURLComponent(substring(pair, position(pair, '=') + 1)), arrayFilter(pair -> "
    "splitByChar('=', pair)[1] = {1}, splitByChar('&', " + _url(5) + "))), 1)",
    "ip_to_domain": _ip_kind(_ip4("{0}")),
    "ip_subnet_min": _ip4_text(_first("{0}")),
    "ip_subnet_max": _ip4_text(_last("{0}")),
    "ip_prefix": "concat("
    + _ip4_text(_first("concat({0}, '/', toString({1}))"))
    + ", '/', toString({1}))",
}
_REALS: Final = {
    **{
        name: f"{name}({{0}})"
        for name in "sqrt cbrt exp log2 log10 degrees radians sin cos tan asin acos atan".split()  # noqa: SIM905  # as in sql_functions
    },
    "ln": "log({0})",
    "power": "pow({0}, {1})",
    "pow": "pow({0}, {1})",
    "atan2": "atan2({0}, {1})",
    "pi": "pi()",
    "rand": "randCanonical()",
    "random": "randCanonical()",
    "to_unixtime": "toUnixTimestamp64Micro({ts0}) / 1000000",
}
_TIMES: Final = {
    "now": "now64(6)",
    "from_iso8601_timestamp": "parseDateTime64BestEffort({0}, 6)",
}
_SHIFT: Final = "timeZoneOffset(fromUnixTimestamp64Micro(toInt64(0)))"
_OTHERS: Final = {
    "abs": "CAST(abs({0}), toTypeName(-({0})))",
    "floor": "floor({0})",
    "ceil": "ceil({0})",
    "ceiling": "ceil({0})",
    "truncate": "trunc({0})",
    "round": "if(toTypeName({0}) LIKE '%Int%', CAST({0}, toTypeName({0})), "
    "CAST(round(toDecimal128(toString({0}), 12), {1|0}), toTypeName({0})))",
    "mod": "({0} % {1})",
    "nullif": "nullIf({0}, {1})",
    "coalesce": "coalesce({*})",
    "greatest": "greatest({*})",
    "least": "least({*})",
    "flatten": "arrayFlatten({0})",
    "map_keys": "mapKeys({0})",
    "map_values": "mapValues({0})",
    "array_distinct": "arrayDistinct({0})",
    "array_sort": "arraySort({0})",
    "array_max": "if(empty({0}), NULL, arrayMax({0}))",
    "array_min": "if(empty({0}), NULL, arrayMin({0}))",
    "array_intersect": "arrayIntersect({0}, {1})",
    "split": _split("{0}", "{1}"),
    "regexp_split": f"if({{0}} IS NULL, [], splitByRegexp({_PATTERN}, {{0}}))",
    "regexp_extract_all": "if({0} IS NULL, [], arrayMap(found -> found[{2|0} + 1], "
    "extractAllGroupsVertical({0}, concat('(?-s)(', {1}, ')'))))",
    "transform": "arrayMap({1}, {0})",
    "filter": "arrayFilter({1}, {0})",
    "element_at": "arrayElementOrNull({0}, {1})",
    "sequence": "range({0}, {1} + 1, {2|1})",
    "slice": "arraySlice({0}, {1}, {2})",
    "split_to_map": "mapFromArrays(arrayMap(pair -> splitByString({2}, pair)[1], "
    + _split("{0}", "{1}")
    + "), arrayMap(pair -> arrayStringConcat(arraySlice(splitByString({2}, pair), 2), {2}), "
    + _split("{0}", "{1}")
    + "))",
    "ip_subnet_range": f"[{_ip4_text(_first('{0}'))}, {_ip4_text(_last('{0}'))}]",
    "date": "CAST({ts0}, 'Date32')",
    "time_series": f"({{0}} - ({{0}} + {_SHIFT}) % {{1}})",
}
_COUNTS: Final = {
    "count": "count({*})",
    "count_if": "countIf({*})",
    "approx_distinct": "uniq({*})",
    "row_number": "row_number()",
    "rank": "rank()",
    "dense_rank": "dense_rank()",
    "ntile": "ntile({*})",
}
_PAIRS: Final = "arrayFilter(pair -> isNotNull(tupleElement(pair, 1)), {0})"
_KEYS: Final = f"arrayMap(pair -> assumeNotNull(tupleElement(pair, 1)), {_PAIRS})"
_AROUND: Final = {
    # An array of ClickHouse's aggregates leaves NULL out, unless a tuple holds it.
    "array_agg": ("groupArray({*})", "arrayMap(held -> tupleElement(held, 1), {0})"),
    "map_agg": (
        "groupArray(tuple({0}, {1}))",
        (
            f"mapFromArrays(arrayDistinct({_KEYS}), arrayMap(key -> tupleElement("
            f"{_PAIRS}[indexOf({_KEYS}, key)], 2), arrayDistinct({_KEYS})))"
        ),
    ),
    "regr_slope": ("simpleLinearRegression({1}, {0})", "tupleElement({0}, 1)"),
    "regr_intercept": ("simpleLinearRegression({1}, {0})", "tupleElement({0}, 2)"),
    "geometric_mean": ("avg(log({0}))", "exp({0})"),
}
_REAL_AGGREGATES: Final = {
    "avg": "avg({*})",
    "corr": "corrStable({*})",
    "stddev": "stddevSampStable({*})",
    "stddev_samp": "stddevSampStable({*})",
    "stddev_pop": "stddevPopStable({*})",
    "variance": "varSampStable({*})",
    "var_samp": "varSampStable({*})",
    "var_pop": "varPopStable({*})",
    "covar_pop": "covarPopStable({*})",
    "covar_samp": "covarSampStable({*})",
    "percent_rank": "percent_rank()",
    "cume_dist": "cume_dist()",
}
_AGGREGATES: Final = {
    **{name: f"{name}({{*}})" for name in ("sum", "min", "max")},
    "bool_and": "min({*})",
    "bool_or": "max({*})",
    "every": "min({*})",
    "arbitrary": "any({*})",
    "max_by": "argMax({*})",
    "min_by": "argMin({*})",
    "approx_percentile": "quantileExact({1})({0})",
    "histogram": "sumMapIf(map(assumeNotNull({0}), toInt64(1)), isNotNull({0}))",
    "first_value": "first_value_respect_nulls({*})",
    "last_value": "last_value_respect_nulls({*})",
    "nth_value": "nth_value({*})",
    "lag": "lag({*})",
    "lead": "lead({*})",
}
BY_CONSTANTS: Final = {
    **dict.fromkeys(("date_trunc", "date_parse", "date_add", "from_unixtime"), TIMESTAMP),
    **dict.fromkeys(("date_diff", "json_size", "json_array_length"), INTEGER),
    **dict.fromkeys(("date_format", "json_extract", "json_extract_scalar"), TEXT),
    "try": ANY,
}
"""Functions that `click_dates` and `click_text` write, since constants decide what is written, and
the kinds of their values."""
BY_KIND: Final = {
    "abs": {INTEGER: "toInt64(abs({0}))", REAL: "abs({0})"},
    "round": {
        INTEGER: "toInt64(round({0}, {1|0}))",
        REAL: "if(abs({0}) < 1e15, toFloat64(round(toDecimal128(toString({0}), 12), {1|0})), {0})",
    },
}
"""Other templates, where the kind of the first argument is known."""
LIKE_ARGUMENTS: Final = frozenset(
    {"abs", "arbitrary", "approx_percentile", "ceil", "ceiling", "first_value", "floor", "lag"}
    | {"last_value", "lead", "max", "max_by", "min", "min_by", "nth_value", "round", "sum"}
    | {"truncate", "nullif"}
)
"""Functions whose value is of the kind of their first argument."""
LIKE_ALL: Final = frozenset({"coalesce", "greatest", "least", "mod"})
"""Functions whose value is of the kind of all of their arguments."""

REASONS: Final = {
    "kurtosis": "ClickHouse corrects it by another formula",
    "skewness": "ClickHouse corrects it by another formula",
    "codepoint": "ClickHouse has no such function",
    "ip_to_country_code": "the countries of addresses are known to this machine alone",
}
"""Why functions that DuckDB has are refused."""


def _declared() -> Iterator[tuple[str, Template]]:
    for name, text in _INTEGERS.items():
        yield name, Template(f"toInt64({text})", INTEGER)
    for name, text in _TRUTHS.items():
        yield name, Template(f"CAST({text}, 'Bool')", TRUTH)
    for kind, table in ((TEXT, _TEXTS), (REAL, _REALS), (TIMESTAMP, _TIMES), (ANY, _OTHERS)):
        for name, text in table.items():
            yield name, Template(text, kind)
    for name, text in _COUNTS.items():
        yield name, Template(text, INTEGER, "toInt64({0})")
    for name, text in _REAL_AGGREGATES.items():
        yield name, Template(text, REAL)
    for name, text in _AGGREGATES.items():
        yield name, Template(text)
    for name, (text, outer) in _AROUND.items():
        yield name, Template(text, ANY, outer)


TEMPLATES: Final = dict(_declared())
"""The templates by the name of the function."""
