"""Principal names: `<user name>@<account id or alias>.onaliyun.com`.

Source: RAM documentation, default domain (documented).
"""

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.base.ids import AccountId
from juyong.services.identity.account.alias import DOMAIN_SUFFIX, account_of
from juyong.services.identity.account.alias import default_domain as domain_of_account
from juyong.store.transaction import Transaction

ForeignDomain = fact(
    "InvalidParameter.UserPrincipalName",
    400,
    'The parameter - "UserPrincipalName" must end with the domain of the account.',
    why="A user cannot be given a name under a domain that is not the account's.",
)


def default_domain(tx: Transaction, account_id: AccountId) -> str:
    """Return the domain the account's names are shown under: of its alias, else of its id."""
    return domain_of_account(account_of(tx, account_id))


def principal_name(user_name: str, domain: str) -> str:
    """Return a user's name under a domain."""
    return f"{user_name}@{domain}"


def principal_of(ctx: Context, user_name: str) -> str:
    """Return the principal name of one user of the caller's account."""
    return principal_name(user_name, default_domain(ctx.tx, ctx.account_id))


def own_name(tx: Transaction, account_id: AccountId, text: str) -> str | None:
    """Return the user name a principal name stands for.

    Returns:
        None when it is no principal name, or its domain is not the account's. The domain of the
        account id stays valid when there is an alias; domains compare without case.
    """
    name, _, domain = text.partition("@")
    domain = domain.lower()
    if domain in (f"{account_id}{DOMAIN_SUFFIX}", default_domain(tx, account_id)):
        return name or None
    return None


def new_name(tx: Transaction, account_id: AccountId, text: str) -> str:
    """Return the user name a principal name gives a user.

    Raises:
        ForeignDomain: its domain is not the account's.
    """
    name = own_name(tx, account_id, text)
    if name is None:
        raise ForeignDomain
    return name
