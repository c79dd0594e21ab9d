"""Read the inventory: now, at an instant, the changes since a position, and links both ways."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.inventory import Link, LinkRow, Ref, ResourceEventRow, ResourceRow
from juyong.store.late import sa, table_of
from juyong.store.table import table
from juyong.store.transaction import Transaction

_ONLY = "inventory"
NOT_YET = Instant((1 << 62) - 1)
"""The `known_from` of an inventory whose baseline is still being written."""


@table("store_inventory", key=("name",))
class InventoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far back the inventory goes; without a row it goes back to the first resource.

    known_from: States before this instant are unknown. kept_after: Events up to this position may
    be gone.
    """

    name: str = _ONLY
    known_from: Instant
    kept_after: int
    version: int = 0


class Unknown(Exception):
    """The inventory does not go back so far. known_from: Its beginning; None: it has none yet."""

    def __init__(self, known_from: Instant | None) -> None:
        super().__init__(known_from)
        self.known_from = known_from


class Mark(NamedTuple):
    """A change in the feed. Positions alone come again when an older state is restored."""

    position: int
    request_id: str


class Changes(NamedTuple):
    """The part of the feed that a consumer gets.

    events: In the order of commits. after: The position to go on from. resync: The position that
    the consumer gave is too old; it must read `current` in this transaction, and go on from here.
    """

    events: list[ResourceEventRow]
    after: int
    resync: bool = False


def extent(tx: Transaction) -> InventoryRow:
    """Return how far back the inventory goes."""
    return tx.get(InventoryRow, _ONLY) or InventoryRow(known_from=Instant(0), kept_after=0)


def set_extent(tx: Transaction, *, known_from: Instant, kept_after: int) -> None:
    """Store how far back the inventory goes."""
    row = tx.get(InventoryRow, _ONLY)
    if row is None:
        tx.insert(InventoryRow(known_from=known_from, kept_after=kept_after))
    else:
        tx.update(row, known_from=known_from, kept_after=kept_after)


def resource_at(tx: Transaction, ref: Ref) -> ResourceRow | None:
    """Return the current state of a resource, or None."""
    return tx.get(ResourceRow, ref.account_id, ref.resource_type, ref.region, ref.resource_id)


def current(tx: Transaction, account_id: AccountId) -> list[ResourceRow]:
    """Return the current resources of an account, by type, region and id.

    Cost: one read of them all.
    """
    order = ("resource_type", "region", "resource_id")
    return tx.find(ResourceRow, order=order, account_id=account_id)


def as_of(tx: Transaction, account_id: AccountId, at: Instant) -> list[ResourceEventRow]:
    """Return the state that each resource of an account had at an instant.

    Raises:
        Unknown: the inventory does not go back so far.

    Cost: one read of the index of the account's history.
    """
    known_from = extent(tx).known_from
    if at < known_from:
        raise Unknown(None if known_from == NOT_YET else known_from)
    rows = tx.query(_as_of, account_id=account_id, at=at)
    return [event for event in map(_event, rows) if event.change != "deleted"]


def deleted(tx: Transaction, account_id: AccountId, now: Instant) -> list[ResourceEventRow]:
    """Return the last state of each resource of an account that was deleted, as far as is kept."""
    rows = tx.query(_as_of, account_id=account_id, at=now)
    return [event for event in map(_event, rows) if event.change == "deleted"]


def history(tx: Transaction, ref: Ref, limit: int) -> list[ResourceEventRow]:
    """Return the states that a resource took, the newest first."""
    return [_event(row) for row in tx.query(_history, most=limit, **ref._asdict())]


def states_named(
    tx: Transaction, account_id: AccountId, resource_type: str, label: str
) -> Iterator[ResourceEventRow]:
    """Yield the whole states that resources of an id, else of a name, took, the newest first.

    Names are compared without case. Resources that were deleted are among them.

    Cost: by id one read of an index; by name a read of the account's resources of the type.
    """
    named = {"account_id": account_id, "resource_type": resource_type}
    yield from map(_event, tx.query(_of_id, **named, label=label))
    yield from map(_event, tx.query(_of_name, **named, label=label.lower()))


def links_from(tx: Transaction, ref: Ref) -> list[Link]:
    """Return what a resource is attached to."""
    return sorted(row.link for row in tx.find(LinkRow, **ref._asdict()))


def links_to(tx: Transaction, ref: Ref) -> list[tuple[str, Ref]]:
    """Return kind and source of each link to a resource, those from other accounts included."""
    found = tx.find(
        LinkRow,
        to_account_id=ref.account_id,
        to_type=ref.resource_type,
        to_id=ref.resource_id,
        to_region=ref.region,
    )
    return sorted((row.kind, row.source) for row in found)


def changes(tx: Transaction, after: int, limit: int) -> Changes:
    """Return the changes of all accounts after a position, at most so many.

    A consumer begins at position -1, and is told to resync.
    """
    if after < extent(tx).kept_after or after < 0:
        return Changes([], head(tx), resync=True)
    events = tx.find(ResourceEventRow, order=("seq",), after=("seq", after), limit=limit)
    return Changes(events, events[-1].seq if events else after)


def head(tx: Transaction) -> int:
    """Return the position of the newest change; 0 when there is none."""
    return int(tx.query(_head)[0][0] or 0)


def newest(tx: Transaction) -> Mark:
    """Return the mark of the newest change."""
    return next((Mark(*row) for row in tx.query(_marks)), Mark(0, ""))


def types_changed(tx: Transaction, since: Mark) -> set[str] | None:
    """Return the types of the resources, of all accounts, that changed after a mark.

    Returns:
        None where the feed has no such mark: it was put back to another state, or is kept no more.
    """
    rows = tx.query(_changed_from, position=since.position)
    if since.position and since not in {Mark(*row[:2]) for row in rows}:
        return None
    return {row[2] for row in rows if row[0] > since.position}


def replayed(tx: Transaction) -> Iterator[ResourceEventRow]:
    """Yield the newest event of each resource of all accounts, of deleted ones too."""
    return map(_event, tx.query(_newest))


def _event(row: tuple[object, ...]) -> ResourceEventRow:
    values = dict(zip(_COLUMNS, row, strict=True))
    return ResourceEventRow(**values)  # type: ignore[arg-type]  # the columns of the same table


_COLUMNS = tuple(ResourceEventRow.__struct_fields__)


def _columns() -> "list[sa.ColumnElement[Any]]":
    return [table_of(ResourceEventRow).c[name] for name in _COLUMNS]


def _of_resource() -> "list[sa.ColumnElement[Any]]":
    names = ("account_id", "resource_type", "region", "resource_id")
    return [table_of(ResourceEventRow).c[name] for name in names]


def _as_of() -> "sa.Select[Any]":
    events = table_of(ResourceEventRow)
    newest = (
        sa.select(sa.func.max(events.c.seq))
        .where(
            events.c.account_id == sa.bindparam("account_id"),
            events.c.at <= sa.bindparam("at", type_=sa.BigInteger()),
            events.c.whole,
        )
        .group_by(*_of_resource())
    )
    return sa.select(*_columns()).where(events.c.seq.in_(newest)).order_by(*_of_resource())


def _newest() -> "sa.Select[Any]":
    events = table_of(ResourceEventRow)
    newest = sa.select(sa.func.max(events.c.seq)).where(events.c.whole).group_by(*_of_resource())
    return sa.select(*_columns()).where(events.c.seq.in_(newest)).order_by(*_of_resource())


def _history() -> "sa.Select[Any]":
    events = table_of(ResourceEventRow)
    names = ("account_id", "region", "resource_type", "resource_id")
    return (
        sa.select(*_columns())
        .where(*(events.c[name] == sa.bindparam(name) for name in names))
        .order_by(events.c.seq.desc())
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )


def _of_id() -> "sa.Select[Any]":
    return _named(table_of(ResourceEventRow).c.resource_id)


def _of_name() -> "sa.Select[Any]":
    return _named(sa.func.lower(table_of(ResourceEventRow).c.name))


def _named(column: "sa.ColumnElement[Any]") -> "sa.Select[Any]":
    events = table_of(ResourceEventRow)
    return (
        sa.select(*_columns())
        .where(
            events.c.account_id == sa.bindparam("account_id"),
            events.c.resource_type == sa.bindparam("resource_type"),
            column == sa.bindparam("label"),
            events.c.whole,
        )
        .order_by(events.c.seq.desc())
    )


def _marks() -> "sa.Select[Any]":
    events = table_of(ResourceEventRow)
    return sa.select(events.c.seq, events.c.request_id).order_by(events.c.seq.desc()).limit(1)


def _changed_from() -> "sa.Select[Any]":
    events = table_of(ResourceEventRow)
    return sa.select(events.c.seq, events.c.request_id, events.c.resource_type).where(
        events.c.seq >= sa.bindparam("position")
    )


def _head() -> "sa.Select[Any]":
    return sa.select(sa.func.max(table_of(ResourceEventRow).c.seq))


def accounts(tx: Transaction) -> list[AccountId]:
    """Return the accounts that have, or had, resources."""
    return [AccountId(row[0]) for row in tx.query(_accounts)]


def _accounts() -> "sa.Select[Any]":
    account_id = table_of(ResourceEventRow).c.account_id
    return sa.select(account_id).distinct().order_by(account_id)
