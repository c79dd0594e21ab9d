"""Find the user a call is about, and name it for authorisation."""

from collections.abc import Callable

from juyong.api.access import SelfService
from juyong.api.caller import User
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.base.ids import AccessKeyId, UserId
from juyong.services.identity.account.principal_names import own_name
from juyong.services.identity.account.security_preference import preference_of
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.users.owners import Owner, calling_owner, owner_of_user
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import NoUser, user_named

_IDENTIFIERS = ("user_principal_name", "user_id", "user_access_key_id")


class NoIdentifier(ApiError):
    """The call does not say which user it is about."""

    code, status = "MissingUserPrincipalName", 400
    text = "UserPrincipalName is mandatory for this action."


class ManyIdentifiers(ApiError):
    """The call names the user in more than one way."""

    code, status = "InvalidParameter.UserPrincipalName", 400
    text = "Only one parameter can be specified to identify the user."


def user_by_name(ctx: Context, user_principal_name: str) -> UserRow:
    """Return a user by principal name.

    Raises:
        NoUser: there is none; under a domain that is not the account's, there never is.
    """
    name = own_name(ctx.tx, ctx.account_id, user_principal_name)
    if name is None:
        raise NoUser
    return user_named(ctx.tx, ctx.account_id, name)


def user_by_id(ctx: Context, user_id: str) -> UserRow:
    """Return a user by id.

    Raises:
        NoUser: the account has none.
    """
    row = _with_id(ctx, user_id)
    if row is None:
        raise NoUser
    return row


def user_by_key(ctx: Context, access_key_id: str) -> UserRow:
    """Return the user an AccessKey belongs to.

    Raises:
        NoUser: no user of the account has that key.
    """
    row = _with_key(ctx, access_key_id)
    if row is None:
        raise NoUser
    return row


def identified(
    ctx: Context,
    *,
    user_principal_name: str | None = None,
    user_id: str | None = None,
    user_access_key_id: str | None = None,
) -> UserRow:
    """Return the user that exactly one of the arguments names.

    Raises:
        NoIdentifier, ManyIdentifiers: none or several are given.
        NoUser: there is no such user.
    """
    given = [v for v in (user_principal_name, user_id, user_access_key_id) if v is not None]
    if not given:
        raise NoIdentifier
    if len(given) > 1:
        raise ManyIdentifiers
    if user_principal_name is not None:
        return user_by_name(ctx, user_principal_name)
    if user_id is not None:
        return user_by_id(ctx, user_id)
    return user_by_key(ctx, given[0])


def owner_by_name(ctx: Context, user_principal_name: str | None) -> Owner:
    """Return the user of that principal name, or the caller when none is given.

    Raises:
        NoUser: there is none, or a role session did not name one.
    """
    if user_principal_name is None:
        return calling_owner(ctx)
    return owner_of_user(user_by_name(ctx, user_principal_name))


def user_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the user a call identifies; one that cannot be told stands for all users."""
    return (f"acs:ram:*:{ctx.account_id}:user/{_named(ctx, arguments) or '*'}",)


def own_or_named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the user a call is about; without UserPrincipalName it is the caller."""
    if arguments.get("user_principal_name") is None and isinstance(ctx.caller, User):
        return (f"acs:ram:*:{ctx.account_id}:user/{ctx.caller.user_name}",)
    return user_resource(ctx, {"user_principal_name": arguments.get("user_principal_name")})


def for_oneself(allows: Callable[[SecurityPreferenceRow], bool]) -> SelfService:
    """Make a self-service rule: the caller's own things, where a preference allows."""

    def rule(ctx: Context, arguments: Arguments) -> bool:
        if not isinstance(ctx.caller, User):
            return False
        given = arguments.get("user_principal_name")
        name = ctx.caller.user_name if given is None else own_name(ctx.tx, ctx.account_id, given)
        return name == ctx.caller.user_name and allows(preference_of(ctx.tx, ctx.account_id))

    return rule


def _named(ctx: Context, arguments: Arguments) -> str | None:
    given = {name: arguments[name] for name in _IDENTIFIERS if arguments.get(name) is not None}
    match given:
        case {"user_principal_name": str(text), **others} if not others:
            return own_name(ctx.tx, ctx.account_id, text)
        case {"user_id": str(user_id), **others} if not others:
            row = _with_id(ctx, user_id)
        case {"user_access_key_id": str(key), **others} if not others:
            row = _with_key(ctx, key)
        case _:
            row = None
    return row.user_name if row else None


def _with_id(ctx: Context, user_id: str) -> UserRow | None:
    row = ctx.tx.get(UserRow, UserId(user_id))
    return row if row is not None and row.account_id == ctx.account_id else None


def _with_key(ctx: Context, access_key_id: str) -> UserRow | None:
    key = ctx.tx.get(AccessKeyRow, AccessKeyId(access_key_id))
    return _with_id(ctx, key.owner_id) if key is not None else None
