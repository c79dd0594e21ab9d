"""Console access of users."""

from dataclasses import dataclass
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Only
from juyong.api.operation import operation
from juyong.api.shape import Empty, Of, Shape
from juyong.base.clock import Instant, iso, iso_or_empty
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.engines.credentials.passwords import password_state
from juyong.services.identity.account.password_policy import rules_of
from juyong.services.identity.account.principal_names import principal_of
from juyong.services.identity.credentials.passwords import (
    HASH_GIVEN,
    WeakPassword,
    checked_hash,
    forget_passwords,
    store_password,
)
from juyong.services.identity.credentials.profile_rows import (
    LOGIN_PROFILE,
    LoginProfileExists,
    NoLoginProfile,
    profile_of,
)
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.fields import Status, status_of
from juyong.services.identity.signin.sessions import end_sessions
from juyong.services.identity.users.naming import BY_NAME, BY_PRINCIPAL
from juyong.services.identity.users.tables import UserRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction

MustBind = Annotated[bool, Doc("The user has to bind an MFA device at the next sign-in.")]
MustReset = Annotated[bool, Doc("The user has to change the password at the next sign-in.")]


@dataclass(frozen=True, slots=True)
class ConsoleAccess:
    """A user's login profile, with what the account's settings make of it."""

    ctx: Context
    user: UserRow
    profile: LoginProfileRow
    auto_disable: str = "Active"
    """Console access that was idle for too long is always refused: the API has no switch."""

    @property
    def principal(self) -> str:
        """The user's principal name."""
        return principal_of(self.ctx, self.user.user_name)

    @property
    def password_status(self) -> str:
        """The status of the password, under the rules of the account at this moment."""
        profile = self.profile
        rules = rules_of(self.ctx.tx, profile.account_id)
        state = password_state(rules, profile.password_changed_at, profile.initial, self.ctx.now)
        return state.status.value


class _Common(Shape, frozen=True, kw_only=True):
    """How a user signs in to the console."""

    mfa_bind_required: Annotated[bool, Of("profile.mfa_bind_required")]
    password_reset_required: Annotated[bool, Of("profile.password_reset_required")]


class RamLoginProfile(_Common, frozen=True, kw_only=True):
    """A login profile as RAM shows it."""

    user_name: Annotated[str, Of("user.user_name")]
    create_date: Annotated[str, Of("profile.created_at", iso)]


class LoginProfile(_Common, frozen=True, kw_only=True):
    """A login profile as IMS's CreateLoginProfile returns it."""

    user_principal_name: Annotated[str, Of("principal")]
    status: Annotated[str, Of("profile.active", status_of)]
    password_status: str
    update_date: Annotated[str, Of("profile.updated_at", iso)]


class ChangedLoginProfile(LoginProfile, frozen=True, kw_only=True):
    """A login profile as IMS's UpdateLoginProfile returns it."""

    auto_disable_login_status: Annotated[str, Of("auto_disable")]


class FullLoginProfile(ChangedLoginProfile, frozen=True, kw_only=True):
    """A login profile as IMS's GetLoginProfile returns it; LastLoginTime is empty for never."""

    last_login_time: Annotated[str, Of("user.last_login_at", iso_or_empty)]


def remove_login_profile(ctx: Context, row: LoginProfileRow) -> None:
    """Take console access away: sessions end, former passwords are forgotten."""
    forget_passwords(ctx.tx, row.owner_id)
    LOGIN_PROFILE.remove(ctx, row)


def set_root_password(
    tx: Transaction, account_id: AccountId, password_hash: Secret, now: Instant
) -> None:
    """Give the account's root a password, on the operator's behalf; its sessions end."""
    row = tx.get(LoginProfileRow, account_id)
    if row is not None:
        store_password(tx, row, password_hash, now, initial=False, reset_required=False)
        return
    tx.insert(
        LoginProfileRow(
            owner_id=account_id,
            account_id=account_id,
            password_hash=password_hash,
            initial=False,
            password_changed_at=now,
            created_at=now,
            updated_at=now,
        )
    )


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "CreateLoginProfile",
    prepare=HASH_GIVEN,
    raises=(LoginProfileExists, WeakPassword),
    answers="LoginProfile",
    shows={RAM: RamLoginProfile, IMS: LoginProfile},
)
def create_login_profile(
    ctx: Context,
    user: UserRow,
    *,
    password: Secret,
    status: Annotated[Status, Only("Ims")] = "Active",
    mfa_bind_required: MustBind = False,
    password_reset_required: MustReset = False,
    prepared: Secret | None,
) -> ConsoleAccess:
    """Give a user console access.

    Args:
        password: Its initial password, which must satisfy the password policy.
        status: `Inactive` keeps sign-in switched off.
    """
    if ctx.tx.get(LoginProfileRow, user.user_id) is not None:
        raise LoginProfileExists
    profile = LOGIN_PROFILE.create(
        ctx,
        owner_id=user.user_id,
        password_hash=checked_hash(ctx, password, prepared, user.user_name),
        active=status == "Active",
        mfa_bind_required=mfa_bind_required,
        password_reset_required=password_reset_required,
        password_changed_at=ctx.now,
    )
    return ConsoleAccess(ctx, user, profile)


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "GetLoginProfile",
    raises=(NoLoginProfile,),
    answers="LoginProfile",
    shows={RAM: RamLoginProfile, IMS: FullLoginProfile},
    reads_only=True,
)
def get_login_profile(ctx: Context, user: UserRow) -> ConsoleAccess:
    """Return a user's login profile."""
    return ConsoleAccess(ctx, user, profile_of(ctx.tx, user.user_id))


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "UpdateLoginProfile",
    prepare=HASH_GIVEN,
    raises=(NoLoginProfile, WeakPassword),
    answers="LoginProfile",
    shows={RAM: Empty, IMS: ChangedLoginProfile},
)
def update_login_profile(
    ctx: Context,
    user: UserRow,
    *,
    password: Secret | None = None,
    status: Annotated[Status | None, Only("Ims")] = None,
    mfa_bind_required: MustBind | None = None,
    password_reset_required: MustReset | None = None,
    prepared: Secret | None,
) -> ConsoleAccess:
    """Change a login profile; what is not sent stays as it is.

    Args:
        password: A new initial password; the user's sessions end.
        status: `Active` or `Inactive`; switched off, the user's sessions end.
    """
    profile = profile_of(ctx.tx, user.user_id)
    if password is not None:
        profile = store_password(
            ctx.tx,
            profile,
            checked_hash(ctx, password, prepared, user.user_name),
            ctx.now,
            initial=True,
            reset_required=profile.password_reset_required,
        )
    profile = LOGIN_PROFILE.change(
        ctx,
        profile,
        updated_at=ctx.now,
        active=None if status is None else status == "Active",
        mfa_bind_required=mfa_bind_required,
        password_reset_required=password_reset_required,
    )
    if not profile.active:
        end_sessions(ctx.tx, profile.owner_id)
    return ConsoleAccess(ctx, user, profile)


@operation({RAM: BY_NAME, IMS: BY_PRINCIPAL}, "DeleteLoginProfile", raises=(NoLoginProfile,))
def delete_login_profile(ctx: Context, user: UserRow) -> None:
    """Take a user's console access away; its sessions end."""
    remove_login_profile(ctx, profile_of(ctx.tx, user.user_id))
