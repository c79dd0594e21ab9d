"""Queue notices in the transaction of their reason, deliver them, and tell how far they are."""

import hashlib
from typing import Final

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_token
from juyong.base.secret import Secret
from juyong.notices.message import BadNotice, Mail, Message, Webhook, check
from juyong.notices.tables import MailRow, NoticeRow
from juyong.store.late import sa, table_of
from juyong.store.queue import put, withdraw
from juyong.store.transaction import Transaction

DELIVER: Final = "notices.deliver"
MOST_WAITING: Final = 1000
"""Notices of one account that wait to be delivered."""
MOST_KEY: Final = 256
WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
_RECEIVER_DIGITS = 24
_MAIL_TOKEN_BYTES = 3


class TooManyWaiting(Exception):
    """The account has as many notices that wait as it may have."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far one notice is.

    channel: `webhook` or `mail`. state: `waiting`, `delivered` or `failed`. error: Why the newest
    attempt failed, empty for none.
    """

    channel: str
    state: str
    attempts: int
    error: str


def send(
    tx: Transaction, account_id: AccountId, message: Message, *, key: str, now: Instant
) -> bool:
    """Queue a message; it leaves once the transaction has committed, at least once.

    Args:
        tx: Commits the message together with its reason.
        account_id: The account that sends.
        message: A request to a server, or a mail.
        key: Names the occasion, in 1 to 256 characters; sent again to the same receiver, nothing
            happens.
        now: The present.

    Returns:
        Whether the message is new.

    Raises:
        BadNotice: the message or the key breaks a bound.
        TooManyWaiting: too many notices of the account wait.
    """
    if not 1 <= len(key) <= MOST_KEY:
        raise BadNotice(f"the key of a notice has 1 to {MOST_KEY} characters")
    check(message)
    receiver = _receiver(message)
    if tx.get(NoticeRow, account_id, key, receiver) is not None:
        return False
    if tx.count(NoticeRow, account_id=account_id, state=WAITING) >= MOST_WAITING:
        raise TooManyWaiting
    tx.insert(
        NoticeRow(
            account_id=account_id,
            key=key,
            receiver=receiver,
            channel="webhook" if isinstance(message, Webhook) else "mail",
            message=Secret(msgspec.json.encode(message).decode()),
            created_at=now,
        )
    )
    put(tx, DELIVER, f"{account_id}/{receiver}/{key}", now=now)
    return True


def states(tx: Transaction, account_id: AccountId, key: str) -> tuple[State, ...]:
    """Tell how far the notices of a key are, one for each receiver; none where none was sent."""
    return tuple(
        State(channel=row.channel, state=row.state, attempts=row.attempts, error=row.error)
        for row in tx.find(NoticeRow, order=("receiver",), account_id=account_id, key=key)
    )


def notice_of(tx: Transaction, item_key: str) -> NoticeRow | None:
    """Return the notice that an item of the queue is about, unless it is gone or was delivered."""
    account_id, receiver, key = item_key.split("/", 2)
    row = tx.get(NoticeRow, account_id, key, receiver)
    return None if row is None or row.state == DELIVERED else row


def message_of(row: NoticeRow) -> Message:
    """Return the message of a notice that was not delivered yet."""
    assert row.message is not None  # noqa: S101  # it goes when the notice is delivered
    return msgspec.json.decode(row.message.reveal(), type=Webhook | Mail)


def idempotency_key(row: NoticeRow) -> str:
    """Return what tells a receiver that two requests are one notice."""
    return _digest(f"{row.account_id}/{row.receiver}/{row.key}")


def keep_mail(tx: Transaction, row: NoticeRow, mail: Mail, now: Instant) -> None:
    """Put a mail into the mailbox."""
    tx.insert(
        MailRow(
            mail_id=f"{now:08x}{new_token(_MAIL_TOKEN_BYTES)}",
            account_id=row.account_id,
            receiver=mail.to,
            subject=Secret(mail.subject),
            text=Secret(mail.text),
            received_at=now,
        )
    )


def note_delivered(tx: Transaction, row: NoticeRow, now: Instant) -> None:
    """Note that a notice was delivered; its message is forgotten."""
    tx.update(
        row,
        state=DELIVERED,
        message=None,
        attempts=row.attempts + 1,
        error="",
        settled_at=now,
    )


def note_failure(
    tx: Transaction, row: NoticeRow, error: str, now: Instant, *, is_last: bool
) -> None:
    """Note why an attempt failed; after the last one the notice is given up."""
    tx.update(
        row,
        state=FAILED if is_last else WAITING,
        attempts=row.attempts + 1,
        error=error,
        settled_at=now if is_last else None,
    )


def _old_notices() -> "sa.Select[tuple[str, str, str]]":
    row = table_of(NoticeRow)
    return (
        sa.select(row.c.account_id, row.c.key, row.c.receiver)
        .where(row.c.settled_at < sa.bindparam("before"))
        .limit(sa.bindparam("most"))
    )


def _old_mails() -> "sa.Select[tuple[str]]":
    row = table_of(MailRow)
    return (
        sa.select(row.c.mail_id)
        .where(row.c.received_at < sa.bindparam("before"))
        .limit(sa.bindparam("most"))
    )


def forget(tx: Transaction, before: int, most: int) -> int:
    """Delete mails, and notices that were settled, of before an instant; returns how many rows.

    The item of a notice that was given up goes with the notice.
    """
    deleted = 0
    for key in tx.query(_old_mails, before=before, most=most):
        mail = tx.get(MailRow, *key)
        if mail is not None:
            tx.delete(mail)
            deleted += 1
    for account_id, key, receiver in tx.query(_old_notices, before=before, most=most - deleted):
        row = tx.get(NoticeRow, account_id, key, receiver)
        if row is not None:
            withdraw(tx, DELIVER, f"{account_id}/{receiver}/{key}")
            tx.delete(row)
            deleted += 1
    return deleted


def _receiver(message: Message) -> str:
    address = message.url if isinstance(message, Webhook) else message.to
    return _digest(address)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_RECEIVER_DIGITS]
