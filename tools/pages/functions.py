"""The page of the functions that SQL over logs may call."""

from juyong.engines.logsearch.click_functions import BY_CONSTANTS, TEMPLATES
from juyong.engines.logsearch.click_functions import REASONS as NOT_ON_CLICKHOUSE
from juyong.engines.logsearch.sql_functions import FUNCTIONS, REASONS
from pages.markdown import code, page, table

_INTRO = """\
The SQL part of a query is read as Presto's, and may call these functions and no others.
Another one is refused with `ParameterInvalid` and a message that names it.
`cast`, `try_cast`, `extract`, `position`, `substring`, `case`, `if`, `in`, `between`, `like`, `is null` and `exists` are read as well, and so are `unnest`, window functions, common table expressions, subqueries, joins of the logs with themselves, and `union`, `except` and `intersect`.
Numbers are taken as seconds since 1970 where a time is expected.
Addresses are those of IPv4; another one gives null.
The last column is of platforms where the setting `log_engine` names ClickHouse."""  # noqa: E501  # a sentence a line


def functions_page() -> str:
    """Write the page."""
    rows = [
        (code(function.name), function.kind, function.arguments, _on_clickhouse(function.name))
        for function in sorted(FUNCTIONS.values(), key=lambda each: each.name)
    ]
    refused = [(code(name), reason) for name, reason in sorted(REASONS.items())]
    return page(
        "Functions of SQL over logs",
        _INTRO,
        table(("Function", "Kind", "Arguments", "On ClickHouse"), rows),
        "## Refused by name",
        table(("Function", "Reason"), refused),
    )


def _on_clickhouse(name: str) -> str:
    if name in TEMPLATES or name in BY_CONSTANTS:
        return "yes"
    return f"no: {NOT_ON_CLICKHOUSE.get(name, 'it is not built')}"
