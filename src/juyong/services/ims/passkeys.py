"""Passkeys of users: listed, renamed and deleted.

The published interface registers none: that is a ceremony of the user's browser, which the sign-in
page holds.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.identity.credentials.passkeys import (
    NoPasskey,
    PasskeyExists,
    passkey_of,
    passkeys_of,
    remove_passkey,
    rename_passkey,
)
from juyong.services.identity.credentials.tables import PasskeyRow
from juyong.services.identity.fields import UserPrincipalName
from juyong.services.identity.users.lookup import for_oneself, own_or_named, owner_by_name
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.product import PRODUCT as IMS

PasskeyId = Annotated[str, Text(1, 128), Doc("The passkey.")]
PasskeyName = Annotated[str, Text(1, 64)]


class Passkey(Shape, frozen=True, kw_only=True):
    """A passkey; LastUseDate is empty while it was never used."""

    passkey_id: str
    passkey_name: str
    create_date: str
    last_use_date: str


class ListPasskeysAnswer(Shape, frozen=True, kw_only=True):
    """The passkeys of a user, flat."""

    passkeys: list[Passkey]


_own_passkeys = for_oneself(lambda preference: preference.allow_login_with_passkey)


@operation(
    IMS,
    "ListPasskeys",
    resource=own_or_named,
    self_service=_own_passkeys,
    raises=(NoUser,),
    reads_only=True,
)
def list_passkeys(
    ctx: Context, *, user_principal_name: UserPrincipalName | None = None
) -> ListPasskeysAnswer:
    """List a user's passkeys, oldest first.

    Args:
        user_principal_name: The user; absent is the caller.

    Returns:
        All of them; a user has at most its quota `ram.passkeys-per-user` (5).

    Source: IMS API reference, ListPasskeys (documented); the quota (assumed).
    """
    owner = owner_by_name(ctx, user_principal_name)
    return ListPasskeysAnswer(passkeys=[_shown(row) for row in passkeys_of(ctx.tx, owner.owner_id)])


@operation(
    IMS,
    "UpdatePasskey",
    resource=own_or_named,
    self_service=_own_passkeys,
    raises=(NoUser, NoPasskey, PasskeyExists),
)
def update_passkey(
    ctx: Context,
    *,
    passkey_id: PasskeyId,
    passkey_name: PasskeyName,
    user_principal_name: UserPrincipalName | None = None,
) -> Empty:
    """Rename a passkey.

    Args:
        passkey_name: Its new name, unique among the user's passkeys.
        user_principal_name: The user; absent is the caller.

    Source: IMS API reference, UpdatePasskey; RAM documentation, passkeys (documented); the codes
    (assumed).
    """
    owner = owner_by_name(ctx, user_principal_name)
    rename_passkey(ctx, passkey_of(ctx.tx, owner, passkey_id), passkey_name)
    return Empty()


@operation(
    IMS,
    "DeletePasskey",
    resource=own_or_named,
    self_service=_own_passkeys,
    raises=(NoUser, NoPasskey),
)
def delete_passkey(
    ctx: Context, *, passkey_id: PasskeyId, user_principal_name: UserPrincipalName | None = None
) -> Empty:
    """Delete a passkey, which signs its user in no more; open sessions go on.

    Args:
        user_principal_name: The user; absent is the caller.

    Source: IMS API reference, DeletePasskey (documented); the code (assumed).
    """
    owner = owner_by_name(ctx, user_principal_name)
    remove_passkey(ctx, passkey_of(ctx.tx, owner, passkey_id))
    return Empty()


def _shown(row: PasskeyRow) -> Passkey:
    return Passkey(
        passkey_id=row.passkey_id,
        passkey_name=row.passkey_name,
        create_date=iso(row.created_at),
        last_use_date=iso_or_empty(row.last_used_at),
    )
