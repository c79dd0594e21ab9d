"""What policies and network rules of an access point allow, and what they keep out."""

import base64
import json
from collections.abc import Callable

import pytest
from tests.conformance.harness import Server, quotas
from tests.conformance.kms.access_calls import KEYS, SECRETS, Access
from tests.conformance.kms.crypto.calls import Kms
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms_instance.calls import Instance
from tests.conformance.kms_instance.conftest import Points, refused

from juyong.gateway.throttle import Throttle
from juyong.gateway.wire.instance_messages import MESSAGES
from juyong.services.identity.facade import NewAccount

DENIED = ("Forbidden.NoPermission", 403)


def seal(client: Instance, key: str) -> None:
    client("Encrypt", KeyId=key, Plaintext=b"text")


def test_a_policy_allows_the_keys_it_names_and_no_other(
    points: Points, new_key: Callable[..., str], access: Access
) -> None:
    one, other = new_key(), new_key()
    client = points(f"key/{one}")
    seal(client, one)
    with refused(*DENIED):
        seal(client, other)
    access.update_policy("point-1", resources=json.dumps([f"key/{other}"]))
    seal(client, other)
    with refused(*DENIED):
        seal(client, one)


def test_permissions_are_for_keys_or_for_secrets(
    points: Points, new_key: Callable[..., str], secrets: Secrets, instance_id: str
) -> None:
    key = new_key()
    secrets.create("db", dkmsinstance_id=instance_id, encryption_key_id=key)
    of_keys, of_secrets = points(permissions=[KEYS]), points(permissions=[SECRETS])
    both = points("secret/db", f"key/{key}")
    seal(of_keys, key)
    with refused(*DENIED):
        of_keys("GetSecretValue", SecretName="db")
    for action, request in (
        ("Encrypt", {"KeyId": key, "Plaintext": b"text"}),
        ("GenerateRandom", {"Length": 8}),
        ("GetSecretValue", {"SecretName": "db"}),  # its key needs the other permission
    ):
        with refused(*DENIED):
            of_secrets(action, **request)
    found = both("GetSecretValue", SecretName="db")
    assert (found["SecretData"], found["VersionStages"]) == ("hunter2-value", ["ACSCurrent"])
    with refused(*DENIED):
        points("secret/other", f"key/{key}")("GetSecretValue", SecretName="db")


def test_one_of_several_policies_is_enough(
    points: Points, new_key: Callable[..., str], access: Access
) -> None:
    one, other, third = new_key(), new_key(), new_key()
    client = points(f"key/{one}")
    points(f"key/{other}")
    access.update_point("point-1", policies='["point-1","point-2"]')
    seal(client, one)
    seal(client, other)
    with refused(*DENIED):
        seal(client, third)
    access.update_point("point-1", policies='["point-2"]')
    with refused(*DENIED):
        seal(client, one)


@pytest.mark.parametrize(
    ("sources", "inside", "outside"),
    [
        ('["127.0.0.1"]', "127.0.0.1", "127.0.0.2"),
        ('["127.0.0.64/26"]', "127.0.0.127", "127.0.0.63"),
        ("10.0.0.0/8,127.0.0.5/32", "127.0.0.5", "127.0.0.1"),
        ('["127.0.0.77/31","::1"]', "127.0.0.76", "127.0.0.78"),
    ],
)
def test_network_rules_say_from_where(
    points: Points, access: Access, sources: str, inside: str, outside: str
) -> None:
    access.rule("office", source_private_ip=sources)
    client = points(rules=["office"])
    client.but(source=inside)("GenerateRandom", Length=8)
    with refused(*DENIED):
        client.but(source=outside)("GenerateRandom", Length=8)


def test_a_changed_network_rule_counts_at_once(points: Points, access: Access) -> None:
    access.rule("office", source_private_ip="127.0.0.1")
    client = points(rules=["office"])
    client("GenerateRandom", Length=8)
    access.update_rule("office", source_private_ip="127.0.0.2")
    with refused(*DENIED):
        client("GenerateRandom", Length=8)
    client.but(source="127.0.0.2")("GenerateRandom", Length=8)


def test_several_rules_and_a_rule_without_addresses(points: Points, access: Access) -> None:
    access.rule("one", source_private_ip="127.0.0.1")
    access.rule("two", source_private_ip="127.0.0.2")
    access.rule("empty")
    several, nowhere = points(rules=["one", "empty", "two"]), points(rules=["empty"])
    for source in ("127.0.0.1", "127.0.0.2"):
        several.but(source=source)("GenerateRandom", Length=8)
        with refused(*DENIED):
            nowhere.but(source=source)("GenerateRandom", Length=8)
    with refused(*DENIED):
        several.but(source="127.0.0.3")("GenerateRandom", Length=8)


def test_each_policy_has_rules_of_its_own(
    points: Points, access: Access, new_key: Callable[..., str]
) -> None:
    near, far = new_key(), new_key()
    access.rule("far", source_private_ip="127.0.0.9")
    client = points(f"key/{near}")
    points(f"key/{far}", rules=["far"])
    access.update_point("point-1", policies='["point-1","point-2"]')
    seal(client, near)
    with refused(*DENIED):
        seal(client, far)
    seal(client.but(source="127.0.0.9"), far)


def key_policy(account: NewAccount, effect: str, principal: object) -> str:
    own = {"RAM": [f"acs:ram::{account.account_id}:*"]}
    statements = [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": own},
        {"Effect": effect, "Action": "kms:Encrypt", "Resource": "*", "Principal": principal},
    ]
    return json.dumps({"Version": "1", "Statement": statements})


def test_a_key_that_allows_everybody_is_not_open_to_every_access_point(
    points: Points, new_key: Callable[..., str], keys: Kms, account: NewAccount
) -> None:
    one, other = new_key(), new_key()
    for key in (one, other):
        keys("SetKeyPolicy", key_id=key, policy=key_policy(account, "Allow", "*"))
    client = points(f"key/{one}")
    seal(client, one)
    with refused(*DENIED):
        seal(client, other)
    keys("SetKeyPolicy", key_id=one, policy=key_policy(account, "Deny", "*"))
    with refused(*DENIED):
        seal(client, one)


def test_what_is_outside_of_the_instance_is_not_there(
    client: Instance, keys: Kms, secrets: Secrets
) -> None:
    default = keys.new_key().key_id
    with refused("Forbidden.KeyNotFound", 404):
        seal(client, default)
    blob = keys("Encrypt", key_id=default, plaintext="dGV4dA==").ciphertext_blob
    with refused("InvalidParameter", 400):
        client("AdvanceDecrypt", CiphertextBlob=base64.b64decode(blob))
    secrets.create("db")
    with refused("Forbidden.ResourceNotFound", 404):
        client("GetSecretValue", SecretName="db")


@pytest.mark.parametrize("action", MESSAGES)
def test_an_access_point_without_permission_is_denied(
    points: Points, new_key: Callable[..., str], action: str
) -> None:
    """Whatever the operation: none may be reached without asking a policy."""
    allowed, key = new_key(), new_key()
    client = points(f"key/{allowed}", "secret/nothing", permissions=[SECRETS])
    request: dict[str, object] = {
        "KeyId": key,
        "Plaintext": b"text",
        "CiphertextBlob": b"text",
        "Message": b"text",
        "Signature": b"text",
        "KeyPairSpec": "EC_P256",
        "SecretName": "db",
        "Length": 8,
    }
    with refused(*DENIED):
        client(action, **request)


def test_rates_are_those_of_the_operations(server: Server, client: Instance) -> None:
    server.running.pipeline.throttle = Throttle()
    with quotas(server, {"kms.symmetric-per-second": 1}), refused("Rejected.Throttling", 429):
        for _ in range(10):
            client("GenerateRandom", Length=8)


def test_a_policy_for_the_shared_gateway_allows_nothing_at_an_instance(
    points: Points, new_key: Callable[..., str], access: Access
) -> None:
    key = new_key()
    client = points(f"key/{key}")
    seal(client, key)
    permissions = '["RbacPermission/Template/CryptoServiceKeyUser"]'
    resources = json.dumps([f"key/{key}"])
    access.policy("shared", kms_instance="shared", permissions=permissions, resources=resources)
    access.update_point("point-1", policies='["shared"]')
    with refused(*DENIED):
        seal(client, key)
