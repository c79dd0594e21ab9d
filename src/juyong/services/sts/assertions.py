"""Use each SAML assertion once."""

import hashlib

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.engines.federation.saml import Assertion
from juyong.services.sts.tables import AssertionRow
from juyong.store.errors import Duplicate
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _forget() -> "sa.Delete":
    assertions = table_of(AssertionRow)
    return sa.delete(assertions).where(assertions.c.remember_until <= sa.bindparam("now"))


def forget_assertions(tx: Transaction, now: Instant) -> int:
    """Drop the assertions whose time is over; returns how many."""
    return tx.change(_forget, now=now)


def use_assertion(ctx: Context, account_id: AccountId, assertion: Assertion) -> bool:
    """Remember an assertion until its time is over; False if it was used before.

    Cost: one insert, and a delete of what has lapsed since.
    """
    forget_assertions(ctx.tx, ctx.now)
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
