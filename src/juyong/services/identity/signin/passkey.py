"""Signing in with a passkey, in three steps: look up, prove, decide.

A passkey stands for password and second factor in one: the authenticator verifies its user.
SECURITY: strangers learn nothing: without a registered passkey every answer is InvalidPasskey.

Source: RAM documentation, passkeys (documented): users sign in without a password, and no code is
asked for. That only users have passkeys, and how many, is assumed.
"""

from dataclasses import dataclass

import msgspec

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.credentials.network import in_masks
from juyong.engines.credentials.passkeys import (
    CHALLENGE_BYTES,
    Asserted,
    BadPasskey,
    Created,
    Registered,
    Site,
    decoded,
    register,
    verify,
    went_back,
)
from juyong.services.identity.account.password_policy import rules_of
from juyong.services.identity.account.security_preference import preference_of
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.identity.credentials.passkeys import spend_challenge
from juyong.services.identity.credentials.tables import LoginProfileRow, PasskeyRow
from juyong.services.identity.signin.admission import admit, is_idle
from juyong.services.identity.signin.answers import (
    ADDRESS_NOT_ALLOWED,
    DISABLED,
    IDLE,
    LOCKED,
    PASSKEY_COPIED,
    PASSKEY_WRONG,
    PASSKEYS_OFF,
    Refusal,
    SignedIn,
)
from juyong.services.identity.signin.events import note_attempt
from juyong.services.identity.signin.failures import is_locked_out
from juyong.services.identity.signin.notes import open_note, seal_note
from juyong.services.identity.users.owners import Owner, owner_by_id

CHALLENGE_SECONDS = 300
_CHALLENGE = b"signin/passkey-challenge"


class Challenge(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A challenge for one ceremony. owner_id: The user who registers; empty to sign in."""

    challenge: bytes
    owner_id: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAttempt:
    """The data of a sign-in. site: The site where the browser sees the page."""

    site: Site
    note: Secret
    asserted: Asserted
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyProof:
    """The result of verifying; valid only while `row` is still the stored row."""

    row: PasskeyRow
    challenge: Challenge
    counter: int | None
    """None if the answer does not verify."""


def new_challenge(key: bytes, now: Instant, owner_id: str = "") -> tuple[Secret, Challenge]:
    """Draw a challenge, and seal it into the note that comes back with the answer.

    key: The platform's, for the purpose of sign-in. owner_id: See Challenge.
    """
    challenge = Challenge(
        challenge=random_bytes(CHALLENGE_BYTES),
        owner_id=owner_id,
        expires_at=now + CHALLENGE_SECONDS,
    )
    return seal_note(key, challenge, _CHALLENGE), challenge


def open_challenge(key: bytes, note: Secret, now: Instant) -> Challenge | None:
    """Open a note; None if it was not made here or is out of time."""
    found = open_note(key, note, _CHALLENGE, Challenge)
    return found if found is not None and now < found.expires_at else None


def prove_registration(
    key: bytes, note: Secret, site: Site, created: Created, now: Instant
) -> tuple[Challenge, Registered] | None:
    """Verify a new passkey against the challenge of its note; None if it does not verify.

    Cost: the first time in a process, some tens of milliseconds of import.
    """
    challenge = open_challenge(key, note, now)
    if challenge is None or not challenge.owner_id:
        return None
    try:
        return challenge, register(site, challenge.challenge, created)
    except BadPasskey:
        return None


def prove_passkey(
    key: bytes, attempt: PasskeyAttempt, row: PasskeyRow | None, now: Instant
) -> PasskeyProof | None:
    """Verify an answer; None if there is no such passkey or no such challenge."""
    challenge = open_challenge(key, attempt.note, now)
    if row is None or challenge is None or challenge.owner_id:
        return None
    try:
        counter: int | None = verify(
            attempt.site, challenge.challenge, decoded(row.public_part), attempt.asserted
        )
    except BadPasskey:
        counter = None
    return PasskeyProof(row=row, challenge=challenge, counter=counter)


def sign_in_with_passkey(
    ctx: Context, attempt: PasskeyAttempt, proof: PasskeyProof | None
) -> SignedIn | Refusal:
    """Decide an attempt, and store the results: session, counter, spent challenge, event.

    The caller and the account of `ctx` do not matter.
    """
    if proof is None:
        return PASSKEY_WRONG
    row = ctx.tx.get(PasskeyRow, proof.row.passkey_id)
    owner = owner_by_id(ctx.tx, proof.row.account_id, proof.row.owner_id)
    if row is None or owner is None or row.public_part != proof.row.public_part:
        return PASSKEY_WRONG
    ctx = msgspec.structs.replace(ctx, account_id=owner.account_id)
    outcome = _decide(ctx, attempt, proof, row, owner)
    note_attempt(ctx, owner, outcome, attempt.user_agent)
    return outcome


def _decide(
    ctx: Context, attempt: PasskeyAttempt, proof: PasskeyProof, row: PasskeyRow, owner: Owner
) -> SignedIn | Refusal:
    preference = preference_of(ctx.tx, ctx.account_id)
    profile = ctx.tx.get(LoginProfileRow, owner.owner_id)
    refusal = _unproven(ctx, attempt, proof, row) or _kept_out(ctx, preference, owner)
    if refusal is not None:
        return refusal
    if profile is None or not profile.active:
        return DISABLED
    if is_idle(ctx, preference, owner, profile):
        return IDLE
    ctx.tx.update(row, counter=proof.counter, last_used_at=ctx.now)
    return admit(ctx, preference, owner, profile, mfa=True)


def _unproven(
    ctx: Context, attempt: PasskeyAttempt, proof: PasskeyProof, row: PasskeyRow
) -> Refusal | None:
    if proof.counter is None or attempt.asserted.user_handle != row.owner_id.encode():
        return PASSKEY_WRONG
    challenge = proof.challenge
    if not spend_challenge(ctx.tx, challenge.challenge, Instant(challenge.expires_at)):
        return PASSKEY_WRONG
    return PASSKEY_COPIED if went_back(row.counter, proof.counter) else None


def _kept_out(ctx: Context, preference: SecurityPreferenceRow, owner: Owner) -> Refusal | None:
    rules = rules_of(ctx.tx, ctx.account_id)
    if is_locked_out(ctx.tx, owner.owner_id, rules, ctx.now):
        return LOCKED
    if not in_masks(ctx.source_ip, preference.login_network_masks):
        return ADDRESS_NOT_ALLOWED
    return None if preference.allow_login_with_passkey else PASSKEYS_OFF
