"""The account's alias, which users sign in under; in another form the domain of their names."""

import re
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import InternalError, InvalidField, fact
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.services.identity.account.settings import own_row
from juyong.services.identity.account.tables import AccountRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction

DOMAIN_SUFFIX = ".onaliyun.com"
_SHORTEST, _LONGEST = 3, 32
_LONGEST_DOMAIN = 64
_FORM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_ACCOUNT_ID = re.compile(r"[0-9]{16}", re.ASCII)


class AliasForm:
    """Lower-case letters, digits and single hyphens inside."""

    def check(self, name: str, value: str) -> None:
        """Refuse other characters, and texts that would read as an account id."""
        # SECURITY: an alias that reads as an id could receive another account's sign-ins.
        if not _FORM.fullmatch(value) or _ACCOUNT_ID.fullmatch(value):
            raise InvalidField(name, "Format")


class DomainName:
    """Something and `.onaliyun.com`, at most 64 characters."""

    def check(self, name: str, value: str) -> None:
        """Refuse another suffix; the operation checks the alias before the suffix."""
        if len(value) > _LONGEST_DOMAIN:
            raise InvalidField(name, "Length")
        if not value.endswith(DOMAIN_SUFFIX):
            raise InvalidField(name, "Format")


AliasLength = fact(
    "InvalidParameter.AccountAlias.Length",
    400,
    f'The parameter - "AccountAlias" MUST be in the range of {_SHORTEST} and {_LONGEST}.',
    why="The alias is too short or too long.",
)
AliasTaken = fact(
    "EntityAlreadyExists.AccountAlias",
    409,
    "The account alias does already exist.",
    why="Another account has it.",
)


class AliasState(Shape, frozen=True, kw_only=True):
    """The inventory's state of an alias."""

    account_alias: str
    default_domain_name: str


def account_of(tx: Transaction, account_id: AccountId) -> AccountRow:
    """Return an account that is known to exist."""
    row = tx.get(AccountRow, account_id)
    assert row is not None  # noqa: S101  # whoever calls belongs to it
    return row


def alias_of(row: AccountRow) -> str:
    """Return the alias, or the account id where there is none."""
    return row.alias or row.account_id


def default_domain(row: AccountRow) -> str:
    """Return the domain of the account's user principal names."""
    return alias_of(row) + DOMAIN_SUFFIX


def _state(_tx: Transaction, row: AccountRow) -> AliasState:
    return AliasState(account_alias=alias_of(row), default_domain_name=default_domain(row))


_ANY = acs("ram", "*")
ACCOUNT_ALIAS = Resource(
    kind="ACS::RAM::AccountAlias",
    row=AccountRow,
    id="account_id",
    name="account_id",
    arn="ram:accountalias/",
    find=lambda ctx, account_id: own_row(ctx, AccountRow, account_id),
    missing=InternalError,
    taken=AliasTaken,
    state=_state,
)


def change_alias(ctx: Context, alias: str | None) -> AccountRow:
    """Set the alias, or clear it (None).

    Raises:
        AliasLength: too short or too long.
        AliasTaken: another account has it.
    """
    row = account_of(ctx.tx, ctx.account_id)
    if alias is None:
        row = ctx.tx.update(row, alias=None)
        ACCOUNT_ALIAS.note(ctx.tx, ctx.journal, "updated", row)
        return row
    if not _SHORTEST <= len(alias) <= _LONGEST:
        raise AliasLength
    return ACCOUNT_ALIAS.change(ctx, row, alias=alias)


@operation(RAM, "SetAccountAlias", resource=_ANY, raises=(AliasLength, AliasTaken))
def set_account_alias(ctx: Context, *, account_alias: Annotated[str, AliasForm()]) -> None:
    """Give the account an alias, which its users' principal names then end in.

    Args:
        account_alias: 3 to 32 lower-case letters, digits and hyphens; no hyphen first, last or
            twice in a row; not 16 digits.

    Assumed: 16 digits.
    """
    change_alias(ctx, account_alias)


@operation(RAM, "GetAccountAlias", resource=_ANY, answers="AccountAlias", reads_only=True)
def get_account_alias(ctx: Context) -> str:
    """Return the account's alias, or the account id where there is none.

    Assumed: the account id.
    """
    return alias_of(account_of(ctx.tx, ctx.account_id))


@operation(RAM, "ClearAccountAlias", resource=_ANY)
def clear_account_alias(ctx: Context) -> None:
    """Take the account's alias away; its users' principal names end in the account id again."""
    change_alias(ctx, None)


@operation(IMS, "GetDefaultDomain", resource=_ANY, answers="DefaultDomainName", reads_only=True)
def get_default_domain(ctx: Context) -> str:
    """Return the domain of the account's principal names, `<alias or id>.onaliyun.com`."""
    return default_domain(account_of(ctx.tx, ctx.account_id))


@operation(
    IMS,
    "SetDefaultDomain",
    resource=_ANY,
    raises=(AliasLength, AliasTaken),
    answers="DefaultDomainName",
)
def set_default_domain(ctx: Context, *, default_domain_name: Annotated[str, DomainName()]) -> str:
    """Change the domain of the account's principal names, and with it the account's alias.

    Args:
        default_domain_name: `<alias>.onaliyun.com`; the account's own id in place of an alias
            takes the alias away.

    Assumed: that the account id clears the alias.
    """
    label = default_domain_name.removesuffix(DOMAIN_SUFFIX)
    if label == ctx.account_id:
        return default_domain(change_alias(ctx, None))
    try:
        AliasForm().check("DefaultDomainName", label)
    except InvalidField as bad:
        raise IMS.dialect.invalid_parameter(bad) from bad
    return default_domain(change_alias(ctx, label))
