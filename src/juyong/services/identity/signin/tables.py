"""The tables of console sign-in."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import UNASSIGNED, Serial, table


@table("ram_signin_failure", key=("seq",), index=(("subject", "at"), ("account_id", "at")))
class SigninFailureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One failed sign-in of the last hours."""

    seq: Serial = UNASSIGNED
    account_id: AccountId
    subject: str
    """The user id, the account id for root, or the digest of an unknown name."""
    at: Instant


@table("ram_signin_session", key=("session_id",), index=(("owner_id", "created_at"),))
class SigninSessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One session that may still be open; without its row a session token is worth nothing."""

    session_id: str
    account_id: AccountId
    owner_id: str
    created_at: Instant
    expires_at: Instant


@table("ram_spent_challenge", key=("challenge",), index=(("expires_at",),))
class SpentChallengeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey challenge that was answered: it is good once."""

    challenge: str
    """SHA-256, hex."""
    expires_at: Instant
