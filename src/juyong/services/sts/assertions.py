"""Use each SAML assertion once."""

import hashlib

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.engines.federation.saml import Assertion
from juyong.services.sts.tables import AssertionRow
from juyong.store.chunks import delete_some
from juyong.store.errors import Duplicate
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_FORGOTTEN_A_CALL = 10


def _forget() -> "sa.Delete":
    over = table_of(AssertionRow).c.remember_until <= sa.bindparam("now")
    return delete_some(AssertionRow, over)


def forget_assertions(tx: Transaction, now: Instant, most: int) -> int:
    """Drop at most so many assertions whose time is over; returns how many."""
    return tx.change(_forget, now=now, most=most)


def use_assertion(ctx: Context, account_id: AccountId, assertion: Assertion) -> bool:
    """Remember an assertion until its time is over; False if it was used before.

    Cost: one insert, and a delete of some that have lapsed since.
    """
    forget_assertions(ctx.tx, ctx.now, _FORGOTTEN_A_CALL)
    digest = hashlib.sha256(f"{assertion.issuer}\0{assertion.id}".encode()).hexdigest()
    try:
        ctx.tx.insert(
            AssertionRow(
                account_id=account_id,
                digest=digest,
                remember_until=Instant(assertion.remember_until),
            )
        )
    except Duplicate:
        return False
    return True
