"""Contacts of CloudMonitor, whose addresses an operator confirms."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from juyong.api.command import Answer, CommandContext, OperatorError, command
from juyong.api.doc import Doc

if TYPE_CHECKING:
    from juyong.base.ids import AccountId
    from juyong.store.transaction import Transaction


class Confirmed(Answer, frozen=True, kw_only=True):
    """A contact whose address is confirmed."""

    contact: str
    mail: str

    def lines(self) -> Iterator[str]:
        """Yield one line."""
        yield f"alerts for `{self.contact}` go to {self.mail} from now on"


@command("cms confirm", examples=("juyong cms confirm on-call",))
def confirm(
    ctx: CommandContext,
    contact: Annotated[str, Doc("The contact.")],
    *,
    account: Annotated[str, Doc("Account that the contact belongs to.")] = "default",
) -> Confirmed:
    """Confirm that the address of a contact is right; nothing is sent there before."""
    with ctx.open() as at:
        mail = at.call(lambda tx: _confirm(tx, _account(tx, account), contact))
    return Confirmed(contact=contact, mail=mail)


def _confirm(tx: "Transaction", account_id: "AccountId", contact: str) -> str:
    from juyong.services.cms.tables import ContactRow  # noqa: PLC0415

    row = tx.get(ContactRow, account_id, contact)
    if row is None:
        raise OperatorError(f"there is no contact `{contact}`: aliyun cms DescribeContactList")
    if not row.mail:
        raise OperatorError(f"the contact `{contact}` has no mail address")
    if not row.mail_confirmed:
        tx.update(row, mail_confirmed=True)
    return row.mail


def _account(tx: "Transaction", name: str) -> "AccountId":
    from juyong.services.identity.facade import account_named  # noqa: PLC0415

    row = account_named(tx, name)
    if row is None:
        raise OperatorError(f"there is no account `{name}`: juyong account list")
    return row.account_id
