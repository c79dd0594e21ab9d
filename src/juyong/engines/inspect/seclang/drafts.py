"""Rules as they are read: actions stay words until all updates of later directives are in."""

import msgspec

from juyong.engines.inspect.rules import Operator, Phase, Place, Selector
from juyong.engines.inspect.seclang.actions import Action, last
from juyong.engines.inspect.seclang.controls import MOST_ID
from juyong.engines.inspect.seclang.errors import BadPart

_PHASES = {
    **{str(int(phase)): phase for phase in Phase},
    "request": Phase.REQUEST_BODY,
    "response": Phase.RESPONSE_BODY,
    "logging": Phase.LOGGING,
}


class DraftLink(msgspec.Struct, kw_only=True):
    """A link of a chain; selectors: Empty for a SecAction."""

    place: Place
    selectors: tuple[Selector, ...]
    operator: Operator
    actions: tuple[Action, ...]

    @property
    def goes_on(self) -> bool:
        """Whether the next rule is chained to this link."""
        return last(self.actions, "chain") is not None


class Draft(msgspec.Struct, kw_only=True):
    """A rule with its chain, not final."""

    id: int
    phase: Phase
    links: list[DraftLink] = msgspec.field(default_factory=list)

    @property
    def first(self) -> DraftLink:
        """The first link, which carries the actions of the whole rule."""
        return self.links[0]

    @property
    def place(self) -> Place:
        """Where the rule begins."""
        return self.first.place


def begin(link: DraftLink) -> Draft:
    """Return the draft that a first link begins.

    Raises:
        BadPart: the id is missing or no number, or the phase is none of the five.

    Source: ModSecurity 2.9 reference manual: ids are required, the phase is 2 where none is said
    (documented).
    """
    number = last(link.actions, "id")
    if number is None:
        raise BadPart("a rule has no id")
    if not (number.isascii() and number.isdigit() and 0 < int(number[:20]) <= MOST_ID):
        raise BadPart(f"the id of a rule is a whole number above zero, not `{number[:40]}`")
    told = last(link.actions, "phase")
    phase = Phase.REQUEST_BODY if told is None else _PHASES.get(told.lower())
    if phase is None:
        raise BadPart(f"no phase: `{told}`")
    return Draft(id=int(number), phase=phase, links=[link])


def phase_of(told: str | None) -> Phase:
    """Return the phase that a default action names."""
    if told is None or (phase := _PHASES.get(told.lower())) is None:
        raise BadPart("a default action names one of the phases 1 to 5")
    return phase
