"""Each operation's refusals, one table: what a good request is, and what keeps it from working."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from tests.conformance.harness import Server, quotas
from tests.conformance.kms.crypto.calls import Kms
from tests.conformance.kms.crypto.modules import MemoryModule, attached
from tests.conformance.kms.secret_calls import Secrets, change_key
from tests.conformance.kms_instance.calls import Instance
from tests.conformance.kms_instance.conftest import refused

from juyong.services.kms.tables import default_instance_id

NOBODY = "6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000"
AES, RSA, EC = "Aliyun_AES_256", "RSA_2048", "EC_P256"
SIGNS = {"key_usage": "SIGN/VERIFY"}
Request = dict[str, Any]


@dataclass(frozen=True)
class Op:
    """An operation: its key's spec, and a good request for a key.

    names_key: Its answers to unknown names are its own. private: It needs the key itself.
    """

    name: str
    request: Callable[[Instance, str], Request]
    spec: str = AES
    names_key: bool = True
    private: bool = True
    sealing: bool = False


def sealing(**more: Any) -> Callable[[Instance, str], Request]:
    return lambda _client, key: {"KeyId": key, **more}


def bare(client: Instance, key: str) -> Request:
    made = client("Encrypt", KeyId=key, Plaintext=b"text")
    return {name: made[name] for name in ("KeyId", "CiphertextBlob", "Iv")}


def advanced(client: Instance, key: str) -> Request:
    made = client("AdvanceEncrypt", KeyId=key, Plaintext=b"text")
    return {"CiphertextBlob": made["CiphertextBlob"]}


PAIR = {"KeyPairSpec": "EC_P256"}
OPS = (
    Op("Encrypt", sealing(Plaintext=b"text"), sealing=True),
    Op("AdvanceEncrypt", sealing(Plaintext=b"text"), sealing=True),
    Op("Decrypt", bare),
    Op("AdvanceDecrypt", bare),
    Op("AdvanceDecrypt", advanced, names_key=False),
    Op("GenerateDataKey", sealing(), sealing=True),
    Op("AdvanceGenerateDataKey", sealing(), sealing=True),
    Op("GenerateDataKeyPair", sealing(**PAIR), sealing=True),
    Op("GenerateDataKeyPairWithoutPlaintext", sealing(**PAIR), sealing=True),
    Op("AdvanceGenerateDataKeyPair", sealing(**PAIR), sealing=True),
    Op("AdvanceGenerateDataKeyPairWithoutPlaintext", sealing(**PAIR), sealing=True),
    Op("Sign", sealing(Message=b"text"), EC),
    Op("Verify", sealing(Message=b"text", Signature=b"none"), EC, private=False),
    Op("GetPublicKey", sealing(), EC, private=False),
)


TAKE_PAIRS = ("Encrypt", "Decrypt", "AdvanceDecrypt", "GetPublicKey")
"""These do with a pair for encryption, too."""


def ops(**wanted: Any) -> Any:
    """Return the operations of a kind."""
    found = [op for op in OPS if all(getattr(op, name) == value for name, value in wanted.items())]
    names = [f"{op.name}{'' if op.names_key else '-by-blob'}" for op in found]
    return pytest.mark.parametrize("op", found, ids=names)


def made(new_key: Callable[..., str], op: Op, **more: Any) -> str:
    return new_key(op.spec, **(SIGNS if op.spec == EC else {}), **more)


@ops()
def test_key_that_is_disabled_or_waits_to_be_deleted(
    client: Instance, new_key: Callable[..., str], keys: Kms, op: Op
) -> None:
    key = made(new_key, op)
    request = op.request(client, key)
    keys("DisableKey", key_id=key)
    with refused("Rejected.Disabled", 409):
        client(op.name, **request)
    keys("EnableKey", key_id=key)
    client(op.name, **request)
    keys("ScheduleKeyDeletion", key_id=key, pending_window_in_days=7)
    with refused("Rejected.PendingDeletion", 409):
        client(op.name, **request)


@ops(names_key=True)
def test_keys_that_are_not_there_or_for_something_else(
    client: Instance, new_key: Callable[..., str], op: Op
) -> None:
    request = op.request(client, made(new_key, op))
    with refused("Forbidden.KeyNotFound", 404):
        client(op.name, **{**request, "KeyId": NOBODY})
    with refused("Forbidden.AliasNotFound", 404):
        client(op.name, **{**request, "KeyId": "alias/nothing"})
    unfit = [(EC, SIGNS)] if op.spec == AES else [(AES, {})]
    if op.name not in TAKE_PAIRS:
        unfit.append((RSA, {}))
    for spec, usage in unfit:
        other = new_key(spec, **usage)
        with refused("UnsupportedOperation", 400):
            client(op.name, **{**request, "KeyId": other})


@ops(spec=AES)
def test_key_whose_material_is_gone(
    client: Instance, new_key: Callable[..., str], keys: Kms, op: Op
) -> None:
    key = new_key(origin="EXTERNAL")
    keys.import_material(key)
    request = op.request(client, key)
    keys("DeleteKeyMaterial", key_id=key)
    with refused("Rejected.PendingImport", 409):
        client(op.name, **request)
    keys.import_material(key)
    client(op.name, **request)


class Token(MemoryModule):
    """As a token is: the instance is a hardware instance with it."""

    development = False


@ops(private=True)
def test_hardware_module_that_is_away(
    server: Server, client: Instance, new_key: Callable[..., str], op: Op
) -> None:
    module = Token()
    with attached(server, module):
        key = made(new_key, op)
        request = op.request(client, key)
        used = module.used
        client(op.name, **request)
        assert module.used == used + 1
        module.lost = True
        with refused("Rejected.Unavailable", 409):
            client(op.name, **request)
        module.lost = False
        module.material.clear()
        with refused("Rejected.Unavailable", 409):
            client(op.name, **request)


@ops(sealing=True)
def test_key_version_that_has_sealed_enough(
    server: Server, client: Instance, new_key: Callable[..., str], op: Op
) -> None:
    request = op.request(client, made(new_key, op))
    with (
        quotas(server, {"kms.messages-per-key-version": 0}),
        refused("Rejected.LimitExceeded", 400),
    ):
        client(op.name, **request)


@ops()
def test_another_instance(
    server: Server, client: Instance, new_key: Callable[..., str], op: Op
) -> None:
    request = op.request(client, made(new_key, op))
    other = default_instance_id(server.new_account().account_id)
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        client.but(instance_id=other)(op.name, **request)


@ops(spec=AES)
def test_bad_parameters(client: Instance, new_key: Callable[..., str], op: Op) -> None:
    request = op.request(client, made(new_key, op))
    with refused("InvalidParameter", 400):
        client(op.name, **{**request, "Aad": bytes(8193)})
    missing = "KeyId" if op.names_key else "CiphertextBlob"
    with refused("InvalidParameter", 400):
        client(op.name, **{**request, missing: None})


def test_secrets_that_cannot_be_read(
    server: Server,
    client: Instance,
    secrets: Secrets,
    new_key: Callable[..., str],
    instance_id: str,
) -> None:
    key = new_key()
    secrets.create("db", dkmsinstance_id=instance_id, encryption_key_id=key)
    assert client("GetSecretValue", SecretName="db")["SecretData"] == "hunter2-value"
    for wrong in ({"SecretName": "other"}, {"VersionId": "v9"}, {"VersionStage": "Nowhere"}):
        with refused("Forbidden.ResourceNotFound", 404):
            client("GetSecretValue", **{"SecretName": "db", **wrong})
    for state, code in (
        ("Disabled", "Rejected.Disabled"),
        ("PendingDeletion", "Rejected.PendingDeletion"),
        ("PendingImport", "Rejected.PendingImport"),
    ):
        change_key(server, key, state=state)
        with refused(code, 409):
            client("GetSecretValue", SecretName="db")
    change_key(server, key, state="PendingDeletion", delete_at=1)
    with refused("Forbidden.KeyNotFound", 404):
        client("GetSecretValue", SecretName="db")
    change_key(server, key, state="Enabled", delete_at=None)
    other = default_instance_id(server.new_account().account_id)
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        client.but(instance_id=other)("GetSecretValue", SecretName="db")
    secrets.client.delete_secret(models.DeleteSecretRequest(secret_name="db"))
    with refused("Rejected.ResourceInDeleteWindow", 409):
        client("GetSecretValue", SecretName="db")


def test_a_secret_whose_module_is_away(
    server: Server,
    client: Instance,
    secrets: Secrets,
    new_key: Callable[..., str],
    instance_id: str,
) -> None:
    module = Token()
    with attached(server, module):
        key = new_key()
        secrets.create("db", dkmsinstance_id=instance_id, encryption_key_id=key)
        client("GetSecretValue", SecretName="db")
        module.lost = True
        with refused("Rejected.Unavailable", 409):
            client("GetSecretValue", SecretName="db")
