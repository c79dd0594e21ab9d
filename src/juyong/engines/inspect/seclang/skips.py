"""`skip:N` as a skipAfter to a marker of its own, so that engines know one way to skip."""

from juyong.engines.inspect.rules import Marker
from juyong.engines.inspect.seclang.actions import last
from juyong.engines.inspect.seclang.drafts import Draft
from juyong.engines.inspect.seclang.errors import BadPart, BadRules
from juyong.engines.inspect.seclang.updates import DraftItem


def place_markers(items: list[DraftItem]) -> tuple[list[DraftItem], dict[int, str]]:
    """Return the items with a marker for each skip, and the labels by the id of the rule.

    The marker stands behind the Nth rule of the same phase that follows, or at the end.

    Raises:
        BadRules: the number has no form, or the rule has skipAfter as well.

    Source: ModSecurity 2.9 reference manual, skip (documented).
    """
    behind: dict[int, list[Marker]] = {}
    labels: dict[int, str] = {}
    for at, item in enumerate(items):
        if isinstance(item, Marker) or (told := last(item.first.actions, "skip")) is None:
            continue
        try:
            count = _count(item, told)
        except BadPart as bad:
            raise BadRules(item.place, str(bad)) from None
        labels[item.id] = f"skip {count} of rule {item.id}"
        behind.setdefault(_nth(items, at, item, count), []).append(Marker(labels[item.id]))
    if not behind:
        return items, labels
    placed: list[DraftItem] = []
    for at, item in enumerate(items):
        placed += [item, *behind.get(at, ())]
    return placed, labels


def _count(draft: Draft, told: str) -> int:
    if last(draft.first.actions, "skipafter") is not None:
        raise BadPart("a rule has skip or skipAfter, not both")
    if not (told.isascii() and told.isdigit() and len(told) <= len("99999") and int(told)):
        raise BadPart(f"skip takes a number of rules, not `{told[:40]}`")
    return int(told)


def _nth(items: list[DraftItem], at: int, rule: Draft, count: int) -> int:
    """Return the place of the Nth rule of the same phase behind one, or the last place."""
    for later in range(at + 1, len(items)):
        other = items[later]
        if isinstance(other, Draft) and other.phase is rule.phase:
            count -= 1
            if count == 0:
                return later
    return len(items) - 1
