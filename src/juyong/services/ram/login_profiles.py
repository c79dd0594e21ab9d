"""Console access of users."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.identity.credentials.login_profiles import (
    add_login_profile,
    change_login_profile,
)
from juyong.services.identity.credentials.passwords import HASH_GIVEN, WeakPassword
from juyong.services.identity.credentials.profile_rows import (
    LoginProfileExists,
    NoLoginProfile,
    profile_of,
)
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.users.naming import BY_NAME
from juyong.services.identity.users.tables import UserRow
from juyong.services.ram.product import PRODUCT as RAM


class LoginProfile(Shape, frozen=True, kw_only=True):
    """How a user signs in to the console."""

    user_name: str
    create_date: str
    mfa_bind_required: bool
    password_reset_required: bool


@operation(
    RAM,
    "CreateLoginProfile",
    on=BY_NAME,
    prepare=HASH_GIVEN,
    raises=(LoginProfileExists, WeakPassword),
    answers="LoginProfile",
)
def create_login_profile(
    ctx: Context,
    user: UserRow,
    *,
    password: Secret,
    password_reset_required: bool = False,
    mfa_bind_required: bool = False,
    prepared: Secret | None,
) -> LoginProfile:
    """Give a user console access.

    Args:
        password: Its initial password, which must satisfy the password policy.
        password_reset_required: The user has to change it at the next sign-in.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.
    """
    row = add_login_profile(
        ctx,
        user,
        password,
        prepared,
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )
    return _profile(user, row)


@operation(
    RAM,
    "GetLoginProfile",
    on=BY_NAME,
    raises=(NoLoginProfile,),
    answers="LoginProfile",
    reads_only=True,
)
def get_login_profile(ctx: Context, user: UserRow) -> LoginProfile:
    """Return a user's login profile."""
    return _profile(user, profile_of(ctx.tx, user.user_id))


@operation(
    RAM, "UpdateLoginProfile", on=BY_NAME, prepare=HASH_GIVEN, raises=(NoLoginProfile, WeakPassword)
)
def update_login_profile(
    ctx: Context,
    user: UserRow,
    *,
    password: Secret | None = None,
    password_reset_required: bool | None = None,
    mfa_bind_required: bool | None = None,
    prepared: Secret | None,
) -> None:
    """Change a login profile; what is not sent stays as it is.

    Args:
        password: A new initial password; the user's sessions end.
        password_reset_required: The user has to change it at the next sign-in.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.
    """
    change_login_profile(
        ctx,
        user,
        password=password,
        prepared=prepared,
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )


def _profile(user: UserRow, row: LoginProfileRow) -> LoginProfile:
    return LoginProfile(
        user_name=user.user_name,
        create_date=iso(row.created_at),
        mfa_bind_required=row.mfa_bind_required,
        password_reset_required=row.password_reset_required,
    )
