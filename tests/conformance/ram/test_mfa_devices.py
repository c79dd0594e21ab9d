"""Virtual MFA devices, through the official RAM SDK."""

import base64

import pyotp
import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import Server, quotas, refused

from juyong.services.identity.facade import NewAccount


def create(ram: Client, name: str = "phone"):
    request = m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name=name)
    return ram.create_virtual_mfadevice(request).body.virtual_mfadevice


def codes(server: Server, device, *, after: int = 0) -> tuple[str, str]:
    """Two consecutive codes of a device, `after` steps from now."""
    totp = pyotp.TOTP(device.base_32string_seed)
    at = server.clock() + 30 * after
    return totp.at(at - 30), totp.at(at)


def bind(ram: Client, device, pair: tuple[str, str], user: str = "alice") -> None:
    ram.bind_mfadevice(
        m.BindMFADeviceRequest(
            serial_number=getattr(device, "serial_number", device),
            user_name=user,
            authentication_code_1=pair[0],
            authentication_code_2=pair[1],
        )
    )


def unbind(ram: Client, user: str = "alice") -> str:
    request = m.UnbindMFADeviceRequest(user_name=user)
    return ram.unbind_mfadevice(request).body.mfadevice.serial_number


def info(ram: Client, user: str = "alice") -> dict[str, str]:
    return ram.get_user_mfainfo(m.GetUserMFAInfoRequest(user_name=user)).body.mfadevice.to_map()


def delete(ram: Client, serial: str) -> None:
    ram.delete_virtual_mfadevice(m.DeleteVirtualMFADeviceRequest(serial_number=serial))


def listed(ram: Client):
    return ram.list_virtual_mfadevices().body.virtual_mfadevices.virtual_mfadevice


@pytest.fixture(autouse=True)
def alice(ram: Client) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice", display_name="Alice"))


def test_device_is_made_bound_unbound_and_deleted(ram: Client, server: Server) -> None:
    device = create(ram)
    assert device.serial_number.endswith(":mfa/phone")
    assert len(device.base_32string_seed) == 64
    assert base64.b64decode(device.qrcode_png).startswith(b"\x89PNG\r\n\x1a\n")
    bind(ram, device, codes(server, device))
    assert info(ram) == {"SerialNumber": device.serial_number, "Type": "VMFA"}
    assert unbind(ram) == device.serial_number
    with refused("EntityNotExist.User.MFADevice", 404):
        info(ram)
    with refused("EntityNotExist.User.MFADevice", 404):
        unbind(ram)
    delete(ram, device.serial_number)
    assert listed(ram) is None or listed(ram) == []


def test_list_shows_bound_and_unbound_devices(ram: Client, server: Server) -> None:
    device = create(ram, "b")
    create(ram, "a")
    bind(ram, device, codes(server, device))
    free, bound = listed(ram)
    assert free.serial_number.endswith(":mfa/a")
    assert (free.activate_date, free.user.to_map()) == ("", {})
    assert bound.activate_date.endswith("Z")
    assert (bound.user.user_name, bound.user.display_name) == ("alice", "Alice")
    assert bound.user.user_id.startswith("2")


def test_device_name_is_unique_and_well_formed(ram: Client) -> None:
    create(ram, "x" * 64)
    with refused("EntityAlreadyExists.VirtualMFADevice", 409):
        create(ram, "x" * 64)
    with refused("InvalidParameter.VirtualMFADeviceName.Length", 400):
        create(ram, "x" * 65)
    with refused("InvalidParameter.VirtualMFADeviceName.InvalidChars", 400):
        create(ram, "a/b")


def test_quota_of_devices_is_kept(ram: Client, server: Server) -> None:
    with quotas(server, {"ram.virtual-mfa-devices": 1}):
        create(ram, "first")
        with refused("LimitExceeded.VirtualMFADevice", 409):
            create(ram, "second")


def test_codes_must_be_six_digits_and_consecutive(ram: Client, server: Server) -> None:
    device = create(ram)
    first, second = codes(server, device)
    for pair in ((first, "12345"), ("abcdef", second), ("1234567", second)):
        with refused("InvalidParameter.AuthenticationCode.Format", 400):
            bind(ram, device, pair)
    for pair in ((first, first), (second, first), codes(server, device, after=-10)):
        with refused("CheckAuthenticationCodeFail", 403):
            bind(ram, device, pair)
    with refused("EntityNotExist.User.MFADevice", 404):
        info(ram)
    bind(ram, device, codes(server, device))


def test_codes_bind_once(ram: Client, server: Server) -> None:
    device = create(ram)
    pair = codes(server, device)
    bind(ram, device, pair)
    unbind(ram)
    with refused("CheckAuthenticationCodeFail", 403):
        bind(ram, device, pair)


def test_user_has_one_device_and_a_device_one_user(ram: Client, server: Server) -> None:
    first, second = create(ram, "first"), create(ram, "second")
    ram.create_user(m.CreateUserRequest(user_name="bob"))
    bind(ram, first, codes(server, first))
    with refused("EntityAlreadyExists.User.MFADevice", 409):
        bind(ram, second, codes(server, second))
    with refused("EntityAlreadyExists.VirtualMFADevice.User", 409):
        bind(ram, first, codes(server, first, after=1), "bob")
    with refused("DeleteConflict.VirtualMFADevice.User", 409):
        delete(ram, first.serial_number)
    with refused("DeleteConflict.User.MFADevice", 409):
        ram.delete_user(m.DeleteUserRequest(user_name="alice"))


def test_missing_user_or_device_is_named(ram: Client, server: Server, as_key) -> None:
    device = create(ram)
    other = server.new_account()
    stranger = as_key(other.access_key_id, other.secret.reveal()).ram
    for call in (info, unbind, lambda r, u: bind(r, device, codes(server, device), u)):
        with refused("EntityNotExist.User", 404):
            call(ram, "nobody")
    with refused("EntityNotExist.VirtualMFADevice", 404):
        bind(ram, "acs:ram::1:mfa/none", codes(server, device))
    for client, serial in ((ram, "none"), (stranger, device.serial_number)):
        with refused("EntityNotExist.VirtualMFADevice", 404):
            delete(client, serial)


def test_users_bind_their_own_device_unless_the_account_forbids_it(
    ram: Client, server: Server, new_user
) -> None:
    bob = new_user("bob").ram
    device = create(ram)
    bind(bob, device, codes(server, device), "bob")
    assert info(bob, "bob")["SerialNumber"] == device.serial_number
    with refused("NoPermission", 403):
        info(bob, "alice")
    with refused("NoPermission", 403):
        create(bob, "own")
    ram.set_security_preference(
        m.SetSecurityPreferenceRequest(allow_user_to_manage_mfadevices=False)
    )
    with refused("NoPermission", 403):
        unbind(bob, "bob")


def test_policy_on_one_device_covers_only_that(ram: Client, new_user) -> None:
    bob = new_user("bob").ram
    own, other = create(ram, "own"), create(ram, "other")
    ram.create_policy(
        m.CreatePolicyRequest(
            policy_name="OwnDevice",
            policy_document='{"Version":"1","Statement":[{"Effect":"Allow","Action":'
            '"ram:DeleteVirtualMFADevice","Resource":"acs:ram:*:*:mfa/own"}]}',
        )
    )
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="OwnDevice", user_name="bob")
    )
    delete(bob, own.serial_number)
    for serial in (other.serial_number, "acs:ram::1:mfa/own", "mfa/own"):
        with refused("NoPermission", 403):
            delete(bob, serial)


def test_seed_is_sealed_and_recorded_nowhere(
    ram: Client, server: Server, account: NewAccount
) -> None:
    from juyong.audit.tables import EventRow
    from juyong.store.inventory import ResourceEventRow

    device = create(ram)
    pair = codes(server, device)
    bind(ram, device, pair)
    mine = account.account_id
    kept = server.running.store.call(
        lambda tx: (
            [each.body for each in tx.find(EventRow, account_id=mine)]
            + [each.snapshot for each in tx.find(ResourceEventRow, account_id=mine)]
        )
    )
    assert any(device.serial_number in text for text in kept)
    for secret in (device.base_32string_seed, device.qrcode_png[:100]):
        assert not any(secret in text for text in kept)
    bindings = [text for text in kept if '"BindMFADevice"' in text]
    assert not any(f'"{code}"' in text for text in bindings for code in pair)
