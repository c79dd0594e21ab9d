"""What the audit record says of signing in and out."""

import json

import pyotp
from alibabacloud_ram20150501 import models as m
from tests.conformance.harness import Server

from juyong.base.secret import Secret
from juyong.services.identity.credentials.login_profiles import set_root_password
from juyong.services.identity.credentials.passwords import hashed


def test_users_sign_in_and_out_are_events(pages, alice, events) -> None:
    token = pages.enter()["session"]
    pages.post("/signout", session=token)
    entered, left = events()
    assert (entered["eventName"], entered["eventType"]) == ("ConsoleSignin", "ConsoleSignin")
    assert (left["eventName"], left["eventType"]) == ("ConsoleSignout", "ConsoleSignout")
    for event in (entered, left):
        assert event["serviceName"] == "AasSub"
        assert event["eventRW"] == "Write"
        assert event["isGlobal"] is True
        assert event["sourceIpAddress"] == "127.0.0.1"
        assert event["recipientAccountId"] == pages.account_id
        who = event["userIdentity"]
        assert (who["type"], who["principalId"], who["userName"]) == ("ram-user", alice, "alice")
        assert who["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
        assert event["additionalEventData"] == {"callbackUrl": "", "mfaChecked": "false"}
        assert "errorCode" not in event
    assert entered["userAgent"].startswith("python-httpx")


def test_mfa_is_seen_in_the_event(pages, alice, ram, events, server: Server) -> None:
    ram.update_login_profile(m.UpdateLoginProfileRequest(user_name="alice", mfabind_required=True))
    offer = pages.refuse(403, "MFABindRequired")["enrolment"]
    totp, now = pyotp.TOTP(offer["seed"]), server.clock()
    pages.enter(enrolment=offer["token"], enrolment_codes=[totp.at(now - 30), totp.at(now)])
    asked, entered = events()
    assert (asked["eventName"], asked["eventType"]) == (
        "ConsoleSigninChallenge",
        "ConsoleSignin",
    )
    assert asked["additionalEventData"]["challenge"] == "MFABindRequired"
    assert "errorCode" not in asked
    assert entered["additionalEventData"]["mfaChecked"] == "true"
    assert entered["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert offer["seed"] not in json.dumps([asked, entered])


def test_root_sign_in_is_its_own_kind(pages, account, events, server: Server) -> None:
    server.running.store.call(
        lambda tx: set_root_password(
            tx, account.account_id, hashed(Secret("correct-Horse-0")), server.clock()
        )
    )
    pages.post("/signin", login_name=account.account_id, password="correct-Horse-0")
    (entered,) = events()
    assert entered["serviceName"] == "AasCustomer"
    assert entered["userIdentity"] == {
        "type": "root-account",
        "principalId": account.account_id,
        "accountId": account.account_id,
        "userName": "root",
    }
    assert entered["additionalEventData"] == {
        "loginAccount": account.account_id,
        "isMFAChecked": "false",
    }


def test_failures_are_events_with_an_error_and_without_what_was_typed(pages, alice, events) -> None:
    pages.refuse(401, "InvalidCredentials", "alice", "wrong-Horse-0")
    pages.refuse(401, "InvalidCredentials", "my-Password-7", "wrong-Horse-0")
    known, unknown = events()
    for event in (known, unknown):
        assert event["errorCode"] == "InvalidCredentials"
        assert event["errorMessage"]
        assert event["eventName"] == "ConsoleSignin"
    assert known["userIdentity"]["userName"] == "alice"
    assert unknown["userIdentity"] == {"type": "unknown", "accountId": pages.account_id}
    text = json.dumps([known, unknown])
    assert "wrong-Horse-0" not in text
    assert "my-Password-7" not in text


def test_what_a_sign_in_changes_is_in_the_inventory(pages, alice, ram, server: Server) -> None:
    from juyong.store.inventory import ResourceEventRow

    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password_reset_required=True)
    )
    body = pages.enter(new_password="correct-Horse-1")
    rows = server.running.store.call(
        lambda tx: tx.find(ResourceEventRow, request_id=body["request_id"])
    )
    (row,) = rows
    assert (row.resource_type, row.change) == ("ACS::RAM::LoginProfile", "updated")
    assert json.loads(row.snapshot)["PasswordResetRequired"] is False
