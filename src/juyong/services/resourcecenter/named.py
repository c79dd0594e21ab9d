"""The resource that a command names, with its links, now or at another moment."""

from collections.abc import Iterable

from juyong.api.command import BadInput, OperatorError
from juyong.base.clock import Instant, iso
from juyong.services.resourcecenter.answers import LinkShown
from juyong.services.resourcecenter.filters import Row
from juyong.store.inventory import Ref, links_of
from juyong.store.inventory_reads import (
    NOT_YET,
    Unknown,
    accounts,
    as_of,
    current,
    extent,
    links_to,
)
from juyong.store.transaction import Transaction


def rows_at(tx: Transaction, at: Instant | None, account: str) -> list[Row]:
    """Return the resources of one account or all, now or at an instant.

    Raises:
        OperatorError: the inventory is not complete, or does not go back so far.
    """
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


def linked(
    tx: Transaction, what: str, kind: str, account: str, at: Instant | None
) -> tuple[Row, tuple[LinkShown, ...]] | None:
    """Return a resource and its links at one moment, or None when there is no such resource."""
    found = the_one(rows_at(tx, at, account), what, kind)
    return None if found is None else (found, _links(tx, found, at))


def the_one(rows: Iterable[Row], what: str, kind: str) -> Row | None:
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


def _links(tx: Transaction, row: Row, at: Instant | None) -> tuple[LinkShown, ...]:
    """Return the links of a resource, and the links of others to it."""
    own = [_link("to", link.kind, link.target) for link in links_of(row.links)]
    if at is None:
        others = links_to(tx, row.ref)
    else:
        others = [
            (link.kind, each.ref)
            for each in rows_at(tx, at, "")
            for link in links_of(each.links)
            if link.target == row.ref
        ]
    return (*own, *(_link("from", kind, source) for kind, source in others))


def _link(direction: str, kind: str, other: Ref) -> LinkShown:
    return LinkShown(
        direction=direction,
        kind=kind,
        account_id=other.account_id,
        type=other.resource_type,
        region=other.region,
        id=other.resource_id,
    )
