"""The rights of users over themselves, and their sign-in: RAM's settings, and further ones."""

from typing import Annotated, Literal

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import BadParameter, NotSupported
from juyong.api.fields import Items, OneOf
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.account.security_preference import (
    SECURITY_PREFERENCE,
    LoginNetworkMasks,
    LoginSessionDuration,
    preference_of,
)
from juyong.services.identity.account.settings import change_setting
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.ims.product import PRODUCT as IMS

IDLE_DAYS = (90, 180, 365, 730)
MFA_OPERATIONS = ("mandatory", "independent", "adaptive")
MfaOperation = Annotated[str, OneOf(MFA_OPERATIONS)]
RiskOperation = Annotated[str, OneOf(("autonomous", "enforceVerify"))]
VerificationTypes = Annotated[list[Literal["sms", "email"]], Items(0, 2)]
NO_CODES = "nothing here sends text messages or mail, so that no code could arrive"


class AccessKeyPreference(Shape, frozen=True, kw_only=True):
    """Whether users manage their own credentials."""

    allow_user_to_manage_access_keys: bool
    allow_user_to_manage_service_credentials: bool


class LoginProfilePreference(Shape, frozen=True, kw_only=True):
    """How users sign in; the session lasts hours."""

    allow_user_to_change_password: bool
    allow_user_to_login_with_passkey: bool
    enable_save_mfa_ticket: bool
    login_network_masks: str
    login_session_duration: int
    mfa_operation_for_login: str
    operation_for_risk_login: str


class MfaPreference(Shape, frozen=True, kw_only=True):
    """Whether users bind and unbind their own MFA devices."""

    allow_user_to_manage_mfa_devices: bool


class MaxIdleDays(Shape, frozen=True, kw_only=True):
    """After how many days without use a credential is switched off."""

    max_idle_days_for_access_keys: int
    max_idle_days_for_users: int


class PersonalInfoPreference(Shape, frozen=True, kw_only=True):
    """The accounts elsewhere that users attach to themselves."""

    allow_user_to_manage_personal_ding_talk: bool


class VerificationPreference(Shape, frozen=True, kw_only=True):
    """The second factors other than a device: none, flat."""

    verification_types: list[str]


class SecurityPreference(Shape, frozen=True, kw_only=True):
    """The preferences."""

    access_key_preference: AccessKeyPreference
    login_profile_preference: LoginProfilePreference
    mfa_preference: MfaPreference
    max_idle_days: MaxIdleDays
    personal_info_preference: PersonalInfoPreference
    verification_preference: VerificationPreference


@operation(
    IMS,
    "SetSecurityPreference",
    resource=acs("ram", "*"),
    raises=(NotSupported,),
    answers="SecurityPreference",
)
def set_security_preference(
    ctx: Context,
    *,
    allow_user_to_change_password: bool | None = None,
    allow_user_to_login_with_passkey: bool | None = None,
    allow_user_to_manage_access_keys: bool | None = None,
    allow_user_to_manage_mfa_devices: bool | None = None,
    allow_user_to_manage_personal_ding_talk: bool | None = None,
    allow_user_to_manage_service_credentials: bool | None = None,
    enable_save_mfa_ticket: bool | None = None,
    login_network_masks: LoginNetworkMasks | None = None,
    login_session_duration: LoginSessionDuration | None = None,
    mfa_operation_for_login: MfaOperation | None = None,
    enforce_mfa_for_login: bool | None = None,
    operation_for_risk_login: RiskOperation | None = None,
    max_idle_days_for_access_keys: int | None = None,
    max_idle_days_for_users: int | None = None,
    verification_types: VerificationTypes | None = None,
) -> SecurityPreference:
    """Change the account's preferences; what is not sent stays as it is.

    Args:
        allow_user_to_change_password: Users may call ChangePassword.
        allow_user_to_login_with_passkey: Users may register passkeys and sign in with them.
        allow_user_to_manage_access_keys: Users may manage their own AccessKeys.
        allow_user_to_manage_mfa_devices: Users may bind and unbind their own MFA device.
        allow_user_to_manage_personal_ding_talk: Kept and returned; there is no DingTalk here.
        allow_user_to_manage_service_credentials: Kept and returned; there are none here.
        enable_save_mfa_ticket: Remember a checked MFA code on the user's browser for seven days.
        mfa_operation_for_login: The users who need MFA: `mandatory`, `independent` or `adaptive`.
        enforce_mfa_for_login: The older way to say `mandatory` or `independent`; yields to the
            newer one.
        operation_for_risk_login: Kept and returned; deprecated.
        max_idle_days_for_access_keys: 90, 180, 365 or 730.
        max_idle_days_for_users: 90, 180, 365 or 730.
        verification_types: Must be empty, since no codes are sent here.

    Source: IMS API reference, SetSecurityPreference (documented); unsent fields stay (observed in
    Terraform).
    """
    if verification_types:
        raise NotSupported(name="VerificationTypes", reason=NO_CODES)
    _check_idle("MaxIdleDaysForAccessKeys", max_idle_days_for_access_keys)
    _check_idle("MaxIdleDaysForUsers", max_idle_days_for_users)
    if mfa_operation_for_login is None and enforce_mfa_for_login is not None:
        mfa_operation_for_login = "mandatory" if enforce_mfa_for_login else "independent"
    row = change_setting(
        ctx,
        SECURITY_PREFERENCE,
        {
            "allow_change_password": allow_user_to_change_password,
            "allow_login_with_passkey": allow_user_to_login_with_passkey,
            "allow_manage_access_keys": allow_user_to_manage_access_keys,
            "allow_manage_mfa_devices": allow_user_to_manage_mfa_devices,
            "allow_manage_personal_dingtalk": allow_user_to_manage_personal_ding_talk,
            "allow_manage_service_credentials": allow_user_to_manage_service_credentials,
            "enable_save_mfa_ticket": enable_save_mfa_ticket,
            "login_network_masks": login_network_masks,
            "login_session_hours": login_session_duration,
            "mfa_operation_for_login": mfa_operation_for_login,
            "operation_for_risk_login": operation_for_risk_login,
            "max_idle_days_access_keys": max_idle_days_for_access_keys,
            "max_idle_days_users": max_idle_days_for_users,
        },
    )
    return _preference(row)


@operation(
    IMS,
    "GetSecurityPreference",
    resource=acs("ram", "*"),
    answers="SecurityPreference",
    reads_only=True,
)
def get_security_preference(ctx: Context) -> SecurityPreference:
    """Return the account's preferences.

    Returns:
        The preferences, or the defaults.
    """
    return _preference(preference_of(ctx.tx, ctx.account_id))


def _check_idle(name: str, days: int | None) -> None:
    if days is not None and days not in IDLE_DAYS:
        raise BadParameter(f"InvalidParameter.{name}", f'The parameter - "{name}" is incorrect.')


def _preference(row: SecurityPreferenceRow) -> SecurityPreference:
    return SecurityPreference(
        access_key_preference=AccessKeyPreference(
            allow_user_to_manage_access_keys=row.allow_manage_access_keys,
            allow_user_to_manage_service_credentials=row.allow_manage_service_credentials,
        ),
        login_profile_preference=LoginProfilePreference(
            allow_user_to_change_password=row.allow_change_password,
            allow_user_to_login_with_passkey=row.allow_login_with_passkey,
            enable_save_mfa_ticket=row.enable_save_mfa_ticket,
            login_network_masks=row.login_network_masks,
            login_session_duration=row.login_session_hours,
            mfa_operation_for_login=row.mfa_operation_for_login,
            operation_for_risk_login=row.operation_for_risk_login,
        ),
        mfa_preference=MfaPreference(allow_user_to_manage_mfa_devices=row.allow_manage_mfa_devices),
        max_idle_days=MaxIdleDays(
            max_idle_days_for_access_keys=row.max_idle_days_access_keys,
            max_idle_days_for_users=row.max_idle_days_users,
        ),
        personal_info_preference=PersonalInfoPreference(
            allow_user_to_manage_personal_ding_talk=row.allow_manage_personal_dingtalk
        ),
        verification_preference=VerificationPreference(verification_types=[]),
    )
