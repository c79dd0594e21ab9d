"""The tables of notices: what is sent, and the mailbox."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table(
    "notices_notice",
    key=("account_id", "key", "receiver"),
    index=(("account_id", "state"), ("settled_at",)),
)
class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one receiver.

    key: Of the occasion. receiver: A digest of the address. state: `waiting`, `delivered` or
    `failed`. message: JSON, gone once it was delivered. SECURITY: it holds secrets of the receiver.
    attempts: Without the one that is under way. error: Why the newest one failed, empty for none.
    settled_at: When it was delivered or given up.
    """

    account_id: AccountId
    key: str
    receiver: str
    channel: str
    state: str = "waiting"
    message: Secret | None
    attempts: int = 0
    error: str = ""
    created_at: Instant
    settled_at: Instant | None = None
    version: int = 0


@table("notices_mail", key=("mail_id",), index=(("received_at", "mail_id"),))
class MailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One mail of the mailbox. SECURITY: its text may quote logs, and is sealed."""

    mail_id: str
    account_id: AccountId
    receiver: str
    subject: Secret
    text: Secret
    received_at: Instant
