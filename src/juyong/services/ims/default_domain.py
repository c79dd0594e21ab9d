"""The domain of users' sign-in names, which is the account's alias in another form."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import InvalidField
from juyong.api.operation import operation
from juyong.services.identity.account.alias import (
    DOMAIN_SUFFIX,
    AliasForm,
    AliasLength,
    AliasTaken,
    change_alias,
)
from juyong.services.identity.account.principal_names import default_domain
from juyong.services.ims.product import PRODUCT as IMS

_LONGEST = 64


class DomainName:
    """Something and `.onaliyun.com`, at most 64 characters."""

    def check(self, name: str, value: str) -> None:
        """Refuse another suffix; the operation checks the alias before the suffix."""
        if len(value) > _LONGEST:
            raise InvalidField(name, "Length")
        if not value.endswith(DOMAIN_SUFFIX):
            raise InvalidField(name, "Format")


@operation(
    IMS, "GetDefaultDomain", resource=acs("ram", "*"), answers="DefaultDomainName", reads_only=True
)
def get_default_domain(ctx: Context) -> str:
    """Return the domain of the account's principal names.

    Returns:
        `<alias>.onaliyun.com`, or the account id in place of an alias.
    """
    return default_domain(ctx.tx, ctx.account_id)


@operation(
    IMS,
    "SetDefaultDomain",
    resource=acs("ram", "*"),
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
    change_alias(ctx, _alias(ctx, default_domain_name.removesuffix(DOMAIN_SUFFIX)))
    return default_domain(ctx.tx, ctx.account_id)


def _alias(ctx: Context, label: str) -> str | None:
    if label == ctx.account_id:
        return None
    try:
        AliasForm().check("DefaultDomainName", label)
    except InvalidField as fact:
        raise IMS.dialect.invalid_parameter(fact) from fact
    return label
