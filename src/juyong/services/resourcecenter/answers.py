"""Resources of the platform as its commands show them."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from juyong.api.command import Answer


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in a list."""

    account_id: str
    type: str
    region: str
    id: str
    name: str
    tags: dict[str, str]


class Resources(Answer, frozen=True, kw_only=True):
    """The resources, by account, type, region and id."""

    resources: tuple[Listed, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each resource."""
        if not self.resources:
            yield "there are no such resources"
        for each in self.resources:
            named = "" if each.name == each.id else f"  {each.name}"
            tags = "".join(f"  {key}={value}" for key, value in each.tags.items())
            yield f"{each.account_id}  {each.type}  {each.region}  {each.id}{named}{tags}"


class LinkShown(msgspec.Struct, frozen=True, kw_only=True):
    """A link; `direction` is `to` another resource, or `from` it."""

    direction: str
    kind: str
    account_id: str
    type: str
    region: str
    id: str

    @property
    def line(self) -> str:
        """The link as text."""
        arrow = f"{self.kind} →" if self.direction == "to" else f"← {self.kind}"
        return f"{arrow} {self.type} {self.id}"


class Shown(Answer, frozen=True, kw_only=True):
    """All that is known of a resource."""

    account_id: str
    type: str
    region: str
    id: str
    name: str
    arn: str
    as_of: str | None
    state: Any
    tags: dict[str, str]
    links: tuple[LinkShown, ...]

    def lines(self) -> Iterator[str]:
        """Yield the head, the state, tags and links."""
        yield f"{self.type} {self.id}  ({self.arn})"
        state = msgspec.json.format(msgspec.json.encode(self.state), indent=2).decode()
        yield from state.splitlines()
        yield from (f"tag {key}={value}" for key, value in self.tags.items())
        yield from (link.line for link in self.links)


class Links(Answer, frozen=True, kw_only=True):
    """The links of a resource, and the links of others to it."""

    links: tuple[LinkShown, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each link."""
        yield from (link.line for link in self.links)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One state that a resource took."""

    at: str
    change: str
    request_id: str
    state: Any
    tags: dict[str, str]
    links: int


class History(Answer, frozen=True, kw_only=True):
    """The states of a resource, the newest first.

    `known_from` is the time, UTC, before which states have expired or were never known; null where
    all are there. Of an existing resource the state at that time is kept.
    """

    type: str
    id: str
    steps: tuple[Step, ...]
    known_from: str | None

    def lines(self) -> Iterator[str]:
        """Yield a line for each state: time, kind of change, request, differences."""
        older: Iterable[Step | None] = (*self.steps[1:], None)
        for step, before in zip(self.steps, older, strict=True):
            yield f"{step.at}  {step.change}  {step.request_id}{_difference(before, step)}"
        if self.known_from is not None:
            yield f"states of before {self.known_from} are not kept"


class NotThere(Answer, frozen=True, kw_only=True):
    """No resource has this name."""

    found: bool = False

    @property
    def status(self) -> int:
        """1: no."""
        return 1

    def lines(self) -> list[str]:
        """Return one line."""
        return ["there is no such resource"]


def _difference(before: Step | None, now: Step) -> str:
    """Name the members, tags and links that differ from the state before."""
    if before is None or not (isinstance(before.state, dict) and isinstance(now.state, dict)):
        return ""
    names = sorted(before.state.keys() | now.state.keys())
    changed = [name for name in names if before.state.get(name) != now.state.get(name)]
    changed += ["tags"] if before.tags != now.tags else []
    changed += ["links"] if before.links != now.links else []
    return f"  {', '.join(changed)}" if changed else ""
