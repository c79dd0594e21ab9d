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


def refuse_reached(items: tuple[Item, ...], most: int) -> None:
    """Refuse operators that no engine carries out, unless the rule set itself turns them off.

    The Core Rule Set 3 has one such rule behind a gate that is open only where the operator of the
    site sets certain TX members. The gate counts as shut where no rule sets any of these members.
    An engine that comes to such a rule all the same refuses the request.

    Args:
        most: How many such rules there may be.

    Raises:
        BadRules: a rule with such an operator may be reached, or there are too many of them.

    Cost: each such rule passes over the rules before it, up to a marker.
    """
    doubtful = [
        (at, item, link)
        for at, item in enumerate(items)
        if isinstance(item, Rule)
        for link in item.links
        if link.operator.name in REFUSED
    ]
    gates = _Gates(items) if doubtful else None
    for number, (at, rule, link) in enumerate(doubtful):
        if gates is None or number >= most or not gates.lead_past(at, rule):
            name = link.operator.name
            raise BadRules(link.place, f"operator @{name} is not carried out: {REFUSED[name]}")


class _Gates:
    """All that decides which rules always lead past others.

    A gate counts members of TX that no rule sets, wants none, and skips to a marker behind the
    rule in question. No marker stands between, so no other skip leads behind the gate, and no
    removal takes the gate out and leaves the rule.
    """

    def __init__(self, items: tuple[Item, ...]) -> None:
        self._items = items
        self._markers = {
            item.label: at for at, item in enumerate(items) if isinstance(item, Marker)
        }
        links = [link for item in items if isinstance(item, Rule) for link in item.links]
        self._removals = [
            removal(one)
            for one in {ctl for link in links for ctl in link.ctls}
            if one.name.startswith("ruleremove")
        ]
        self._set: set[bytes] = set()
        self._begun: set[bytes] = set()
        for one in (one for link in links for one in link.setvars if one.collection == "TX"):
            begin, macro, _ = one.name.lower().partition(b"%{")
            (self._begun if macro else self._set).add(begin)

    def lead_past(self, at: int, rule: Rule) -> bool:
        """Tell whether a gate always leads past the rule at a place."""
        for before in reversed(self._items[:at]):
            if isinstance(before, Marker):
                return False
            if self._is_gate(before, rule, at):
                return True
        return False

    def _is_gate(self, gate: Rule, rule: Rule, at: int) -> bool:
        return (
            gate.phase is rule.phase
            and self._markers.get(gate.skip_after, -1) > at
            and all(self._always(link) for link in gate.links)
            and not any(names(one, gate) and not names(one, rule) for one in self._removals)
        )

    def _always(self, link: Link) -> bool:
        """Tell whether a link counts members of TX that no rule sets, and wants none."""
        test = link.operator
        if test.name != "eq" or test.argument.strip() != b"0" or test.negated or link.transforms:
            return False
        return len(link.selectors) == 1 and all(
            one.count and one.collection == "TX" and one.key is not None and self._unset(one.key)
            for one in link.selectors
        )

    def _unset(self, key: bytes) -> bool:
        """Tell whether no rule sets a member of TX, captures among them."""
        return not (
            key.isdigit() or key in self._set or any(key.startswith(one) for one in self._begun)
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
