"""Console access of users."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.identity.credentials.login_profiles import (
    LoginProfileExists,
    add_login_profile,
    change_login_profile,
    remove_login_profile,
)
from juyong.services.identity.credentials.passwords import (
    HASH_GIVEN,
    WeakPassword,
)
from juyong.services.identity.credentials.profile_rows import (
    RESOURCE,
    NoLoginProfile,
    profile_of,
)
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.fields import UserName
from juyong.services.identity.users.owners import Owner, owner_named
from juyong.services.identity.users.users import NoUser
from juyong.services.ram.product import PRODUCT as RAM

_OF_USER = acs("ram", "user/{user_name}")


class LoginProfile(Shape, frozen=True, kw_only=True):
    """How a user signs in to the console."""

    user_name: str
    create_date: str
    mfa_bind_required: bool
    password_reset_required: bool


class LoginProfileAnswer(Shape, frozen=True, kw_only=True):
    """One login profile."""

    login_profile: LoginProfile


@operation(
    RAM,
    "CreateLoginProfile",
    resource=_OF_USER,
    prepare=HASH_GIVEN,
    raises=(NoUser, LoginProfileExists, WeakPassword),
)
def create_login_profile(
    ctx: Context,
    *,
    user_name: UserName,
    password: Secret,
    password_reset_required: bool = False,
    mfa_bind_required: bool = False,
    prepared: Secret | None,
) -> LoginProfileAnswer:
    """Give a user console access.

    Args:
        password: Its initial password, which must satisfy the password policy.
        password_reset_required: The user has to change it at the next sign-in.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.

    Returns:
        The profile.

    Source: RAM API reference, CreateLoginProfile (documented).
    """
    owner = owner_named(ctx, user_name)
    row = add_login_profile(
        ctx,
        owner,
        password,
        prepared,
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )
    return LoginProfileAnswer(login_profile=_profile(owner, row))


@operation(
    RAM, "GetLoginProfile", resource=_OF_USER, raises=(NoUser, NoLoginProfile), reads_only=True
)
def get_login_profile(ctx: Context, *, user_name: UserName) -> LoginProfileAnswer:
    """Return a user's login profile.

    Returns:
        The profile.

    Source: RAM API reference, GetLoginProfile (documented).
    """
    owner = owner_named(ctx, user_name)
    ctx.journal.refer(RESOURCE, user_name)
    return LoginProfileAnswer(login_profile=_profile(owner, profile_of(ctx.tx, owner.owner_id)))


@operation(
    RAM,
    "UpdateLoginProfile",
    resource=_OF_USER,
    prepare=HASH_GIVEN,
    raises=(NoUser, NoLoginProfile, WeakPassword),
)
def update_login_profile(
    ctx: Context,
    *,
    user_name: UserName,
    password: Secret | None = None,
    password_reset_required: bool | None = None,
    mfa_bind_required: bool | None = None,
    prepared: Secret | None,
) -> Empty:
    """Change a login profile; what is not sent stays as it is.

    Args:
        password: A new initial password; the user's sessions end.
        password_reset_required: The user has to change it at the next sign-in.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.

    Source: RAM API reference, UpdateLoginProfile (documented).
    """
    owner = owner_named(ctx, user_name)
    change_login_profile(
        ctx,
        owner,
        profile_of(ctx.tx, owner.owner_id),
        password=password,
        prepared=prepared,
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )
    return Empty()


@operation(RAM, "DeleteLoginProfile", resource=_OF_USER, raises=(NoUser, NoLoginProfile))
def delete_login_profile(ctx: Context, *, user_name: UserName) -> Empty:
    """Take a user's console access away; its sessions end.

    Source: RAM API reference, DeleteLoginProfile (documented).
    """
    owner = owner_named(ctx, user_name)
    remove_login_profile(ctx, owner, profile_of(ctx.tx, owner.owner_id))
    return Empty()


def _profile(owner: Owner, row: LoginProfileRow) -> LoginProfile:
    return LoginProfile(
        user_name=owner.name,
        create_date=iso(row.created_at),
        mfa_bind_required=row.mfa_bind_required,
        password_reset_required=row.password_reset_required,
    )
