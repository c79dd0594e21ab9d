"""Every algorithm inside the token against `cryptography` outside it."""

import hashlib
import hmac
import os

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)
from tests.unit.hsm.public_half import encrypt, verify

from juyong.engines.crypto.keys import BadInput, NotOffered, Undecipherable
from juyong.hsm.errors import KeyMissing, LabelTaken
from juyong.hsm.specs import SPECS

DIGEST = hashlib.sha256(b"message").digest()
AES = {"Aliyun_AES_128": 16, "Aliyun_AES_192": 24, "Aliyun_AES_256": 32}
MACS = {"HMAC_SHA_224": 28, "HMAC_SHA_256": 32, "HMAC_SHA_384": 48, "HMAC_SHA_512": 64}
CURVES = {"EC_P256": ec.SECP256R1(), "EC_P256K": ec.SECP256K1()}
RSA_SIGNATURES = ("RSA_PKCS1_SHA_256", "RSA_PSS_SHA_256")

# Observed with SoftHSM 2.6.1; all else that a spec has is offered.
REFUSED = {
    "Aliyun_SM4": {"", "SYMMETRIC_DEFAULT"},
    "RSA_2048": {"RSAES_OAEP_SHA_256"},
    "RSA_3072": {"RSAES_OAEP_SHA_256"},
    "RSA_4096": {"RSAES_OAEP_SHA_256"},
    "EC_SM2": {"", "SM2PKE", "SM2DSA"},
    "HMAC_SM3": {"", "HMAC_SM3"},
}


@pytest.fixture
def label(request) -> str:
    """Return a label that only this test uses."""
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()


def pkcs8(key) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def spki(key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("spec", SPECS)
def test_offers_what_softhsm_was_seen_to_do(hsm, spec):
    asked = ("", *SPECS[spec].algorithms)
    assert {a for a in asked if not hsm.offers(spec, a)} == REFUSED.get(spec, set())


def test_an_algorithm_of_another_spec_is_not_offered(hsm):
    assert not hsm.offers("EC_P256", "RSA_PSS_SHA_256")
    assert not hsm.offers("DES")
    with pytest.raises(NotOffered):
        hsm.key("DES", "des")


@pytest.mark.parametrize("spec", [spec for spec, refused in REFUSED.items() if "" in refused])
def test_a_spec_that_is_not_offered_is_refused_everywhere(hsm, label, spec):
    for refused in (
        lambda: hsm.generate(spec, label),
        lambda: hsm.import_material(spec, label, b"k" * 16),
        lambda: hsm.key(spec, label),
    ):
        with pytest.raises(NotOffered):
            refused()
    assert label not in list(hsm.labels())


@pytest.mark.parametrize("spec", AES)
@pytest.mark.parametrize("aad", [b"", b"context"])
@pytest.mark.parametrize("plaintext", [b"", b"a", b"z" * 10_000])
def test_imported_aes_key_seals_as_outside(hsm, label, spec, aad, plaintext):
    material, nonce = os.urandom(AES[spec]), os.urandom(12)
    hsm.import_material(spec, label, material)
    key = hsm.key(spec, label)
    sealed = key.seal(nonce, plaintext, aad)
    assert sealed == AESGCM(material).encrypt(nonce, plaintext, aad)
    assert key.open(nonce, sealed, aad) == plaintext


@pytest.mark.parametrize("spec", AES)
def test_generated_aes_key_opens_only_what_it_sealed(hsm, label, spec):
    hsm.generate(spec, label)
    key, nonce = hsm.key(spec, label), os.urandom(12)
    sealed = key.seal(nonce, b"plaintext", b"aad")
    assert key.open(nonce, sealed, b"aad") == b"plaintext"
    flipped = bytes([sealed[0] ^ 1, *sealed[1:]])
    texts = set()
    for bad in (
        (nonce, flipped, b"aad"),
        (nonce, sealed, b"other"),
        (nonce, sealed, b""),
        (os.urandom(12), sealed, b"aad"),
        (nonce, sealed[:-1], b"aad"),
        (nonce, sealed[:16], b"aad"),
        (nonce, sealed[:15], b"aad"),
        (nonce, b"", b"aad"),
    ):
        with pytest.raises(Undecipherable) as refused:
            key.open(*bad)
        texts.add(str(refused.value))
    assert len(texts) == 1
    assert key.open(nonce, sealed, b"aad") == b"plaintext"


@pytest.mark.parametrize("size", [0, 11, 13, 16])
def test_nonce_of_another_length_is_refused(hsm, label, size):
    hsm.generate("Aliyun_AES_256", label)
    key = hsm.key("Aliyun_AES_256", label)
    with pytest.raises(BadInput):
        key.seal(b"n" * size, b"", b"")
    with pytest.raises(BadInput):
        key.open(b"n" * size, b"c" * 16, b"")


@pytest.mark.parametrize("spec", CURVES)
def test_ecdsa(hsm, label, spec):
    hsm.generate(spec, label)
    key = hsm.key(spec, label)
    public = key.public_key()
    assert public == hsm.public_key(label)
    assert isinstance(load_der_public_key(public).curve, type(CURVES[spec]))
    for _ in range(20):  # Short r and s come up, and must stay DER.
        verify("ECDSA_SHA_256", public, key.sign("ECDSA_SHA_256", DIGEST), DIGEST)
    with pytest.raises(InvalidSignature):
        verify("ECDSA_SHA_256", public, key.sign("ECDSA_SHA_256", DIGEST), bytes(32))


@pytest.mark.parametrize("spec", CURVES)
def test_imported_ec_key_signs_as_itself(hsm, label, spec):
    outside = ec.generate_private_key(CURVES[spec])
    hsm.import_material(spec, label, pkcs8(outside))
    assert hsm.public_key(label) == spki(outside)
    signature = hsm.key(spec, label).sign("ECDSA_SHA_256", DIGEST)
    verify("ECDSA_SHA_256", spki(outside), signature, DIGEST)


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_generated_rsa_key(hsm, label, bits):
    spec = f"RSA_{bits}"
    hsm.generate(spec, label)
    key = hsm.key(spec, label)
    public = key.public_key()
    assert load_der_public_key(public).key_size == bits
    assert load_der_public_key(public).public_numbers().e == 65537
    for algorithm in RSA_SIGNATURES:
        verify(algorithm, public, key.sign(algorithm, DIGEST), DIGEST)
    ciphertext = encrypt("RSAES_OAEP_SHA_1", public, b"plaintext")
    assert key.decrypt("RSAES_OAEP_SHA_1", ciphertext) == b"plaintext"


def test_imported_rsa_key_signs_and_decrypts_as_itself(hsm, label):
    outside = rsa.generate_private_key(65537, 2048)
    hsm.import_material("RSA_2048", label, pkcs8(outside))
    key = hsm.key("RSA_2048", label)
    assert key.public_key() == spki(outside)
    for algorithm in RSA_SIGNATURES:
        verify(algorithm, spki(outside), key.sign(algorithm, DIGEST), DIGEST)
    for plaintext in (b"", b"x" * 214):
        ciphertext = encrypt("RSAES_OAEP_SHA_1", spki(outside), plaintext)
        assert key.decrypt("RSAES_OAEP_SHA_1", ciphertext) == plaintext


def test_rsa_ciphertext_that_does_not_open_is_one_error(hsm, label):
    outside = rsa.generate_private_key(65537, 2048)
    hsm.import_material("RSA_2048", label, pkcs8(outside))
    key = hsm.key("RSA_2048", label)
    good = encrypt("RSAES_OAEP_SHA_1", spki(outside), b"plaintext")
    texts = set()
    for bad in (
        bytes([*good[:-1], good[-1] ^ 1]),
        encrypt("RSAES_OAEP_SHA_256", spki(outside), b"plaintext"),
        bytes(256),
        b"\xff" * 256,
        good[:-1],
        good + b"\x00",
        b"",
    ):
        with pytest.raises(Undecipherable) as refused:
            key.decrypt("RSAES_OAEP_SHA_1", bad)
        texts.add(str(refused.value))
    assert len(texts) == 1
    assert key.decrypt("RSAES_OAEP_SHA_1", good) == b"plaintext"


def test_oaep_with_sha256_is_refused_and_never_done_outside(hsm, label):
    hsm.generate("RSA_2048", label)
    ciphertext = encrypt("RSAES_OAEP_SHA_256", hsm.public_key(label), b"plaintext")
    with pytest.raises(NotOffered):
        hsm.key("RSA_2048", label).decrypt("RSAES_OAEP_SHA_256", ciphertext)


@pytest.mark.parametrize("algorithm", [*RSA_SIGNATURES, "ECDSA_SHA_256"])
@pytest.mark.parametrize("size", [0, 20, 31, 33, 64])
def test_digest_of_another_length_is_refused(hsm, label, algorithm, size):
    spec = "EC_P256" if algorithm.startswith("EC") else "RSA_2048"
    with pytest.raises(BadInput):
        hsm.key(spec, label).sign(algorithm, b"d" * size)


def test_algorithms_stay_with_their_use(hsm, label):
    key = hsm.key("RSA_2048", label)
    with pytest.raises(NotOffered):
        key.sign("RSAES_OAEP_SHA_1", DIGEST)
    with pytest.raises(NotOffered):
        key.decrypt("RSA_PSS_SHA_256", bytes(256))
    with pytest.raises(NotOffered):
        hsm.key("EC_P256", label).sign("RSA_PSS_SHA_256", DIGEST)
    with pytest.raises(NotOffered):
        hsm.key("HMAC_SHA_256", label).mac("HMAC_SHA_512", b"")


@pytest.mark.parametrize("spec", MACS)
@pytest.mark.parametrize("message", [b"", b"message", b"m" * 100_000])
def test_imported_mac_key(hsm, label, spec, message):
    material = os.urandom(MACS[spec])
    hsm.import_material(spec, label, material)
    expected = hmac.new(material, message, spec.removeprefix("HMAC_").replace("_", ""))
    assert hsm.key(spec, label).mac(spec, message) == expected.digest()


@pytest.mark.parametrize(("spec", "size"), MACS.items())
def test_generated_mac_key(hsm, label, spec, size):
    hsm.generate(spec, label)
    key = hsm.key(spec, label)
    code = key.mac(spec, b"message")
    assert len(code) == size
    assert code == key.mac(spec, b"message") != key.mac(spec, b"another")


@pytest.mark.parametrize(
    ("spec", "made"),
    [
        ("Aliyun_AES_256", lambda: b"k" * 31),
        ("Aliyun_AES_256", lambda: b"k" * 33),
        ("Aliyun_AES_128", lambda: b""),
        ("HMAC_SHA_256", lambda: b"k" * 31),
        ("HMAC_SHA_256", lambda: b"k" * 33),
        ("RSA_2048", lambda: b"no key"),
        ("RSA_2048", lambda: pkcs8(ec.generate_private_key(ec.SECP256R1()))),
        ("RSA_3072", lambda: pkcs8(rsa.generate_private_key(65537, 2048))),
        ("RSA_2048", lambda: pkcs8(rsa.generate_private_key(3, 2048))),
        ("EC_P256", lambda: pkcs8(ec.generate_private_key(ec.SECP256K1()))),
        ("EC_P256", lambda: spki(ec.generate_private_key(ec.SECP256R1()))),
    ],
    ids=[
        *("aes-256-short", "aes-256-long", "aes-128-empty", "hmac-short", "hmac-long"),
        *("rsa-no-key", "rsa-an-ec-key", "rsa-3072-of-2048-bits", "rsa-exponent-3"),
        *("p256-of-p256k", "p256-public-half"),
    ],
)
def test_material_of_another_form_is_refused(hsm, label, spec, made):
    with pytest.raises(BadInput):
        hsm.import_material(spec, label, made())
    assert label not in list(hsm.labels())


@pytest.mark.parametrize("label", ["", "a/b", "a b", "é", "a" * 65, "a\n", "*"])
def test_label_that_not_every_module_holds_is_refused(hsm, label):
    for use in (
        lambda: hsm.generate("EC_P256", label),
        lambda: hsm.key("EC_P256", label),
        lambda: hsm.public_key(label),
        lambda: hsm.destroy(label),
    ):
        with pytest.raises(BadInput):
            use()


def test_label_is_used_once(hsm, label):
    hsm.generate("EC_P256", label)
    before = hsm.public_key(label)
    with pytest.raises(LabelTaken):
        hsm.generate("EC_P256", label)
    with pytest.raises(LabelTaken):
        hsm.generate("Aliyun_AES_256", label)
    with pytest.raises(LabelTaken):
        hsm.import_material("Aliyun_AES_256", label, b"k" * 32)
    assert hsm.public_key(label) == before


def test_key_is_not_used_as_another_spec(hsm, label):
    hsm.generate("HMAC_SHA_512", label)
    with pytest.raises(KeyMissing):
        hsm.key("HMAC_SHA_256", label).mac("HMAC_SHA_256", b"")
    with pytest.raises(KeyMissing):
        hsm.key("Aliyun_AES_256", label).seal(b"n" * 12, b"", b"")
    with pytest.raises(KeyMissing):
        hsm.public_key(label)


def test_destroyed_key_is_gone_and_destroying_again_is_fine(hsm, label):
    hsm.generate("EC_P256", label)
    key = hsm.key("EC_P256", label)
    key.sign("ECDSA_SHA_256", DIGEST)
    assert label in list(hsm.labels())
    for _ in range(2):
        hsm.destroy(label)
        assert label not in list(hsm.labels())
        with pytest.raises(KeyMissing):
            key.sign("ECDSA_SHA_256", DIGEST)
        with pytest.raises(KeyMissing):
            hsm.public_key(label)
    hsm.generate("EC_P256", label)
    verify("ECDSA_SHA_256", key.public_key(), key.sign("ECDSA_SHA_256", DIGEST), DIGEST)
