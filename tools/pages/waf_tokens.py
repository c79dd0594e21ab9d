"""The page of the words and rules by which values are taken for SQL and HTML."""

from collections.abc import Iterable, Mapping

from juyong.engines.inspect.tokens import html_words, sql_rules, sql_words
from pages.markdown import code, page, table

_INTRO = """\
`@detectSQLi` cuts a value into tokens, one letter each, and looks for the rules below in the letters.
`@detectXSS` reads tags and attributes, and looks for the names below.
[How the WAF judges](../explanation/waf-engine.md) says how tokens are read and what the letters mean."""  # noqa: E501  # a sentence a line
_RULES = (
    ("Rules in every context", sql_rules.RULES),
    ("Rules for a value that stands as it is", sql_rules.STANDING),
    ("Rules for a value that leaves a string", sql_rules.LEAVING),
)
_FUNCTIONS = (
    ("strong", sql_words.STRONG),
    ("known", sql_words.KNOWN),
    ("beginnings of strong ones", sql_words.STRONG_BEGINNINGS),
    ("beginnings of procedures of the system", sql_words.SYSTEM),
)
_NAMES = (
    ("tags that run code as they stand", html_words.ALONE),
    ("tags that do by their attributes", html_words.WITH_ATTRIBUTES),
    ("attributes whatever their value", html_words.MARKED),
    ("attributes whose value is a URL", html_words.URLS),
    ("event handlers outside a tag", html_words.EVENTS),
)


def waf_tokens_page() -> str:
    """Write the page."""
    classes: dict[str, list[str]] = {}
    for word, letter in sql_words.WORDS.items():
        classes.setdefault(letter, []).append(word.decode())
    return page(
        "Tokens of SQL and HTML in the WAF",
        _INTRO,
        "## Words of SQL",
        table(("Letter", "Words"), [(code(k), ", ".join(sorted(v))) for k, v in classes.items()]),
        "`q` is order or group and `b` is by: `qb` becomes `O`, and either alone `n`.",
        "## Functions of SQL",
        _words(_FUNCTIONS),
        *[part for title, rules in _RULES for part in (f"## {title}", _rules(rules))],
        "## Signs",
        "A value without a match of this pattern is not read as it stands:",
        f"```text\n{sql_rules.SIGNS.decode()}\n```",
        "A value that leaves a string is then read only if the first token behind the string, and"
        f" behind closing parentheses, is one of {code(''.join(sorted(sql_rules.HEADS)))}.",
        "## Names of HTML",
        _words(_NAMES),
    )


def _rules(rules: Mapping[str, str]) -> str:
    return table(
        ("Name", "Rule"), [(name, code(sql_rules.spelled(rule))) for name, rule in rules.items()]
    )


def _words(groups: Iterable[tuple[str, Iterable[bytes]]]) -> str:
    rows = [(name, ", ".join(sorted(word.decode() for word in words))) for name, words in groups]
    return table(("Kind", "Names"), rows)
