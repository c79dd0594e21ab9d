"""Network policies of AccessKeys, through the official IMS SDK."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused
from tests.conformance.ims.principals import ABSENT, create, upn

from juyong.services.identity.facade import NewAccount, effective_key_policy

OFFICE, HOME = "203.0.113.7", "198.51.100.9"


def document(*statements: dict[str, Any], status: str = "Active") -> str:
    return json.dumps({"Version": 1, "Status": status, "Statements": list(statements)})


def public(*addresses: str) -> dict[str, Any]:
    return {"Type": "ClassicWhiteList", "IPList": list(addresses)}


def private(vpc: str, *addresses: str) -> dict[str, Any]:
    return {"Type": "VPCWhiteList", "Value": vpc, "IPList": list(addresses)}


OFF = document(status="Inactive")


def put(ims: Client, key: str, text: str, name: str | None = None) -> str:
    request = m.SetAccessKeyPolicyRequest(
        user_access_key_id=key, access_key_policy=text, user_principal_name=name
    )
    return str(ims.set_access_key_policy(request).body.access_key_policy)


def read(ims: Client, key: str, name: str | None = None) -> Any:
    request = m.GetAccessKeyPolicyRequest(user_access_key_id=key, user_principal_name=name)
    return ims.get_access_key_policy(request).body


def put_for_all(ims: Client, text: str) -> str:
    request = m.SetAccessKeyPolicyForAccountRequest(access_key_policy=text)
    return str(ims.set_access_key_policy_for_account(request).body.access_key_policy)


def read_for_all(ims: Client) -> str:
    request = m.GetAccessKeyPolicyForAccountRequest()
    return str(ims.get_access_key_policy_for_account(request).body.access_key_policy)


@pytest.fixture
def key(ims: Client, account: NewAccount) -> str:
    """An AccessKey of alice, whose policies lock nobody else out."""
    name = create(ims, "alice", account).user_principal_name
    request = m.CreateAccessKeyRequest(user_principal_name=name)
    return str(ims.create_access_key(request).body.access_key.access_key_id)


@pytest.fixture
def allowed(server: Server, account: NewAccount) -> Callable[..., bool]:
    """Ask as the gateway does: allowed(key, ip, vpc=None)."""

    def ask(key: str, ip: str, vpc: str | None = None) -> bool:
        policy = server.running.store.call(
            lambda tx: effective_key_policy(tx, account.account_id, key)
        )
        return policy is None or policy.allows(ip, vpc)

    return ask


def test_policy_of_a_key_is_kept_and_judges_its_addresses(
    ims: Client, account: NewAccount, key: str, allowed: Callable[..., bool]
) -> None:
    alice = upn("alice", account)
    with refused("EntityNotExist.AccessKeyPolicy", 404):
        read(ims, key, alice)
    assert allowed(key, HOME)
    stored = put(ims, key, document(public("203.0.113.0/24", "2001:db8::/32")), alice)
    body = read(ims, key, alice)
    assert (body.access_key_id, body.access_key_policy) == (key, stored)
    assert json.loads(stored)["Statements"][0]["IPList"] == ["203.0.113.0/24", "2001:db8::/32"]
    for ip, expected in (
        (OFFICE, True),
        ("203.0.113.0", True),
        ("203.0.113.255", True),
        ("203.0.114.0", False),
        ("203.0.112.255", False),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("nowhere", False),
    ):
        assert allowed(key, ip) is expected, ip
    assert allowed(account.access_key_id, HOME)


def test_policy_that_is_off_restricts_nothing(
    ims: Client, account: NewAccount, key: str, allowed: Callable[..., bool]
) -> None:
    alice = upn("alice", account)
    put(ims, key, document(public(OFFICE), status="Inactive"), alice)
    assert allowed(key, HOME)
    assert json.loads(put(ims, key, OFF, alice)) == json.loads(OFF)
    unsaid = '{"Status":"Inactive","Statements":null}'
    assert json.loads(put(ims, key, unsaid, alice)) == json.loads(OFF)


def test_key_in_a_vpc_is_judged_by_the_vpc_statements_alone(
    ims: Client, account: NewAccount, key: str, allowed: Callable[..., bool]
) -> None:
    alice = upn("alice", account)
    put(ims, key, document(private("vpc-one", "10.0.0.0/8"), public(OFFICE)), alice)
    assert allowed(key, "10.1.2.3", "vpc-one")
    assert not allowed(key, "10.1.2.3", "vpc-two")
    assert not allowed(key, "10.1.2.3")
    assert not allowed(key, OFFICE, "vpc-one")
    put(ims, key, document(private("AllowAllVPC", "10.0.0.0/8")), alice)
    assert allowed(key, "10.1.2.3", "vpc-two")
    assert not allowed(key, OFFICE)


def test_policy_of_the_account_holds_for_keys_without_one_that_is_on(
    ims: Client, account: NewAccount, key: str, allowed: Callable[..., bool], server: Server
) -> None:
    alice = upn("alice", account)
    with refused("EntityNotExist.AccessKeyPolicy", 404):
        read_for_all(ims)
    # Loopback stays in, or the rest of the test could not call.
    mine = document(public("127.0.0.1", OFFICE))
    assert json.loads(put_for_all(ims, mine)) == json.loads(mine)
    assert json.loads(read_for_all(ims)) == json.loads(mine)
    assert (allowed(key, OFFICE), allowed(key, HOME)) == (True, False)
    put(ims, key, document(public(HOME)), alice)
    assert (allowed(key, OFFICE), allowed(key, HOME)) == (False, True)
    put(ims, key, OFF, alice)
    assert (allowed(key, OFFICE), allowed(key, HOME)) == (True, False)
    put_for_all(ims, OFF)
    assert allowed(key, HOME)
    other = server.new_account()
    assert allowed(other.access_key_id, HOME)


MANY = [f"10.0.0.{i}" for i in range(51)]
BAD = [
    "nothing",
    "[]",
    "{}",
    '{"Status":"On"}',
    '{"Status":"Active"}',
    '{"Version":2,"Status":"Inactive"}',
    '{"Status":"Inactive","Extra":1}',
    document(),
    document(public()),
    document(public("10.0.0.1;10.0.0.2")),
    document(public("10.0.0.0/33")),
    document(public("")),
    document(public(*MANY)),
    document(private("everywhere", "10.0.0.0/8")),
    document({"Type": "VPCWhiteList", "IPList": ["10.0.0.0/8"]}),
    document({"Type": "BlackList", "IPList": ["10.0.0.0/8"]}),
    document({**public(OFFICE), "Extra": 1}),
    document(*[public(OFFICE)] * 9),
    "[" * 10_000,
    document(public(OFFICE)) + " " * 33_000,
]


def test_document_that_is_no_policy_is_refused(ims: Client, account: NewAccount, key: str) -> None:
    for text in BAD:
        with refused("InvalidParameter.AccessKeyPolicy", 400):
            put(ims, key, text, upn("alice", account))
    with refused("InvalidParameter.AccessKeyPolicy", 400):
        put_for_all(ims, BAD[0])
    put(ims, key, document(*[public(*MANY[:50])] * 8), upn("alice", account))
    assert len(BAD) == 20


def test_missing_user_or_key_is_named(ims: Client, account: NewAccount, key: str) -> None:
    calls: list[Callable[[str | None], Any]] = [
        lambda name: put(ims, key, OFF, name),
        lambda name: read(ims, key, name),
    ]
    for call in calls:
        with refused("EntityNotExist.User", 404):
            call(upn(ABSENT, account))
        # The key is not the caller's own.
        with refused("EntityNotExist.User.AccessKey", 404):
            call(None)


def test_calls_from_elsewhere_are_refused_until_the_policy_lets_them_in(
    ims: Client, account: NewAccount, new_user: Callable[[str], Clients]
) -> None:
    bob = new_user("bob")
    name = upn("bob", account)
    listed = ims.list_access_keys(m.ListAccessKeysRequest(user_principal_name=name))
    (key,) = listed.body.access_keys.access_key
    bob.sts.get_caller_identity()
    put(ims, key.access_key_id, document(public(OFFICE)), name)
    with refused("Forbidden.AccessKeyNetworkPolicy", 403):
        bob.sts.get_caller_identity()
    put(ims, key.access_key_id, document(public(OFFICE, "127.0.0.1")), name)
    bob.sts.get_caller_identity()
    put(ims, key.access_key_id, document(private("AllowAllVPC", "127.0.0.1")), name)
    with refused("Forbidden.AccessKeyNetworkPolicy", 403):
        bob.sts.get_caller_identity()
    put(ims, key.access_key_id, OFF, name)
    bob.sts.get_caller_identity()
