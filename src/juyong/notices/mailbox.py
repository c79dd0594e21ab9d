"""Read the mailbox."""

from typing import Final

from juyong.notices.tables import MailRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

MOST_LISTED: Final = 1000


def _newest() -> "sa.Select[tuple[str]]":
    row = table_of(MailRow)
    return (
        sa.select(row.c.mail_id)
        .order_by(row.c.received_at.desc(), row.c.mail_id.desc())
        .limit(sa.bindparam("most"))
    )


def _newest_to() -> "sa.Select[tuple[str]]":
    row = table_of(MailRow)
    return (
        sa.select(row.c.mail_id)
        .where(row.c.receiver == sa.bindparam("receiver"))
        .order_by(row.c.received_at.desc(), row.c.mail_id.desc())
        .limit(sa.bindparam("most"))
    )


def newest(tx: Transaction, receiver: str, most: int) -> list[MailRow]:
    """Return the newest mails, to one address or, where that is empty, to all.

    Cost: one address reads the whole index.
    """
    found = (
        tx.query(_newest_to, receiver=receiver, most=most)
        if receiver
        else tx.query(_newest, most=most)
    )
    rows = (tx.get(MailRow, *key) for key in found)
    return [row for row in rows if row is not None]
