"""Prove that no use of an event that is kept was lost from the sums."""

from collections.abc import Iterator
from typing import Any

from juyong.audit.tables import EventRow, UseRow
from juyong.audit.use_folding import Sum, UseKey, folded_up_to, grouped, sums_of
from juyong.base.clock import Instant
from juyong.store.finding import Finding
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_Act = tuple[str, ...]
"""A UseKey without its resource: beyond a bound, resources are counted together."""


def check_uses(tx: Transaction) -> Iterator[Finding]:
    """Report sums that tell less than the events which are kept and summed up.

    More is no fault, since sums outlive events.

    Cost: a pass over the events, an account at a time.
    """
    last = folded_up_to(tx)
    accounts = tx.query(_accounts, last=last) if last else []
    for (account_id,) in accounts:
        events = tx.query(_up_to, account_id=account_id, last=last)
        stored = _stored(tx, account_id)
        for act, total in _by_act(sums_of(tx, events)).items():
            known = stored.get(act)
            if known is None or not known.covers(total):
                where = f"audit_use {' '.join(act)}"
                text = f"its events show {total.count} uses, the sums {known.count if known else 0}"
                yield Finding("use-understated", where, text)


def _by_act(sums: dict[UseKey, Sum]) -> dict[_Act, Sum]:
    found: dict[_Act, Sum] = {}
    for key, total in sums.items():
        act = key[:-1]
        found[act] = found[act].plus(total) if act in found else total
    return found


def _stored(tx: Transaction, account_id: str) -> dict[_Act, Sum]:
    rows = tx.query(_sums, account_id=account_id)
    return {tuple(row[:-3]): Sum(Instant(row[-3]), Instant(row[-2]), int(row[-1])) for row in rows}


def _accounts() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return sa.select(event.c.account_id).where(event.c.seq <= sa.bindparam("last")).distinct()


def _up_to() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return grouped().where(
        event.c.account_id == sa.bindparam("account_id"), event.c.seq <= sa.bindparam("last")
    )


def _sums() -> "sa.Select[Any]":
    use = table_of(UseRow)
    act = [use.c[name] for name in UseKey._fields[:-1]]
    at = (sa.func.min(use.c.first_at), sa.func.max(use.c.last_at), sa.func.sum(use.c.count))
    return sa.select(*act, *at).where(use.c.account_id == sa.bindparam("account_id")).group_by(*act)
