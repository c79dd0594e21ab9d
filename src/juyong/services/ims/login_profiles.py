"""Console access of users, by principal name."""

from typing import Any

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.base.secret import Secret
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.credentials.login_profiles import (
    LoginProfileExists,
    add_login_profile,
    change_login_profile,
    password_status,
    remove_login_profile,
)
from juyong.services.identity.credentials.passwords import HASH_GIVEN, WeakPassword
from juyong.services.identity.credentials.profile_rows import RESOURCE as LOGIN_PROFILE
from juyong.services.identity.credentials.profile_rows import (
    NoLoginProfile,
    login_status,
    profile_of,
)
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.fields import UserPrincipalName
from juyong.services.identity.users.lookup import owner_by_name, user_resource
from juyong.services.identity.users.owners import Owner
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.fields import KeyStatus
from juyong.services.ims.product import PRODUCT as IMS

AUTO_DISABLE = "Active"
"""Console access that lies idle is refused always: the API offers no way to switch that off."""


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


class CreateLoginProfileAnswer(Shape, frozen=True, kw_only=True):
    """A login profile just made."""

    login_profile: LoginProfile


class UpdateLoginProfileAnswer(Shape, frozen=True, kw_only=True):
    """A login profile as changed."""

    login_profile: ChangedLoginProfile


class GetLoginProfileAnswer(Shape, frozen=True, kw_only=True):
    """One login profile."""

    login_profile: FullLoginProfile


@operation(
    IMS,
    "CreateLoginProfile",
    resource=user_resource,
    prepare=HASH_GIVEN,
    raises=(NoUser, LoginProfileExists, WeakPassword),
)
def create_login_profile(
    ctx: Context,
    *,
    user_principal_name: UserPrincipalName,
    password: Secret,
    status: KeyStatus = "Active",
    mfa_bind_required: bool = False,
    password_reset_required: bool = False,
    prepared: Secret | None,
) -> CreateLoginProfileAnswer:
    """Give a user console access.

    Args:
        password: Its initial password, which must satisfy the password policy.
        status: `Inactive` keeps sign-in switched off.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.
        password_reset_required: The user has to change the password at the next sign-in.

    Returns:
        The profile.

    Source: IMS API reference, CreateLoginProfile (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    row = add_login_profile(
        ctx,
        owner,
        password,
        prepared,
        active=status == "Active",
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )
    return CreateLoginProfileAnswer(login_profile=LoginProfile(**_common(ctx, owner, row)))


@operation(
    IMS, "GetLoginProfile", resource=user_resource, raises=(NoUser, NoLoginProfile), reads_only=True
)
def get_login_profile(
    ctx: Context, *, user_principal_name: UserPrincipalName
) -> GetLoginProfileAnswer:
    """Return a user's login profile.

    Returns:
        The profile.

    Source: IMS API reference, GetLoginProfile (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    row = profile_of(ctx.tx, owner.owner_id)
    ctx.journal.refer(LOGIN_PROFILE, owner.name)
    last = owner.user.last_login_at if owner.user else None
    return GetLoginProfileAnswer(
        login_profile=FullLoginProfile(
            **_common(ctx, owner, row),
            auto_disable_login_status=AUTO_DISABLE,
            last_login_time=iso_or_empty(last),
        )
    )


@operation(
    IMS,
    "UpdateLoginProfile",
    resource=user_resource,
    prepare=HASH_GIVEN,
    raises=(NoUser, NoLoginProfile, WeakPassword),
)
def update_login_profile(
    ctx: Context,
    *,
    user_principal_name: UserPrincipalName,
    password: Secret | None = None,
    status: KeyStatus | None = None,
    mfa_bind_required: bool | None = None,
    password_reset_required: bool | None = None,
    prepared: Secret | None,
) -> UpdateLoginProfileAnswer:
    """Change a login profile; what is not sent stays as it is.

    Args:
        password: A new initial password; the user's sessions end.
        status: `Active` or `Inactive`; switched off, the user's sessions end.
        mfa_bind_required: The user has to bind an MFA device at the next sign-in.
        password_reset_required: The user has to change the password at the next sign-in.

    Returns:
        The profile as stored.

    Source: IMS API reference, UpdateLoginProfile (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    row = change_login_profile(
        ctx,
        owner,
        profile_of(ctx.tx, owner.owner_id),
        password=password,
        prepared=prepared,
        active=None if status is None else status == "Active",
        mfa_bind_required=mfa_bind_required,
        reset_required=password_reset_required,
    )
    return UpdateLoginProfileAnswer(
        login_profile=ChangedLoginProfile(
            **_common(ctx, owner, row), auto_disable_login_status=AUTO_DISABLE
        )
    )


@operation(IMS, "DeleteLoginProfile", resource=user_resource, raises=(NoUser, NoLoginProfile))
def delete_login_profile(ctx: Context, *, user_principal_name: UserPrincipalName) -> Empty:
    """Take a user's console access away; its sessions end.

    Source: IMS API reference, DeleteLoginProfile (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    remove_login_profile(ctx, owner, profile_of(ctx.tx, owner.owner_id))
    return Empty()


def _common(ctx: Context, owner: Owner, row: LoginProfileRow) -> dict[str, Any]:
    return {
        "user_principal_name": principal_name(owner.name, default_domain(ctx.tx, ctx.account_id)),
        "status": login_status(row),
        "mfa_bind_required": row.mfa_bind_required,
        "password_reset_required": row.password_reset_required,
        "password_status": password_status(ctx, row).value,
        "update_date": iso(row.updated_at),
    }
