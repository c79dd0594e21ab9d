"""The mailbox of this platform: mails that its products sent."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, OperatorError, Option, command
from juyong.api.doc import Doc


class MailListed(msgspec.Struct, frozen=True, kw_only=True):
    """One mail in a list; `received_at` is UTC."""

    mail_id: str
    account_id: str
    to: str
    subject: str
    received_at: str


class Mailbox(Answer, frozen=True, kw_only=True):
    """Mails, the newest first."""

    mails: tuple[MailListed, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each mail."""
        for each in self.mails:
            yield f"{each.mail_id}  {each.received_at}  {each.to}  {each.subject}"
        if not self.mails:
            yield "there are no mails"


class MailShown(Answer, frozen=True, kw_only=True):
    """One mail; `received_at` is UTC."""

    mail_id: str
    account_id: str
    to: str
    subject: str
    received_at: str
    text: str

    def lines(self) -> Iterator[str]:
        """Yield the head of the mail, and its text."""
        yield f"To: {self.to}"
        yield f"Date: {self.received_at}"
        yield f"Subject: {self.subject}"
        yield ""
        yield from (_plain(line) for line in self.text.splitlines())


def _plain(line: str) -> str:
    """Return a line without characters that would steer the terminal: mails quote logs."""
    return "".join(each if each.isprintable() or each == "\t" else "\ufffd" for each in line)


@command("mail list", examples=("juyong mail list --to ops@example.com",))
def list_mails(
    ctx: CommandContext,
    *,
    to: Annotated[str, Option(takes="ADDRESS"), Doc("Only mails to the address.")] = "",
    limit: Annotated[int, Option(takes="COUNT"), Doc("How many, 1 to 1000.")] = 100,
) -> Mailbox:
    """List the mails, the newest first."""
    from juyong.base.clock import iso  # noqa: PLC0415
    from juyong.notices.mailbox import MOST_LISTED, newest  # noqa: PLC0415

    if not 1 <= limit <= MOST_LISTED:
        raise BadInput(f"--limit is 1 to {MOST_LISTED}")
    with ctx.open() as at:
        rows = at.call(lambda tx: newest(tx, to, limit))
    return Mailbox(
        mails=tuple(
            MailListed(
                mail_id=row.mail_id,
                account_id=row.account_id,
                to=row.receiver,
                subject=row.subject.reveal(),
                received_at=iso(row.received_at),
            )
            for row in rows
        )
    )


@command("mail show")
def show_mail(
    ctx: CommandContext, mail: Annotated[str, Doc("Its id, as `juyong mail list` shows it.")]
) -> MailShown:
    """Show one mail."""
    from juyong.base.clock import iso  # noqa: PLC0415
    from juyong.notices.tables import MailRow  # noqa: PLC0415

    with ctx.open() as at:
        row = at.call(lambda tx: tx.get(MailRow, mail))
    if row is None:
        raise OperatorError("there is no such mail; `juyong mail list` shows what there is")
    return MailShown(
        mail_id=row.mail_id,
        account_id=row.account_id,
        to=row.receiver,
        subject=row.subject.reveal(),
        received_at=iso(row.received_at),
        text=row.text.reveal(),
    )
