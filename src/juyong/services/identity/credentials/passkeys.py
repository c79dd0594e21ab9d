"""Passkeys of users, for the sign-in pages and for IMS."""

import hashlib
from collections.abc import Sequence

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.resource import Resource
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.base.ids import new_token
from juyong.engines.credentials.passkeys import Registered, encoded
from juyong.services.identity.credentials.tables import PasskeyRow
from juyong.services.identity.errors import full, missing
from juyong.services.identity.signin.tables import SpentChallengeRow
from juyong.services.identity.users.owners import Owner, owner_links
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

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
    create_date: str


def _state(_tx: Transaction, row: PasskeyRow) -> PasskeyState:
    return PasskeyState(
        passkey_id=row.passkey_id,
        passkey_name=row.passkey_name,
        owner_id=row.owner_id,
        create_date=iso(row.created_at),
    )


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
    state=_state,
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
    row = PasskeyRow(
        passkey_id=new_token(16),
        account_id=owner.account_id,
        owner_id=owner.owner_id,
        passkey_name=name,
        credential_id=encoded(made.credential_id),
        public_part=encoded(made.public_part),
        counter=made.counter,
        created_at=ctx.now,
    )
    return PASSKEY.add(ctx, row)


def spend_challenge(tx: Transaction, challenge: bytes, expires_at: Instant) -> bool:
    """Use a challenge up; False if it was used before."""
    digest = hashlib.sha256(challenge).hexdigest()
    try:
        tx.insert(SpentChallengeRow(challenge=digest, expires_at=expires_at))
    except Duplicate:
        return False
    return True
