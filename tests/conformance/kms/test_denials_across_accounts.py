"""What a denial tells a caller of another account: what it sent, and nothing of the owner's."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models as m
from darabonba.exceptions import DaraException
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.kms.secret_calls import Secrets

from juyong.api.denial import PURPOSE, open_diagnostic
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id

TAGS = '[{"TagKey":"host","TagValue":"10.1.2.3"}]'


@pytest.fixture
def told(server: Server) -> Callable[..., dict[str, Any]]:
    """Return what the message of a denial tells the account of the caller."""
    key = server.running.pipeline.platform.keys[PURPOSE]

    def opened(caller: NewAccount, call: Callable[[], object]) -> dict[str, Any]:
        with pytest.raises(DaraException) as caught:
            call()
        error: Any = caught.value
        assert error.code == "Forbidden.NoPermission"
        message = error.access_denied_detail["EncodedDiagnosticMessage"]
        return open_diagnostic(message, caller.account_id, key)

    return opened


def test_a_denial_does_not_tell_what_is_there(  # noqa: PLR0917  # fixtures
    server: Server,
    account: NewAccount,
    kms: Any,
    secrets: Secrets,
    new_key: Callable[..., Any],
    as_key: Callable[..., Clients],
    told: Callable[..., dict[str, Any]],
) -> None:
    policy = {
        "Effect": "Allow",
        "Sid": "partner",
        "Action": ["kms:DescribeKey"],
        "Resource": ["*"],
        "Principal": {"RAM": ["acs:ram::1234567890123456:user/x"]},
    }
    plain = new_key(tags=TAGS)
    shared = new_key(
        tags=TAGS,
        dkmsinstance_id=default_instance_id(account.account_id),
        policy=json.dumps({"Version": "1", "Statement": [policy]}),
    )
    for name, key in (("alias/plain", plain), ("alias/shared", shared)):
        kms.create_alias(m.CreateAliasRequest(key_id=key.key_id, alias_name=name))
    secrets.create("prod-db", tags=TAGS)
    other = server.new_account()
    theirs = as_key(other.access_key_id, other.secret.reveal()).kms
    ours = f"acs:kms:cn-hangzhou:{account.account_id}"

    def key(name: str) -> dict[str, Any]:
        request = m.DescribeKeyRequest(key_id=f"{ours}:{name}")
        return told(other, lambda: theirs.describe_key(request))

    def secret(name: str) -> dict[str, Any]:
        request = m.DescribeSecretRequest(secret_name=f"{ours}:secret/{name}")
        return told(other, lambda: theirs.describe_secret(request))

    def without_time(message: dict[str, Any]) -> dict[str, Any]:
        kept = [c for c in message["auth_conditions"] if c["key"] != "acs:CurrentTime"]
        return {**message, "auth_conditions": kept}

    aliases = [without_time(key(f"alias/{name}")) for name in ("plain", "shared", "none")]
    assert aliases[0] == aliases[1] == aliases[2]
    assert aliases[0]["auth_resource"] == f"{ours}:*"
    for message in (*aliases, key(f"key/{shared.key_id}"), secret("prod-db"), secret("none")):
        text = json.dumps(message)
        assert "10.1.2.3" not in text
        assert "partner" not in text
        assert message["matched_policies"] == []
    assert secret("prod-db")["auth_resource"] == f"{ours}:secret/prod-db"
    assert secret("none")["auth_resource"] == f"{ours}:secret/none"


def test_a_name_that_both_accounts_use_hides_no_event_from_the_owner(
    server: Server,
    account: NewAccount,
    secrets: Secrets,
    new_key: Callable[..., Any],
    as_key: Callable[..., Clients],
) -> None:
    from tests.conformance.kms.test_owners_events import events

    other = server.new_account()
    theirs = Secrets(as_key(other.access_key_id, other.secret.reveal()).kms)
    statement = {
        "Effect": "Allow",
        "Action": ["kms:GetSecretValue", "kms:Decrypt"],
        "Resource": ["*"],
        "Principal": {"RAM": [f"acs:ram::{other.account_id}:user/{other.user_name}"]},
    }
    policy = json.dumps({"Version": "1", "Statement": [statement]})
    instance = default_instance_id(account.account_id)
    key = new_key(dkmsinstance_id=instance, policy=policy)
    arn = secrets.create("db", dkmsinstance_id=instance, encryption_key_id=key.key_id).arn
    secrets.set_policy("db", policy)
    theirs.create("db")
    found = theirs.batch({"secret_name": arn}, {"secret_name": "db"})
    assert len(found.secret_values) == 2
    assert len(events(server, account.account_id, "BatchGetSecretValue")) == 1
