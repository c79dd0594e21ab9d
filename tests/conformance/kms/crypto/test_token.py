"""The same operations with keys inside a SoftHSM token, which never leave it."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.conformance.harness import refused
from tests.conformance.kms.crypto.calls import DIGEST, Kms, b64, unb64
from tests.conformance.kms.crypto.test_pairs import check, oaep

from juyong.hsm.port import Hsm

SIGNERS = [
    ("RSA_2048", "RSA_PSS_SHA_256"),
    ("RSA_2048", "RSA_PKCS1_SHA_256"),
    ("RSA_3072", "RSA_PSS_SHA_256"),
    ("EC_P256", "ECDSA_SHA_256"),
    ("EC_P256K", "ECDSA_SHA_256"),
]


@pytest.fixture(autouse=True)
def in_token(hsm: Hsm) -> Hsm:
    """The server with the session's token; skips with the reason where there is none."""
    return hsm


def hardware_pair(keys: Kms, spec: str, usage: str) -> dict[str, str]:
    made = keys.new_key(key_spec=spec, key_usage=usage, protection_level="HSM")
    return {"key_id": made.key_id, "key_version_id": keys.version(made.key_id)}


@pytest.mark.parametrize("spec", ["Aliyun_AES_256", "Aliyun_AES_192", "Aliyun_AES_128"])
def test_symmetric_keys(keys: Kms, spec: str) -> None:
    made = keys.new_key(key_spec=spec, protection_level="HSM")
    assert made.protection_level == "HSM"
    context = {"tenant": "blue"}
    blob = keys.encrypt(made.key_id, "as it was", encryption_context=context)
    assert keys.decrypt(blob, encryption_context=context) == "as it was"
    with refused("InvalidParameter", 400):
        keys.decrypt(blob)
    data_key = keys("GenerateDataKey", key_id=made.key_id)
    assert keys.decrypt(data_key.ciphertext_blob) == data_key.plaintext
    changed = bytearray(unb64(blob))
    for at in (0, 36, 39, 51, len(changed) - 1):
        changed[at] ^= 1
        with refused("InvalidParameter", 400):
            keys.decrypt(b64(bytes(changed)), encryption_context=context)
        changed[at] ^= 1


def test_between_token_and_memory(keys: Kms) -> None:
    hard, soft = keys.new_key(protection_level="HSM").key_id, keys.new_key().key_id
    blob = keys.encrypt(soft, "text")
    moved = keys("ReEncrypt", ciphertext_blob=blob, destination_key_id=hard).ciphertext_blob
    assert keys.decrypt(moved) == "text"
    back = keys("ReEncrypt", ciphertext_blob=moved, destination_key_id=soft).ciphertext_blob
    assert keys.decrypt(back) == "text"


@pytest.mark.parametrize(("spec", "algorithm"), SIGNERS)
def test_signatures_verify_everywhere(keys: Kms, spec: str, algorithm: str) -> None:
    pair = hardware_pair(keys, spec, "SIGN/VERIFY")
    good = {**pair, "algorithm": algorithm, "digest": b64(DIGEST)}
    value = keys("AsymmetricSign", **good).value
    check(keys.public_key(pair), algorithm, unb64(value))
    assert keys("AsymmetricVerify", **good, value=value).value is True
    wrong = {**good, "digest": b64(bytes(32))}
    assert keys("AsymmetricVerify", **wrong, value=value).value is False


def test_decryption(keys: Kms, in_token: Hsm) -> None:
    """SoftHSM has OAEP with SHA-1 only: the other is refused by its code."""
    pair = hardware_pair(keys, "RSA_2048", "ENCRYPT/DECRYPT")
    public: Any = load_pem_public_key(keys.public_key(pair))
    algorithm = "RSAES_OAEP_SHA_1"
    sealed = b64(public.encrypt(b"to the token", oaep(algorithm)))
    opened = keys("AsymmetricDecrypt", **pair, algorithm=algorithm, ciphertext_blob=sealed)
    assert unb64(opened.plaintext) == b"to the token"
    with refused("InvalidParameter", 400):
        keys("AsymmetricDecrypt", **pair, algorithm=algorithm, ciphertext_blob=b64(bytes(256)))
    sealed = b64(public.encrypt(b"to the token", oaep("RSAES_OAEP_SHA_256")))
    good = {**pair, "algorithm": "RSAES_OAEP_SHA_256", "ciphertext_blob": sealed}
    if in_token.offers("RSA_2048", "RSAES_OAEP_SHA_256"):
        assert unb64(keys("AsymmetricDecrypt", **good).plaintext) == b"to the token"
    else:
        with refused("UnsupportedOperation", 400):
            keys("AsymmetricDecrypt", **good)


@pytest.mark.parametrize("spec", ["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"])
def test_codes(keys: Kms, spec: str) -> None:
    key_id = keys.new_key(key_spec=spec, protection_level="HSM").key_id
    good = {"key_id": key_id, "algorithm": spec, "message": b64(b"m" * 6144)}
    code = keys("GenerateMac", **good).mac
    assert keys("VerifyMac", **good, mac=code).value is True
    assert keys("VerifyMac", **{**good, "message": "eA=="}, mac=code).value is False
    with refused("UnsupportedOperation", 400):
        keys("GenerateMac", **{**good, "algorithm": "HMAC_SM3"})
