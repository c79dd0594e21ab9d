"""Console access of users, by principal name."""

from typing import Any

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.base.secret import Secret
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.credentials.login_profiles import (
    add_login_profile,
    change_login_profile,
    password_status,
)
from juyong.services.identity.credentials.passwords import HASH_GIVEN, WeakPassword
from juyong.services.identity.credentials.profile_rows import (
    LoginProfileExists,
    NoLoginProfile,
    login_status,
    profile_of,
)
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.fields import Status
from juyong.services.identity.users.naming import BY_PRINCIPAL
from juyong.services.identity.users.tables import UserRow
from juyong.services.ims.product import PRODUCT as IMS

AUTO_DISABLE = "Active"
"""Console access that was idle for too long is always refused: the API has no switch for that."""


class LoginProfile(Shape, frozen=True, kw_only=True):
    """How a user signs in to the console."""

    user_principal_name: str
    status: str
    mfa_bind_required: bool
    password_reset_required: bool
    password_status: str
    update_date: str


class ChangedLoginProfile(LoginProfile, frozen=True, kw_only=True):
    """A login profile as UpdateLoginProfile returns it."""

    auto_disable_login_status: str


class FullLoginProfile(ChangedLoginProfile, frozen=True, kw_only=True):
    """A login profile as GetLoginProfile returns it; LastLoginTime is empty for never."""

    last_login_time: str


@operation(
    IMS,
    "CreateLoginProfile",
    on=BY_PRINCIPAL,
    prepare=HASH_GIVEN,
    raises=(LoginProfileExists, WeakPassword),
    answers="LoginProfile",
)
def create_login_profile(
    ctx: Context,
    user: UserRow,
    *,
    password: Secret,
    status: Status = "Active",
    mfa_bind_required: bool = False,
    password_reset_required: bool = False,
    prepared: Secret | None,
) -> LoginProfile:
    """Give a user console access.

    Args:
        password: Its initial password, which must satisfy the password policy.
        status: `Inactive` keeps sign-in switched off.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.
        password_reset_required: The user has to change the password at the next sign-in.
    """
    row = add_login_profile(
        ctx,
        user,
        password,
        prepared,
        active=status == "Active",
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )
    return LoginProfile(**_common(ctx, user, row))


@operation(
    IMS,
    "GetLoginProfile",
    on=BY_PRINCIPAL,
    raises=(NoLoginProfile,),
    answers="LoginProfile",
    reads_only=True,
)
def get_login_profile(ctx: Context, user: UserRow) -> FullLoginProfile:
    """Return a user's login profile."""
    return FullLoginProfile(
        **_common(ctx, user, profile_of(ctx.tx, user.user_id)),
        auto_disable_login_status=AUTO_DISABLE,
        last_login_time=iso_or_empty(user.last_login_at),
    )


@operation(
    IMS,
    "UpdateLoginProfile",
    on=BY_PRINCIPAL,
    prepare=HASH_GIVEN,
    raises=(NoLoginProfile, WeakPassword),
    answers="LoginProfile",
)
def update_login_profile(
    ctx: Context,
    user: UserRow,
    *,
    password: Secret | None = None,
    status: Status | None = None,
    mfa_bind_required: bool | None = None,
    password_reset_required: bool | None = None,
    prepared: Secret | None,
) -> ChangedLoginProfile:
    """Change a login profile; what is not sent stays as it is.

    Args:
        password: A new initial password; the user's sessions end.
        status: `Active` or `Inactive`; switched off, the user's sessions end.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.
        password_reset_required: The user has to change the password at the next sign-in.
    """
    row = change_login_profile(
        ctx,
        user,
        password=password,
        prepared=prepared,
        active=None if status is None else status == "Active",
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )
    return ChangedLoginProfile(**_common(ctx, user, row), auto_disable_login_status=AUTO_DISABLE)


def _common(ctx: Context, user: UserRow, row: LoginProfileRow) -> dict[str, Any]:
    return {
        "user_principal_name": principal_name(
            user.user_name, default_domain(ctx.tx, ctx.account_id)
        ),
        "status": login_status(row),
        "mfa_bind_required": row.mfa_bind_required,
        "password_reset_required": row.password_reset_required,
        "password_status": password_status(ctx, row).value,
        "update_date": iso(row.updated_at),
    }
