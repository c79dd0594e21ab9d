"""What a caller of another account does with a key is in the record of the key's owner too."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
from alibabacloud_kms20160120 import models as m
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused

from juyong.audit.tables import EventRow
from juyong.base.ids import AccountId
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id
from juyong.store.inventory import ResourceEventRow


def events(server: Server, account_id: AccountId, name: str) -> list[dict[str, Any]]:
    server.running.store.settle()
    rows = server.running.store.call(
        lambda tx: tx.find(EventRow, account_id=account_id, event_name=name, order=("seq",))
    )
    return [msgspec.json.decode(row.body) for row in rows]


def test_owner_and_caller_both_have_the_event_and_the_owner_the_snapshot(
    server: Server,
    account: NewAccount,
    new_key: Callable[..., Any],
    as_key: Callable[..., Clients],
) -> None:
    other = server.new_account()
    principal = f"acs:ram::{other.account_id}:user/{other.user_name}"
    statement = {
        "Effect": "Allow",
        "Action": ["kms:Encrypt", "kms:UpdateKeyDescription"],
        "Resource": ["*"],
        "Principal": {"RAM": [principal]},
    }
    own = {
        **statement,
        "Action": "kms:*",
        "Principal": {"RAM": [f"acs:ram::{account.account_id}:*"]},
    }
    policy = json.dumps({"Version": "1", "Statement": [statement, own]})
    key = new_key(dkmsinstance_id=default_instance_id(account.account_id), policy=policy)
    theirs = as_key(other.access_key_id, other.secret.reveal()).kms
    theirs.encrypt(m.EncryptRequest(key_id=key.arn, plaintext="aGVsbG8="))
    theirs.update_key_description(m.UpdateKeyDescriptionRequest(key_id=key.arn, description="new"))

    for account_id in (account.account_id, other.account_id):
        (event,) = events(server, account_id, "Encrypt")
        assert event["recipientAccountId"] == account_id
        assert event["userIdentity"]["accountId"] == other.account_id
        assert event["referencedResources"] == {"ACS::KMS::Key": [key.key_id]}
        assert "aGVsbG8=" not in json.dumps(event)
    snapshots = server.running.store.call(
        lambda tx: tx.find(ResourceEventRow, resource_id=key.key_id, order=("seq",))
    )
    assert {row.account_id for row in snapshots} == {account.account_id}
    assert "new" in snapshots[-1].snapshot


def test_what_is_denied_is_the_callers_alone(
    server: Server,
    account: NewAccount,
    new_key: Callable[..., Any],
    as_key: Callable[..., Clients],
) -> None:
    other = server.new_account()
    key = new_key()
    theirs = as_key(other.access_key_id, other.secret.reveal()).kms
    with refused("Forbidden.NoPermission", 403):
        theirs.encrypt(m.EncryptRequest(key_id=key.arn, plaintext="aGVsbG8="))
    assert events(server, account.account_id, "Encrypt") == []
    assert len(events(server, other.account_id, "Encrypt")) == 1
