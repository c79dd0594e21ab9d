"""ReEncrypt: to another key, context or version; from pairs too."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.conformance.harness import refused
from tests.conformance.kms.crypto.calls import Kms, b64, unb64
from tests.conformance.kms.crypto.test_pairs import oaep


def test_text_moves_to_another_key(keys: Kms) -> None:
    one, other = keys.new_key(), keys.new_key(key_spec="Aliyun_AES_128")
    blob = keys.encrypt(one.key_id, "as it was, not encoded")
    answer = keys("ReEncrypt", ciphertext_blob=blob, destination_key_id=other.key_id)
    assert (answer.key_id, answer.key_version_id) == (other.key_id, other.primary_key_version)
    keys("DisableKey", key_id=one.key_id)
    assert keys.decrypt(answer.ciphertext_blob) == "as it was, not encoded"


def test_data_key_moves_to_another_key(keys: Kms) -> None:
    made = keys("GenerateDataKey", key_id=keys.new_key().key_id)
    destination = keys.new_key().key_id
    answer = keys("ReEncrypt", ciphertext_blob=made.ciphertext_blob, destination_key_id=destination)
    assert keys.decrypt(answer.ciphertext_blob) == made.plaintext


def test_context_changes(keys: Kms) -> None:
    key_id = keys.new_key().key_id
    blob = keys.encrypt(key_id, encryption_context={"tenant": "blue"})
    asked = {"ciphertext_blob": blob, "destination_key_id": key_id}
    with refused("InvalidParameter", 400):
        keys("ReEncrypt", **asked, destination_encryption_context={"tenant": "red"})
    answer = keys(
        "ReEncrypt",
        **asked,
        source_encryption_context={"tenant": "blue"},
        destination_encryption_context={"tenant": "red"},
    )
    with refused("InvalidParameter", 400):
        keys.decrypt(answer.ciphertext_blob, encryption_context={"tenant": "blue"})
    opened = keys.decrypt(answer.ciphertext_blob, encryption_context={"tenant": "red"})
    assert opened == "aGVsbG8="


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072"])
@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"])
def test_from_a_pair(keys: Kms, spec: str, algorithm: str) -> None:
    pair = keys.new_pair(spec, "ENCRYPT/DECRYPT")
    public: Any = load_pem_public_key(keys.public_key(pair))
    blob = b64(public.encrypt(b"from a device", oaep(algorithm)))
    answer = keys(
        "ReEncrypt",
        ciphertext_blob=blob,
        source_key_id=pair["key_id"],
        source_key_version_id=pair["key_version_id"],
        source_encryption_algorithm=algorithm,
        destination_key_id=keys.new_key().key_id,
    )
    assert unb64(keys.decrypt(answer.ciphertext_blob)) == b"from a device"


def test_from_an_sm2_pair(keys: Kms) -> None:
    pair = keys.new_pair("EC_SM2", "ENCRYPT/DECRYPT")
    made = keys("AsymmetricEncrypt", **pair, algorithm="SM2PKE", plaintext="aGVsbG8=")
    answer = keys(
        "ReEncrypt",
        ciphertext_blob=made.ciphertext_blob,
        source_key_id=pair["key_id"],
        source_key_version_id=pair["key_version_id"],
        source_encryption_algorithm="SM2PKE",
        destination_key_id=keys.new_key().key_id,
    )
    assert keys.decrypt(answer.ciphertext_blob) == "aGVsbG8="


def test_symmetric_key_is_no_pair(keys: Kms) -> None:
    key = keys.new_key()
    with refused("UnsupportedOperation", 400):
        keys(
            "ReEncrypt",
            ciphertext_blob=keys.encrypt(key.key_id),
            source_key_id=key.key_id,
            source_key_version_id=key.primary_key_version,
            source_encryption_algorithm="RSAES_OAEP_SHA_256",
            destination_key_id=key.key_id,
        )


def test_destination_that_is_disabled(keys: Kms) -> None:
    blob = keys.encrypt(keys.new_key().key_id)
    destination = keys.new_key().key_id
    keys("DisableKey", key_id=destination)
    with refused("Rejected.Disabled", 409):
        keys("ReEncrypt", ciphertext_blob=blob, destination_key_id=destination)
