"""Data keys and data key pairs: what is open, and what opens the sealed half."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from tests.conformance.kms_instance.calls import Instance
from tests.conformance.kms_instance.conftest import refused

BARE = ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
ADVANCED = ("AdvanceGenerateDataKeyPair", "AdvanceGenerateDataKeyPairWithoutPlaintext")


def opened(client: Instance, made: dict[str, Any], blob: str, aad: bytes) -> bytes:
    """Open what an answer holds sealed, by the operation that is meant for it."""
    if "KeyVersionId" in made:
        found = client("AdvanceDecrypt", CiphertextBlob=made[blob], Aad=aad)
    else:
        request = {"KeyId": made["KeyId"], "CiphertextBlob": made[blob], "Iv": made["Iv"]}
        found = client("Decrypt", **request, Aad=aad)
    return bytes(found["Plaintext"])


@pytest.mark.parametrize("action", ["GenerateDataKey", "AdvanceGenerateDataKey"])
def test_data_keys(client: Instance, new_key: Callable[..., str], action: str) -> None:
    key = new_key()
    for size, given in ((32, {}), (1, {"NumberOfBytes": 1}), (1024, {"NumberOfBytes": 1024})):
        made = client(action, KeyId=key, Aad=b"bound", **given)
        assert (len(made["Plaintext"]), made["Algorithm"]) == (size, "AES_GCM")
        assert opened(client, made, "CiphertextBlob", b"bound") == made["Plaintext"]
    assert client(action, KeyId=key)["Plaintext"] != client(action, KeyId=key)["Plaintext"]
    for size in (-1, 1025):
        with refused("InvalidParameter", 400):
            client(action, KeyId=key, NumberOfBytes=size)


@pytest.mark.parametrize("action", [*BARE, *ADVANCED])
@pytest.mark.parametrize("spec", ["RSA_2048", "EC_P256", "EC_P256K", "EC_SM2"])
def test_pairs(client: Instance, new_key: Callable[..., str], action: str, spec: str) -> None:
    key = new_key()
    for form, load in (("PEM", load_pem_private_key), ("DER", load_der_private_key)):
        asked = {} if form == "PEM" else {"KeyFormat": form}
        made = client(action, KeyId=key, KeyPairSpec=spec, Aad=b"bound", **asked)
        assert (made["KeyPairSpec"], made["KeyId"]) == (spec, key)
        private = opened(client, made, "PrivateKeyCiphertextBlob", b"bound")
        if "WithoutPlaintext" in action:
            assert "PrivateKeyPlaintext" not in made
        else:
            assert made["PrivateKeyPlaintext"] == private
        if spec == "EC_SM2":
            assert private.startswith(b"-----BEGIN PRIVATE KEY" if form == "PEM" else b"\x30")
            continue
        encoding = Encoding.PEM if form == "PEM" else Encoding.DER
        public = load(private, None).public_key()
        assert public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo) == made["PublicKey"]


@pytest.mark.parametrize("action", [*BARE, *ADVANCED])
def test_bad_pairs(client: Instance, new_key: Callable[..., str], action: str) -> None:
    key = new_key()
    for bad in ({"KeyPairSpec": "RSA_1024"}, {"KeyPairSpec": "EC_P256", "KeyFormat": "JWK"}, {}):
        with refused("InvalidParameter", 400):
            client(action, KeyId=key, **bad)


def test_random(client: Instance) -> None:
    drawn = client("GenerateRandom", Length=1024)["Random"]
    assert len(drawn) == 1024
    assert drawn != client("GenerateRandom", Length=1024)["Random"]
    for length in (0, 1025, -1):
        with refused("InvalidParameter", 400):
            client("GenerateRandom", Length=length)
