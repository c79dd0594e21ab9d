"""The page of the rules that ship: made from the pack as the loader reads it."""

from juyong.content.waf import ENTRIES, own_pack
from juyong.engines.inspect.rules import Rule
from juyong.engines.inspect.seclang import load
from pages.markdown import page, table

_INTRO = """\
A site without a rule set of its own is protected by these rules.
[What ships as rules](../explanation/waf-pack.md) says how they score and how to change them.
Points are added to the score of the rule's level, once for each value that matches."""
_POINTS = {2: 5, 3: 4, 4: 3, 5: 2}
"""Points of a rule by its severity, as SecLang numbers severities."""


def waf_pack_page() -> str:
    """Return the page: a table a class, a line a rule."""
    by_class: dict[str, list[Rule]] = {}
    for item in load(own_pack(), ENTRIES).rules.items:
        if isinstance(item, Rule) and (kind := _told(item, "attack/")):
            by_class.setdefault(kind, []).append(item)
    parts = []
    for kind, rules in by_class.items():
        parts += [
            f"## {kind.capitalize()}",
            table(("Rule", "Level", "Points", "Says"), map(_row, rules)),
        ]
    return page("The rules that ship", _INTRO, *parts)


def _row(rule: Rule) -> tuple[str, ...]:
    points = _POINTS[rule.severity or 2]
    return str(rule.id), _told(rule, "level/"), str(points), rule.msg.decode()


def _told(rule: Rule, prefix: str) -> str:
    return next((tag.removeprefix(prefix) for tag in rule.tags if tag.startswith(prefix)), "")
