"""Virtual MFA devices by principal name, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from tests.conformance.conftest import Clients
from tests.conformance.generic_client import call as raw_call
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.principals import ABSENT, create, give_root_device, upn

from juyong.services.identity.facade import NewAccount


def make(ims: Client, name: str = "phone") -> Any:
    request = m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name=name)
    return ims.create_virtual_mfadevice(request).body.virtual_mfadevice


def codes(server: Server, device: Any) -> tuple[str, str]:
    totp = pyotp.TOTP(device.base_32string_seed)
    at = server.clock()
    return totp.at(at - 30), totp.at(at)


def bind(ims: Client, serial: str, pair: tuple[str, str], name: str) -> None:
    ims.bind_mfadevice(
        m.BindMFADeviceRequest(
            serial_number=serial,
            user_principal_name=name,
            authentication_code_1=pair[0],
            authentication_code_2=pair[1],
        )
    )


def unbind(ims: Client, name: str) -> str:
    request = m.UnbindMFADeviceRequest(user_principal_name=name)
    return str(ims.unbind_mfadevice(request).body.mfadevice.serial_number)


def info(ims: Client, name: str | None = None) -> Any:
    return ims.get_user_mfainfo(m.GetUserMFAInfoRequest(user_principal_name=name)).body


def remove(ims: Client, serial: str) -> None:
    ims.delete_virtual_mfadevice(m.DeleteVirtualMFADeviceRequest(serial_number=serial))


def listed(ims: Client, **more: Any) -> Any:
    return ims.list_virtual_mfadevices(m.ListVirtualMFADevicesRequest(**more)).body


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> str:
    return str(create(ims, "alice", account).user_principal_name)


def test_device_is_made_bound_unbound_and_deleted(ims: Client, alice: str, server: Server) -> None:
    device = make(ims)
    assert info(ims, alice).to_map()["IsMFAEnable"] is False
    assert info(ims, alice).mfadevice is None
    bind(ims, device.serial_number, codes(server, device), alice)
    found = info(ims, alice)
    assert (found.is_mfaenable, found.mfadevice.to_map()) == (
        True,
        {"SerialNumber": device.serial_number, "Type": "VMFA"},
    )
    (row,) = listed(ims).virtual_mfadevices.virtual_mfadevice
    assert (row.user.user_principal_name, row.user.display_name) == (alice, "alice")
    assert row.activate_date
    with refused("DeleteConflict.VirtualMFADevice.User", 409):
        remove(ims, device.serial_number)
    assert unbind(ims, alice) == device.serial_number
    (row,) = listed(ims).virtual_mfadevices.virtual_mfadevice
    assert (row.user.to_map(), row.activate_date) == ({}, "")
    remove(ims, device.serial_number)
    with refused("EntityNotExist.VirtualMFADevice", 404):
        remove(ims, device.serial_number)


def test_lost_device_is_disabled_by_the_administrator(
    ims: Client, alice: str, account: NewAccount, server: Server
) -> None:
    config = server.config(account.access_key_id, account.secret.reveal())

    def disable(name: str) -> None:
        raw_call(config, "2019-08-15", "DisableVirtualMFA", UserPrincipalName=name)

    device = make(ims)
    with refused("EntityNotExist.User", 404):
        disable(upn(ABSENT, account))
    with refused("EntityNotExist.User.MFADevice", 404):
        disable(alice)
    bind(ims, device.serial_number, codes(server, device), alice)
    disable(alice)
    assert info(ims, alice).is_mfaenable is False
    assert listed(ims).virtual_mfadevices.virtual_mfadevice == []


def test_binding_checks_user_device_and_codes(
    ims: Client, alice: str, account: NewAccount, server: Server
) -> None:
    device = make(ims)
    serial, pair = device.serial_number, codes(server, device)
    with refused("EntityNotExist.User", 404):
        bind(ims, serial, pair, upn(ABSENT, account))
    with refused("EntityNotExist.VirtualMFADevice", 404):
        bind(ims, serial + "x", pair, alice)
    with refused("InvalidParameter.AuthenticationCode.Format", 400):
        bind(ims, serial, ("12345", pair[1]), alice)
    with refused("CheckAuthenticationCodeFail", 403):
        bind(ims, serial, (pair[1], pair[0]), alice)
    bind(ims, serial, pair, alice)
    bob = str(create(ims, "bob", account).user_principal_name)
    with refused("EntityAlreadyExists.VirtualMFADevice.User", 409):
        bind(ims, serial, pair, bob)
    second = make(ims, "second")
    with refused("EntityAlreadyExists.User.MFADevice", 409):
        bind(ims, second.serial_number, codes(server, second), alice)


def test_missing_user_or_device_is_named(ims: Client, alice: str, account: NewAccount) -> None:
    for call in (unbind, info):
        with refused("EntityNotExist.User", 404):
            call(ims, upn(ABSENT, account))
    with refused("EntityNotExist.User.MFADevice", 404):
        unbind(ims, alice)


def test_name_is_unique_and_quota_is_kept(ims: Client, server: Server) -> None:
    make(ims)
    with refused("EntityAlreadyExists.VirtualMFADevice", 409):
        make(ims)
    with (
        quotas(server, {"ram.virtual-mfa-devices": 1}),
        refused("LimitExceeded.VirtualMFADevice", 409),
    ):
        make(ims, "second")


def test_list_pages_by_marker(ims: Client) -> None:
    serials = sorted(make(ims, name).serial_number for name in ("a", "b", "c"))
    first = listed(ims, max_items=2)
    second = listed(ims, max_items=2, marker=first.marker)
    found = first.virtual_mfadevices.virtual_mfadevice + second.virtual_mfadevices.virtual_mfadevice
    assert [device.serial_number for device in found] == serials
    assert (first.is_truncated, second.is_truncated) == (True, False)


def test_users_see_and_manage_their_own_device(
    ims: Client, account: NewAccount, new_user: Callable[[str], Clients], server: Server, alice: str
) -> None:
    device = make(ims)
    bob = new_user("bob").ims
    name = upn("bob", account)
    bind(bob, device.serial_number, codes(server, device), name)
    assert info(bob).is_mfaenable is True
    assert unbind(bob, name) == device.serial_number
    with refused("NoPermission", 403):
        info(bob, alice)
    ims.set_security_preference(
        m.SetSecurityPreferenceRequest(allow_user_to_manage_mfadevices=False)
    )
    with refused("NoPermission", 403):
        info(bob)


def test_account_tells_whether_root_has_a_device(
    ims: Client, account: NewAccount, server: Server
) -> None:
    assert ims.get_account_mfainfo().body.is_mfaenable is False
    give_root_device(server, account)
    assert ims.get_account_mfainfo().body.is_mfaenable is True
