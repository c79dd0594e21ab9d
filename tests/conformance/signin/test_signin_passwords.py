"""Passwords that must be changed, have expired, or may not be chosen."""

import pyotp
from alibabacloud_ram20150501 import models as m
from tests.conformance.harness import Server

from juyong.services.identity.credentials.tables import LoginProfileRow

DAY = 86_400
NEW = "correct-Horse-1"


def own_password(server: Server, user_id: str) -> None:
    """Mark the password as one the user chose."""
    server.running.store.call(lambda tx: tx.update(tx.get(LoginProfileRow, user_id), initial=False))


def test_password_that_must_be_changed_is_changed_at_sign_in(pages, alice, ram) -> None:
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password_reset_required=True)
    )
    pages.refuse(403, "PasswordResetRequired")
    pages.enter(new_password=NEW)
    pages.refuse(401, "InvalidCredentials")
    pages.enter("alice", NEW)
    profile = ram.get_login_profile(m.GetLoginProfileRequest(user_name="alice")).body
    assert profile.login_profile.password_reset_required is False


def test_new_password_is_judged_as_any_change_is(pages, alice, ram) -> None:
    ram.set_password_policy(
        m.SetPasswordPolicyRequest(minimum_password_length=12, password_reuse_prevention=1)
    )
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password_reset_required=True)
    )
    pages.refuse(400, "NewPassword.TooWeak", new_password="short-1")
    pages.refuse(400, "NewPassword.ReusePrevention", new_password="correct-Horse-0")
    pages.refuse(401, "InvalidCredentials", "alice", "wrong-Horse-0", new_password="short-1")
    pages.enter(new_password=NEW)


def test_same_password_is_no_change_even_without_reuse_prevention(pages, alice, ram) -> None:
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password_reset_required=True)
    )
    pages.refuse(400, "NewPassword.ReusePrevention", new_password="correct-Horse-0")


def test_new_password_is_left_alone_where_none_is_asked_for(pages, alice) -> None:
    pages.enter(new_password=NEW)
    pages.enter()


def test_second_factor_is_asked_before_a_password_is_changed(
    pages, alice, ram, server: Server
) -> None:
    made = ram.create_virtual_mfadevice(
        m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name="phone")
    ).body.virtual_mfadevice
    totp, now = pyotp.TOTP(made.base_32string_seed), server.clock()
    ram.bind_mfadevice(
        m.BindMFADeviceRequest(
            serial_number=made.serial_number,
            user_name="alice",
            authentication_code_1=totp.at(now - 60),
            authentication_code_2=totp.at(now - 30),
        )
    )
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password_reset_required=True)
    )
    pages.refuse(401, "MFACodeRequired", new_password=NEW)
    code = totp.at(now)
    pages.refuse(403, "PasswordResetRequired", mfa_code=code)
    pages.enter(mfa_code=code, new_password=NEW)
    pages.refuse(401, "MFACodeIncorrect", "alice", NEW, mfa_code=code)


def test_initial_password_lasts_fourteen_days(pages, alice, ram, later) -> None:
    later(14 * DAY - 60)
    pages.enter()
    later(61)
    pages.refuse(403, "PasswordExpired")
    later(-14 * DAY - 1)
    ram.update_login_profile(m.UpdateLoginProfileRequest(user_name="alice", password=NEW))
    pages.enter("alice", NEW)


def test_expired_password_is_changed_at_sign_in(pages, alice, ram, server: Server, later) -> None:
    own_password(server, alice)
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_password_age=1))
    later(DAY - 60)
    pages.enter()
    later(61)
    pages.refuse(403, "PasswordResetRequired")
    pages.enter(new_password=NEW)
    later(DAY - 60)
    pages.enter("alice", NEW)


def test_hard_expiry_leaves_it_to_an_administrator(
    pages, alice, ram, server: Server, later
) -> None:
    own_password(server, alice)
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_password_age=1, hard_expiry=True))
    later(DAY + 1)
    pages.refuse(403, "PasswordExpired", new_password=NEW)
    later(-DAY - 1)
    ram.update_login_profile(m.UpdateLoginProfileRequest(user_name="alice", password=NEW))
    pages.enter("alice", NEW)


def test_password_changed_while_it_is_verified_signs_nobody_in(
    pages, alice, ram, monkeypatch
) -> None:
    from juyong.gateway.signin import password as signin

    real = signin.prove

    def slow(attempt, found):
        proof = real(attempt, found)
        ram.update_login_profile(m.UpdateLoginProfileRequest(user_name="alice", password=NEW))
        return proof

    monkeypatch.setattr(signin, "prove", slow)
    pages.refuse(401, "InvalidCredentials")
