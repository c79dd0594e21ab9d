"""The second factor: codes, replays, binding at sign-in, remembered browsers."""

import base64

import pyotp
import pytest
from alibabacloud_ram20150501 import models as m
from tests.conformance.harness import Server

from juyong.services.identity.account.tables import SecurityPreferenceRow


@pytest.fixture
def phone(ram, alice, server: Server) -> pyotp.TOTP:
    """Alice's device, bound a minute ago."""
    made = ram.create_virtual_mfadevice(
        m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name="phone")
    ).body.virtual_mfadevice
    totp = pyotp.TOTP(made.base_32string_seed)
    server.clock.offset -= 60
    try:
        now = server.clock()
        ram.bind_mfadevice(
            m.BindMFADeviceRequest(
                serial_number=made.serial_number,
                user_name="alice",
                authentication_code_1=totp.at(now - 30),
                authentication_code_2=totp.at(now),
            )
        )
    finally:
        server.clock.offset += 60
    return totp


def prefer(server: Server, account_id: str, **values: object) -> None:
    def work(tx):
        row = tx.get(SecurityPreferenceRow, account_id)
        if row is None:
            tx.insert(SecurityPreferenceRow(account_id=account_id, **values))
        else:
            tx.update(row, **values)

    server.running.store.call(work)


def test_bound_device_is_asked_for_and_makes_the_session_mfa(
    pages, phone, caller, server: Server
) -> None:
    pages.refuse(401, "MFACodeRequired")
    body = pages.enter(mfa_code=phone.at(server.clock()))
    assert body["mfa"] is True
    assert caller(body["session"]).mfa is True
    assert "mfa_ticket" not in body


def test_password_comes_before_the_code(pages, phone, server: Server) -> None:
    code = phone.at(server.clock())
    pages.refuse(401, "InvalidCredentials", "alice", "wrong-Horse-0", mfa_code=code)
    pages.enter(mfa_code=code)


def test_code_is_good_once(pages, phone, server: Server) -> None:
    code = phone.at(server.clock())
    pages.enter(mfa_code=code)
    pages.refuse(401, "MFACodeIncorrect", mfa_code=code)


@pytest.mark.parametrize("code", ["000000x", "12345", "", "abcdef"])
def test_code_of_another_form_is_wrong(pages, phone, code: str) -> None:
    pages.refuse(401, "MFACodeIncorrect", mfa_code=code)


def test_wrong_codes_count_towards_the_lock(pages, phone, ram, server: Server) -> None:
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_login_attemps=2))
    stale = phone.at(server.clock() - 600)
    for _ in range(2):
        pages.refuse(401, "MFACodeIncorrect", mfa_code=stale)
    pages.refuse(403, "SigninLocked", mfa_code=phone.at(server.clock()))


def make_older(server: Server, user_id: str) -> None:
    from juyong.services.identity.credentials.tables import LoginProfileRow

    def work(tx):
        tx.update(tx.get(LoginProfileRow, user_id), password_changed_at=server.clock() - 60)

    server.running.store.call(work)


def require_binding(pages, ram, server: Server, how: str) -> None:
    if how == "profile":
        ram.update_login_profile(
            m.UpdateLoginProfileRequest(user_name="alice", mfabind_required=True)
        )
    else:
        prefer(server, pages.account_id, mfa_operation_for_login="mandatory")


@pytest.mark.parametrize("how", ["profile", "account"])
def test_user_who_must_binds_a_device_and_is_asked_for_it_from_then_on(
    request, pages, ram, server: Server, how: str
) -> None:
    alice, caller, later = (request.getfixturevalue(n) for n in ("alice", "caller", "later"))
    require_binding(pages, ram, server, how)
    offer = pages.refuse(403, "MFABindRequired")["enrolment"]
    assert base64.b64decode(offer["qrcode_png"]).startswith(b"\x89PNG")
    totp, now = pyotp.TOTP(offer["seed"]), server.clock()
    codes = [totp.at(now - 30), totp.at(now)]
    body = pages.enter(enrolment=offer["token"], enrolment_codes=codes)
    assert caller(body["session"]).mfa is True
    assert caller(body["session"]).user_id == alice
    info = ram.get_user_mfainfo(m.GetUserMFAInfoRequest(user_name="alice")).body.mfadevice
    assert info.serial_number.split(":mfa/")[1].startswith("alice-")
    pages.refuse(401, "MFACodeRequired")
    pages.refuse(401, "MFACodeIncorrect", mfa_code=codes[1])
    later(60)
    pages.enter(mfa_code=totp.at(server.clock()))


def test_enrolment_is_only_good_for_who_got_it_and_for_ten_minutes(
    pages, alice, ram, server: Server, later
) -> None:
    ram.create_user(m.CreateUserRequest(user_name="bob"))
    for user in ("alice", "bob"):
        request = {"user_name": user, "mfabind_required": True}
        if user == "bob":
            request["password"] = "correct-Horse-0"
            ram.create_login_profile(m.CreateLoginProfileRequest(**request))
        else:
            ram.update_login_profile(m.UpdateLoginProfileRequest(**request))
    offer = pages.refuse(403, "MFABindRequired", "bob")["enrolment"]
    totp = pyotp.TOTP(offer["seed"])

    def codes() -> list[str]:
        now = server.clock()
        return [totp.at(now - 30), totp.at(now)]

    token = offer["token"]
    pages.refuse(403, "MFABindRequired", enrolment=token, enrolment_codes=codes())
    pages.refuse(403, "MFABindRequired", "bob", enrolment=token)
    pages.refuse(403, "MFABindRequired", "bob", enrolment="x", enrolment_codes=codes())
    wrong = [codes()[1], codes()[0]]
    pages.refuse(401, "MFACodeIncorrect", "bob", enrolment=token, enrolment_codes=wrong)
    later(601)
    pages.refuse(403, "MFABindRequired", "bob", enrolment=token, enrolment_codes=codes())
    later(-601)
    pages.enter("bob", enrolment=token, enrolment_codes=codes())


def test_browser_is_spared_the_code_for_seven_days_where_the_account_allows_it(
    pages, phone, server: Server, later, caller
) -> None:
    prefer(server, pages.account_id, enable_save_mfa_ticket=True)
    first = pages.enter(mfa_code=phone.at(server.clock()))
    ticket = first["mfa_ticket"]
    second = pages.enter(mfa_ticket=ticket)
    assert caller(second["session"]).mfa is True
    assert "mfa_ticket" not in second
    pages.refuse(401, "MFACodeRequired", mfa_ticket="x")
    later(7 * 86_400 - 60)
    pages.enter(mfa_ticket=ticket)
    later(61)
    pages.refuse(401, "MFACodeRequired", mfa_ticket=ticket)
    later(-86_400)
    pages.enter(mfa_ticket=ticket)
    prefer(server, pages.account_id, enable_save_mfa_ticket=False)
    pages.refuse(401, "MFACodeRequired", mfa_ticket=ticket)


def test_ticket_ends_with_the_password(pages, phone, ram, server: Server, later) -> None:
    ram.set_security_preference(m.SetSecurityPreferenceRequest(enable_save_mfaticket=True))
    ticket = pages.enter(mfa_code=phone.at(server.clock()))["mfa_ticket"]
    later(1)
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password="correct-Horse-1")
    )
    pages.refuse(401, "MFACodeRequired", "alice", "correct-Horse-1", mfa_ticket=ticket)


def test_ticket_is_of_one_user(pages, phone, ram, server: Server) -> None:
    from juyong.services.identity.credentials.tables import MfaDeviceRow

    ram.set_security_preference(m.SetSecurityPreferenceRequest(enable_save_mfaticket=True))
    ticket = pages.enter(mfa_code=phone.at(server.clock()))["mfa_ticket"]
    bob = ram.create_user(m.CreateUserRequest(user_name="bob")).body.user.user_id
    ram.create_login_profile(
        m.CreateLoginProfileRequest(user_name="bob", password="correct-Horse-0")
    )

    def hand_over(tx):
        (device,) = tx.find(MfaDeviceRow, account_id=pages.account_id)
        tx.update(device, owner_id=bob)

    server.running.store.call(hand_over)
    # His password is older than the ticket, so that only the owner tells them apart.
    make_older(server, bob)
    pages.refuse(401, "MFACodeRequired", "bob", mfa_ticket=ticket)
