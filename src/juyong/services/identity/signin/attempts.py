"""Signing in to the console, in three steps: look up, prove, decide.

Only the middle one is slow, and it runs while no transaction is open. SECURITY: until the password
was right, the answer and the work are the same whether or not the user exists.
"""

from dataclasses import dataclass, field

import msgspec

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.engines.credentials.network import in_masks
from juyong.engines.credentials.passwords import PasswordPolicy, password_state, verify_password
from juyong.services.identity.account.password_policy import rules_of
from juyong.services.identity.account.security_preference import preference_of
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.identity.credentials.passwords import (
    PasswordReused,
    Renewal,
    Standing,
    WeakNewPassword,
    renew,
    standing_of,
    store_password,
)
from juyong.services.identity.credentials.profile_rows import LOGIN_PROFILE
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.signin.admission import admit, is_idle
from juyong.services.identity.signin.answers import (
    ADDRESS_NOT_ALLOWED,
    DISABLED,
    EXPIRED,
    IDLE,
    INVALID,
    LOCKED,
    RESET_REQUIRED,
    REUSED,
    WEAK,
    Refusal,
    SignedIn,
)
from juyong.services.identity.signin.events import note_attempt, note_signin
from juyong.services.identity.signin.factor import (
    Factor,
    Shown,
    check_factor,
    mfa_ticket,
    use_factor,
)
from juyong.services.identity.signin.failures import is_locked_out, note_failure
from juyong.services.identity.signin.names import Subject, subject_of
from juyong.services.identity.signin.sessions import PURPOSE, end_session, open_session
from juyong.services.identity.users.owners import Owner, owner_by_id

NOBODYS_HASH = Secret(
    "$argon2id$v=19$m=19456,t=2,p=1$anV5b25nLW5vYm9keS4uLg"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""A hash to verify for users without one; no known password matches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The data of a sign-in. `new_password` counts only if the answer asked for a new one."""

    login_name: str
    password: Secret
    new_password: Secret | None = None
    shown: Shown = field(default_factory=Shown)
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The facts for the proof. `standing` is None for an owner without password."""

    locked: bool
    standing: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The result of the slow work; valid only while `matched` is still the stored hash."""

    matched: Secret | None = None
    renewal: Renewal | Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One attempt on an account that exists."""

    ctx: Context
    attempt: Attempt
    proof: Proof
    subject: Subject
    rules: PasswordPolicy
    preference: SecurityPreferenceRow


def look_up(ctx: Context, attempt: Attempt) -> Found:
    """Read the facts for the proof, in a transaction that writes nothing."""
    subject = subject_of(ctx.tx, attempt.login_name)
    if subject is None:
        return Found(locked=False, standing=None)
    rules = rules_of(ctx.tx, subject.account.account_id)
    profile = _profile_of(ctx, subject)
    return Found(
        locked=is_locked_out(ctx.tx, subject.counted_as, rules, ctx.now),
        standing=standing_of(ctx.tx, profile, subject.owner.name)
        if profile and subject.owner
        else None,
    )


def prove(attempt: Attempt, found: Found) -> Proof:
    """Verify the password and check the new one, if any.

    Cost: one verification for every login name; with a right password and a new one, also the
    verifications of a change of password. Nothing while sign-in is locked.
    """
    if found.locked:
        return Proof()
    present = found.standing.hashes[0] if found.standing else NOBODYS_HASH
    matches = verify_password(present.reveal(), attempt.password.reveal())
    if not matches or found.standing is None:
        return Proof()
    if attempt.new_password is None:
        return Proof(matched=present)
    renewal: Renewal | Refusal
    if attempt.new_password.same_as(attempt.password):
        renewal = REUSED
    else:
        try:
            renewal = renew(found.standing, attempt.new_password)
        except WeakNewPassword:
            renewal = WEAK
        except PasswordReused:
            renewal = REUSED
    return Proof(matched=present, renewal=renewal)


def sign_in(ctx: Context, attempt: Attempt, proof: Proof) -> SignedIn | Refusal:
    """Decide an attempt, and store the results: session, failure, event.

    The caller and the account of `ctx` do not matter. The results are committed either way.
    """
    subject = subject_of(ctx.tx, attempt.login_name)
    if subject is None:
        return INVALID
    account_id = subject.account.account_id
    case = _Case(
        ctx=msgspec.structs.replace(ctx, account_id=account_id),
        attempt=attempt,
        proof=proof,
        subject=subject,
        rules=rules_of(ctx.tx, account_id),
        preference=preference_of(ctx.tx, account_id),
    )
    outcome = _decide(case)
    if isinstance(outcome, Refusal) and outcome.counts:
        note_failure(ctx.tx, account_id, subject.counted_as, ctx.now)
    note_attempt(case.ctx, subject.owner, outcome, attempt.user_agent)
    return outcome


def sign_out(ctx: Context, token: str, user_agent: str) -> None:
    """End the session of a token.

    Raises:
        BadSession: there is none.
    """
    session = open_session(ctx.tx, token, ctx.key(PURPOSE), ctx.now)
    end_session(ctx.tx, session)
    account_id = AccountId(session.account_id)
    note_signin(
        msgspec.structs.replace(ctx, account_id=account_id),
        owner_by_id(ctx.tx, account_id, session.owner_id),
        user_agent=user_agent,
        mfa=session.mfa,
        started_at=Instant(session.issued_at),
        kind="ConsoleSignout",
    )


def _decide(case: _Case) -> SignedIn | Refusal:
    ctx, subject, owner = case.ctx, case.subject, case.subject.owner
    if is_locked_out(ctx.tx, subject.counted_as, case.rules, ctx.now):
        return LOCKED
    if not subject.is_root and not in_masks(ctx.source_ip, case.preference.login_network_masks):
        return ADDRESS_NOT_ALLOWED
    profile = _profile_of(ctx, subject)
    matched = case.proof.matched
    if owner is None or profile is None or matched is None or profile.password_hash != matched:
        return INVALID
    return _admit(case, owner, profile)


def _admit(case: _Case, owner: Owner, profile: LoginProfileRow) -> SignedIn | Refusal:
    """Go on after a right password: check the owner, and ask for further proofs."""
    ctx = case.ctx
    state = password_state(case.rules, profile.password_changed_at, profile.initial, ctx.now)
    if not profile.active:
        return DISABLED
    if is_idle(ctx, case.preference, owner, profile):
        return IDLE
    if state.hard_expired:
        return EXPIRED
    # SECURITY: the second factor comes first, or the password alone could replace itself.
    factor = check_factor(ctx, owner, profile, case.preference, case.attempt.shown)
    if isinstance(factor, Refusal):
        return factor
    if state.must_reset or profile.password_reset_required:
        renewed = _renew(case, profile)
        if isinstance(renewed, Refusal):
            return renewed
        profile = renewed
    return _open(case, owner, profile, factor)


def _renew(case: _Case, profile: LoginProfileRow) -> LoginProfileRow | Refusal:
    """Replace a password that must change; if that fails, the code of this attempt stays unused."""
    renewal = case.proof.renewal
    if renewal is None:
        return RESET_REQUIRED
    if isinstance(renewal, Refusal):
        return renewal
    profile = store_password(
        case.ctx.tx, profile, renewal.new, case.ctx.now, initial=False, reset_required=False
    )
    LOGIN_PROFILE.note(case.ctx.tx, case.ctx.journal, "updated", profile)
    return profile


def _open(case: _Case, owner: Owner, profile: LoginProfileRow, factor: Factor) -> SignedIn:
    ctx, preference = case.ctx, case.preference
    device = use_factor(ctx, owner, factor)
    remember = factor.step and preference.enable_save_mfa_ticket
    ticket = mfa_ticket(ctx, owner, device) if remember and device else None
    return admit(ctx, preference, owner, profile, mfa=device is not None, mfa_ticket=ticket)


def _profile_of(ctx: Context, subject: Subject) -> LoginProfileRow | None:
    owner = subject.owner
    return ctx.tx.get(LoginProfileRow, owner.owner_id) if owner else None
