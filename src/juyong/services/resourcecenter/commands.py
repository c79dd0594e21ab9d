"""The resources of the platform: their states, links and history."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from juyong.api.command import CommandContext, Option, command
from juyong.api.doc import Doc
from juyong.api.moments import moment_or_now
from juyong.services.resourcecenter.answers import (
    History,
    Links,
    Listed,
    NotThere,
    Resources,
    Shown,
    Step,
)

if TYPE_CHECKING:
    from juyong.base.clock import Instant
    from juyong.services.resourcecenter.filters import Row
    from juyong.store.transaction import Transaction


What = Annotated[str, Doc("Id, name or ARN of the resource.")]
Type = Annotated[str, Doc("Only resources of this type, such as `ACS::KMS::Key`.")]
Account = Annotated[str, Doc("Only resources of this account.")]
AsOf = Annotated[
    str,
    Option(takes="TIME"),
    Doc("The state then: `2026-11-24`, `2026-11-24T10:00:00Z`, or `7d`, `12h`, `30m` ago."),
]


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
    from juyong.services.resourcecenter.named import rows_at  # noqa: PLC0415
    from juyong.store.inventory import tags_held  # noqa: PLC0415

    def work(tx: "Transaction") -> list["Row"]:
        return [row for row in rows_at(tx, at, account) if type in ("", row.resource_type)]

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
    from juyong.services.resourcecenter.named import linked  # noqa: PLC0415
    from juyong.store.inventory import ResourceRow, tags_held  # noqa: PLC0415

    at = moment_or_now(as_of)
    with ctx.open() as home:
        answer = home.call(lambda tx: linked(tx, resource, type, account, at))
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
    from juyong.services.resourcecenter.named import linked  # noqa: PLC0415

    at = moment_or_now(as_of)
    with ctx.open() as home:
        answer = home.call(lambda tx: linked(tx, resource, type, account, at))
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
    from juyong.services.resourcecenter.named import rows_at, the_one  # noqa: PLC0415
    from juyong.store.inventory import links_of, tags_held  # noqa: PLC0415
    from juyong.store.inventory_reads import (  # noqa: PLC0415
        accounts,
        deleted,
        extent,
        history,
    )

    def work(tx: "Transaction") -> "tuple[Row, list[Any], Instant] | None":
        rows: list[Row] = rows_at(tx, None, account)
        for each in accounts(tx):
            rows += deleted(tx, each, system_clock()) if account in ("", each) else []
        found = the_one(rows, resource, type)
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
