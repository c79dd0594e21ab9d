"""Guessing: lockout by policy and beyond it, rates, and passwords in the clear."""

import asyncio

import pytest
from alibabacloud_ram20150501 import models as m
from tests.conformance.harness import Server

from juyong.api.request import Raw
from juyong.gateway.signin import password as signin
from juyong.gateway.signin import requests
from juyong.gateway.throttle import Throttle
from juyong.services.identity.signin.tables import SigninFailureRow

WRONG = "wrong-Horse-0"


def fail(pages, times: int, user: str = "alice") -> None:
    for _ in range(times):
        pages.refuse(401, "InvalidCredentials", user, WRONG)


@pytest.mark.parametrize("user", ["alice", "nobody"])
def test_failures_lock_for_an_hour_whoever_they_name(pages, alice, ram, later, user: str) -> None:
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_login_attemps=2))
    fail(pages, 2, user)
    pages.refuse(403, "SigninLocked", user, WRONG)
    pages.refuse(403, "SigninLocked", user)
    later(3601)
    if user == "alice":
        pages.enter()
    else:
        fail(pages, 1, user)


def test_a_success_starts_the_count_afresh(pages, alice, ram) -> None:
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_login_attemps=2))
    fail(pages, 1)
    pages.enter()
    fail(pages, 1)
    pages.enter()


def test_a_new_password_unlocks(pages, alice, ram) -> None:
    ram.set_password_policy(m.SetPasswordPolicyRequest(max_login_attemps=1))
    fail(pages, 1)
    pages.refuse(403, "SigninLocked")
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password="correct-Horse-1")
    )
    pages.enter("alice", "correct-Horse-1")


def test_fifty_failures_in_an_hour_lock_without_any_policy(
    pages, alice, server: Server, later
) -> None:
    def add(tx, count: int) -> None:
        for _ in range(count):
            tx.insert(
                SigninFailureRow(account_id=pages.account_id, subject=alice, at=server.clock())
            )

    server.running.store.call(lambda tx: add(tx, 48))
    fail(pages, 1)
    pages.enter()
    server.running.store.call(lambda tx: add(tx, 49))
    fail(pages, 1)
    pages.refuse(403, "SigninLocked")
    later(3601)
    pages.enter()


def test_old_failures_are_forgotten(pages, alice, server: Server, later) -> None:
    fail(pages, 2)
    later(7300)
    fail(pages, 1)
    kept = server.running.store.call(
        lambda tx: tx.count(SigninFailureRow, account_id=pages.account_id)
    )
    assert kept == 1


def raw(pages, user: str, peer: str = "127.0.0.1", *, secure: bool = False) -> Raw:
    body = b'{"login_name":"%s@%s","password":"x"}' % (
        user.encode(),
        pages.account_id.encode(),
    )
    return Raw(
        method="POST",
        path="/signin",
        query="",
        headers={"content-type": "application/json"},
        body=body,
        peer=peer,
        secure=secure,
    )


@pytest.fixture
def stopped(server: Server, monkeypatch):
    """The server's pipeline with rates whose clock stands still, and nothing hashed."""
    from juyong.services.identity.signin.attempts import Proof

    pipeline = server.running.pipeline
    monkeypatch.setattr(pipeline, "throttle", Throttle(lambda: 0.0))
    monkeypatch.setattr(signin, "prove", lambda *_: Proof())
    return signin.signin_page(pipeline)


def statuses(page, requests: list[Raw]) -> list[int]:
    async def run() -> list[int]:
        return [(await page(request)).status for request in requests]

    return asyncio.run(run())


def test_one_name_is_tried_only_so_often_from_anywhere(pages, stopped) -> None:
    tries = [
        raw(pages, "bob" if i % 2 else "BOB", f"192.0.2.{i}", secure=True)
        for i in range(signin.NAME_BURST + 1)
    ]
    assert statuses(stopped, tries) == [401] * signin.NAME_BURST + [429]
    assert statuses(stopped, [raw(pages, "carol", "192.0.2.1", secure=True)]) == [401]


def test_one_address_tries_only_so_often_whatever_the_name(pages, stopped) -> None:
    tries = [raw(pages, f"user{i}") for i in range(requests.ADDRESS_BURST + 1)]
    assert statuses(stopped, tries) == [401] * requests.ADDRESS_BURST + [429]
    assert statuses(stopped, [raw(pages, "else", "192.0.2.9", secure=True)]) == [401]


@pytest.mark.parametrize(
    ("peer", "secure", "status"),
    [
        ("127.0.0.1", False, 401),
        ("::1", False, 401),
        ("192.0.2.1", True, 401),
        ("192.0.2.1", False, 403),
        ("", False, 403),
    ],
)
def test_passwords_cross_networks_over_tls_only(
    pages, stopped, peer: str, secure: bool, status: int
) -> None:
    assert statuses(stopped, [raw(pages, "alice", peer, secure=secure)]) == [status]


def test_store_that_is_down_answers_503(pages, stopped, server: Server, monkeypatch) -> None:
    from juyong.store.errors import Unavailable

    class Down:
        async def run(self, _work):
            raise Unavailable("down")

    monkeypatch.setattr(server.running.pipeline, "store", Down())
    assert statuses(stopped, [raw(pages, "alice")]) == [503]
