"""Uses, by principal, key or action; uses by events that are gone are included.

Each answer holds the sums that are stored and the events that are not summed up yet (see
audit.use_folding), so that a call counts from the moment it is answered.

COST: an indexed read of the sums, and a pass over the events of the last minutes; over all events
while no server has folded them.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from juyong.audit.tables import EventRow, UseRow
from juyong.audit.use_folding import UNPROVEN, Sum, UseKey, folded_up_to, grouped, sums_of
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


class Use(NamedTuple):
    """One use, its resource perhaps OTHERS (see audit.use_folding)."""

    key: UseKey
    total: Sum


def of(
    tx: Transaction, account_id: AccountId, principal_id: str, *, since: Instant | None = None
) -> list[Use]:
    """Return what a principal used, newest first.

    Args:
        tx: Reads.
        account_id: The principal's.
        principal_id: Of a user, a role (all sessions together), or root: the account's id.
        since: Leaves out uses that ended before.
    """
    rows = tx.find(UseRow, account_id=account_id, principal_id=principal_id)
    tail = _tail(tx, _of_account, account_id=account_id)
    return _together(rows, tail, lambda key: key.principal_id == principal_id, since)


def by_key(
    tx: Transaction, access_key_id: AccessKeyId, *, since: Instant | None = None
) -> list[Use]:
    """Return what a long-term AccessKey was used for, newest first."""
    rows = tx.find(UseRow, access_key_id=access_key_id)
    tail = _tail(tx, _of_key, access_key_id=access_key_id)
    return _together(rows, tail, lambda key: key.access_key_id == access_key_id, since)


def by_action(
    tx: Transaction, account_id: AccountId, action: str, *, since: Instant | None = None
) -> list[Use]:
    """Return an account's principals that used an action (`kms:Encrypt`), newest first."""
    rows = tx.find(UseRow, account_id=account_id, action=action)
    tail = _tail(tx, _of_account, account_id=account_id)
    return _together(rows, tail, lambda key: key.action == action, since)


def last_used(tx: Transaction, access_key_id: AccessKeyId) -> tuple[Instant, str] | None:
    """Return the instant of a key's newest use and the product called, None for never.

    Only calls that proved possession of the secret count; the call in progress does not.

    Cost: two indexed reads, and one more row for each newer refusal that proved nothing.
    """
    found = tx.query(_newest_event, access_key_id=access_key_id)
    found += tx.query(_newest_sum, access_key_id=access_key_id)
    # Within one second, only the event tells which product came last.
    newest = max(found, key=lambda row: int(row[0]), default=None)
    return None if newest is None else (Instant(newest[0]), str(newest[1]))


def last_used_by_service(tx: Transaction, access_key_id: AccessKeyId) -> dict[str, Instant]:
    """Return when a key was last used with each product, newest first."""
    found: dict[str, Instant] = {}
    for each in by_key(tx, access_key_id):
        found.setdefault(each.key.service_name, each.total.last_at)
    return found


def _together(
    rows: Iterable[UseRow],
    tail: dict[UseKey, Sum],
    wanted: Callable[[UseKey], bool],
    since: Instant | None,
) -> list[Use]:
    """Add the events since the last folding to the stored sums."""
    sums = {_key(row): Sum(row.first_at, row.last_at, row.count) for row in rows}
    for key, total in tail.items():
        if wanted(key):
            sums[key] = sums[key].plus(total) if key in sums else total
    uses = [Use(*each) for each in sums.items() if since is None or each[1].last_at >= since]
    return sorted(uses, key=lambda use: (-use.total.last_at, use.key))


def _key(row: UseRow) -> UseKey:
    return UseKey(*[getattr(row, name) for name in UseKey._fields])


def _tail(
    tx: Transaction, statement: "Callable[[], sa.Select[Any]]", **which: str
) -> dict[UseKey, Sum]:
    return sums_of(tx, tx.query(statement, after=folded_up_to(tx), **which))


def _of_account() -> "sa.Select[Any]":
    return _behind("account_id")


def _of_key() -> "sa.Select[Any]":
    return _behind("access_key_id")


def _behind(column: str) -> "sa.Select[Any]":
    """Return the statement that groups events with a column's value that are not summed up yet."""
    event = table_of(EventRow)
    # PERF: hidden from the planner, which would read all events of that value by an index.
    value = sa.func.coalesce(event.c[column], "")
    return grouped().where(event.c.seq > sa.bindparam("after"), value == sa.bindparam(column))


def _newest_event() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return (
        sa.select(event.c.at, event.c.service_name, event.c.seq)
        .where(
            event.c.access_key_id == sa.bindparam("access_key_id"),
            *(event.c.error_code != code for code in UNPROVEN),
        )
        .order_by(event.c.at.desc(), event.c.seq.desc())
        .limit(1)
    )


def _newest_sum() -> "sa.Select[Any]":
    use = table_of(UseRow)
    return (
        sa.select(use.c.last_at, use.c.service_name)
        .where(use.c.access_key_id == sa.bindparam("access_key_id"))
        .order_by(use.c.last_at.desc(), use.c.service_name)
        .limit(1)
    )
