"""Passkeys: registered by who is signed in, good for signing in, and refused when anything differs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from alibabacloud_ims20190815 import models as i
from alibabacloud_ram20150501 import models as m
from msgspec.structs import replace
from tests.conformance.documents import allow
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.signin.authenticator import PRESENT, Authenticator, data, text

from juyong.audit.tables import EventRow
from juyong.engines.credentials.passkeys import Site
from juyong.services.identity.credentials.tables import PasskeyRow
from juyong.services.identity.signin.tables import SpentChallengeRow


@dataclass
class Keys:
    """A browser with one authenticator, at the pages."""

    pages: Any
    device: Authenticator

    def add(self, session: str, name: str = "laptop", **changes: Any) -> tuple[int, dict[str, Any]]:
        """Register the authenticator's passkey; the answer."""
        status, asked = self.pages.post("/signin/passkeys/options", session=session)
        assert status == 200, asked
        credential = self.device.create(asked["public_key"])
        form = {"session": session, "note": asked["note"], "name": name, "credential": credential}
        return self.pages.post("/signin/passkeys/add", **{**form, **changes})

    def challenge(self) -> dict[str, Any]:
        """Ask for a challenge to sign in."""
        status, asked = self.pages.post("/signin/passkey/options")
        assert status == 200, asked
        return asked

    def answer(self, asked: dict[str, Any], **changes: Any) -> tuple[int, dict[str, Any]]:
        """Answer a challenge."""
        credential = {**self.device.get(asked["public_key"]), **changes}
        return self.pages.post("/signin/passkey", note=asked["note"], credential=credential)

    def enter(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Sign in with the passkey."""
        return self.answer(self.challenge(), **changes)

    def refuse(self, status: int, code: str, **changes: Any) -> None:
        """Expect a sign-in to be refused."""
        got, body = self.enter(**changes)
        assert (got, body["code"]) == (status, code)
        assert "session" not in body


@pytest.fixture
def keys(browser) -> Keys:
    return Keys(browser, Authenticator(browser.url))


@pytest.fixture
def laptop(keys: Keys, alice) -> Keys:
    """Alice's passkey, registered."""
    status, body = keys.add(keys.pages.enter()["session"])
    assert status == 200, body
    return keys


def passkeys(ims, account, user: str = "alice") -> list[dict[str, Any]]:
    name = f"{user}@{account.account_id}.onaliyun.com"
    found = ims.list_passkeys(i.ListPasskeysRequest(user_principal_name=name)).body.passkeys
    return [dict(one.to_map()) for one in found]


def test_user_registers_a_passkey_and_signs_in_with_it_alone(
    laptop: Keys, alice, ims, account, caller
) -> None:
    (before,) = passkeys(ims, account)
    assert (before["PasskeyName"], before["LastUseDate"]) == ("laptop", "")
    status, body = laptop.enter()
    assert status == 200, body
    assert (body["user_name"], body["user_id"], body["mfa"]) == ("alice", alice, True)
    who = caller(body["session"])
    assert (who.user_id, who.mfa) == (alice, True)
    (after,) = passkeys(ims, account)
    assert after["LastUseDate"].endswith("Z")
    assert after["PasskeyId"] == before["PasskeyId"]
    status, me = laptop.pages.post("/signin/account", session=body["session"])
    assert (status, me["passkeys"][0]["name"], me["mfa"]) == (200, "laptop", True)
    assert laptop.enter()[0] == 200


def test_passkey_stands_for_password_and_code_where_mfa_is_mandatory(
    laptop: Keys, ims, ram, account
) -> None:
    ims.set_security_preference(i.SetSecurityPreferenceRequest(mfaoperation_for_login="mandatory"))
    # The password alone must not enrol a device of its own.
    laptop.pages.refuse(403, "PasskeyRequired")
    assert laptop.enter()[1]["mfa"] is True
    (held,) = passkeys(ims, account)
    ims.delete_passkey(
        i.DeletePasskeyRequest(
            user_principal_name=f"alice@{account.account_id}.onaliyun.com",
            passkey_id=held["PasskeyId"],
        )
    )
    laptop.pages.refuse(403, "MFABindRequired")


def corrupt_origin(keys: Keys) -> None:
    keys.device.origin = "https://localhost.example.com"


def another_port(keys: Keys) -> None:
    keys.device.origin = "http://localhost:1"


def another_type(keys: Keys) -> None:
    keys.device.said = {"type": "webauthn.create"}


def another_challenge(keys: Keys) -> None:
    keys.device.said = {"challenge": text(bytes(32))}


def in_a_frame(keys: Keys) -> None:
    keys.device.said = {"crossOrigin": True}


def another_host(keys: Keys) -> None:
    keys.device.rp_id = "example.com"


def unverified(keys: Keys) -> None:
    keys.device.flags = PRESENT


def absent(keys: Keys) -> None:
    keys.device.flags = 0x04


def another_user(keys: Keys) -> None:
    keys.device.user_handle = b"somebody"


def another_key(keys: Keys) -> None:
    keys.device._key = Authenticator("")._key


WRONG = (
    *(corrupt_origin, another_port, another_type, another_challenge, in_a_frame),
    *(another_host, unverified, absent, another_user, another_key),
)


@pytest.mark.parametrize("spoil", WRONG)
def test_answer_that_differs_in_anything_signs_nobody_in(
    laptop: Keys, events, spoil: Callable[[Keys], None]
) -> None:
    spoil(laptop)
    laptop.refuse(401, "InvalidPasskey")
    last = events()[-1]
    assert (last["eventName"], last["errorCode"]) == ("ConsoleSignin", "InvalidPasskey")
    assert last["userIdentity"]["userName"] == "alice"
    assert last["additionalEventData"]["mfaChecked"] == "false"


REGISTRATION_WRONG = (
    *(corrupt_origin, another_port, another_challenge, in_a_frame, unverified, absent),
)


@pytest.mark.parametrize("spoil", REGISTRATION_WRONG)
def test_passkey_that_differs_in_anything_is_not_registered(
    keys: Keys, alice, ims, account, spoil: Callable[[Keys], None]
) -> None:
    spoil(keys)
    status, body = keys.add(keys.pages.enter()["session"])
    assert (status, body["code"]) == (401, "InvalidPasskey")
    assert passkeys(ims, account) == []


def test_key_of_a_kind_that_was_not_asked_for_is_not_registered(keys: Keys, alice) -> None:
    keys.device.algorithm = -35
    status, body = keys.add(keys.pages.enter()["session"])
    assert (status, body["code"]) == (401, "InvalidPasskey")


def test_challenge_is_good_once_for_five_minutes_and_for_its_purpose(
    laptop: Keys, server: Server, later
) -> None:
    asked = laptop.challenge()
    credential = laptop.device.get(asked["public_key"])
    form = {"note": asked["note"], "credential": credential}
    assert laptop.pages.post("/signin/passkey", **form)[0] == 200
    # The very same bytes again, and a new signature over the same challenge.
    assert laptop.pages.post("/signin/passkey", **form)[1]["code"] == "InvalidPasskey"
    assert laptop.answer(asked)[1]["code"] == "InvalidPasskey"
    old = laptop.challenge()
    later(301)
    assert laptop.answer(old)[1]["code"] == "InvalidPasskey"
    later(-301)
    session = laptop.enter()[1]["session"]
    _, creation = laptop.pages.post("/signin/passkeys/options", session=session)
    theirs = {**laptop.challenge(), "note": creation["note"]}
    theirs["public_key"]["challenge"] = creation["public_key"]["challenge"]
    assert laptop.answer(theirs)[1]["code"] == "InvalidPasskey"
    assert laptop.answer({**laptop.challenge(), "note": "x"})[1]["code"] == "InvalidPasskey"


def test_registration_challenge_is_good_once_and_for_its_owner(
    keys: Keys, alice, ram, ims, account
) -> None:
    ram.create_user(m.CreateUserRequest(user_name="bob"))
    ram.create_login_profile(
        m.CreateLoginProfileRequest(user_name="bob", password="correct-Horse-0")
    )
    mine, bobs = keys.pages.enter()["session"], keys.pages.enter("bob")["session"]
    _, asked = keys.pages.post("/signin/passkeys/options", session=mine)
    form = {"note": asked["note"], "credential": keys.device.create(asked["public_key"])}
    status, body = keys.pages.post("/signin/passkeys/add", session=bobs, name="laptop", **form)
    assert (status, body["code"]) == (401, "InvalidPasskey")
    assert keys.pages.post("/signin/passkeys/add", session=mine, name="laptop", **form)[0] == 200
    status, body = keys.pages.post("/signin/passkeys/add", session=mine, name="again", **form)
    assert (status, body["code"]) == (401, "InvalidPasskey")
    assert len(passkeys(ims, account)) == 1


def test_counter_that_does_not_rise_is_a_copy(laptop: Keys, ims, account, events) -> None:
    assert laptop.enter()[0] == 200
    laptop.device.counter -= 1
    laptop.refuse(401, "PasskeyCounterRegressed")
    assert events()[-1]["errorCode"] == "PasskeyCounterRegressed"
    laptop.device.counter = 5
    assert laptop.enter()[0] == 200


def test_authenticator_without_a_counter_signs_in_again_and_again(laptop: Keys) -> None:
    laptop.device.step = 0
    for _ in range(2):
        assert laptop.enter()[0] == 200
    laptop.device.counter = 7
    assert laptop.enter()[0] == 200
    laptop.device.counter = 0
    laptop.refuse(401, "PasskeyCounterRegressed")


def test_deleted_passkey_signs_nobody_in(laptop: Keys, ims, account) -> None:
    asked = laptop.challenge()
    session = laptop.enter()[1]["session"]
    (held,) = passkeys(ims, account)
    status, _ = laptop.pages.post(
        "/signin/passkeys/delete", session=session, passkey_id=held["PasskeyId"]
    )
    assert status == 200
    status, body = laptop.answer(asked)
    assert (status, body["code"]) == (401, "InvalidPasskey")
    status, body = laptop.pages.post(
        "/signin/passkeys/delete", session=session, passkey_id=held["PasskeyId"]
    )
    assert (status, body["code"]) == (404, "EntityNotExist.Passkey")


def test_passkey_deleted_while_it_is_verified_signs_nobody_in(
    laptop: Keys, server: Server, monkeypatch
) -> None:
    from juyong.gateway.signin import passkey

    real = passkey.prove_passkey

    def slow(*arguments: Any) -> Any:
        proof = real(*arguments)

        def forget(tx) -> None:
            for row in tx.find(PasskeyRow, account_id=laptop.pages.account_id):
                tx.delete(row)

        server.running.store.call(forget)
        return proof

    monkeypatch.setattr(passkey, "prove_passkey", slow)
    laptop.refuse(401, "InvalidPasskey")


def test_accounts_rules_hold_for_passkeys_too(laptop: Keys, ram, ims, later) -> None:
    session = laptop.enter()[1]["session"]
    ram.set_security_preference(m.SetSecurityPreferenceRequest(login_network_masks="192.0.2.0/24"))
    laptop.refuse(403, "AddressNotAllowed")
    ram.set_security_preference(m.SetSecurityPreferenceRequest(login_network_masks=""))
    ims.set_security_preference(
        i.SetSecurityPreferenceRequest(allow_user_to_login_with_passkey=False)
    )
    laptop.refuse(403, "PasskeyNotAllowed")
    for path in ("options", "delete"):
        more = {"passkey_id": "x"} if path == "delete" else {}
        status, body = laptop.pages.post(f"/signin/passkeys/{path}", session=session, **more)
        assert (status, body["code"]) in {
            (403, "PasskeyNotAllowed"),
            (403, "NoPermission"),
        }
    ims.set_security_preference(
        i.SetSecurityPreferenceRequest(allow_user_to_login_with_passkey=True)
    )
    later(731 * 86_400)
    laptop.refuse(403, "SigninIdle")
    later(-731 * 86_400)
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_login_attemps=1))
    laptop.pages.refuse(401, "InvalidCredentials", "alice", "wrong-Horse-0")
    laptop.refuse(403, "SigninLocked")
    ram.delete_login_profile(m.DeleteLoginProfileRequest(user_name="alice"))
    laptop.refuse(403, "SigninDisabled")


def test_deleting_the_user_deletes_its_passkeys(laptop: Keys, ram, server: Server) -> None:
    ram.delete_login_profile(m.DeleteLoginProfileRequest(user_name="alice"))
    ram.delete_user(m.DeleteUserRequest(user_name="alice"))
    laptop.refuse(401, "InvalidPasskey")
    left = server.running.store.call(
        lambda tx: tx.count(PasskeyRow, account_id=laptop.pages.account_id)
    )
    assert left == 0


def test_policy_that_denies_it_wins_over_the_preference(keys: Keys, alice, ram) -> None:
    session = keys.pages.enter()["session"]
    ram.create_policy(
        m.CreatePolicyRequest(
            policy_name="no-passkeys",
            policy_document=allow("ram:*Passkey").replace("Allow", "Deny"),
        )
    )
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(
            policy_type="Custom", policy_name="no-passkeys", user_name="alice"
        )
    )
    status, body = keys.pages.post("/signin/passkeys/options", session=session)
    assert (status, body["code"]) == (403, "NoPermission")


def test_names_and_numbers_of_passkeys_are_bounded(
    laptop: Keys, browser, ims, account, server: Server
) -> None:
    session = laptop.enter()[1]["session"]
    other = Keys(browser, Authenticator(browser.url))
    status, body = other.add(session)
    assert (status, body["code"]) == (409, "EntityAlreadyExists.Passkey")
    status, body = laptop.add(session, "the same authenticator")
    assert (status, body["code"]) == (409, "EntityAlreadyExists.Passkey")
    for name in ("", "x" * 65, "a\nb"):
        assert other.add(session, name)[1]["code"] == "MalformedRequest"
    with quotas(server, {"ram.passkeys-per-user": 1}):
        status, body = other.add(session, "phone")
    assert (status, body["code"]) == (409, "LimitExceeded.Passkey")
    assert other.add(session, "phone")[0] == 200
    assert [one["PasskeyName"] for one in passkeys(ims, account)] == ["laptop", "phone"]


def test_passkeys_need_a_site_that_is_known(
    laptop: Keys, pages, server: Server, monkeypatch
) -> None:
    status, body = pages.post("/signin/passkey/options")
    assert (status, body["code"]) == (403, "PasskeySiteUnknown")
    for host in ("localhost", "localhost:1", "localhost.example.com", "example.com:443"):
        answer = httpx.post(
            f"{pages.url}/signin/passkey/options", json={}, headers={"host": host}
        ).json()
        assert answer["code"] == "PasskeySiteUnknown", host
    platform = server.running.pipeline.platform
    site = Site(origin="https://console.example.com", rp_id="console.example.com")
    monkeypatch.setattr(server.running.pipeline, "platform", replace(platform, signin_site=site))
    asked = laptop.challenge()
    assert asked["public_key"]["rpId"] == "console.example.com"
    laptop.refuse(401, "InvalidPasskey")


def test_acts_of_who_is_signed_in_are_events_without_secrets(
    laptop: Keys, ims, account, events, server: Server
) -> None:
    session = laptop.enter()[1]["session"]
    (held,) = passkeys(ims, account)
    laptop.pages.post("/signin/passkeys/delete", session=session, passkey_id=held["PasskeyId"])
    acts = [e for e in events() if e["eventType"] == "ConsoleOperation"]
    assert [e["eventName"] for e in acts] == ["CreatePasskey", "DeletePasskey"]
    assert all(e["userIdentity"]["userName"] == "alice" for e in acts)
    rows = server.running.store.call(lambda tx: tx.find(EventRow, account_id=account.account_id))
    assert session not in "".join(row.body for row in rows)


def test_spent_challenges_are_swept(laptop: Keys, server: Server) -> None:
    from juyong.services.identity.signin.sweeps import sweep

    assert laptop.enter()[0] == 200

    def spent(tx) -> int:
        return tx.count(SpentChallengeRow)

    assert server.running.store.call(spent) >= 1
    server.running.store.call(lambda tx: sweep(tx, server.clock() + 1000 * 86_400, 100_000))
    assert server.running.store.call(spent) == 0


BAD_BODIES = [
    {},
    {"note": "x"},
    {"note": "x", "credential": {}},
    {
        "note": "x",
        "credential": {
            "id": "!",
            "client_data": "",
            "authenticator_data": "",
            "signature": "",
        },
    },
]


@pytest.mark.parametrize("body", BAD_BODIES)
def test_body_of_another_form_is_refused(browser, body) -> None:
    status, answer = browser.post("/signin/passkey", **body)
    assert (status, answer["code"]) == (400, "MalformedRequest")


def test_ims_lists_renames_and_deletes_passkeys_and_users_manage_their_own(
    laptop: Keys, ims, ram, account, as_key
) -> None:
    name = f"alice@{account.account_id}.onaliyun.com"
    session = laptop.enter()[1]["session"]
    Keys(laptop.pages, Authenticator(laptop.pages.url)).add(session, "phone")
    first, second = passkeys(ims, account)

    def rename(client, passkey_id: str, title: str) -> None:
        client.update_passkey(
            i.UpdatePasskeyRequest(
                user_principal_name=name, passkey_id=passkey_id, passkey_name=title
            )
        )

    rename(ims, first["PasskeyId"], "office")
    with refused("EntityAlreadyExists.Passkey", 409):
        rename(ims, first["PasskeyId"], "phone")
    with refused("EntityNotExist.Passkey", 404):
        rename(ims, "no-such", "x")
    made = ram.create_access_key(m.CreateAccessKeyRequest(user_name="alice")).body.access_key
    hers = as_key(made.access_key_id, made.access_key_secret).ims
    assert [p.passkey_name for p in hers.list_passkeys(i.ListPasskeysRequest()).body.passkeys] == [
        "office",
        "phone",
    ]
    hers.delete_passkey(i.DeletePasskeyRequest(passkey_id=second["PasskeyId"]))
    ims.set_security_preference(
        i.SetSecurityPreferenceRequest(allow_user_to_login_with_passkey=False)
    )
    with refused("NoPermission", 403):
        hers.delete_passkey(i.DeletePasskeyRequest(passkey_id=first["PasskeyId"]))
    assert [p["PasskeyName"] for p in passkeys(ims, account)] == ["office"]


def test_answer_must_say_whose_passkey_it_is(laptop: Keys) -> None:
    laptop.refuse(401, "InvalidPasskey", user_handle=None)
    assert laptop.enter()[0] == 200


def test_client_data_may_say_more_than_is_known(laptop: Keys) -> None:
    laptop.device.said = {"other_keys_can_be_added_here": "x"}
    asked = laptop.challenge()
    assert json.loads(data(laptop.device.get(asked["public_key"])["client_data"] or ""))
    assert laptop.enter()[0] == 200
