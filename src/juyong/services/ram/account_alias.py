"""The account's alias."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.services.identity.account.alias import (
    AliasForm,
    AliasLength,
    AliasTaken,
    account_of,
    alias_of,
    change_alias,
)
from juyong.services.ram.product import PRODUCT as RAM


@operation(RAM, "SetAccountAlias", resource=acs("ram", "*"), raises=(AliasLength, AliasTaken))
def set_account_alias(ctx: Context, *, account_alias: Annotated[str, AliasForm()]) -> None:
    """Give the account an alias, which its users' principal names then end in.

    Args:
        account_alias: 3 to 32 lower-case letters, digits and hyphens; no hyphen first, last or
            twice in a row; not 16 digits.

    Assumed: 16 digits.
    """
    change_alias(ctx, account_alias)


@operation(
    RAM, "GetAccountAlias", resource=acs("ram", "*"), answers="AccountAlias", reads_only=True
)
def get_account_alias(ctx: Context) -> str:
    """Return the account's alias.

    Returns:
        The alias; the account id where there is none.

    Assumed: the account id.
    """
    return alias_of(account_of(ctx.tx, ctx.account_id))


@operation(RAM, "ClearAccountAlias", resource=acs("ram", "*"))
def clear_account_alias(ctx: Context) -> None:
    """Take the account's alias away; its users' principal names end in the account id again."""
    change_alias(ctx, None)
