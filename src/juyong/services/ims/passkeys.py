"""Passkeys of users.

The published interface lists, renames and deletes passkeys but registers none: that is a ceremony
of the console with a browser, which this platform does not have. No user has one, therefore.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.ims.fields import UserPrincipalName
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ims.user_lookup import own_or_named, owner_by_name
from juyong.services.ram.facade import NoUser

PasskeyId = Annotated[str, Text(1, 128)]
PasskeyName = Annotated[str, Text(1, 64)]


class NoPasskey(ApiError):
    """The user has no such passkey."""

    code, status = "EntityNotExist.Passkey", 404
    text = "The passkey does not exist."


class Passkey(Shape, frozen=True, kw_only=True):
    """A passkey."""

    passkey_id: str
    passkey_name: str
    create_date: str
    last_use_date: str


class ListPasskeysAnswer(Shape, frozen=True, kw_only=True):
    """The passkeys of a user, flat."""

    passkeys: list[Passkey]


@operation(IMS, "ListPasskeys", resource=own_or_named, raises=(NoUser,), reads_only=True)
def list_passkeys(
    ctx: Context, *, user_principal_name: UserPrincipalName | None = None
) -> ListPasskeysAnswer:
    """List a user's passkeys, of which there are none.

    Args:
        user_principal_name: The user; absent is the caller.

    Returns:
        An empty list.

    Raises:
        NoUser: there is none, or a role session did not name one.

    Source: IMS API reference, ListPasskeys (documented).
    """
    owner_by_name(ctx, user_principal_name)
    return ListPasskeysAnswer(passkeys=[])


@operation(IMS, "UpdatePasskey", resource=own_or_named, raises=(NoUser, NoPasskey))
def update_passkey(
    ctx: Context,
    *,
    passkey_id: PasskeyId,  # noqa: ARG001  # no user has one
    passkey_name: PasskeyName,  # noqa: ARG001  # no user has one
    user_principal_name: UserPrincipalName | None = None,
) -> Empty:
    """Rename a passkey.

    Args:
        passkey_id: The passkey.
        passkey_name: Its new name.
        user_principal_name: The user; absent is the caller.

    Returns:
        Never: no user has a passkey.

    Raises:
        NoUser: there is none, or a role session did not name one.
        NoPasskey: the user has no such passkey.

    Source: IMS API reference, UpdatePasskey (documented); the code (assumed).
    """
    owner_by_name(ctx, user_principal_name)
    raise NoPasskey


@operation(IMS, "DeletePasskey", resource=own_or_named, raises=(NoUser, NoPasskey))
def delete_passkey(
    ctx: Context,
    *,
    passkey_id: PasskeyId,  # noqa: ARG001  # no user has one
    user_principal_name: UserPrincipalName | None = None,
) -> Empty:
    """Delete a passkey.

    Args:
        passkey_id: The passkey.
        user_principal_name: The user; absent is the caller.

    Returns:
        Never: no user has a passkey.

    Raises:
        NoUser: there is none, or a role session did not name one.
        NoPasskey: the user has no such passkey.

    Source: IMS API reference, DeletePasskey (documented); the code (assumed).
    """
    owner_by_name(ctx, user_principal_name)
    raise NoPasskey
