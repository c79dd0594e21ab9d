"""The answers of `juyong net unused`."""

from collections.abc import Iterator

import msgspec

from juyong.api.command import Answer
from juyong.services.network.answers import CANNOT_TELL, shortened


class UnusedShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or entry that decides no packet; `by` names what decides in its place."""

    owner: str
    id: str
    rule: str
    why: str
    by: tuple[str, ...]


class IdleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that no flow used since a time.

    `last_used` is empty where no flow ever did; `made_since` is when the rule was made, where that
    was later than the time asked about.
    """

    owner: str
    id: str
    rule: str
    last_used: str
    made_since: str

    @property
    def text(self) -> str:
        """The rule on one line."""
        last = f"last used at {self.last_used}" if self.last_used else "no flow ever used it"
        made = f", made at {self.made_since}" if self.made_since else ""
        return f"{self.owner}  {self.id}  {self.rule}  {last}{made}"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the time since `since` is known.

    `recorded_since` is empty where no flow was ever recorded. `gaps` are the times, begin and end,
    in which flows were not recorded, as the plane was down.
    """

    since: str
    recorded_since: str
    watched_seconds: int
    gaps: tuple[tuple[str, str], ...]
    gap_seconds: int

    @property
    def text(self) -> str:
        """The evidence on one line."""
        if not self.recorded_since:
            return "no flow seen, since none was ever recorded: no server has run networks"
        known = f"no flow seen since {self.since}; flows are recorded since {self.recorded_since}"
        if not self.gaps:
            return f"{known}, without a gap"
        gaps = shortened(tuple(f"{one} to {other}" for one, other in self.gaps))
        return f"{known}, with gaps of {self.gap_seconds} s while the plane was down: {gaps}"


class Unused(Answer, frozen=True, kw_only=True):
    """The rules that decide no packet, and the groups without members.

    All that is named in `rules` can be taken away together, and no verdict changes. `idle` are the
    other rules that no flow used since a time, and `evidence` what is known of that time; both are
    null where no time was asked about. Flows of IPv6 are not recorded, and its rules not listed.
    """

    rules: tuple[UnusedShown, ...]
    groups: tuple[str, ...]
    idle: tuple[IdleShown, ...] | None = None
    evidence: Evidence | None = None

    @property
    def status(self) -> int:
        """1: every rule and group is of use, 2: no flow was recorded in the time asked about."""
        if self.evidence is not None and not self.evidence.watched_seconds:
            return CANNOT_TELL
        return int(not (self.rules or self.groups or self.idle))

    def lines(self) -> Iterator[str]:
        """Yield a line for each rule and group."""
        for each in self.rules:
            by = f": {shortened(each.by)}" if each.by else ""
            yield f"{each.owner}  {each.id}  {each.rule}  {each.why}{by}"
        yield from (f"{group}  has no members" for group in self.groups)
        yield from (each.text for each in self.idle or ())
        if self.status == 1:
            yield "nothing is unused"
        if self.evidence is not None:
            yield self.evidence.text


class KeptShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that reviews find to be of no use."""

    owner: str
    id: str
    why: str
    found_since: str


class Reviewed(Answer, frozen=True, kw_only=True):
    """The rules that the server's last review found.

    `at` is empty before the first one. `found` is how many rules were of no use, of which `rules`
    holds at most so many as are kept; each has the time since which reviews find the rule.
    """

    at: str
    since: str
    found: int
    rules: tuple[KeptShown, ...]

    @property
    def status(self) -> int:
        """1: every rule is of use, 2: there was no review."""
        return int(not self.found) if self.at else CANNOT_TELL

    def lines(self) -> Iterator[str]:
        """Yield a line for each rule."""
        for each in self.rules:
            yield f"{each.owner}  {each.id}  {each.why}  found since {each.found_since}"
        if self.found > len(self.rules):
            yield f"and {self.found - len(self.rules)} more"
        asked = f"reviewed at {self.at}, for flows since {self.since}"
        yield asked if self.at else "no server has reviewed the rules"
