"""`skip:N` as a skipAfter to a marker of its own, so that engines know one way to skip."""

from juyong.engines.inspect.rules import Marker, Phase
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
    places, own = _places(items)
    for at, item in enumerate(items):
        if isinstance(item, Marker) or (told := last(item.first.actions, "skip")) is None:
            continue
        try:
            count = _count(item, told)
        except BadPart as bad:
            raise BadRules(item.place, str(bad)) from None
        labels[item.id] = f"skip {count} of rule {item.id}"
        later = places[item.phase][own[at] + 1 :][:count]
        nth = later[-1] if len(later) == count else len(items) - 1
        behind.setdefault(nth, []).append(Marker(labels[item.id]))
    if not behind:
        return items, labels
    placed: list[DraftItem] = []
    for at, item in enumerate(items):
        placed += [item, *behind.get(at, ())]
    return placed, labels


def _places(items: list[DraftItem]) -> tuple[dict[Phase, list[int]], dict[int, int]]:
    """Return the places of each phase's rules, and for each place which of these it is."""
    places: dict[Phase, list[int]] = {}
    own: dict[int, int] = {}
    for at, item in enumerate(items):
        if isinstance(item, Draft):
            kept = places.setdefault(item.phase, [])
            own[at] = len(kept)
            kept.append(at)
    return places, own


def _count(draft: Draft, told: str) -> int:
    if last(draft.first.actions, "skipafter") is not None:
        raise BadPart("a rule has skip or skipAfter, not both")
    if not (told.isascii() and told.isdigit() and len(told) <= len("999") and int(told)):
        raise BadPart(f"skip takes a number of rules up to 999, not `{told[:40]}`")
    return int(told)
