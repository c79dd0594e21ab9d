"""What somebody who is signed in does on the page: its own MFA device, root's included."""

from collections.abc import Callable
from typing import Any

import httpx
import pyotp
import pytest
from alibabacloud_ram20150501 import models as m
from tests.conformance.documents import allow
from tests.conformance.harness import Server

from juyong.app.pages import SIGNIN_PAGES
from juyong.base.secret import Secret
from juyong.services.identity.credentials.login_profiles import set_root_password
from juyong.services.identity.credentials.passwords import hashed

PASSWORD = "correct-Horse-0"


@pytest.fixture
def root(pages, account, server: Server) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Sign in as root."""
    server.running.store.call(
        lambda tx: set_root_password(
            tx, account.account_id, hashed(Secret(PASSWORD)), server.clock()
        )
    )
    return lambda **more: pages.post(
        "/signin", login_name=account.account_id, password=PASSWORD, **more
    )


def offered(pages, session: str) -> tuple[pyotp.TOTP, str]:
    status, body = pages.post("/signin/mfa/offer", session=session)
    assert status == 200, body
    return pyotp.TOTP(body["enrolment"]["seed"]), body["enrolment"]["token"]


def bind(pages, session: str, server: Server) -> pyotp.TOTP:
    app, token = offered(pages, session)
    now = server.clock()
    status, body = pages.post(
        "/signin/mfa/bind",
        session=session,
        enrolment=token,
        enrolment_codes=[app.at(now - 30), app.at(now)],
    )
    assert status == 200, body
    return app


def refuse(pages, path: str, status: int, code: str, **members: Any) -> None:
    got, body = pages.post(f"/signin/{path}", **members)
    assert (got, body["code"]) == (status, code)


def test_root_binds_its_device_on_the_page_and_unbinds_it_with_a_code(
    pages, root, events, server: Server, later
) -> None:
    session = root()[1]["session"]
    app = bind(pages, session, server)
    assert root()[1]["code"] == "MFACodeRequired"
    _, me = pages.post("/signin/account", session=session)
    assert (me["root"], me["user_name"], me["mfa"]) == (True, "root", False)
    assert f":{pages.account_id}:mfa/root-" in me["mfa_device"]["serial_number"]
    refuse(pages, "mfa/offer", 409, "MFADeviceBound", session=session)
    stale = app.at(server.clock())
    refuse(pages, "mfa/unbind", 401, "MFACodeIncorrect", session=session, mfa_code=stale)
    later(60)
    code = app.at(server.clock())
    assert pages.post("/signin/mfa/unbind", session=session, mfa_code=code)[0] == 200
    refuse(pages, "mfa/unbind", 404, "NoMFADevice", session=session, mfa_code=code)
    assert root()[1]["mfa"] is False
    acts = [e for e in events() if e["eventType"] == "ConsoleOperation"]
    assert [(e["eventName"], e.get("errorCode", "")) for e in acts] == [
        ("MFABind", ""),
        ("MFAUnbind", "MFACodeIncorrect"),
        ("MFAUnbind", ""),
        ("MFAUnbind", "NoMFADevice"),
    ]
    assert {e["serviceName"] for e in acts} == {"AasCustomer"}
    assert {e["userIdentity"]["type"] for e in acts} == {"root-account"}
    assert app.secret not in str(acts)


def test_user_binds_its_device_where_the_account_allows_it(
    pages, alice, ram, events, server: Server
) -> None:
    session = pages.enter()["session"]
    ram.set_security_preference(
        m.SetSecurityPreferenceRequest(allow_user_to_manage_mfadevices=False)
    )
    refuse(pages, "mfa/offer", 403, "NoPermission", session=session)
    bad = {"session": session, "enrolment": "x", "enrolment_codes": ["1", "2"]}
    refuse(pages, "mfa/bind", 403, "NoPermission", **bad)
    ram.set_security_preference(
        m.SetSecurityPreferenceRequest(allow_user_to_manage_mfadevices=True)
    )
    bind(pages, session, server)
    pages.refuse(401, "MFACodeRequired")
    names = [(e["eventName"], e["serviceName"]) for e in events()]
    assert ("BindMFADevice", "AasSub") in names
    acts = [e for e in events() if e["eventName"] == "BindMFADevice"]
    asked = [(q.action, q.decision) for e in acts for q in e["evidence"]]
    assert asked == [("ram:BindMFADevice", "ImplicitDeny"), ("ram:BindMFADevice", "SelfService")]


def test_policy_that_denies_it_wins_over_the_preference(pages, alice, ram) -> None:
    session = pages.enter()["session"]
    denial = allow("ram:BindMFADevice").replace("Allow", "Deny")
    ram.create_policy(m.CreatePolicyRequest(policy_name="no-mfa", policy_document=denial))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="no-mfa", user_name="alice")
    )
    refuse(pages, "mfa/offer", 403, "NoPermission", session=session)


def test_offer_is_good_for_its_owner_and_for_ten_minutes(
    pages, alice, root, server: Server, later
) -> None:
    session = pages.enter()["session"]
    app, token = offered(pages, session)

    def codes() -> list[str]:
        now = server.clock()
        return [app.at(now - 30), app.at(now)]

    roots = root()[1]["session"]
    form = {"enrolment": token, "enrolment_codes": codes()}
    refuse(pages, "mfa/bind", 400, "OfferLapsed", session=roots, **form)
    wrong = {"enrolment": token, "enrolment_codes": codes()[::-1]}
    refuse(pages, "mfa/bind", 401, "MFACodeIncorrect", session=session, **wrong)
    later(601)
    form["enrolment_codes"] = codes()
    refuse(pages, "mfa/bind", 400, "OfferLapsed", session=session, **form)


def test_guessing_a_code_to_unbind_locks(pages, alice, ram, server: Server, later) -> None:
    session = pages.enter()["session"]
    app = bind(pages, session, server)
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_login_attemps=2))
    for _ in range(2):
        refuse(pages, "mfa/unbind", 401, "MFACodeIncorrect", session=session, mfa_code="x")
    later(60)
    code = app.at(server.clock())
    refuse(pages, "mfa/unbind", 403, "SigninLocked", session=session, mfa_code=code)


def test_root_has_no_passkeys(browser, root) -> None:
    session = root()[1]["session"]
    refuse(browser, "passkeys/options", 403, "PasskeyNotAllowed", session=session)
    assert browser.post("/signin/account", session=session)[1]["passkeys"] == []


ACTS = {
    "account": {},
    "mfa/offer": {},
    "mfa/bind": {"enrolment": "x", "enrolment_codes": ["1", "2"]},
    "mfa/unbind": {"mfa_code": "1"},
    "passkeys/options": {},
    "passkeys/add": {
        "note": "x",
        "name": "x",
        "credential": {"id": "eA", "client_data": "eA", "attestation_object": "eA"},
    },
    "passkeys/delete": {"passkey_id": "x"},
}


@pytest.mark.parametrize("path", ACTS)
def test_each_act_needs_a_session_that_lives_and_a_body_of_its_form(
    browser, alice, path: str
) -> None:
    session = browser.enter()["session"]
    browser.post("/signout", session=session)
    for token in (session, "x"):
        refuse(browser, path, 401, "InvalidSession", session=token, **ACTS[path])
    refuse(browser, path, 400, "MalformedRequest", **ACTS[path])
    refuse(browser, path, 400, "MalformedRequest", session="x", more=1, **ACTS[path])


def test_every_page_that_takes_a_body_is_refused_to_other_sites(pages) -> None:
    posts = [path for method, path in SIGNIN_PAGES if method == "POST"]
    for path in posts:
        answer = httpx.post(pages.url + path, json={}, headers={"sec-fetch-site": "cross-site"})
        assert (answer.status_code, answer.json()["code"]) == (403, "CrossSiteRequest"), path
        form = httpx.post(pages.url + path, data={"session": "x"})
        assert form.json()["code"] == "MalformedRequest", path
        assert "set-cookie" not in answer.headers
    assert len(posts) == 11


def test_page_is_served_with_a_policy_and_nothing_foreign(pages) -> None:
    for path, kind in (
        ("/signin", "text/html"),
        ("/signin.js", "text/javascript"),
        ("/signin.css", "text/css"),
    ):
        answer = httpx.get(pages.url + path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert "http://" not in answer.text
        assert "https://" not in answer.text
    page = httpx.get(f"{pages.url}/signin").text
    assert "<script src=" in page
    assert "onclick" not in page
    assert "style=" not in page
    script = httpx.get(f"{pages.url}/signin.js").text
    for sink in ("innerHTML", "eval(", "document.write", "localStorage", "document.cookie"):
        assert sink not in script
