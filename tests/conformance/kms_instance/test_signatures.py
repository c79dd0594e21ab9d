"""Sign, Verify and GetPublicKey."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.conformance.kms_instance.calls import Instance
from tests.conformance.kms_instance.conftest import refused

MESSAGE = b"message" * 100
DIGEST = hashlib.sha256(MESSAGE).digest()
ALGORITHMS = (
    ("RSA_2048", "RSA_PSS_SHA_256"),
    ("RSA_2048", "RSA_PKCS1_SHA_256"),
    ("EC_P256", "ECDSA_SHA_256"),
    ("EC_SM2", "SM2DSA"),
)


@pytest.mark.parametrize(("spec", "algorithm"), ALGORITHMS)
def test_a_signature_of_a_message_is_verified(
    client: Instance, new_key: Callable[..., str], spec: str, algorithm: str
) -> None:
    key = new_key(spec, key_usage="SIGN/VERIFY")
    request = {"KeyId": key, "Message": MESSAGE, "Algorithm": algorithm}
    made = client("Sign", **request)
    assert (made["Algorithm"], made["MessageType"]) == (algorithm, "RAW")
    assert client("Verify", **request, Signature=made["Signature"])["Value"] is True
    for wrong in ({"Message": b"other"}, {"Signature": b"other"}):
        answer = client("Verify", **{**request, "Signature": made["Signature"], **wrong})
        assert "Value" not in answer  # proto3 leaves false out


@pytest.mark.parametrize("spec", ["RSA_2048", "EC_P256"])
def test_a_digest_and_its_message_have_one_signature(
    client: Instance, new_key: Callable[..., str], spec: str
) -> None:
    key = new_key(spec, key_usage="SIGN/VERIFY")
    whole = client("Sign", KeyId=key, Message=MESSAGE)["Signature"]
    for given in ({"Message": DIGEST, "MessageType": "DIGEST"}, {"Digest": DIGEST}):
        made = client("Sign", KeyId=key, **given)
        assert made["MessageType"] == "DIGEST"
        for signature in (whole, made["Signature"]):
            for other in (given, {"Message": MESSAGE}):
                assert client("Verify", KeyId=key, Signature=signature, **other)["Value"] is True


def test_the_public_half_verifies_elsewhere(client: Instance, new_key: Callable[..., str]) -> None:
    key = new_key("EC_P256", key_usage="SIGN/VERIFY")
    public: Any = load_pem_public_key(client("GetPublicKey", KeyId=key)["PublicKey"].encode())
    signature = client("Sign", KeyId=key, Message=MESSAGE)["Signature"]
    public.verify(signature, MESSAGE, ec.ECDSA(hashes.SHA256()))
    pair = new_key("RSA_3072", key_usage="SIGN/VERIFY")
    public = load_pem_public_key(client("GetPublicKey", KeyId=pair)["PublicKey"].encode())
    made = client("Sign", KeyId=pair, Message=MESSAGE, Algorithm="RSA_PKCS1_SHA_256")
    public.verify(made["Signature"], MESSAGE, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("action", ["Sign", "Verify"])
def test_bad_messages(client: Instance, new_key: Callable[..., str], action: str) -> None:
    key = new_key("EC_P256", key_usage="SIGN/VERIFY")
    more = {"Signature": b"signature"} if action == "Verify" else {}
    for bad in (
        {},
        {"Message": MESSAGE, "Digest": DIGEST},
        {"Digest": DIGEST[:-1]},
        {"Message": MESSAGE, "MessageType": "DIGEST"},
        {"Message": MESSAGE, "MessageType": "OTHER"},
        {"Message": MESSAGE, "Algorithm": "ROT13"},
    ):
        with refused("InvalidParameter", 400):
            client(action, KeyId=key, **more, **bad)
    with refused("UnsupportedOperation", 400):
        client(action, KeyId=key, **more, Message=MESSAGE, Algorithm="RSA_PSS_SHA_256")
