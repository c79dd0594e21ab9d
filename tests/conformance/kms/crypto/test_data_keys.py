"""Data keys: sizes, kinds, and how they travel."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.conformance.harness import refused
from tests.conformance.kms.crypto.calls import Kms, b64, unb64

SIZES: list[tuple[dict[str, Any], int]] = [
    ({}, 32),
    ({"key_spec": "AES_256"}, 32),
    ({"key_spec": "AES_128"}, 16),
    ({"number_of_bytes": 1}, 1),
    ({"number_of_bytes": 1024}, 1024),
    ({"number_of_bytes": 64, "key_spec": "AES_128"}, 64),
]
OAEP = {
    "RSAES_OAEP_SHA_256": hashes.SHA256(),
    "RSAES_OAEP_SHA_1": hashes.SHA1(),  # noqa: S303
}


@pytest.fixture(scope="module")
def receiver() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def wrapping(receiver: rsa.RSAPrivateKey, algorithm: str = "RSAES_OAEP_SHA_256") -> dict[str, str]:
    der = receiver.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "public_key_blob": b64(der),
        "wrapping_key_spec": "RSA_2048",
        "wrapping_algorithm": algorithm,
    }


def unwrap(receiver: rsa.RSAPrivateKey, exported: str, algorithm: str) -> bytes:
    digest = OAEP[algorithm]
    return receiver.decrypt(unb64(exported), padding.OAEP(padding.MGF1(digest), digest, None))


@pytest.mark.parametrize(("request_", "size"), SIZES)
def test_sizes(keys: Kms, request_: dict[str, Any], size: int) -> None:
    made = keys.new_key()
    answer = keys("GenerateDataKey", key_id=made.key_id, **request_)
    assert len(unb64(answer.plaintext)) == size
    assert (answer.key_id, answer.key_version_id) == (made.key_id, made.primary_key_version)
    assert keys.decrypt(answer.ciphertext_blob) == answer.plaintext
    hidden = keys("GenerateDataKeyWithoutPlaintext", key_id=made.key_id, **request_)
    assert len(unb64(keys.decrypt(hidden.ciphertext_blob))) == size


@pytest.mark.parametrize("size", [0, -1, 1025])
@pytest.mark.parametrize("name", ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"])
def test_sizes_beyond(keys: Kms, name: str, size: int) -> None:
    with refused("InvalidParameter", 400):
        keys(name, key_id=keys.new_key().key_id, number_of_bytes=size)


def test_each_data_key_is_new(keys: Kms) -> None:
    key_id = keys.new_key().key_id
    assert len({keys("GenerateDataKey", key_id=key_id).plaintext for _ in range(5)}) == 5


def test_context_of_a_data_key(keys: Kms) -> None:
    context = {"file": "a"}
    answer = keys("GenerateDataKey", key_id=keys.new_key().key_id, encryption_context=context)
    assert keys.decrypt(answer.ciphertext_blob, encryption_context=context) == answer.plaintext
    with refused("InvalidParameter", 400):
        keys.decrypt(answer.ciphertext_blob)


@pytest.mark.parametrize("algorithm", OAEP)
@pytest.mark.parametrize("size", [16, 190])
def test_new_data_key_is_exported(
    keys: Kms, receiver: rsa.RSAPrivateKey, algorithm: str, size: int
) -> None:
    answer = keys(
        "GenerateAndExportDataKey",
        key_id=keys.new_key().key_id,
        number_of_bytes=size,
        **wrapping(receiver, algorithm),
    )
    data_key = unwrap(receiver, answer.exported_data_key, algorithm)
    assert len(data_key) == size
    assert keys.decrypt(answer.ciphertext_blob) == b64(data_key)


@pytest.mark.parametrize("algorithm", OAEP)
def test_sealed_data_key_is_exported(
    keys: Kms, receiver: rsa.RSAPrivateKey, algorithm: str
) -> None:
    context = {"to": "device"}
    made = keys("GenerateDataKey", key_id=keys.new_key().key_id, encryption_context=context)
    answer = keys(
        "ExportDataKey",
        ciphertext_blob=made.ciphertext_blob,
        encryption_context=context,
        **wrapping(receiver, algorithm),
    )
    assert unwrap(receiver, answer.exported_data_key, algorithm) == unb64(made.plaintext)
    assert (answer.key_id, answer.key_version_id) == (made.key_id, made.key_version_id)


def test_encrypted_text_is_exported_as_what_it_spells(
    keys: Kms, receiver: rsa.RSAPrivateKey
) -> None:
    key_id = keys.new_key().key_id
    for text, data in ((b64(b"k" * 16), b"k" * 16), ("no base64!", b"no base64!")):
        answer = keys(
            "ExportDataKey", ciphertext_blob=keys.encrypt(key_id, text), **wrapping(receiver)
        )
        assert unwrap(receiver, answer.exported_data_key, "RSAES_OAEP_SHA_256") == data


def test_too_long_for_the_wrapping_key(keys: Kms, receiver: rsa.RSAPrivateKey) -> None:
    key_id = keys.new_key().key_id
    with refused("InvalidParameter", 400):
        keys("GenerateAndExportDataKey", key_id=key_id, number_of_bytes=191, **wrapping(receiver))
    made = keys("GenerateDataKey", key_id=key_id, number_of_bytes=191)
    with refused("InvalidParameter", 400):
        keys("ExportDataKey", ciphertext_blob=made.ciphertext_blob, **wrapping(receiver))


def test_wrapping_key_of_another_size(keys: Kms) -> None:
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505  # refused for that
    with refused("InvalidParameter", 400):
        keys("GenerateAndExportDataKey", key_id=keys.new_key().key_id, **wrapping(small))


def test_export_to_an_sm2_key(keys: Kms) -> None:
    pair = keys.new_pair("EC_SM2", "ENCRYPT/DECRYPT")
    lines = keys.public_key(pair).decode().splitlines()
    answer = keys(
        "GenerateAndExportDataKey",
        key_id=keys.new_key().key_id,
        public_key_blob="".join(lines[1:-1]),
        wrapping_key_spec="EC_SM2",
        wrapping_algorithm="SM2PKE",
    )
    opened = keys(
        "AsymmetricDecrypt", **pair, algorithm="SM2PKE", ciphertext_blob=answer.exported_data_key
    )
    assert opened.plaintext == keys.decrypt(answer.ciphertext_blob)
