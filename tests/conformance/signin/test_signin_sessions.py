"""Sessions: how long they live, and all that ends them."""

import pytest
from alibabacloud_ram20150501 import models as m
from tests.conformance.harness import Server

from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.signin.sessions import MOST_SESSIONS, BadSession, start_session
from juyong.services.identity.signin.tables import SigninSessionRow


def test_session_lasts_as_long_as_the_account_says(pages, alice, ram, later, caller) -> None:
    ram.set_security_preference(m.SetSecurityPreferenceRequest(login_session_duration=2))
    token = pages.enter()["session"]
    later(7200 - 30)
    assert caller(token).user_id == alice
    later(31)
    with pytest.raises(BadSession):
        caller(token)


def test_signing_out_ends_one_session(pages, alice, caller) -> None:
    first, second = pages.enter()["session"], pages.enter()["session"]
    status, body = pages.post("/signout", session=first)
    assert (status, set(body)) == (200, {"request_id"})
    with pytest.raises(BadSession):
        caller(first)
    assert caller(second).user_name == "alice"
    status, body = pages.post("/signout", session=first)
    assert (status, body["code"]) == (401, "InvalidSession")


@pytest.mark.parametrize("body", [{}, {"session": 1}, {"session": "x", "more": 1}])
def test_signing_out_wants_a_session(pages, body) -> None:
    status, answer = pages.post("/signout", **body)
    assert (status, answer["code"]) == (400, "MalformedRequest")


ENDINGS = {
    "new password by an administrator": lambda ram, _key: ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password="correct-Horse-1")
    ),
    "new password by the user": lambda _ram, key: key.change_password(
        m.ChangePasswordRequest(old_password="correct-Horse-0", new_password="correct-Horse-1")
    ),
    "no console access any more": lambda ram, _key: ram.delete_login_profile(
        m.DeleteLoginProfileRequest(user_name="alice")
    ),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_session_ends_with(request, alice, ram, server: Server, how) -> None:
    pages, as_key, caller = (request.getfixturevalue(n) for n in ("pages", "as_key", "caller"))
    made = ram.create_access_key(m.CreateAccessKeyRequest(user_name="alice")).body.access_key
    key = as_key(made.access_key_id, made.access_key_secret).ram
    token = pages.enter()["session"]
    ENDINGS[how](ram, key)
    with pytest.raises(BadSession):
        caller(token)
    left = server.running.store.call(lambda tx: tx.count(SigninSessionRow, owner_id=alice))
    assert left == 0


def test_session_is_worth_nothing_while_sign_in_is_switched_off(
    pages, alice, caller, server: Server
) -> None:
    token = pages.enter()["session"]
    server.running.store.call(lambda tx: tx.update(tx.get(LoginProfileRow, alice), active=False))
    with pytest.raises(BadSession):
        caller(token)


def test_session_ends_with_the_user(pages, alice, ram, caller) -> None:
    token = pages.enter()["session"]
    ram.delete_login_profile(m.DeleteLoginProfileRequest(user_name="alice"))
    ram.delete_user(m.DeleteUserRequest(user_name="alice"))
    with pytest.raises(BadSession):
        caller(token)


def test_token_is_bound_to_its_key_and_content(pages, alice, caller) -> None:
    token = pages.enter()["session"]
    middle = len(token) // 2
    swapped = "A" if token[middle] != "A" else "B"
    for bad in ("", "x", "é", token[:-8], token[:middle] + swapped + token[middle + 1 :]):
        with pytest.raises(BadSession):
            caller(bad)
    assert caller(token).user_name == "alice"


def test_oldest_session_ends_when_there_are_too_many(pages, alice, server, caller) -> None:
    token = pages.enter()["session"]

    def more(tx):
        for number in range(MOST_SESSIONS):
            start_session(
                tx,
                pages.account_id,
                alice,
                now=server.clock() + 1 + number,
                seconds=3600,
                mfa=False,
            )
        return tx.count(SigninSessionRow, owner_id=alice)

    assert server.running.store.call(more) == MOST_SESSIONS
    with pytest.raises(BadSession):
        caller(token)
