"""Signing in with a password: who gets in, who does not, and what strangers learn."""

import json
import socket
from contextlib import closing

import httpx
import pytest
from alibabacloud_ram20150501 import models as m
from tests.conformance.harness import Server

from juyong.base.clock import parse_iso
from juyong.base.secret import Secret
from juyong.services.identity.credentials.login_profiles import set_root_password
from juyong.services.identity.credentials.passwords import hashed
from juyong.services.identity.signin import attempts

PASSWORD = "correct-Horse-0"


def test_user_signs_in_and_is_who_it_is(pages, alice, caller, ram, server: Server) -> None:
    body = pages.enter()
    assert (body["user_name"], body["user_id"], body["root"]) == ("alice", alice, False)
    assert body["account_id"] == pages.account_id
    assert parse_iso(body["expires_at"]) - server.clock() in range(6 * 3600 - 10, 6 * 3600 + 1)
    who = caller(body["session"])
    assert (who.user_id, who.user_name, who.mfa) == (alice, "alice", False)
    seen = ram.get_user(m.GetUserRequest(user_name="alice")).body.user
    assert seen.last_login_date.endswith("Z")


def test_a_body_that_comes_after_its_head_is_read(pages, alice, server: Server) -> None:
    members = {"login_name": f"alice@{pages.account_id}", "password": PASSWORD}
    body = json.dumps(members).encode()
    lines = ("POST /signin HTTP/1.1", "host: localhost", "content-type: application/json")
    head = "\r\n".join((*lines, f"content-length: {len(body)}", "", ""))
    with closing(socket.create_connection(("127.0.0.1", server.port), 20)) as sock:
        sock.sendall(head.encode())
        # Once the server answers this one, it has read that head.
        assert httpx.get(f"{pages.url}/health").status_code == 200
        sock.sendall(body)
        assert sock.recv(100).startswith(b"HTTP/1.1 200 ")


def test_every_form_of_the_login_name_means_the_same(pages, alice, ram) -> None:
    alias = f"corp-{pages.account_id[-8:]}"
    ram.set_account_alias(m.SetAccountAliasRequest(account_alias=alias))
    domains = [pages.account_id, alias, alias.upper()]
    domains += [f"{domain}.onaliyun.com" for domain in domains]
    for domain in domains:
        status, body = pages.post("/signin", login_name=f"alice@{domain}", password=PASSWORD)
        assert (status, body.get("user_id")) == (200, alice), domain
    assert len(domains) == 6


def test_root_signs_in_under_the_account_once_the_operator_gave_a_password(
    pages, server: Server, account, caller
) -> None:
    status, body = pages.post("/signin", login_name=account.account_id, password=PASSWORD)
    assert (status, body["code"]) == (401, "InvalidCredentials")
    password_hash = hashed(Secret(PASSWORD))
    for _ in range(2):
        server.running.store.call(
            lambda tx: set_root_password(tx, account.account_id, password_hash, server.clock())
        )
    for name in (account.account_id, f"{account.account_id}.onaliyun.com", account.account_name):
        status, body = pages.post("/signin", login_name=name, password=PASSWORD)
        assert status == 200, name
        assert (body["root"], body["user_name"]) == (True, "root")
    who = caller(body["session"])
    assert (type(who).__name__, who.account_id) == ("Root", account.account_id)


def test_a_user_called_root_is_not_root(pages, ram, caller) -> None:
    ram.create_user(m.CreateUserRequest(user_name="root"))
    ram.create_login_profile(m.CreateLoginProfileRequest(user_name="root", password=PASSWORD))
    body = pages.enter("root")
    assert body["root"] is False
    assert type(caller(body["session"])).__name__ == "User"


def test_wrong_password_and_unknown_names_are_answered_alike(pages, alice, ram) -> None:
    ram.create_user(m.CreateUserRequest(user_name="without-profile"))
    names = [
        f"alice@{pages.account_id}",
        f"nobody@{pages.account_id}",
        f"without-profile@{pages.account_id}",
        f"ALICE@{pages.account_id}",
        pages.account_id,
        "alice@9999999999999999",
        "alice@no-such-alias",
        "alice@",
        "@",
        "no such account",
    ]
    answers = set()
    for name in names:
        status, body = pages.post("/signin", login_name=name, password="wrong-Horse-0")
        body.pop("request_id")
        answers.add((status, *sorted(body.items())))
    assert answers == {(401, ("code", "InvalidCredentials"), ("message", attempts.INVALID.message))}
    assert len(names) == 10


@pytest.mark.parametrize("exists", [True, False])
def test_one_password_is_verified_whether_or_not_the_user_exists(
    pages, alice, monkeypatch, exists: bool
) -> None:
    verified = []
    real = attempts.verify_password
    monkeypatch.setattr(attempts, "verify_password", lambda *a: verified.append(a) or real(*a))
    pages.refuse(401, "InvalidCredentials", "alice" if exists else "bob", "wrong-Horse-0")
    assert len(verified) == 1


def test_nobodys_hash_costs_what_a_real_one_costs() -> None:
    from juyong.engines.credentials.passwords import needs_rehash

    assert not needs_rehash(attempts.NOBODYS_HASH.reveal())


def test_sign_in_switched_off_is_told_only_to_who_knows_the_password(
    pages, alice, server: Server
) -> None:
    from juyong.services.identity.credentials.tables import LoginProfileRow

    server.running.store.call(lambda tx: tx.update(tx.get(LoginProfileRow, alice), active=False))
    pages.refuse(403, "SigninDisabled")
    pages.refuse(401, "InvalidCredentials", "alice", "wrong-Horse-0")


def test_masks_bind_users_and_not_root(pages, alice, ram, server: Server, account) -> None:
    def allow(masks: str) -> None:
        ram.set_security_preference(m.SetSecurityPreferenceRequest(login_network_masks=masks))

    allow("192.0.2.0/24")
    for user, password in (("alice", PASSWORD), ("alice", "wrong"), ("nobody", "wrong")):
        pages.refuse(403, "AddressNotAllowed", user, password)
    server.running.store.call(
        lambda tx: set_root_password(
            tx, account.account_id, hashed(Secret(PASSWORD)), server.clock()
        )
    )
    assert pages.post("/signin", login_name=account.account_id, password=PASSWORD)[0] == 200
    allow("192.0.2.0/24;127.0.0.0/8")
    pages.enter()


def test_user_idle_for_longer_than_the_account_allows_is_shut_out(
    pages, alice, ram, server: Server, later
) -> None:
    from juyong.services.identity.account.tables import SecurityPreferenceRow
    from juyong.services.identity.credentials.tables import LoginProfileRow

    ram.set_password_policy(m.SetPasswordPolicyRequest(hard_expiry=False))

    def setup(tx):
        tx.insert(SecurityPreferenceRow(account_id=pages.account_id, max_idle_days_users=90))
        tx.update(tx.get(LoginProfileRow, alice), initial=False)

    server.running.store.call(setup)
    later(91 * 86_400 - 60)
    pages.enter()
    later(91 * 86_400 + 60)
    pages.refuse(403, "SigninIdle")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"login_name":"a@b"}',
        b'{"login_name":"","password":"x"}',
        b'{"login_name":"a\\u0000b@c","password":"x"}',
        b'{"login_name":"a@b","password":7}',
        b'{"login_name":"a@b","password":"x","else":1}',
        b'{"login_name":"' + b"a" * 161 + b'","password":"x"}',
        b'{"login_name":"a@b","password":"' + b"x" * 8192 + b'"}',
        b'{"login_name":"a@b","password":"x","enrolment_codes":["1"]}',
    ],
)
def test_body_that_cannot_be_read_is_refused(pages, body: bytes) -> None:
    answer = httpx.post(
        pages.url + "/signin", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "MalformedRequest")


def test_forms_of_other_sites_are_refused(pages, alice) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = httpx.post(
            pages.url + "/signin",
            content=b'{"login_name":"alice@%s","password":"%s"}'
            % (pages.account_id.encode(), PASSWORD.encode()),
            headers={"content-type": media_type},
        )
        assert answer.status_code == 400


def test_answers_are_not_to_be_stored(pages, alice) -> None:
    answer = httpx.post(
        pages.url + "/signin",
        json={"login_name": f"alice@{pages.account_id}", "password": PASSWORD},
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("application/json")
