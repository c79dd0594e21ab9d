"""Pairs: what others encrypt to us opens, what we sign others verify."""

from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.conformance.harness import refused
from tests.conformance.kms.crypto.calls import DIGEST, Kms, b64, unb64

OAEP: dict[str, Any] = {
    "RSAES_OAEP_SHA_256": hashes.SHA256(),
    "RSAES_OAEP_SHA_1": hashes.SHA1(),  # noqa: S303
}
MOST = {
    ("RSA_2048", "RSAES_OAEP_SHA_256"): 190,
    ("RSA_2048", "RSAES_OAEP_SHA_1"): 214,
    ("RSA_3072", "RSAES_OAEP_SHA_256"): 318,
    ("RSA_3072", "RSAES_OAEP_SHA_1"): 342,
    ("RSA_4096", "RSAES_OAEP_SHA_256"): 446,
    ("EC_SM2", "SM2PKE"): 255,
}
SIGNERS = [
    ("RSA_2048", "RSA_PSS_SHA_256"),
    ("RSA_2048", "RSA_PKCS1_SHA_256"),
    ("RSA_3072", "RSA_PSS_SHA_256"),
    ("RSA_4096", "RSA_PKCS1_SHA_256"),
    ("EC_P256", "ECDSA_SHA_256"),
    ("EC_P256K", "ECDSA_SHA_256"),
    ("EC_SM2", "SM2DSA"),
]
SHA256 = Prehashed(hashes.SHA256())


def oaep(algorithm: str) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(OAEP[algorithm]), OAEP[algorithm], None)


def check(pem: bytes, algorithm: str, signature: bytes) -> None:
    """Verify a signature of DIGEST with another library's view of the public key."""
    public: Any = load_pem_public_key(pem)
    match algorithm:
        case "RSA_PSS_SHA_256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            public.verify(signature, DIGEST, pss, SHA256)
        case "RSA_PKCS1_SHA_256":
            public.verify(signature, DIGEST, padding.PKCS1v15(), SHA256)
        case _:
            public.verify(signature, DIGEST, ec.ECDSA(SHA256))


@pytest.mark.parametrize(("spec", "algorithm"), MOST)
def test_encrypted_here_opens_here(keys: Kms, spec: str, algorithm: str) -> None:
    pair = keys.new_pair(spec, "ENCRYPT/DECRYPT")
    most = MOST[spec, algorithm]
    for message in (b"m", b"m" * most):
        sealed = keys("AsymmetricEncrypt", **pair, algorithm=algorithm, plaintext=b64(message))
        assert (sealed.key_id, sealed.key_version_id) == (pair["key_id"], pair["key_version_id"])
        opened = keys(
            "AsymmetricDecrypt",
            **pair,
            algorithm=algorithm,
            ciphertext_blob=sealed.ciphertext_blob,
        )
        assert unb64(opened.plaintext) == message
    with refused("InvalidParameter", 400):
        keys("AsymmetricEncrypt", **pair, algorithm=algorithm, plaintext=b64(b"m" * (most + 1)))


@pytest.mark.parametrize("algorithm", OAEP)
def test_encrypted_elsewhere_opens_here(keys: Kms, algorithm: str) -> None:
    pair = keys.new_pair("RSA_2048", "ENCRYPT/DECRYPT")
    public: Any = load_pem_public_key(keys.public_key(pair))
    sealed = public.encrypt(b"from outside", oaep(algorithm))
    opened = keys("AsymmetricDecrypt", **pair, algorithm=algorithm, ciphertext_blob=b64(sealed))
    assert unb64(opened.plaintext) == b"from outside"
    other = next(name for name in OAEP if name != algorithm)
    with refused("InvalidParameter", 400):
        keys("AsymmetricDecrypt", **pair, algorithm=other, ciphertext_blob=b64(sealed))


def test_changed_ciphertexts_have_one_answer(keys: Kms) -> None:
    pair = keys.new_pair("RSA_2048", "ENCRYPT/DECRYPT")
    good = {**pair, "algorithm": "RSAES_OAEP_SHA_256"}
    sealed = unb64(keys("AsymmetricEncrypt", **good, plaintext="aGVsbG8=").ciphertext_blob)
    said = set()
    for changed in (sealed[:-1] + bytes([sealed[-1] ^ 1]), bytes(256), b"\xff" * 256, sealed[1:]):
        with refused("InvalidParameter", 400) as caught:
            keys("AsymmetricDecrypt", **good, ciphertext_blob=b64(changed))
        said.add(str(caught.value).partition(" request id")[0])
    assert len(said) == 1


@pytest.mark.parametrize(("spec", "algorithm"), SIGNERS)
def test_signatures_verify_everywhere(keys: Kms, spec: str, algorithm: str) -> None:
    pair = keys.new_pair(spec, "SIGN/VERIFY")
    good = {**pair, "algorithm": algorithm}
    made = keys("AsymmetricSign", **good, digest=b64(DIGEST))
    assert (made.key_id, made.key_version_id) == (pair["key_id"], pair["key_version_id"])
    if algorithm != "SM2DSA":
        check(keys.public_key(pair), algorithm, unb64(made.value))
        with pytest.raises(InvalidSignature):
            check(keys.public_key(pair), algorithm, bytes(len(unb64(made.value))))
    verified = keys("AsymmetricVerify", **good, digest=b64(DIGEST), value=made.value)
    assert verified.value is True
    signature = bytearray(unb64(made.value))
    signature[-1] ^= 1
    for digest, value in (
        (bytes(32), made.value),
        (DIGEST, b64(bytes(signature))),
        (DIGEST, b64(b"x")),
        (DIGEST, b64(bytes(len(signature)))),
    ):
        wrong = keys("AsymmetricVerify", **good, digest=b64(digest), value=value)
        assert wrong.value is False


def test_signature_of_another_key(keys: Kms) -> None:
    one, other = keys.new_pair("EC_P256", "SIGN/VERIFY"), keys.new_pair("EC_P256", "SIGN/VERIFY")
    made = keys("AsymmetricSign", **one, algorithm="ECDSA_SHA_256", digest=b64(DIGEST))
    answer = keys(
        "AsymmetricVerify",
        **other,
        algorithm="ECDSA_SHA_256",
        digest=b64(DIGEST),
        value=made.value,
    )
    assert answer.value is False


def test_pss_of_another_salt_verifies(keys: Kms) -> None:
    """Ours is 32 bytes; whatever another signer chose is taken."""
    pair = keys.new_pair("RSA_2048", "SIGN/VERIFY")
    made = keys("AsymmetricSign", **pair, algorithm="RSA_PSS_SHA_256", digest=b64(DIGEST))
    public: Any = load_pem_public_key(keys.public_key(pair))
    with pytest.raises(InvalidSignature):
        public.verify(
            unb64(made.value), DIGEST, padding.PSS(padding.MGF1(hashes.SHA256()), 20), SHA256
        )


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm"),
    [
        ("RSA_2048", "ENCRYPT/DECRYPT", "SM2PKE"),
        ("EC_SM2", "ENCRYPT/DECRYPT", "RSAES_OAEP_SHA_256"),
        ("RSA_2048", "SIGN/VERIFY", "RSAES_OAEP_SHA_256"),
    ],
)
def test_algorithm_the_key_has_not(keys: Kms, spec: str, usage: str, algorithm: str) -> None:
    pair = keys.new_pair(spec, usage)
    with refused("UnsupportedOperation", 400):
        keys("AsymmetricEncrypt", **pair, algorithm=algorithm, plaintext="aGVsbG8=")
    with refused("UnsupportedOperation", 400):
        keys("AsymmetricDecrypt", **pair, algorithm=algorithm, ciphertext_blob="aGVsbG8=")


def test_key_for_encryption_does_not_sign(keys: Kms) -> None:
    pair = keys.new_pair("RSA_2048", "ENCRYPT/DECRYPT")
    good = {**pair, "algorithm": "RSA_PSS_SHA_256", "digest": b64(DIGEST)}
    with refused("UnsupportedOperation", 400):
        keys("AsymmetricSign", **good)
    with refused("UnsupportedOperation", 400):
        keys("AsymmetricVerify", **good, value="aGVsbG8=")


@pytest.mark.parametrize("size", ["224", "256", "384", "512"])
def test_codes_are_hmacs(keys: Kms, size: str) -> None:
    algorithm = f"HMAC_SHA_{size}"
    key_id = keys.new_key(key_spec=algorithm).key_id
    good = {"key_id": key_id, "algorithm": algorithm, "message": b64(b"m" * 6144)}
    made = keys("GenerateMac", **good)
    assert (made.key_id, made.algorithm) == (key_id, algorithm)
    assert len(unb64(made.mac)) == int(size) // 8
    assert keys("VerifyMac", **good, mac=made.mac).value is True
    for wrong in (unb64(made.mac)[:-1], bytes(int(size) // 8), b"x"):
        assert keys("VerifyMac", **good, mac=b64(wrong)).value is False
    answer = keys("VerifyMac", **{**good, "message": "aGVsbG8="}, mac=made.mac)
    assert (answer.value, answer.algorithm) == (False, algorithm)
    other = keys.new_key(key_spec=algorithm).key_id
    assert keys("VerifyMac", **{**good, "key_id": other}, mac=made.mac).value is False


def test_code_of_sm3(keys: Kms) -> None:
    good = {"key_id": keys.new_key(key_spec="HMAC_SM3").key_id, "algorithm": "HMAC_SM3"}
    made = keys("GenerateMac", **good, message="aGVsbG8=")
    assert keys("VerifyMac", **good, message="aGVsbG8=", mac=made.mac).value is True


def test_message_beyond_six_kilobytes(keys: Kms) -> None:
    good = {"key_id": keys.new_key(key_spec="HMAC_SHA_256").key_id, "algorithm": "HMAC_SHA_256"}
    with refused("InvalidParameter", 400):
        keys("GenerateMac", **good, message=b64(b"m" * 6145))
    with refused("UnsupportedOperation", 400):
        keys("GenerateMac", **{**good, "algorithm": "HMAC_SHA_512"}, message="aGVsbG8=")
