"""The page of the language that WAF rules are written in."""

from collections.abc import Iterable, Mapping

from juyong.engines.inspect.operators import OPERATORS, REFUSED
from juyong.engines.inspect.seclang import actions, known, settings
from juyong.engines.inspect.seclang.loader import DIRECTIVES
from juyong.engines.inspect.transforms import TRANSFORMS
from pages.markdown import code, page, table

_INTRO = """\
WAF rules are read as SecLang, the language of ModSecurity and of the Core Rule Set.
All names on this page are read without regard to case.
A construct that is on no list here is refused with its file and line, and so is one that is listed as refused.
[How the WAF judges](../explanation/waf-engine.md) says what the constructs mean where engines differ."""  # noqa: E501  # a sentence a line


def waf_rules_page() -> str:
    """Write the page."""
    carried_out = [*DIRECTIVES, *settings.NAMES]
    operators = {*OPERATORS, *known.OF_ENGINE} - {*known.WORD_LISTS}
    return page(
        "The language of WAF rules",
        _INTRO,
        "## Directives",
        _names(carried_out),
        "These are read and change nothing:",
        _reasons(known.IDLE_DIRECTIVES),
        "These may say `Off`:",
        _reasons(known.OFF_DIRECTIVES),
        "These are refused:",
        _reasons(known.REFUSED_DIRECTIVES),
        "## Variables",
        _names(known.VARIABLES),
        "These are refused:",
        _reasons(known.REFUSED_VARIABLES),
        "## Operators",
        _names(operators),
        "These are refused:",
        _reasons(REFUSED),
        "## Transformations",
        _names([*TRANSFORMS, "none"]),
        "## Actions",
        _names((actions.FIRST_ONLY | actions.LOGS | actions.OF_LINKS) - {*known.IDLE_ACTIONS}),
        "These are read and change nothing:",
        _reasons(known.IDLE_ACTIONS),
        "These are refused:",
        _reasons(known.REFUSED_ACTIONS),
        "## Values of `ctl`",
        _names(known.CTLS),
        "These are read and change nothing:",
        _reasons(known.IDLE_CTLS),
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in sorted(set(names), key=str.lower))


def _reasons(told: Mapping[str, str]) -> str:
    return table(
        ("Name", "Reason"), [(code(name), reason) for name, reason in sorted(told.items())]
    )
