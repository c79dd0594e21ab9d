"""Files of directives to a `RuleSet`: each directive carried out, or refused with file and line."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from juyong.engines.inspect.rules import (
    DefaultAction,
    Item,
    Marker,
    Operator,
    Phase,
    Place,
    RuleSet,
)
from juyong.engines.inspect.seclang import updates
from juyong.engines.inspect.seclang.actions import every, is_removal, last, split
from juyong.engines.inspect.seclang.bounds import Bounds
from juyong.engines.inspect.seclang.building import default_action, rule
from juyong.engines.inspect.seclang.controls import Removal
from juyong.engines.inspect.seclang.drafts import Draft, DraftLink, begin, phase_of
from juyong.engines.inspect.seclang.errors import BadPart, BadRules
from juyong.engines.inspect.seclang.known import (
    IDLE_DIRECTIVES,
    OFF_DIRECTIVES,
    REFUSED_DIRECTIVES,
)
from juyong.engines.inspect.seclang.lexing import Directive, directives
from juyong.engines.inspect.seclang.operators import ReadWords, operator
from juyong.engines.inspect.seclang.reach import Note, labels_missing, refuse_reached
from juyong.engines.inspect.seclang.settings import Settings, off, one, set_value
from juyong.engines.inspect.seclang.skips import place_markers
from juyong.engines.inspect.seclang.sources import Files, Sources
from juyong.engines.inspect.seclang.targets import selectors

_ALWAYS = Operator(name="unconditionalmatch")
_WORDS_OF_RULE = (2, 3)


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set, and what a person should look at in its files."""

    rules: RuleSet
    notes: tuple[Note, ...] = ()


def load(files: Files, entries: Sequence[str], *, bounds: Bounds | None = None) -> Loaded:
    """Read a rule set.

    Args:
        files: Contents by name; a plain dict serves for texts.
        entries: Names or globs of the files to begin with, in order.
        bounds: How much a rule set may hold.

    Raises:
        BadRules: the first thing that no engine carries out, with file and line.

    Cost: linear in the size of the files; each removal or update passes over all rules so far.
    """
    reading = _Reading(files, bounds or Bounds())
    for entry in entries:
        reading.include(Directive(Place(entry, 0), "Include", (entry,)), by="")
    return reading.finish()


class _Reading:
    """All that was read so far."""

    def __init__(self, files: Files, bounds: Bounds) -> None:
        self._bounds = bounds
        self._sources = Sources(files, bounds)
        self._items: list[updates.DraftItem] = []
        self._places: dict[int, Place] = {}
        self._open: Draft | None = None
        self._defaults: dict[Phase, DefaultAction] = {}
        self._settings = Settings()
        self._notes: list[Note] = []
        self._depth = 0
        self._rules = 0
        self._tags = 0
        self._controls = 0
        self._steps = 0

    def include(self, told: Directive, *, by: str) -> None:
        """Read the files that a directive names, one after the other."""
        try:
            names = self._sources.names(
                one(told.words), by, optional=told.name.lower() == "includeoptional"
            )
            contents = [(name, self._sources.read(name)) for name in names]
        except BadPart as bad:
            raise BadRules(told.place, str(bad)) from None
        if self._depth == self._bounds.nesting:
            raise BadRules(told.place, f"Include stands in Include {self._depth} times")
        self._depth += 1
        for name, data in contents:
            for directive in directives(name, data):
                self._carry_out(directive)
        self._depth -= 1

    def finish(self) -> Loaded:
        """Return the rule set, once all files are read."""
        self._refuse_open()
        self._check_controls()
        places = {item.id: item.place for item in self._items if isinstance(item, Draft)}
        drafts, labels = place_markers(self._items)
        items = tuple(self._final(item, labels) for item in drafts)
        refuse_reached(items, self._bounds.doubtful)
        return Loaded(
            rules=RuleSet(
                items=items,
                defaults=tuple(sorted(self._defaults.items())),
                digest=self._sources.digest,
                **msgspec.structs.asdict(self._settings),
            ),
            notes=(*self._notes, *labels_missing(items, places)),
        )

    def _check_controls(self) -> None:
        """Refuse more ctl removals than an engine could prepare in a few seconds."""
        try:
            self._spend(self._controls)
        except BadPart as bad:
            rules = [item for item in self._items if isinstance(item, Draft)]
            raise BadRules(rules[-1].place, str(bad)) from None

    def _final(self, item: updates.DraftItem, labels: Mapping[int, str]) -> Item:
        if isinstance(item, Marker):
            return item
        made = rule(item, self._defaults.get(item.phase, DefaultAction()))
        label = labels.get(item.id, made.skip_after)
        return msgspec.structs.replace(made, skip_after=label)

    def _carry_out(self, told: Directive) -> None:
        try:
            self._dispatch(told)
        except BadPart as bad:
            raise BadRules(told.place, str(bad)) from None

    def _dispatch(self, told: Directive) -> None:
        name = told.name.lower()
        if name not in {"secrule", "secaction"}:
            self._refuse_open()
        if name in {"include", "includeoptional"}:
            self.include(told, by=told.place.file)
        elif method := _METHODS.get(name):
            method(self, told)
        elif reason := _FOLDED_OFF.get(name):
            off(told.words, reason)
        elif reason := _FOLDED_REFUSED.get(name):
            raise BadPart(f"{told.name} is not carried out: {reason}")
        elif name not in _FOLDED_IDLE and not set_value(self._settings, name, told.words):
            raise BadPart(f"unknown directive `{told.name[:60]}`")

    def _refuse_open(self) -> None:
        if self._open is not None:
            raise BadRules(self._open.links[-1].place, "a chain does not end: no rule follows")

    def on_rule(self, told: Directive) -> None:
        """Carry out SecRule."""
        if len(told.words) not in _WORDS_OF_RULE:
            raise BadPart(f"SecRule takes variables, an operator and actions, not {told.words[:4]}")
        link = DraftLink(
            place=told.place,
            selectors=selectors(told.words[0]),
            operator=operator(told.words[1], self._reader(told)),
            actions=split(told.words[2]) if told.words[2:] else (),
        )
        if all(one.excluded for one in link.selectors):
            raise BadPart("all variables of the rule are taken out")
        self._add(link)

    def on_action(self, told: Directive) -> None:
        """Carry out SecAction."""
        self._add(
            DraftLink(
                place=told.place, selectors=(), operator=_ALWAYS, actions=split(one(told.words))
            )
        )

    def _reader(self, told: Directive) -> ReadWords:
        return lambda name: self._sources.words(name, told.place.file)

    def _spend(self, passes: int) -> None:
        """Count removals and updates: each goes through all rules so far and their tags."""
        self._steps += passes * (len(self._items) + self._tags)
        if self._steps > self._bounds.steps:
            raise BadPart("removals and updates of rules pass over too many rules")

    def _check_parts(self, link: DraftLink) -> None:
        if max(len(link.selectors), len(link.actions)) > self._bounds.parts:
            raise BadPart(f"a rule has more than {self._bounds.parts} variables or actions")

    def _add(self, link: DraftLink) -> None:
        self._rules += 1
        self._check_parts(link)
        self._tags += len(every(link.actions, "tag"))
        self._controls += sum(is_removal(one) for one in link.actions)
        if self._rules > self._bounds.rules:
            raise BadPart(f"more than {self._bounds.rules} rules")
        draft = self._open
        if draft is None:
            draft = begin(link)
            if first := self._places.get(draft.id):
                raise BadPart(f"id {draft.id} is taken by the rule at {first}")
            self._places[draft.id] = draft.place
            self._items.append(draft)
        else:
            draft.links.append(link)
            if len(draft.links) > self._bounds.links:
                raise BadPart(f"a chain has more than {self._bounds.links} rules")
        self._open = draft if link.goes_on else None

    def on_marker(self, told: Directive) -> None:
        """Carry out SecMarker."""
        self._items.append(Marker(one(told.words)))

    def on_default(self, told: Directive) -> None:
        """Carry out SecDefaultAction."""
        actions = split(one(told.words))
        phase = phase_of(last(actions, "phase"))
        if phase in self._defaults:
            raise BadPart(f"phase {int(phase)} has a default action from an earlier directive")
        self._defaults[phase] = default_action(actions)

    def on_remove(self, told: Directive) -> None:
        """Carry out SecRuleRemoveById, ByTag and ByMsg."""
        how = told.name.lower().removeprefix("secruleremove")
        which = updates.named(how, " ".join(told.words))
        gone = {draft.id for draft in self._chosen(told, which)}
        self._items = [
            item for item in self._items if isinstance(item, Marker) or item.id not in gone
        ]

    def on_update_targets(self, told: Directive) -> None:
        """Carry out SecRuleUpdateTargetById, ByTag and ByMsg."""
        how = told.name.lower().removeprefix("secruleupdatetarget")
        if len(told.words) != len(("rules", "targets")):
            raise BadPart("the directive takes rules and targets; a third word is not carried out")
        targets = selectors(told.words[1])
        found = self._chosen(told, updates.named(how, told.words[0]))
        updates.change_targets(found, targets)
        for link in (link for draft in found for link in draft.links):
            self._check_parts(link)

    def on_update_actions(self, told: Directive) -> None:
        """Carry out SecRuleUpdateActionById."""
        if len(told.words) != len(("rules", "actions")):
            raise BadPart("the directive takes rules and actions")
        which = updates.named("byid", told.words[0])
        found = self._chosen(told, which)
        updates.change_actions(found, split(told.words[1]))
        for draft in found:
            self._check_parts(draft.first)

    def _chosen(self, told: Directive, which: Removal) -> list[Draft]:
        """Return the rules that a directive names, with a note where no rule so far is named."""
        self._spend(1)
        found = updates.chosen(self._items, which)
        if not found:
            text = f"{told.name} names no rule that was read before: `{told.words[0][:60]}`"
            self._notes.append(Note(told.place, text))
        return found


_RULES: dict[str, Callable[[_Reading, Directive], None]] = {
    "SecAction": _Reading.on_action,
    "SecDefaultAction": _Reading.on_default,
    "SecMarker": _Reading.on_marker,
    "SecRule": _Reading.on_rule,
    "SecRuleRemoveById": _Reading.on_remove,
    "SecRuleRemoveByMsg": _Reading.on_remove,
    "SecRuleRemoveByTag": _Reading.on_remove,
    "SecRuleUpdateActionById": _Reading.on_update_actions,
    "SecRuleUpdateTargetById": _Reading.on_update_targets,
    "SecRuleUpdateTargetByMsg": _Reading.on_update_targets,
    "SecRuleUpdateTargetByTag": _Reading.on_update_targets,
}
DIRECTIVES = frozenset({"Include", "IncludeOptional", *_RULES})
"""The directives of this module, as their documentation spells them."""

_METHODS = {name.lower(): method for name, method in _RULES.items()}
_FOLDED_IDLE = frozenset(name.lower() for name in IDLE_DIRECTIVES)
_FOLDED_OFF = {name.lower(): reason for name, reason in OFF_DIRECTIVES.items()}
_FOLDED_REFUSED = {name.lower(): reason for name, reason in REFUSED_DIRECTIVES.items()}
