"""Settings of the account, through the official IMS SDK."""

from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.generic_client import call
from tests.conformance.harness import Server, refused
from tests.conformance.ims.federation import encoded, metadata

from juyong.services.identity.account.security_preference import NO_CODES
from juyong.services.identity.facade import NewAccount

RULES = {
    "HardExpire": False,
    "InitialPasswordAge": 14,
    "InterceptRiskPasswordOnApi": False,
    "MaxLoginAttemps": 0,
    "MaxPasswordAge": 0,
    "MinimumPasswordDifferentCharacter": 0,
    "MinimumPasswordLength": 8,
    "PasswordNotContainUserName": False,
    "PasswordReusePrevention": 0,
    "RequireLowercaseCharacters": False,
    "RequireNumbers": False,
    "RequireSymbols": False,
    "RequireUppercaseCharacters": False,
}
SSO = {
    "MetadataDocument": "",
    "SsoEnabled": False,
    "SsoLoginWithDomain": True,
    "AuxiliaryDomain": "",
    "AuthnSignAlgo": "rsa-sha1",
}


def domain(ims: Client, name: str) -> str:
    request = m.SetDefaultDomainRequest(default_domain_name=name)
    return str(ims.set_default_domain(request).body.default_domain_name)


def sso(ims: Client, **more: Any) -> dict[str, Any]:
    request = m.SetUserSsoSettingsRequest(**more)
    return dict(ims.set_user_sso_settings(request).body.user_sso_settings.to_map())


def prefer(ims: Client, **more: Any) -> dict[str, Any]:
    request = m.SetSecurityPreferenceRequest(**more)
    return dict(ims.set_security_preference(request).body.security_preference.to_map())


def test_password_policy_is_the_one_of_ram(ims: Client, admin: Clients) -> None:
    assert ims.get_password_policy().body.password_policy.to_map() == RULES
    changed = ims.set_password_policy(
        m.SetPasswordPolicyRequest(
            minimum_password_length=12,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            hard_expire=True,
            max_password_age=90,
            password_reuse_prevention=5,
            max_login_attemps=6,
            initial_password_age=7,
            minimum_password_different_character=4,
            password_not_contain_user_name=True,
            intercept_risk_password_on_api=True,
        )
    ).body.password_policy.to_map()
    assert changed == ims.get_password_policy().body.password_policy.to_map()
    assert (changed["MaxLoginAttemps"], changed["InitialPasswordAge"]) == (6, 7)
    assert all(changed[name] is True for name, old in RULES.items() if old is False)
    theirs = admin.ram.get_password_policy().body.password_policy
    assert (theirs.max_login_attemps, theirs.hard_expiry) == (6, True)
    admin.ram.set_password_policy(ram_models.SetPasswordPolicyRequest(max_login_attemps=3))
    assert ims.get_password_policy().body.password_policy.to_map() == {
        **changed,
        "MaxLoginAttemps": 3,
    }


@pytest.mark.parametrize(
    ("field", "wire", "low", "high"),
    [
        ("minimum_password_length", "MinimumPasswordLength", 8, 32),
        ("max_password_age", "MaxPasswordAge", 0, 1095),
        ("password_reuse_prevention", "PasswordReusePrevention", 0, 24),
        ("max_login_attemps", "MaxLoginAttemps", 0, 32),
        ("initial_password_age", "InitialPasswordAge", 0, 90),
        (
            "minimum_password_different_character",
            "MinimumPasswordDifferentCharacter",
            0,
            8,
        ),
    ],
)
def test_ranges_of_the_password_policy(
    ims: Client, field: str, wire: str, low: int, high: int
) -> None:
    for value in (low, high):
        ims.set_password_policy(m.SetPasswordPolicyRequest(**{field: value}))
    for value in (low - 1, high + 1):
        with refused(f"InvalidParameter.{wire}.Range", 400):
            ims.set_password_policy(m.SetPasswordPolicyRequest(**{field: value}))


def test_preferences_are_whole_and_partly_set(ims: Client, admin: Clients) -> None:
    before = ims.get_security_preference().body.security_preference.to_map()
    assert before == {
        "AccessKeyPreference": {
            "AllowUserToManageAccessKeys": False,
            "AllowUserToManageServiceCredentials": False,
        },
        "LoginProfilePreference": {
            "AllowUserToChangePassword": True,
            "AllowUserToLoginWithPasskey": True,
            "EnableSaveMFATicket": False,
            "LoginNetworkMasks": "",
            "LoginSessionDuration": 6,
            "MFAOperationForLogin": "independent",
            "OperationForRiskLogin": "autonomous",
        },
        "MFAPreference": {"AllowUserToManageMFADevices": True},
        "MaxIdleDays": {"MaxIdleDaysForAccessKeys": 730, "MaxIdleDaysForUsers": 730},
        "PersonalInfoPreference": {"AllowUserToManagePersonalDingTalk": True},
        "VerificationPreference": {"VerificationTypes": []},
    }
    assert prefer(ims, login_session_duration=8)["LoginProfilePreference"] == {
        **before["LoginProfilePreference"],
        "LoginSessionDuration": 8,
    }
    after = prefer(
        ims,
        allow_user_to_change_password=False,
        allow_user_to_login_with_passkey=False,
        allow_user_to_manage_access_keys=True,
        allow_user_to_manage_mfadevices=False,
        allow_user_to_manage_personal_ding_talk=False,
        allow_user_to_manage_service_credentials=True,
        enable_save_mfaticket=True,
        login_network_masks="10.0.0.0/8;192.0.2.1",
        mfaoperation_for_login="mandatory",
        operation_for_risk_login="enforceVerify",
        max_idle_days_for_access_keys=90,
        max_idle_days_for_users=365,
        verification_types=[],
    )
    assert after == ims.get_security_preference().body.security_preference.to_map()
    assert after["LoginProfilePreference"]["LoginSessionDuration"] == 8
    assert after["MaxIdleDays"] == {"MaxIdleDaysForAccessKeys": 90, "MaxIdleDaysForUsers": 365}
    assert after["LoginProfilePreference"]["MFAOperationForLogin"] == "mandatory"
    theirs = admin.ram.get_security_preference().body.security_preference
    assert theirs.access_key_preference.allow_user_to_manage_access_keys is True
    cleared = prefer(ims, login_network_masks="", verification_types=[])
    assert cleared["LoginProfilePreference"]["LoginNetworkMasks"] == ""
    assert cleared["VerificationPreference"] == {"VerificationTypes": []}


def test_codes_by_message_or_mail_are_refused_and_change_nothing(ims: Client) -> None:
    before = ims.get_security_preference().body.security_preference.to_map()
    with refused("UnsupportedOperation", 400) as caught:
        prefer(ims, verification_types=["sms", "email"], login_session_duration=3)
    assert NO_CODES in caught.value.message
    assert ims.get_security_preference().body.security_preference.to_map() == before


@pytest.mark.parametrize(
    ("field", "bad", "code"),
    [
        ("login_session_duration", 25, "LoginSessionDuration.Range"),
        ("login_session_duration", 0, "LoginSessionDuration.Range"),
        ("login_network_masks", "10.0.0.0/33", "LoginNetworkMasks.Format"),
        ("mfaoperation_for_login", "always", "MFAOperationForLogin"),
        ("operation_for_risk_login", "always", "OperationForRiskLogin"),
        ("max_idle_days_for_users", 91, "MaxIdleDaysForUsers"),
        ("max_idle_days_for_access_keys", 0, "MaxIdleDaysForAccessKeys"),
        ("verification_types", ["fax"], "VerificationTypes.Format"),
    ],
)
def test_bounds_of_preferences_are_kept(ims: Client, field: str, bad: Any, code: str) -> None:
    with refused(f"InvalidParameter.{code}", 400):
        prefer(ims, **{field: bad})


def test_older_way_to_enforce_mfa_is_understood(
    ims: Client, account: NewAccount, server: Server
) -> None:
    config = server.config(account.access_key_id, account.secret.reveal())
    for sent, kept in (("true", "mandatory"), ("false", "independent")):
        call(config, "2019-08-15", "SetSecurityPreference", EnforceMFAForLogin=sent)
        found = ims.get_security_preference().body.security_preference
        assert found.login_profile_preference.mfaoperation_for_login == kept


def test_default_domain_is_the_alias(
    ims: Client, admin: Clients, account: NewAccount, server: Server
) -> None:
    by_id = f"{account.account_id}.onaliyun.com"
    alias = f"corp-{account.account_id[-12:]}"
    assert ims.get_default_domain().body.default_domain_name == by_id
    assert domain(ims, f"{alias}.onaliyun.com") == f"{alias}.onaliyun.com"
    assert admin.ram.get_account_alias().body.account_alias == alias
    taken = f"taken-{account.account_id[-12:]}"
    other = server.new_account()
    server_config = server.config(other.access_key_id, other.secret.reveal())
    assert domain(Client(server_config), f"{taken}.onaliyun.com") == f"{taken}.onaliyun.com"
    with refused("EntityAlreadyExists.AccountAlias", 409):
        domain(ims, f"{taken}.onaliyun.com")
    with refused("InvalidParameter.AccountAlias.Length", 400):
        domain(ims, "ab.onaliyun.com")
    assert domain(ims, by_id) == by_id
    assert admin.ram.get_account_alias().body.account_alias == account.account_id


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("corp.example.com", "Format"),
        (".onaliyun.com", "Format"),
        ("Corp.onaliyun.com", "Format"),
        ("-corp.onaliyun.com", "Format"),
        ("1234567890123456.onaliyun.com", "Format"),
        ("x" * 52 + ".onaliyun.com", "Length"),
    ],
)
def test_form_of_the_default_domain_is_kept(ims: Client, name: str, why: str) -> None:
    with refused(f"InvalidParameter.DefaultDomainName.{why}", 400):
        domain(ims, name)


def test_user_sso_is_set_in_parts(ims: Client) -> None:
    assert ims.get_user_sso_settings().body.user_sso_settings.to_map() == SSO
    with refused("MissingMetadataDocument", 400):
        sso(ims, sso_enabled=True)
    assert ims.get_user_sso_settings().body.user_sso_settings.to_map() == SSO
    first = sso(ims, metadata_document=metadata(), sso_enabled=True)
    assert first == {**SSO, "MetadataDocument": metadata(), "SsoEnabled": True}
    second = sso(
        ims,
        sso_login_with_domain=False,
        auxiliary_domain="corp.example.com",
        authn_sign_algo="rsa-sha256",
    )
    assert second == ims.get_user_sso_settings().body.user_sso_settings.to_map()
    assert (second["SsoEnabled"], second["AuxiliaryDomain"]) == (True, "corp.example.com")
    assert sso(ims, auxiliary_domain="")["AuxiliaryDomain"] == ""
    with refused("InvalidParameter.SAMLMetadataDocument", 400):
        sso(ims, metadata_document=encoded(b"<no/>"))
    with refused("InvalidParameter.AuxiliaryDomain.Format", 400):
        sso(ims, auxiliary_domain="nowhere")
    with refused("InvalidParameter.AuthnSignAlgo", 400):
        sso(ims, authn_sign_algo="md5")
