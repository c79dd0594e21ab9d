"""Directives that take out or change rules which were read before."""

from juyong.engines.inspect.rules import Marker, Selector
from juyong.engines.inspect.seclang.actions import Action, every, last
from juyong.engines.inspect.seclang.controls import Removal, ids, pattern, taken
from juyong.engines.inspect.seclang.drafts import Draft
from juyong.engines.inspect.seclang.errors import BadPart
from juyong.engines.inspect.seclang.patterns import compiled

DraftItem = Draft | Marker
_FIXED = frozenset({"id", "phase", "chain"})


def named(how: str, text: str) -> Removal:
    """Return which rules a directive names; how: byid, bytag or bymsg."""
    match how:
        case "byid":
            return Removal(ids=ids(text))
        case "bytag":
            return Removal(tag=pattern(text))
        case _:
            return Removal(msg=pattern(text))


def chosen(items: list[DraftItem], which: Removal) -> list[Draft]:
    """Return the drafts that a removal names, in order."""
    return [item for item in items if isinstance(item, Draft) and _is_named(item, which)]


def _is_named(draft: Draft, which: Removal) -> bool:
    actions = draft.first.actions
    if which.ids is not None:
        return draft.id in which.ids
    if which.tag is not None:
        search = compiled(which.tag).search
        return any(search(tag.encode()) is not None for tag in every(actions, "tag"))
    if which.msg is not None:
        msg = last(actions, "msg")
        return msg is not None and compiled(which.msg).search(msg.encode()) is not None
    return False


def change_targets(drafts: list[Draft], targets: tuple[Selector, ...]) -> None:
    """Add targets to rules, and take those with `!` out.

    New targets go to the first link; what is taken out is taken from every link of a chain.

    Source: ModSecurity 2.9 reference manual, SecRuleUpdateTargetById (documented); chains: assumed.
    """
    added = tuple(one for one in targets if not one.excluded)
    gone = tuple(taken(tuple(one for one in targets if one.excluded)))
    for draft in drafts:
        draft.first.selectors += added
        for link in draft.links:
            if link.selectors:
                link.selectors += gone


def change_actions(drafts: list[Draft], actions: tuple[Action, ...]) -> None:
    """Add actions to rules; one that a rule can have only once replaces the earlier one.

    Raises:
        BadPart: the id, the phase or the chain would change.
    """
    for action in actions:
        if action.name in _FIXED:
            raise BadPart(f"action {action.name} of a rule cannot be changed")
    for draft in drafts:
        draft.first.actions += actions
