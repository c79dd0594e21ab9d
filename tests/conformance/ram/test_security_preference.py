"""Security preferences, through the official RAM SDK."""

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import refused

DEFAULTS = {
    "AccessKeyPreference": {"AllowUserToManageAccessKeys": False},
    "LoginProfilePreference": {
        "AllowUserToChangePassword": True,
        "EnableSaveMFATicket": False,
        "LoginNetworkMasks": "",
        "LoginSessionDuration": 6,
    },
    "MFAPreference": {"AllowUserToManageMFADevices": True},
    "PublicKeyPreference": {"AllowUserToManagePublicKeys": False},
}


def preference(ram: Client) -> dict[str, object]:
    return ram.get_security_preference().body.security_preference.to_map()


def change(ram: Client, **values: object) -> dict[str, object]:
    request = m.SetSecurityPreferenceRequest(**values)
    return ram.set_security_preference(request).body.security_preference.to_map()


def test_account_starts_with_the_published_defaults(ram: Client) -> None:
    assert preference(ram) == DEFAULTS


def test_preference_keeps_what_is_not_sent(ram: Client) -> None:
    first = change(
        ram,
        allow_user_to_manage_access_keys=True,
        login_session_duration=24,
        login_network_masks="10.0.0.0/8;192.0.2.1",
    )
    assert first["AccessKeyPreference"] == {"AllowUserToManageAccessKeys": True}
    second = change(
        ram,
        allow_user_to_change_password=False,
        allow_user_to_manage_mfadevices=False,
        allow_user_to_manage_public_keys=True,
        enable_save_mfaticket=True,
    )
    assert second == {
        "AccessKeyPreference": {"AllowUserToManageAccessKeys": True},
        "LoginProfilePreference": {
            "AllowUserToChangePassword": False,
            "EnableSaveMFATicket": True,
            "LoginNetworkMasks": "10.0.0.0/8;192.0.2.1",
            "LoginSessionDuration": 24,
        },
        "MFAPreference": {"AllowUserToManageMFADevices": False},
        "PublicKeyPreference": {"AllowUserToManagePublicKeys": True},
    }
    assert preference(ram) == second


def test_empty_masks_clear_them(ram: Client) -> None:
    change(ram, login_network_masks="10.0.0.0/8")
    assert (
        change(ram, login_network_masks="")["LoginProfilePreference"]
        == (DEFAULTS["LoginProfilePreference"])
    )


@pytest.mark.parametrize("hours", [1, 24])
def test_session_lasts_one_to_24_hours(ram: Client, hours: int) -> None:
    changed = change(ram, login_session_duration=hours)
    assert changed["LoginProfilePreference"]["LoginSessionDuration"] == hours


@pytest.mark.parametrize("hours", [0, 25])
def test_session_of_another_length_is_refused(ram: Client, hours: int) -> None:
    with refused("InvalidParameter.LoginSessionDuration.Range", 400):
        change(ram, login_session_duration=hours)


@pytest.mark.parametrize(
    "masks", ["10.0.0.0/33", "10.0.0.0/8,10.1.0.0/16", "here", ";".join(["10.0.0.1"] * 41)]
)
def test_masks_that_cannot_be_read_are_refused(ram: Client, masks: str) -> None:
    with refused("InvalidParameter.LoginNetworkMasks.Format", 400):
        change(ram, login_network_masks=masks)
