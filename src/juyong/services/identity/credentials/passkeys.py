"""Passkeys of users: stored, listed, renamed and deleted.

No published operation registers a passkey: the user's browser does that on the sign-in page.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.api.shape import CreateDate, Of, Shape
from juyong.base.clock import Instant, iso_or_empty
from juyong.base.ids import new_token
from juyong.engines.credentials.passkeys import Registered, encoded
from juyong.services.identity.credentials.tables import PasskeyRow
from juyong.services.identity.errors import full, missing
from juyong.services.identity.signin.tables import SpentChallengeRow
from juyong.services.identity.users.naming import OWNER_BY_PRINCIPAL, for_oneself
from juyong.services.identity.users.owners import Owner, owner_links
from juyong.services.ims.product import PRODUCT as IMS
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

PasskeyId = Annotated[str, Text(1, 128), Doc("The passkey.")]
NoPasskey = missing("EntityNotExist.Passkey", "passkey", "The user has no such passkey.")
PasskeyExists = fact(
    "EntityAlreadyExists.Passkey",
    409,
    "The passkey already exists.",
    why="The user has a passkey of that name, or the authenticator's passkey is registered.",
)
TooManyPasskeys = full("LimitExceeded.Passkey", "passkeys", "ram.passkeys-per-user", "user")


class PasskeyState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a passkey."""

    passkey_id: str
    passkey_name: str
    owner_id: str
    create_date: CreateDate


class Passkey(Shape, frozen=True, kw_only=True):
    """A passkey; LastUseDate is empty while it was never used."""

    passkey_id: str
    passkey_name: str
    create_date: CreateDate
    last_use_date: Annotated[str, Of("last_used_at", iso_or_empty)]


PASSKEY: Resource[PasskeyRow] = Resource(
    kind="ACS::RAM::Passkey",
    row=PasskeyRow,
    id="passkey_id",
    name="passkey_name",
    label="passkey_id",
    arn="ram:passkey/",
    find=lambda ctx, passkey_id: ctx.tx.find_one(
        PasskeyRow, passkey_id=passkey_id, account_id=ctx.account_id
    ),
    missing=NoPasskey,
    taken=PasskeyExists,
    state=PasskeyState,
    links=(owner_links("attached-to"),),
)


def passkeys_of(tx: Transaction, owner_id: str) -> Sequence[PasskeyRow]:
    """Return the passkeys of a user, oldest first."""
    return tx.find(PasskeyRow, order=("created_at", "passkey_name"), owner_id=owner_id)


def passkey_of(tx: Transaction, owner: Owner, passkey_id: str) -> PasskeyRow:
    """Return a passkey of a user by its id.

    Raises:
        NoPasskey: the user has none of that id.
    """
    row = tx.get(PasskeyRow, passkey_id)
    if row is None or row.owner_id != owner.owner_id:
        raise NoPasskey
    return row


def passkey_by_credential(tx: Transaction, credential_id: bytes) -> PasskeyRow | None:
    """Return the passkey that an authenticator names, None if it is not registered."""
    return tx.find_one(PasskeyRow, credential_id=encoded(credential_id))


def add_passkey(ctx: Context, owner: Owner, name: str, made: Registered) -> PasskeyRow:
    """Store a passkey that was verified.

    Raises:
        PasskeyExists: the name is taken, or the passkey is registered.
        TooManyPasskeys: the quota is full.
    """
    if ctx.tx.count(PasskeyRow, owner_id=owner.owner_id) >= ctx.quota("ram.passkeys-per-user"):
        raise TooManyPasskeys
    return PASSKEY.create(
        ctx,
        passkey_id=new_token(16),
        owner_id=owner.owner_id,
        passkey_name=name,
        credential_id=encoded(made.credential_id),
        public_part=encoded(made.public_part),
        counter=made.counter,
    )


def spend_challenge(tx: Transaction, challenge: bytes, expires_at: Instant) -> bool:
    """Use a challenge up; False if it was used before."""
    digest = hashlib.sha256(challenge).hexdigest()
    try:
        tx.insert(SpentChallengeRow(challenge=digest, expires_at=expires_at))
    except Duplicate:
        return False
    return True


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
    """List a user's passkeys, at most its quota `ram.passkeys-per-user` (5), oldest first.

    Assumed: the quota.
    """
    return [Passkey.of(row) for row in passkeys_of(ctx.tx, owner.owner_id)]


@operation(
    IMS,
    "UpdatePasskey",
    on=OWNER_BY_PRINCIPAL,
    self_service=_own_passkeys,
    raises=(NoPasskey, PasskeyExists),
)
def update_passkey(
    ctx: Context, owner: Owner, *, passkey_id: PasskeyId, passkey_name: Annotated[str, Text(1, 64)]
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
