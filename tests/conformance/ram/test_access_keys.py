"""AccessKeys of users and of root, through the official RAM SDK."""

import calendar
import time

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import Server, refused

from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId
from juyong.base.secret import Secret
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.facade import NewAccount


@pytest.fixture
def root(server: Server, account: NewAccount, as_key):
    """Clients of the account itself."""
    key = AccessKeyRow(
        access_key_id=AccessKeyId(f"LTAIroot{account.account_id}"),
        account_id=account.account_id,
        owner_id=account.account_id,
        secret=Secret("r" * 30),
        active=True,
        created_at=Instant(1),
        updated_at=Instant(1),
    )
    server.running.store.call(lambda tx: tx.insert(key))
    return as_key(key.access_key_id, key.secret.reveal())


def make(client: Client, name: str | None = None):
    return client.create_access_key(m.CreateAccessKeyRequest(user_name=name)).body.access_key


def listed(client: Client, name: str | None = None) -> dict[str, str]:
    body = client.list_access_keys(m.ListAccessKeysRequest(user_name=name)).body
    return {k.access_key_id: k.status for k in body.access_keys.access_key}


def switch(client: Client, key_id: str, status: str, name: str | None = None) -> None:
    client.update_access_key(
        m.UpdateAccessKeyRequest(user_access_key_id=key_id, status=status, user_name=name)
    )


def used(client: Client, key_id: str, name: str | None = None) -> str:
    request = m.GetAccessKeyLastUsedRequest(user_access_key_id=key_id, user_name=name)
    return client.get_access_key_last_used(request).body.access_key_last_used.last_used_date


def let_users_manage_keys(ram: Client) -> None:
    ram.set_security_preference(
        m.SetSecurityPreferenceRequest(allow_user_to_manage_access_keys=True)
    )


def test_key_is_made_listed_switched_and_deleted(ram: Client, as_key) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice"))
    key = make(ram, "alice")
    assert key.access_key_id.startswith("LTAI")
    assert (len(key.access_key_secret), key.status) == (30, "Active")
    alice = as_key(key.access_key_id, key.access_key_secret).sts
    assert alice.get_caller_identity().body.arn.endswith(":user/alice")
    switch(ram, key.access_key_id, "Inactive", "alice")
    assert listed(ram, "alice") == {key.access_key_id: "Inactive"}
    with refused("InvalidAccessKeyId.Inactive", 400):
        alice.get_caller_identity()
    switch(ram, key.access_key_id, "Active", "alice")
    alice.get_caller_identity()
    ram.delete_access_key(
        m.DeleteAccessKeyRequest(user_access_key_id=key.access_key_id, user_name="alice")
    )
    assert listed(ram, "alice") == {}
    with refused("InvalidAccessKeyId.NotFound", 404):
        alice.get_caller_identity()


def test_user_has_two_keys_at_most(ram: Client) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice"))
    made = [make(ram, "alice").access_key_id for _ in range(2)]
    with refused("LimitExceeded.User.AccessKey", 409):
        make(ram, "alice")
    assert sorted(listed(ram, "alice")) == sorted(made)


def test_root_has_five_keys_at_most_and_names_no_user(root) -> None:
    for _ in range(4):
        make(root.ram)
    with refused("LimitExceeded.User.AccessKey", 409):
        make(root.ram)
    keys = listed(root.ram)
    assert len(keys) == 5
    last = list(keys)[-1]
    switch(root.ram, last, "Inactive")
    assert listed(root.ram)[last] == "Inactive"
    root.ram.delete_access_key(m.DeleteAccessKeyRequest(user_access_key_id=last))
    assert len(listed(root.ram)) == 4


def test_missing_user_or_key_is_named(ram: Client) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice"))
    ram.create_user(m.CreateUserRequest(user_name="bob"))
    key = make(ram, "bob").access_key_id
    calls = [
        (lambda n: make(ram, n), None),
        (lambda n: listed(ram, n), None),
        (lambda n: switch(ram, key, "Inactive", n), "EntityNotExist.User.AccessKey"),
        (lambda n: used(ram, key, n), "EntityNotExist.User.AccessKey"),
        (
            lambda n: ram.delete_access_key(
                m.DeleteAccessKeyRequest(user_access_key_id=key, user_name=n)
            ),
            "EntityNotExist.User.AccessKey",
        ),
    ]
    for call, code_of_another in calls:
        with refused("EntityNotExist.User", 404):
            call("nobody")
        if code_of_another:
            with refused(code_of_another, 404):
                call("alice")
    assert len(calls) == 5
    assert listed(ram, "bob") == {key: "Active"}


def test_status_has_two_spellings(ram: Client) -> None:
    key = make(ram, "administrator").access_key_id
    with refused("InvalidParameter.Status", 400):
        switch(ram, key, "active", "administrator")


def test_users_manage_their_own_keys_only_where_the_account_lets_them(
    ram: Client, new_user
) -> None:
    alice = new_user("alice").ram
    ram.create_user(m.CreateUserRequest(user_name="bob"))
    for name in (None, "alice"):
        with refused("NoPermission", 403):
            listed(alice, name)
    let_users_manage_keys(ram)
    (first,) = listed(alice)
    second = make(alice).access_key_id
    assert set(listed(alice, "alice")) == {first, second}
    switch(alice, second, "Inactive", "alice")
    used(alice, first)
    alice.delete_access_key(m.DeleteAccessKeyRequest(user_access_key_id=second))
    bobs = make(ram, "bob").access_key_id
    with refused("NoPermission", 403):
        make(alice, "bob")
    with refused("EntityNotExist.User.AccessKey", 404):
        switch(alice, bobs, "Inactive")


def test_deny_beats_self_service(ram: Client, new_user) -> None:
    alice = new_user("alice").ram
    let_users_manage_keys(ram)
    ram.create_policy(
        m.CreatePolicyRequest(
            policy_name="NoKeys",
            policy_document='{"Version":"1","Statement":[{"Effect":"Deny","Action":'
            '"ram:CreateAccessKey","Resource":"*"}]}',
        )
    )
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="NoKeys", user_name="alice")
    )
    with refused("NoPermission", 403):
        make(alice)
    assert len(listed(alice)) == 1


def test_policy_on_the_own_name_covers_calls_without_a_name(ram: Client, new_user) -> None:
    alice = new_user("alice").ram
    ram.create_policy(
        m.CreatePolicyRequest(
            policy_name="OwnKeys",
            policy_document='{"Version":"1","Statement":[{"Effect":"Allow","Action":'
            '"ram:ListAccessKeys","Resource":"acs:ram:*:*:user/alice"}]}',
        )
    )
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="OwnKeys", user_name="alice")
    )
    assert len(listed(alice)) == 1
    with refused("NoPermission", 403):
        listed(alice, "administrator")


def test_last_use_is_the_newest_call_that_proved_the_secret(
    ram: Client, server: Server, as_key
) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice"))
    key = make(ram, "alice")
    assert used(ram, key.access_key_id, "alice") == ""
    with refused("SignatureDoesNotMatch", 400):
        as_key(key.access_key_id, "wrong").sts.get_caller_identity()
    assert used(ram, key.access_key_id, "alice") == ""
    alice = as_key(key.access_key_id, key.access_key_secret)
    before = int(time.time())
    alice.sts.get_caller_identity()
    with refused("NoPermission", 403):
        alice.ram.list_users(m.ListUsersRequest())
    seen = used(ram, key.access_key_id, "alice")
    at = time.strptime(seen, "%Y-%m-%dT%H:%M:%SZ")
    assert 0 <= calendar.timegm(at) - before <= 10


def test_secret_is_in_no_event_and_no_snapshot(
    ram: Client, server: Server, account: NewAccount
) -> None:
    from juyong.audit.tables import EventRow
    from juyong.store.inventory import ResourceEventRow

    ram.create_user(m.CreateUserRequest(user_name="alice"))
    key = make(ram, "alice")
    mine = account.account_id
    kept = server.running.store.call(
        lambda tx: (
            [each.body for each in tx.find(EventRow, account_id=mine)]
            + [each.snapshot for each in tx.find(ResourceEventRow, account_id=mine)]
        )
    )
    about = [text for text in kept if key.access_key_id in text]
    assert len(about) == 2
    assert not any(key.access_key_secret in text for text in kept)
