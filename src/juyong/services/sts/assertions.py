"""Use each SAML assertion once."""

import hashlib

import sqlalchemy as sa

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.engines.federation.saml import Assertion
from juyong.services.sts.tables import AssertionRow
from juyong.store.errors import Duplicate
from juyong.store.table import metadata
from juyong.store.transaction import Transaction

_assertions = metadata.tables["sts_assertion"]
_FORGET = sa.delete(_assertions).where(_assertions.c.remember_until <= sa.bindparam("now"))


def forget_assertions(tx: Transaction, now: Instant) -> int:
    """Drop the assertions whose time is over; returns how many."""
    return tx.change(_FORGET, now=now)


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
