"""Passkeys of users: listed, renamed and deleted.

No published operation registers a passkey: the user's browser does that on the sign-in page.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.identity.credentials.passkeys import (
    PASSKEY,
    NoPasskey,
    PasskeyExists,
    passkey_of,
    passkeys_of,
)
from juyong.services.identity.credentials.tables import PasskeyRow
from juyong.services.identity.users.naming import OWNER_BY_PRINCIPAL, for_oneself
from juyong.services.identity.users.owners import Owner
from juyong.services.ims.product import PRODUCT as IMS

PasskeyId = Annotated[str, Text(1, 128), Doc("The passkey.")]
PasskeyName = Annotated[str, Text(1, 64)]


class Passkey(Shape, frozen=True, kw_only=True):
    """A passkey; LastUseDate is empty while it was never used."""

    passkey_id: str
    passkey_name: str
    create_date: str
    last_use_date: str


_own_passkeys = for_oneself(lambda preference: preference.allow_login_with_passkey)


@operation(
    IMS,
    "ListPasskeys",
    on=OWNER_BY_PRINCIPAL,
    self_service=_own_passkeys,
    answers="Passkeys",
    reads_only=True,
)
def list_passkeys(ctx: Context, owner: Owner) -> list[Passkey]:
    """List a user's passkeys, oldest first.

    Returns:
        All of them; a user has at most its quota `ram.passkeys-per-user` (5).

    Assumed: the quota.
    """
    return [_shown(row) for row in passkeys_of(ctx.tx, owner.owner_id)]


@operation(
    IMS,
    "UpdatePasskey",
    on=OWNER_BY_PRINCIPAL,
    self_service=_own_passkeys,
    raises=(NoPasskey, PasskeyExists),
)
def update_passkey(
    ctx: Context, owner: Owner, *, passkey_id: PasskeyId, passkey_name: PasskeyName
) -> None:
    """Rename a passkey.

    Args:
        passkey_name: Its new name, unique among the user's passkeys.

    Source: IMS API reference, UpdatePasskey; RAM documentation, passkeys (documented); the codes
    (assumed).
    """
    PASSKEY.change(ctx, passkey_of(ctx.tx, owner, passkey_id), passkey_name=passkey_name)


@operation(
    IMS, "DeletePasskey", on=OWNER_BY_PRINCIPAL, self_service=_own_passkeys, raises=(NoPasskey,)
)
def delete_passkey(ctx: Context, owner: Owner, *, passkey_id: PasskeyId) -> None:
    """Delete a passkey, which signs its user in no more; open sessions go on.

    Assumed: the code.
    """
    PASSKEY.remove(ctx, passkey_of(ctx.tx, owner, passkey_id))


def _shown(row: PasskeyRow) -> Passkey:
    return Passkey(
        passkey_id=row.passkey_id,
        passkey_name=row.passkey_name,
        create_date=iso(row.created_at),
        last_use_date=iso_or_empty(row.last_used_at),
    )
