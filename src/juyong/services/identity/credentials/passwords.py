"""Passwords: judged, kept and changed. Only Argon2id hashes are stored."""

from dataclasses import dataclass

from juyong.api.caller import User
from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ServiceUnavailable, fact
from juyong.api.operation import Prepare, Rate, operation
from juyong.base.clock import Instant
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.credentials.passwords import (
    MAX_PASSWORD_LENGTH,
    SALT_BYTES,
    PasswordPolicy,
    hash_password,
    is_reused,
    verify_password,
    violations,
)
from juyong.services.identity.account.password_policy import rules_of
from juyong.services.identity.credentials.profile_rows import (
    LOGIN_PROFILE,
    NoLoginProfile,
    profile_of,
)
from juyong.services.identity.credentials.tables import LoginProfileRow, PasswordHistoryRow
from juyong.services.identity.signin.failures import forget_failures
from juyong.services.identity.signin.sessions import end_sessions
from juyong.services.identity.users.naming import calling_owner, for_oneself, own_or_named
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_KEPT = 24
"""How many former passwords the strictest policy can ask for."""


def _forget_old() -> "sa.Delete":
    history = table_of(PasswordHistoryRow)
    return sa.delete(history).where(
        history.c.owner_id == sa.bindparam("owner_id"), history.c.number <= sa.bindparam("last")
    )


WeakPassword = fact(
    "InvalidParameter.Password.TooWeak",
    400,
    'The parameter - "Password" is not compliant with the password policy.',
    why="The password falls short of the account's policy.",
)
WeakNewPassword = fact(
    "InvalidParameter.NewPassword.TooWeak",
    400,
    'The parameter - "NewPassword" is not compliant with the password policy.',
    why="The new password falls short of the account's policy.",
)
PasswordReused = fact(
    "InvalidParameter.NewPassword.ReusePrevention",
    400,
    'The parameter - "NewPassword" is not compliant with the reuse prevention password policy.',
    why="The new password is among the former ones that the policy forbids.",
)
OldPasswordIncorrect = fact(
    "InvalidParameter.OldPassword.Incorrect",
    400,
    'The parameter - "OldPassword" is incorrect.',
    why="The old password is not the present one.",
)
NotAUser = fact(
    "NotSupport.Account",
    400,
    "This method can be only invoked by sub user.",
    why="Root or a role session calls what only users have.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The facts that judge a change of password: the policy, and the hashes newest first."""

    rules: PasswordPolicy
    user_name: str
    hashes: tuple[Secret, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A checked change of password, good only while `present` is still the stored hash."""

    present: Secret
    new: Secret


def hashed(password: Secret) -> Secret:
    """Hash a password under a fresh salt.

    Cost: some tens of milliseconds; never inside a transaction.
    """
    return Secret(hash_password(password.reveal(), random_bytes(SALT_BYTES)))


def is_weak(rules: PasswordPolicy, password: Secret, user_name: str) -> bool:
    """Tell whether a password falls short of the policy."""
    return bool(violations(password.reveal(), rules, user_name=user_name))


def _hash_given(_platform: Platform, arguments: Arguments, _found: object) -> Secret | None:
    """Hash the argument `password`, as the work of a Prepare; None if there is nothing to hash."""
    password: Secret | None = arguments["password"]
    if password is None or len(password) > MAX_PASSWORD_LENGTH:
        return None
    return hashed(password)


HASH_GIVEN = Prepare(work=_hash_given)
"""For operations, of both products, that take a `password`: its hash arrives as `prepared`."""


def checked_hash(ctx: Context, password: Secret, prepared: Secret | None, user_name: str) -> Secret:
    """Return the hash of a password that an administrator sets.

    Raises:
        WeakPassword: the policy refuses it.
        ServiceUnavailable: the call was refused when its work was prepared, but no longer is.
    """
    rules = rules_of(ctx.tx, ctx.account_id)
    if is_weak(rules, password, user_name):
        raise WeakPassword
    if prepared is None:
        raise ServiceUnavailable
    return prepared


def standing_of(tx: Transaction, profile: LoginProfileRow, user_name: str) -> Standing:
    """Read the facts that judge a change of this profile's password."""
    former = tx.find(PasswordHistoryRow, order=("number",), owner_id=profile.owner_id)
    return Standing(
        rules=rules_of(tx, profile.account_id),
        user_name=user_name,
        hashes=(profile.password_hash, *(row.password_hash for row in reversed(former))),
    )


def renew(standing: Standing, new: Secret) -> Renewal:
    """Check a new password against policy and history, and hash it.

    Raises:
        WeakNewPassword, PasswordReused: the policy refuses it.

    Cost: a hash, and one verification for each former password that counts.
    """
    if is_weak(standing.rules, new, standing.user_name):
        raise WeakNewPassword
    hashes = [known.reveal() for known in standing.hashes]
    if is_reused(new.reveal(), hashes, standing.rules):
        raise PasswordReused
    return Renewal(present=standing.hashes[0], new=hashed(new))


def store_password(
    tx: Transaction,
    profile: LoginProfileRow,
    password_hash: Secret,
    now: Instant,
    *,
    initial: bool,
    reset_required: bool,
) -> LoginProfileRow:
    """Replace a password: the old one goes to the history, failures and sessions end with it.

    initial: An administrator set it. reset_required: It must be changed at the next sign-in.
    """
    newest = tx.find(PasswordHistoryRow, order=("number",), owner_id=profile.owner_id)
    number = newest[-1].number + 1 if newest else 1
    tx.insert(
        PasswordHistoryRow(
            owner_id=profile.owner_id,
            number=number,
            password_hash=profile.password_hash,
            changed_at=profile.password_changed_at,
        )
    )
    tx.change(_forget_old, owner_id=profile.owner_id, last=number - _KEPT)
    forget_failures(tx, profile.owner_id)
    end_sessions(tx, profile.owner_id)
    return tx.update(
        profile,
        password_hash=password_hash,
        password_changed_at=now,
        initial=initial,
        password_reset_required=reset_required,
        updated_at=now,
    )


def forget_passwords(tx: Transaction, owner_id: str) -> None:
    """Forget former passwords, failures and sessions of a login profile that goes away."""
    for row in tx.find(PasswordHistoryRow, owner_id=owner_id):
        tx.delete(row)
    forget_failures(tx, owner_id)
    end_sessions(tx, owner_id)


def _own_profile(ctx: Context, new: Secret) -> tuple[LoginProfileRow, str]:
    """Return the caller's login profile and name; refuse what can be refused without hashing."""
    if not isinstance(ctx.caller, User):
        raise NotAUser
    owner = calling_owner(ctx)
    profile = profile_of(ctx.tx, owner.owner_id)
    if is_weak(rules_of(ctx.tx, ctx.account_id), new, owner.name):
        raise WeakNewPassword
    return profile, owner.name


def _gather(ctx: Context, arguments: Arguments) -> Standing:
    return standing_of(ctx.tx, *_own_profile(ctx, arguments["new_password"]))


def _verify_and_renew(_platform: Platform, arguments: Arguments, standing: Standing) -> Renewal:
    if not verify_password(standing.hashes[0].reveal(), arguments["old_password"].reveal()):
        raise OldPasswordIncorrect
    return renew(standing, arguments["new_password"])


VERIFY_AND_RENEW = Prepare(gather=_gather, work=_verify_and_renew)


@operation(
    (RAM, IMS),
    "ChangePassword",
    resource=own_or_named,
    self_service=for_oneself(lambda preference: preference.allow_change_password),
    prepare=VERIFY_AND_RENEW,
    rate=Rate(per_second=5),
    raises=(NotAUser, NoLoginProfile, WeakNewPassword, PasswordReused, OldPasswordIncorrect),
)
def change_password(
    ctx: Context,
    *,
    old_password: Secret,  # noqa: ARG001  # verified when the call was prepared
    new_password: Secret,
    prepared: Renewal | None,
) -> None:
    """Change the calling user's own console password; its sessions end.

    COST: each change hashes several times; SECURITY: the rate also bounds guessing the password.

    Args:
        old_password: The present one; refused too if it was changed while this call was under way.
        new_password: Must satisfy the password policy, reuse prevention included.
    """
    profile, _ = _own_profile(ctx, new_password)
    if prepared is None:
        raise ServiceUnavailable
    if profile.password_hash != prepared.present:
        raise OldPasswordIncorrect
    profile = store_password(
        ctx.tx, profile, prepared.new, ctx.now, initial=False, reset_required=False
    )
    LOGIN_PROFILE.note(ctx.tx, ctx.journal, "updated", profile)
