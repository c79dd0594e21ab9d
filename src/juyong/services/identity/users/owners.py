"""Who AccessKeys, passwords and MFA devices belong to: a user, or the account's root."""

from collections.abc import Callable
from dataclasses import dataclass

from juyong.api.caller import Root, User
from juyong.api.context import Arguments, Context
from juyong.base.ids import AccountId
from juyong.services.identity.account.security_preference import preference_of
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import NoUser, user_named
from juyong.store.transaction import Transaction

ROOT_NAME = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A user or root. `owner_id`: the user id, or the account id for root."""

    account_id: AccountId
    owner_id: str
    name: str
    user: UserRow | None
    """None for root."""


def owner_of_user(user: UserRow) -> Owner:
    """Return a user as an owner."""
    return Owner(account_id=user.account_id, owner_id=user.user_id, name=user.user_name, user=user)


def root_owner(account_id: AccountId) -> Owner:
    """Return the account's root as an owner."""
    return Owner(account_id=account_id, owner_id=account_id, name=ROOT_NAME, user=None)


def calling_owner(ctx: Context) -> Owner:
    """Return the caller as an owner.

    Raises:
        NoUser: a role session or a service calls, which own nothing.
    """
    match ctx.caller:
        case Root():
            return root_owner(ctx.account_id)
        case User():
            user = ctx.tx.get(UserRow, ctx.caller.user_id)
            if user is not None:
                return owner_of_user(user)
    raise NoUser


def owner_named(ctx: Context, user_name: str | None) -> Owner:
    """Return the user of that name, or the caller when no name is given.

    Raises:
        NoUser: there is none.
    """
    if user_name is None:
        return calling_owner(ctx)
    return owner_of_user(user_named(ctx.tx, ctx.account_id, user_name))


def user_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the user a call is about; without UserName it is the caller."""
    name = arguments.get("user_name")
    if name is None:
        name = ctx.caller.user_name if isinstance(ctx.caller, User) else "*"
    return (f"acs:ram:*:{ctx.account_id}:user/{name}",)


def is_caller(ctx: Context, user_name: str | None) -> bool:
    """Tell whether a user calls about itself (no name: itself)."""
    return isinstance(ctx.caller, User) and user_name in (None, ctx.caller.user_name)


def for_oneself(
    allows: Callable[[SecurityPreferenceRow], bool],
) -> Callable[[Context, Arguments], bool]:
    """Make a self-service rule: the caller's own things, where a preference allows."""

    def rule(ctx: Context, arguments: Arguments) -> bool:
        own = is_caller(ctx, arguments.get("user_name"))
        return own and allows(preference_of(ctx.tx, ctx.account_id))

    return rule


def owner_by_id(tx: Transaction, account_id: AccountId, owner_id: str) -> Owner | None:
    """Return the owner with an id, or None if it is gone."""
    if owner_id == account_id:
        return root_owner(account_id)
    user = tx.get(UserRow, owner_id)
    return owner_of_user(user) if user and user.account_id == account_id else None
