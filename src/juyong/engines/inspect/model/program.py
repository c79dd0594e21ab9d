"""A rule set made ready: rules by phase, where skips lead, which rules ctl actions name."""

from collections.abc import Iterator
from functools import cached_property

import msgspec

from juyong.engines.inspect.model.state import KEPT
from juyong.engines.inspect.model.testing import Cache, Tester
from juyong.engines.inspect.rules import (
    Ctl,
    Link,
    Marker,
    Phase,
    Rule,
    RuleSet,
    Selector,
    SetVar,
)
from juyong.engines.inspect.seclang.controls import removal
from juyong.engines.inspect.seclang.macros import Macro, Template, parse
from juyong.engines.inspect.seclang.reach import names


class Taken(msgspec.Struct, frozen=True, dict=True):
    """Parts that a ctl action takes out: whole rules, or targets of rules; ids: Of these rules."""

    ids: frozenset[int]
    targets: tuple[Selector, ...]

    @cached_property
    def by_rule(self) -> dict[int, tuple[Selector, ...]]:
        """The targets, by rule; to be read only."""
        return dict.fromkeys(self.ids, self.targets)


class ReadySetVar(msgspec.Struct, frozen=True):
    """A setvar whose macros were found."""

    what: SetVar
    name: Template
    value: Template


class ReadyLink:
    """A link whose macros were found, with its test.

    switches: ctl actions that set one thing for the request, names and values folded.
    acts: Whether the link has any action of these kinds.
    """

    def __init__(self, link: Link, program: "Program") -> None:
        """Compile."""
        self.link = link
        self.tester = Tester(link, program.cache)
        self.setvars = [ReadySetVar(one, parse(one.name), parse(one.value)) for one in link.setvars]
        self.opened = [(name, parse(key)) for name, key in link.initcol]
        self.taken = [
            program.taken_by(one) for one in link.ctls if one.name.startswith("ruleremove")
        ]
        self.switches = [
            (one.name, one.value.lower())
            for one in link.ctls
            if not one.name.startswith("ruleremove")
        ]
        self.acts = bool(self.setvars or self.opened or self.taken or self.switches)

    def templates(self) -> Iterator[Template]:
        """Yield the texts with macros that this link fills in."""
        yield parse(self.link.operator.argument)
        for one in self.setvars:
            yield from (one.name, one.value)
        for _, key in self.opened:
            yield key


class ReadyRule:
    """A rule made ready.

    skip_to: The place, among the rules of the phase, that the rule leads to; None where it leads
        to the next.
    """

    def __init__(self, rule: Rule, program: "Program") -> None:
        """Compile."""
        self.rule = rule
        self.links = [ReadyLink(link, program) for link in rule.links]
        self.msg = parse(rule.msg)
        self.logdata = parse(rule.logdata)
        self.location = parse(rule.location)
        self.skip_to: int | None = None

    def templates(self) -> Iterator[Template]:
        """Yield the texts with macros that this rule fills in."""
        yield from (self.msg, self.logdata, self.location)
        for link in self.links:
            yield from link.templates()


class Program:
    """All rules of a rule set, made ready; may be shared by threads."""

    def __init__(self, rules: RuleSet, cache: Cache) -> None:
        """Compile. Cost: each different ctl action that names rules passes over all of them."""
        self.rules = rules
        self.cache = cache
        self.defaults = {phase: rules.default_of(phase) for phase in Phase}
        self._taken: dict[Ctl, Taken] = {}
        self.phases: dict[Phase, list[ReadyRule]] = {phase: [] for phase in Phase}
        self._make()

    def taken_by(self, ctl: Ctl) -> Taken:
        """Return what a ruleRemove action takes out."""
        kept = self._taken.get(ctl)
        if kept is None:
            which = removal(ctl)
            rules = (item for item in self.rules.items if isinstance(item, Rule))
            ids = frozenset(rule.id for rule in rules if names(which, rule))
            kept = self._taken[ctl] = Taken(ids, which.targets)
        return kept

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The variables that rules read and the engine does not keep."""
        found: set[str] = set()
        for _, default in self.rules.defaults:
            found.update(_named(parse(default.location)))
        for ready in (one for phase in self.phases.values() for one in phase):
            for link in ready.links:
                found.update(one.collection for one in link.link.selectors)
            for template in ready.templates():
                found.update(_named(template))
        return frozenset(found - KEPT)

    def _make(self) -> None:
        """Make the rules, and set where each skip leads: behind the next marker of its label."""
        waiting: dict[str, list[ReadyRule]] = {}
        for item in self.rules.items:
            if isinstance(item, Marker):
                for ready in waiting.pop(item.label, ()):
                    ready.skip_to = len(self.phases[ready.rule.phase])
                continue
            ready = ReadyRule(item, self)
            self.phases[item.phase].append(ready)
            if item.skip_after:
                waiting.setdefault(item.skip_after, []).append(ready)
        for rest in waiting.values():
            for ready in rest:
                ready.skip_to = len(self.phases[ready.rule.phase])


def _named(template: Template) -> Iterator[str]:
    """Yield the variables that a text names in macros."""
    return (part.collection for part in template if isinstance(part, Macro))
