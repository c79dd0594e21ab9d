"""The unmodified official client of KMS instances, with a client key file as it is handed out."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_kms20160120 import models as m
from alibabacloud_kms20160120.client import Client as Kms
from alibabacloud_tea_openapi.models import Config
from tests.clients.client import PROGRAMS, Client, Platform, Refused
from tests.clients.conftest import served

from juyong.gateway.wire.instance_messages import MESSAGES, REFUSAL
from juyong.gateway.wire.protobuf import Kind, Message

pytestmark = pytest.mark.timeout(600)
PASSWORD = "correct-horse-7"
KEYS = "RbacPermission/Template/CryptoServiceKeyUser"
SECRETS = "RbacPermission/Template/CryptoServiceSecretUser"
_TYPES = {9: Kind.TEXT, 12: Kind.BYTES, 5: Kind.INTEGER, 8: Kind.BOOLEAN}
"""Field types of the protocol, and ours."""
_REPEATED = 3


def kms_of(platform: Platform) -> Kms:
    given = platform.credentials
    return Kms(
        Config(
            access_key_id=given["access_key_id"],
            access_key_secret=given["access_key_secret"],
            endpoint=f"127.0.0.1:{platform.port}",
            protocol="http",
            region_id="cn-hangzhou",
        )
    )


@dataclass
class Instance:
    """The account's instance, an access point of it, and the file of a client key."""

    kms: Kms
    id: str
    file: Path
    client_key_id: str

    def new_key(self, spec: str = "Aliyun_AES_256", usage: str | None = None) -> str:
        request = m.CreateKeyRequest(key_spec=spec, key_usage=usage, dkmsinstance_id=self.id)
        return str(self.kms.create_key(request).body.key_metadata.key_id)


@pytest.fixture
def instance(platform: Platform, tmp_path: Path) -> Instance:
    return made_instance(platform, tmp_path / "client-key.json")


def made_instance(platform: Platform, file: Path) -> Instance:
    """Make a client key whose access point may use all keys and secrets."""
    kms = kms_of(platform)
    name = f"p-{time.time_ns()}"
    kms.create_policy(
        m.CreatePolicyRequest(
            name=name,
            permissions=json.dumps([KEYS, SECRETS]),
            resources='["key/*","secret/*"]',
        )
    )
    kms.create_application_access_point(
        m.CreateApplicationAccessPointRequest(name=name, policies=json.dumps([name]))
    )
    made = kms.create_client_key(m.CreateClientKeyRequest(aap_name=name, password=PASSWORD)).body
    file.write_text(
        json.dumps({"KeyId": made.client_key_id, "PrivateKeyData": made.private_key_data})
    )
    found = kms.get_default_kms_instance().body.default_kms_instance_id
    return Instance(kms, found, file, made.client_key_id)


@contextmanager
def started(
    platform: Platform, instance: Instance, python: Path, **changes: str
) -> Iterator[Client]:
    """Start the client; it is told the client key file, the password and the instance's name."""
    errors = instance.file.with_name("errors")
    with platform.client([python, PROGRAMS / "instance.py"], errors) as client:
        given = {
            "endpoint": f"{instance.id}.cryptoservice.kms.aliyuncs.com",
            "file": str(instance.file),
            "password": PASSWORD,
        }
        told = client.say({**given, **changes})
        if "refused" in told:
            raise Refused(**told["refused"])
        yield client


Opened = Callable[..., AbstractContextManager[Client]]


@pytest.fixture
def opened(platform: Platform, instance: Instance, instance_python: Path) -> Opened:
    return partial(started, platform, instance, instance_python)


def call(client: Client, action: str, **parameters: Any) -> dict[str, Any]:
    given = {
        name: {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in parameters.items()
    }
    found = client.call("KmsInstance", action, **given)
    return {
        name: base64.b64decode(value["bytes"]) if isinstance(value, dict) else value
        for name, value in found.items()
    }


def test_what_is_encrypted_signed_and_drawn(opened: Opened, instance: Instance) -> None:
    key = instance.new_key()
    pair, crypt = instance.new_key("RSA_2048", "SIGN/VERIFY"), instance.new_key("RSA_2048")
    with opened() as client:
        for seal, opening in (("Encrypt", "Decrypt"), ("AdvanceEncrypt", "AdvanceDecrypt")):
            made = call(client, seal, KeyId=key, Plaintext=b"text", Aad=b"bound")
            back = {n: made[n] for n in ("KeyId", "CiphertextBlob", "Iv", "Algorithm")}
            assert call(client, opening, **back, Aad=b"bound")["Plaintext"] == b"text"
            with pytest.raises(Refused, match="400 InvalidParameter"):
                call(client, opening, **back, Aad=b"other")
        # SoftHSM, where it is installed, has no OAEP with SHA-256.
        sha_1 = {"Algorithm": "RSAES_OAEP_SHA_1"}
        made = call(client, "Encrypt", KeyId=crypt, Plaintext=b"text", **sha_1)
        back = {n: made[n] for n in ("KeyId", "CiphertextBlob", "Algorithm")}
        assert call(client, "Decrypt", **back)["Plaintext"] == b"text"
        signed = call(client, "Sign", KeyId=pair, Message=b"text" * 99, MessageType="RAW")
        given = {n: signed[n] for n in ("KeyId", "Signature", "Algorithm", "MessageType")}
        assert call(client, "Verify", **given, Message=b"text" * 99)["Value"] is True
        assert call(client, "Verify", **given, Message=b"other")["Value"] is False
        assert "BEGIN PUBLIC KEY" in call(client, "GetPublicKey", KeyId=pair)["PublicKey"]
        assert len(call(client, "GenerateRandom", Length=24)["Random"]) == 24


def test_data_keys_and_pairs(opened: Opened, instance: Instance) -> None:
    key = instance.new_key()
    with opened() as client:
        for prefix, opening in (("", "Decrypt"), ("Advance", "AdvanceDecrypt")):
            made = call(client, f"{prefix}GenerateDataKey", KeyId=key, NumberOfBytes=16)
            back = {n: made[n] for n in ("KeyId", "CiphertextBlob", "Iv", "Algorithm")}
            assert call(client, opening, **back)["Plaintext"] == made["Plaintext"]
            for what in ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"):
                asked = {"KeyPairSpec": "EC_P256", "KeyFormat": "DER"}
                made = call(client, f"{prefix}{what}", KeyId=key, **asked)
                sealed = made["PrivateKeyCiphertextBlob"]
                found = call(client, opening, KeyId=key, CiphertextBlob=sealed, Iv=made["Iv"])
                plain = made.get("PrivateKeyPlaintext")
                assert found["Plaintext"] == plain if plain else found["Plaintext"]


def test_secrets(opened: Opened, instance: Instance) -> None:
    instance.kms.create_secret(
        m.CreateSecretRequest(
            secret_name="of-the-instance",
            version_id="v1",
            secret_data="hunter2",
            dkmsinstance_id=instance.id,
            encryption_key_id=instance.new_key(),
        )
    )
    with opened() as client:
        found = call(client, "GetSecretValue", SecretName="of-the-instance")
        assert (found["SecretData"], found["VersionStages"]) == ("hunter2", ["ACSCurrent"])
        with pytest.raises(Refused, match=r"404 Forbidden\.ResourceNotFound"):
            call(client, "GetSecretValue", SecretName="another")


def test_what_the_client_sees_of_refusals(opened: Opened, instance: Instance) -> None:
    with (
        pytest.raises(Refused, match=r"^0 Error"),
        opened(password="wrong-7-one"),
    ):
        pass
    key = instance.new_key()
    with opened() as client:
        call(client, "Encrypt", KeyId=key, Plaintext=b"text")
        instance.kms.disable_key(m.DisableKeyRequest(key_id=key))
        with pytest.raises(Refused, match=r"409 Rejected\.Disabled"):
            call(client, "Encrypt", KeyId=key, Plaintext=b"text")
        instance.kms.delete_client_key(
            m.DeleteClientKeyRequest(client_key_id=instance.client_key_id)
        )
        with pytest.raises(Refused, match="404 Unauthorized"):
            call(client, "GenerateRandom", Length=8)


def test_a_client_key_that_was_handed_out_outlives_kill_9(
    instance_python: Path, tmp_path: Path
) -> None:
    with served(tmp_path) as platform:
        instance = made_instance(platform, tmp_path / "client-key.json")
        key = instance.new_key()
        with started(platform, instance, instance_python) as client:
            made = call(client, "Encrypt", KeyId=key, Plaintext=b"text")
        platform.process.kill()
        platform.process.wait()
    back = {n: made[n] for n in ("KeyId", "CiphertextBlob", "Iv", "Algorithm")}
    with (
        served(tmp_path) as platform,
        started(platform, instance, instance_python) as client,
    ):
        assert call(client, "Decrypt", **back)["Plaintext"] == b"text"


def test_our_messages_are_the_clients(opened: Opened) -> None:
    with opened() as client:
        theirs = client.call("KmsInstance", "messages")
    ours = {f"{action}Request": pair[0] for action, pair in MESSAGES.items()}
    ours |= {f"{action}Response": pair[1] for action, pair in MESSAGES.items()}
    for name, message in {**ours, "Error": REFUSAL}.items():
        assert shown(message) == fields(theirs[name]), name


def fields(told: dict[str, list[Any]]) -> dict[int, tuple[str, Kind]]:
    return {
        int(number): (name, Kind.TEXTS if label == _REPEATED else _TYPES[kind])
        for number, (name, kind, label) in told.items()
    }


def shown(message: Message) -> dict[int, tuple[str, Kind]]:
    return {number: (field.name, field.kind) for number, field in message.items()}
