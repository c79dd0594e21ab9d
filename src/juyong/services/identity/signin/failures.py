"""Failed sign-ins, counted to lock out guessers."""

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.engines.credentials.passwords import LOCK_SECONDS, PasswordPolicy, is_locked
from juyong.services.identity.signin.tables import SigninFailureRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

MOST_FAILURES = 50
_REMEMBERED_SECONDS = 2 * LOCK_SECONDS


def _forget_old() -> "sa.Delete":
    failure = table_of(SigninFailureRow)
    return sa.delete(failure).where(
        failure.c.account_id == sa.bindparam("account_id"), failure.c.at < sa.bindparam("before")
    )


def _forget() -> "sa.Delete":
    failure = table_of(SigninFailureRow)
    return sa.delete(failure).where(failure.c.subject == sa.bindparam("subject"))


def note_failure(tx: Transaction, account_id: AccountId, subject: str, now: Instant) -> None:
    """Count a failed sign-in, and forget failures that are too old to lock the sign-in."""
    tx.change(_forget_old, account_id=account_id, before=now - _REMEMBERED_SECONDS)
    tx.insert(SigninFailureRow(account_id=account_id, subject=subject, at=now))


def is_locked_out(tx: Transaction, subject: str, rules: PasswordPolicy, now: Instant) -> bool:
    """Tell whether a subject's sign-in is locked now.

    SECURITY: also where the policy sets no limit, MOST_FAILURES in an hour are enough: six digits
    would not withstand guessing for long.
    """
    failures = [failure.at for failure in tx.find(SigninFailureRow, subject=subject)]
    recent = sum(at > now - LOCK_SECONDS for at in failures)
    return recent >= MOST_FAILURES or is_locked(failures, rules, now)


def forget_failures(tx: Transaction, subject: str) -> None:
    """Start the count afresh, as a new password does."""
    tx.change(_forget, subject=subject)
