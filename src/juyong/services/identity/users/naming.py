"""The names by which calls find a user or an owner of credentials, and self-service.

RAM names a user by its name. IMS names a user by principal name, and in some operations by id or by
one of its AccessKeys. Credentials belong to an owner, a user or root; a call that names no owner is
about the caller.
"""

from collections.abc import Callable
from typing import Annotated

from msgspec.structs import replace

from juyong.api.access import SelfService
from juyong.api.caller import Root, User
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc
from juyong.api.resource import Target
from juyong.base.ids import AccessKeyId, UserId
from juyong.services.identity.account.principal_names import own_name
from juyong.services.identity.account.security_preference import preference_of
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.errors import mandatory
from juyong.services.identity.fields import UserName, UserPrincipalName
from juyong.services.identity.users.owners import Owner, owner_of_user, root_owner
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import USER, NoUser

_WHOSE = Doc("The user; without it the caller, root included.")
OwnUserName = Annotated[UserName, _WHOSE]
OwnPrincipalName = Annotated[UserPrincipalName, _WHOSE]
_IDENTIFIERS = ("user_principal_name", "user_id", "user_access_key_id")
NoIdentifier = mandatory(
    "MissingUserPrincipalName", "The call does not say which user it is about."
)
ManyIdentifiers = fact(
    "InvalidParameter.UserPrincipalName",
    400,
    "Only one parameter can be specified to identify the user.",
    why="The call names the user in more than one way.",
)


# --- finding ---


def find_principal(ctx: Context, user_principal_name: str) -> UserRow | None:
    """Return a user by principal name; under a domain that is not the account's there is none."""
    name = own_name(ctx.tx, ctx.account_id, user_principal_name)
    return USER.find(ctx, name) if name else None


def user_with_id(ctx: Context, user_id: str) -> UserRow | None:
    """Return a user of the account by id."""
    row = ctx.tx.get(UserRow, UserId(user_id))
    return row if row is not None and row.account_id == ctx.account_id else None


def _with_key(ctx: Context, access_key_id: str) -> UserRow | None:
    key = ctx.tx.get(AccessKeyRow, AccessKeyId(access_key_id))
    return user_with_id(ctx, key.owner_id) if key is not None else None


def _identified(ctx: Context, arguments: Arguments) -> UserRow | None:
    """Return the user that a call's one identifier names; None also for none or several."""
    given = [(name, arguments[name]) for name in _IDENTIFIERS if arguments.get(name) is not None]
    match given:
        case [("user_principal_name", name)]:
            return find_principal(ctx, name)
        case [("user_id", user_id)]:
            return user_with_id(ctx, user_id)
        case [("user_access_key_id", key)]:
            return _with_key(ctx, key)
    return None


def identified(ctx: Context, arguments: Arguments) -> UserRow:
    """Return the user that exactly one of the arguments names.

    Raises:
        NoIdentifier, ManyIdentifiers: none or several are given.
        NoUser: there is no such user.
    """
    given = sum(arguments.get(name) is not None for name in _IDENTIFIERS)
    if given != 1:
        raise ManyIdentifiers if given else NoIdentifier
    row = _identified(ctx, arguments)
    if row is None:
        raise NoUser
    ctx.journal.refer(USER.kind, row.user_name)
    return row


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


def _owner(ctx: Context, arguments: Arguments) -> Owner:
    if _names_none(arguments):
        return calling_owner(ctx)
    name = _name_given(ctx, arguments)
    user = USER.find(ctx, name) if name else None
    if user is None:
        raise NoUser
    return owner_of_user(user)


# --- naming for authorisation ---


def _name_given(ctx: Context, arguments: Arguments) -> str | None:
    """Return the user name that a call gives; None if no user can have it."""
    name: str | None = arguments.get("user_name")
    principal: str | None = arguments.get("user_principal_name")
    return own_name(ctx.tx, ctx.account_id, principal) if principal is not None else name


def user_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the user a call identifies; an unclear user stands for all users."""
    if arguments.get("user_id") is None and arguments.get("user_access_key_id") is None:
        name = _name_given(ctx, arguments)
    else:
        row = _identified(ctx, arguments)
        name = row.user_name if row else None
    return (f"acs:ram:*:{ctx.account_id}:user/{name or '*'}",)


def own_or_named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the user a call is about; without a name it is the caller."""
    if _names_none(arguments):
        name = ctx.caller.user_name if isinstance(ctx.caller, User) else None
    else:
        name = _name_given(ctx, arguments)
    return (f"acs:ram:*:{ctx.account_id}:user/{name or '*'}",)


def _names_none(arguments: Arguments) -> bool:
    return arguments.get("user_name") is None and arguments.get("user_principal_name") is None


def for_oneself(allows: Callable[[SecurityPreferenceRow], bool]) -> SelfService:
    """Make a self-service rule: the caller's own things, where a preference allows."""

    def rule(ctx: Context, arguments: Arguments) -> bool:
        if not isinstance(ctx.caller, User):
            return False
        own = _names_none(arguments) or _name_given(ctx, arguments) == ctx.caller.user_name
        return own and allows(preference_of(ctx.tx, ctx.account_id))

    return rule


# --- the two faces ---


def _owned(**parameter: object) -> Target[Owner]:
    return Target(
        parameters=parameter,
        arn=own_or_named,
        find=_owner,
        errors=(NoUser,),
        conditions=USER.tag_conditions,
    )


BY_NAME = USER.by(user_name=UserName)
BY_PRINCIPAL = replace(
    replace(USER, find=find_principal).by(user_principal_name=UserPrincipalName),
    arn=user_resource,
    conditions=USER.tag_conditions,
)
OWNER_BY_NAME = _owned(user_name=OwnUserName | None)
OWNER_BY_PRINCIPAL = _owned(user_principal_name=OwnPrincipalName | None)
