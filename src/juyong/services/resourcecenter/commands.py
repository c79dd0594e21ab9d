"""The resources of the platform: their states, links and history."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, OperatorError, Option, command
from juyong.api.doc import Doc
from juyong.api.moments import moment_or_now

if TYPE_CHECKING:
    from juyong.base.clock import Instant
    from juyong.services.resourcecenter.filters import Row
    from juyong.store.inventory import Ref
    from juyong.store.transaction import Transaction


What = Annotated[str, Doc("Id, name or ARN of the resource.")]
Type = Annotated[str, Doc("Only resources of this type, such as `ACS::KMS::Key`.")]
Account = Annotated[str, Doc("Only resources of this account.")]
AsOf = Annotated[
    str,
    Option(takes="TIME"),
    Doc("The state then: `2026-11-24`, `2026-11-24T10:00:00Z`, or `7d`, `12h`, `30m` ago."),
]


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


_FINDS = ("it is shown", "there is no such resource", "the answer is unknown")


@command(
    "inventory list",
    answers=("listed", "", "it cannot be told"),
    examples=(
        "juyong inventory list --type ACS::KMS::Key",
        "juyong inventory list --tag team=pay --as-of 7d",
    ),
)
def list_resources(
    ctx: CommandContext,
    *,
    type: Type = "",  # the option's name
    account: Account = "",
    tag: Annotated[list[str], Doc("Only resources with this tag, `key` or `key=value`.")] = [],  # noqa: B006
    as_of: AsOf = "",
) -> Resources:
    """List the resources of the platform."""
    wanted = [each.partition("=")[::2] for each in tag]
    at = moment_or_now(as_of)

    from juyong.api.tags import bears  # noqa: PLC0415
    from juyong.store.inventory import tags_held  # noqa: PLC0415

    def work(tx: "Transaction") -> list["Row"]:
        return [row for row in _rows(tx, at, account) if type in ("", row.resource_type)]

    with ctx.open() as home:
        rows = home.call(work)
    return Resources(
        resources=tuple(
            Listed(
                account_id=row.account_id,
                type=row.resource_type,
                region=row.region,
                id=row.resource_id,
                name=row.name,
                tags=tags_held(row),
            )
            for row in rows
            if bears(tags_held(row), wanted)
        )
    )


@command("inventory show", answers=_FINDS, examples=("juyong inventory show alice",))
def show(
    ctx: CommandContext,
    resource: What,
    *,
    type: Type = "",  # the option's name
    account: Account = "",
    as_of: AsOf = "",
) -> Shown | NotThere:
    """Show a resource: its state, tags and links."""
    from juyong.base.clock import iso  # noqa: PLC0415
    from juyong.store.inventory import ResourceRow, tags_held  # noqa: PLC0415

    at = moment_or_now(as_of)
    with ctx.open() as home:
        answer = home.call(lambda tx: _linked(tx, resource, type, account, at))
    if answer is None:
        return NotThere()
    found, links = answer
    state = found.state if isinstance(found, ResourceRow) else found.snapshot
    return Shown(
        account_id=found.account_id,
        type=found.resource_type,
        region=found.region,
        id=found.resource_id,
        name=found.name,
        arn=found.arn,
        as_of=None if at is None else iso(at),
        state=msgspec.json.decode(state),
        tags=tags_held(found),
        links=links,
    )


@command("inventory links", answers=_FINDS, examples=("juyong inventory links alice",))
def show_links(
    ctx: CommandContext,
    resource: What,
    *,
    type: Type = "",  # the option's name
    account: Account = "",
    as_of: AsOf = "",
) -> Links | NotThere:
    """List the links of a resource, and the links of others to it."""
    at = moment_or_now(as_of)
    with ctx.open() as home:
        answer = home.call(lambda tx: _linked(tx, resource, type, account, at))
    return NotThere() if answer is None else Links(links=answer[1])


@command("inventory history", answers=_FINDS, examples=("juyong inventory history alice --most 5",))
def show_history(
    ctx: CommandContext,
    resource: What,
    *,
    type: Type = "",  # the option's name
    account: Account = "",
    most: Annotated[int, Option(takes="COUNT"), Doc("At most so many states.")] = 100,
) -> History | NotThere:
    """List the states that a resource took, the newest first; a deleted one too, by its id."""
    from juyong.base.clock import iso, system_clock  # noqa: PLC0415
    from juyong.store.inventory import links_of, tags_held  # noqa: PLC0415
    from juyong.store.inventory_reads import (  # noqa: PLC0415
        accounts,
        deleted,
        extent,
        history,
    )

    def work(tx: "Transaction") -> "tuple[Row, list[Any], Instant] | None":
        rows: list[Row] = _rows(tx, None, account)
        for each in accounts(tx):
            rows += deleted(tx, each, system_clock()) if account in ("", each) else []
        found = _the(rows, resource, type)
        if found is None:
            return None
        return found, history(tx, found.ref, most), extent(tx).known_from

    with ctx.open() as home:
        answer = home.call(work)
    if answer is None:
        return NotThere()
    found, events, known_from = answer
    return History(
        type=found.resource_type,
        id=found.resource_id,
        steps=tuple(
            Step(
                at=iso(event.at),
                change=event.change,
                request_id=event.request_id,
                state=msgspec.json.decode(event.snapshot),
                tags=tags_held(event),
                links=len(links_of(event.links)),
            )
            for event in events
        ),
        known_from=iso(known_from) if known_from else None,
    )


def _rows(tx: "Transaction", at: "Instant | None", account: str) -> list["Row"]:
    """Return the resources of one account or all, now or at an instant.

    Raises:
        OperatorError: the inventory is not complete, or does not go back so far.
    """
    from juyong.base.clock import iso  # noqa: PLC0415
    from juyong.store.inventory_reads import (  # noqa: PLC0415
        NOT_YET,
        Unknown,
        accounts,
        as_of,
        current,
        extent,
    )

    if extent(tx).known_from == NOT_YET:
        raise OperatorError(
            "the inventory of this older home is not complete yet: a running server completes it; "
            "start one: juyong serve"
        )
    rows: list[Row] = []
    for each in accounts(tx):
        if account not in ("", each):
            continue
        try:
            rows += current(tx, each) if at is None else as_of(tx, each, at)
        except Unknown as unknown:
            since = "" if unknown.known_from is None else iso(unknown.known_from)
            raise OperatorError(
                f"the state at that time is unknown: it is known from {since} on"
            ) from None
    return rows


def _linked(
    tx: "Transaction", what: str, kind: str, account: str, at: "Instant | None"
) -> "tuple[Row, tuple[LinkShown, ...]] | None":
    """Return a resource and its links at one moment, or None when there is no such resource."""
    found = _the(_rows(tx, at, account), what, kind)
    return None if found is None else (found, _links(tx, found, at))


def _the(rows: Iterable["Row"], what: str, kind: str) -> "Row | None":
    """Return the named resource; None if there is none.

    Raises:
        BadInput: several resources have the name.
    """
    fitting = [
        row
        for row in rows
        if what in (row.resource_id, row.name, row.arn) and kind in ("", row.resource_type)
    ]
    exact = [row for row in fitting if what in (row.resource_id, row.arn)]
    found = {row.ref: row for row in exact or fitting}
    if len(found) > 1:
        several = ", ".join(f"{r.resource_type} {r.resource_id} of {r.account_id}" for r in found)
        raise BadInput(f"`{what}` can mean {several}: say --type, --account or the ARN")
    return next(iter(found.values()), None)


def _links(tx: "Transaction", row: "Row", at: "Instant | None") -> tuple[LinkShown, ...]:
    """Return the links of a resource, and the links of others to it."""
    from juyong.store.inventory import links_of  # noqa: PLC0415
    from juyong.store.inventory_reads import links_to  # noqa: PLC0415

    own = [_link("to", link.kind, link.target) for link in links_of(row.links)]
    if at is None:
        others = links_to(tx, row.ref)
    else:
        others = [
            (link.kind, each.ref)
            for each in _rows(tx, at, "")
            for link in links_of(each.links)
            if link.target == row.ref
        ]
    return (*own, *(_link("from", kind, source) for kind, source in others))


def _link(direction: str, kind: str, other: "Ref") -> LinkShown:
    return LinkShown(
        direction=direction,
        kind=kind,
        account_id=other.account_id,
        type=other.resource_type,
        region=other.region,
        id=other.resource_id,
    )


def _difference(before: Step | None, now: Step) -> str:
    """Name the members, tags and links that differ from the state before."""
    if before is None or not (isinstance(before.state, dict) and isinstance(now.state, dict)):
        return ""
    names = sorted(before.state.keys() | now.state.keys())
    changed = [name for name in names if before.state.get(name) != now.state.get(name)]
    changed += ["tags"] if before.tags != now.tags else []
    changed += ["links"] if before.links != now.links else []
    return f"  {', '.join(changed)}" if changed else ""
