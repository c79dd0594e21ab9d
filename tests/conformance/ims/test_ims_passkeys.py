"""Passkeys and verification devices, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused
from tests.conformance.ims.principals import ABSENT, as_root, create, upn

from juyong.services.ram.facade import NewAccount

PHONE, MAIL = "86-18600000000", "alice@example.com"


def put(ims: Client, kind: str, name: str | None, **more: str) -> None:
    request = m.SetVerificationInfoRequest(verify_type=kind, user_principal_name=name, **more)
    ims.set_verification_info(request)


def forget(ims: Client, kind: str, name: str | None, **more: str) -> None:
    request = m.UnbindVerificationRequest(verify_type=kind, user_principal_name=name, **more)
    ims.unbind_verification(request)


def read(ims: Client, name: str | None) -> dict[str, Any]:
    request = m.GetVerificationInfoRequest(user_principal_name=name)
    found = dict(ims.get_verification_info(request).body.to_map())
    found.pop("RequestId")
    return found


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> str:
    return str(create(ims, "alice", account).user_principal_name)


def test_nobody_has_a_passkey(ims: Client, account: NewAccount, alice: str) -> None:
    listed = ims.list_passkeys(m.ListPasskeysRequest(user_principal_name=alice))
    assert listed.body.passkeys == []
    assert ims.list_passkeys(m.ListPasskeysRequest()).body.passkeys == []
    calls: list[Callable[[str], Any]] = [
        lambda name: ims.update_passkey(
            m.UpdatePasskeyRequest(user_principal_name=name, passkey_id="p", passkey_name="mine")
        ),
        lambda name: ims.delete_passkey(
            m.DeletePasskeyRequest(user_principal_name=name, passkey_id="p")
        ),
    ]
    for call in calls:
        with refused("EntityNotExist.Passkey", 404):
            call(alice)
        with refused("EntityNotExist.User", 404):
            call(upn(ABSENT, account))
    with refused("EntityNotExist.User", 404):
        ims.list_passkeys(m.ListPasskeysRequest(user_principal_name=upn(ABSENT, account)))
    with refused("MissingPasskeyId", 400):
        ims.delete_passkey(m.DeletePasskeyRequest(user_principal_name=alice))


def test_phone_and_mail_are_kept_as_pending_and_forgotten(ims: Client, alice: str) -> None:
    assert read(ims, alice) == {}
    put(ims, "sms", alice, mobile_phone=PHONE)
    put(ims, "email", alice, email=MAIL)
    assert read(ims, alice) == {
        "SecurityPhoneDevice": {
            "AreaCode": "86",
            "PhoneNumber": "18600000000",
            "Status": "pending",
        },
        "SecurityEmailDevice": {"Email": MAIL, "Status": "pending"},
    }
    forget(ims, "sms", alice, mobile_phone=PHONE)
    assert list(read(ims, alice)) == ["SecurityEmailDevice"]
    forget(ims, "email", alice, email=MAIL)
    assert read(ims, alice) == {}


def test_what_is_needed_depends_on_the_type(ims: Client, alice: str) -> None:
    with refused("MissingMobilePhone", 400):
        put(ims, "sms", alice, email=MAIL)
    with refused("MissingEmail", 400):
        put(ims, "email", alice, mobile_phone=PHONE)
    with refused("InvalidParameter.VerifyType", 400):
        put(ims, "fax", alice)
    with refused("InvalidParameter.MobilePhone.Format", 400):
        put(ims, "sms", alice, mobile_phone="186")
    put(ims, "sms", alice, mobile_phone=PHONE)
    with refused("EntityNotExist.User.Verification", 404):
        forget(ims, "sms", alice, mobile_phone="86-18600000001")
    with refused("EntityNotExist.User.Verification", 404):
        forget(ims, "email", alice, email=MAIL)


def test_missing_user_is_named(
    ims: Client, account: NewAccount, server: Server, as_key: Callable[..., Clients]
) -> None:
    absent = upn(ABSENT, account)
    calls: list[Callable[[], Any]] = [
        lambda: put(ims, "sms", absent, mobile_phone=PHONE),
        lambda: forget(ims, "sms", absent, mobile_phone=PHONE),
        lambda: read(ims, absent),
    ]
    for call in calls:
        with refused("EntityNotExist.User", 404):
            call()
    # Root is no user, and has no such devices.
    root = as_root(server, account, as_key).ims
    with refused("EntityNotExist.User", 404):
        put(root, "sms", None, mobile_phone=PHONE)
