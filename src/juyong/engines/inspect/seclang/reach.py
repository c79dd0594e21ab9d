"""Which rules can run: labels that are missing, and gates that take rules out for good."""

from collections.abc import Iterator, Mapping

import msgspec

from juyong.engines.inspect.operators import REFUSED
from juyong.engines.inspect.rules import Item, Link, Marker, Place, Rule
from juyong.engines.inspect.seclang.controls import Removal, removal
from juyong.engines.inspect.seclang.errors import BadRules
from juyong.engines.inspect.seclang.patterns import compiled


class Note(msgspec.Struct, frozen=True):
    """Something that is carried out, and is hardly what was meant."""

    place: Place
    text: str

    def __str__(self) -> str:
        """Return place and text, as compilers write them."""
        return f"{self.place}: {self.text}"


def labels_missing(items: tuple[Item, ...], places: Mapping[int, Place]) -> Iterator[Note]:
    """Yield a note for each skipAfter whose label does not follow: all behind is skipped.

    Source: ModSecurity 2.9 and 3 (observed).
    """
    ahead: set[str] = set()
    notes: list[Note] = []
    for item in reversed(items):
        if isinstance(item, Marker):
            ahead.add(item.label)
        elif item.skip_after and item.skip_after not in ahead:
            text = f"no SecMarker `{item.skip_after}` follows: the rest of the phase is skipped"
            notes.append(Note(places[item.id], text))
    yield from reversed(notes)


def refuse_reached(items: tuple[Item, ...]) -> None:
    """Refuse operators that no engine carries out, unless the rule set itself turns them off.

    The Core Rule Set 3 has one such rule behind a gate that is open only where the operator of the
    site sets certain TX members. The gate counts as shut where no rule sets any of these members.
    An engine that comes to such a rule all the same refuses the request.

    Raises:
        BadRules: a rule with such an operator may be reached.
    """
    for at, item in enumerate(items):
        if isinstance(item, Marker):
            continue
        for link in item.links:
            reason = REFUSED.get(link.operator.name)
            if reason and not any(_skips(items, gate, at) for gate in range(at)):
                raise BadRules(
                    link.place, f"operator @{link.operator.name} is not carried out: {reason}"
                )


def _skips(items: tuple[Item, ...], gate: int, at: int) -> bool:
    """Tell whether one rule always leads past another: both by their places in the items."""
    rule, over = items[gate], items[at]
    if isinstance(rule, Marker) or isinstance(over, Marker) or rule.phase is not over.phase:
        return False
    if not rule.skip_after or any(isinstance(one, Marker) for one in items[gate:at]):
        return False
    if Marker(rule.skip_after) not in items[at:]:
        return False
    return all(_always(link, items) for link in rule.links) and not _removed(rule, over, items)


def _always(link: Link, items: tuple[Item, ...]) -> bool:
    """Tell whether a link counts members of TX that no rule sets, and wants none."""
    test = link.operator
    if test.name != "eq" or test.argument.strip() != b"0" or test.negated or link.transforms:
        return False
    return len(link.selectors) == 1 and all(
        one.count and one.collection == "TX" and one.key is not None and not _set(one.key, items)
        for one in link.selectors
    )


def _set(key: bytes, items: tuple[Item, ...]) -> bool:
    """Tell whether a rule may set a member of TX, captures among them."""
    if key.isdigit():
        return True
    for link in _links(items):
        for one in link.setvars:
            begin, macro, _ = one.name.lower().partition(b"%{")
            if one.collection == "TX" and (key.startswith(begin) if macro else key == begin):
                return True
    return False


def _removed(rule: Rule, over: Rule, items: tuple[Item, ...]) -> bool:
    """Tell whether a ctl action may take out a gate, and leave the rule behind the gate."""
    return any(
        names(removal(one), rule) and not names(removal(one), over)
        for link in _links(items)
        for one in link.ctls
        if one.name.startswith("ruleremove")
    )


def names(which: Removal, rule: Rule) -> bool:
    """Tell whether a removal names a rule."""
    if which.ids is not None:
        return rule.id in which.ids
    if which.tag is not None:
        search = compiled(which.tag).search
        return any(search(tag.encode()) is not None for tag in rule.tags)
    if which.msg is not None:
        return compiled(which.msg).search(rule.msg) is not None
    return False


def _links(items: tuple[Item, ...]) -> Iterator[Link]:
    for item in items:
        if isinstance(item, Rule):
            yield from item.links
