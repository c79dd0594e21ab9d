"""Answers of calls that carried a client token, kept so that a repeated call is answered again."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.chunks import delete_some
from juyong.store.late import sa, table_of
from juyong.store.table import table
from juyong.store.transaction import Transaction


@table(
    "store_repeat",
    key=("account_id", "region", "operation", "token"),
    index=(("expires_at",),),
)
class RepeatRow(msgspec.Struct, frozen=True, kw_only=True):
    """The first answer under a client token.

    operation: `Vpc.CreateVpc`. request: The digest of the parameters. answer: In JSON.
    SECURITY: both are sealed. An answer may show a secret, and a password in the parameters could
    be guessed from a bare digest.
    """

    account_id: AccountId
    region: str
    operation: str
    token: str
    request: Secret
    answer: Secret
    expires_at: Instant


def _forget() -> "sa.Delete":
    return delete_some(RepeatRow, table_of(RepeatRow).c.expires_at < sa.bindparam("before"))


def forget_repeats(tx: Transaction, now: Instant, most: int) -> int:
    """Drop at most so many answers whose time is over; returns how many."""
    return tx.change(_forget, before=now, most=most)
