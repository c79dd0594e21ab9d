"""The table of key specs, row by row."""

import pytest
from tests.unit.engines.crypto import made

from juyong.engines.crypto.keys import BadInput, NotOffered
from juyong.engines.crypto.specs import (
    SPECS,
    Family,
    Usage,
    check_algorithm,
    check_material,
    spec_of,
)

OAEP = ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1")
RSA_SIGNS = ("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256")
ENCRYPT, SIGN, MAC = Usage.ENCRYPT, Usage.SIGN, Usage.MAC
ROWS = [
    ("Aliyun_AES_256", Family.SYMMETRIC, ENCRYPT, {ENCRYPT: ("SYMMETRIC_DEFAULT",)}, 32),
    ("Aliyun_AES_192", Family.SYMMETRIC, ENCRYPT, {ENCRYPT: ("SYMMETRIC_DEFAULT",)}, 24),
    ("Aliyun_AES_128", Family.SYMMETRIC, ENCRYPT, {ENCRYPT: ("SYMMETRIC_DEFAULT",)}, 16),
    ("Aliyun_SM4", Family.SYMMETRIC, ENCRYPT, {ENCRYPT: ("SYMMETRIC_DEFAULT",)}, 16),
    ("RSA_2048", Family.RSA, ENCRYPT, {ENCRYPT: OAEP, SIGN: RSA_SIGNS}, 0),
    ("RSA_3072", Family.RSA, ENCRYPT, {ENCRYPT: OAEP, SIGN: RSA_SIGNS}, 0),
    ("RSA_4096", Family.RSA, ENCRYPT, {ENCRYPT: OAEP, SIGN: RSA_SIGNS}, 0),
    ("EC_P256", Family.EC, SIGN, {SIGN: ("ECDSA_SHA_256",)}, 0),
    ("EC_P256K", Family.EC, SIGN, {SIGN: ("ECDSA_SHA_256",)}, 0),
    ("EC_SM2", Family.SM2, ENCRYPT, {ENCRYPT: ("SM2PKE",), SIGN: ("SM2DSA",)}, 0),
    ("HMAC_SHA_224", Family.MAC, MAC, {MAC: ("HMAC_SHA_224",)}, 28),
    ("HMAC_SHA_256", Family.MAC, MAC, {MAC: ("HMAC_SHA_256",)}, 32),
    ("HMAC_SHA_384", Family.MAC, MAC, {MAC: ("HMAC_SHA_384",)}, 48),
    ("HMAC_SHA_512", Family.MAC, MAC, {MAC: ("HMAC_SHA_512",)}, 64),
    ("HMAC_SM3", Family.MAC, MAC, {MAC: ("HMAC_SM3",)}, 32),
]


@pytest.mark.parametrize(("name", "family", "default", "algorithms", "size"), ROWS)
def test_row(name, family, default, algorithms, size):
    spec = spec_of(name)
    assert (spec.name, spec.family, spec.default_usage) == (name, family, default)
    assert spec.algorithms == algorithms
    assert spec.usages == tuple(algorithms)
    assert spec.material_bytes == size
    assert spec.rotates == spec.imports == (family is Family.SYMMETRIC)
    assert set(spec.max_plaintext_bytes) == set(algorithms.get(ENCRYPT, ()))


def test_every_row_is_here():
    assert [row[0] for row in ROWS] == list(SPECS)


def test_usages_are_spelled_as_published():
    assert [*Usage] == ["ENCRYPT/DECRYPT", "SIGN/VERIFY", "GENERATE/VERIFY_MAC"]


@pytest.mark.parametrize(
    ("name", "algorithm", "limit"),
    [
        ("Aliyun_AES_256", "SYMMETRIC_DEFAULT", 6144),
        ("RSA_2048", "RSAES_OAEP_SHA_256", 190),
        ("RSA_2048", "RSAES_OAEP_SHA_1", 214),
        ("RSA_3072", "RSAES_OAEP_SHA_256", 318),
        ("RSA_3072", "RSAES_OAEP_SHA_1", 342),
        ("RSA_4096", "RSAES_OAEP_SHA_256", 446),
        ("RSA_4096", "RSAES_OAEP_SHA_1", 470),
        ("EC_SM2", "SM2PKE", 255),
    ],
)
def test_longest_plaintext(name, algorithm, limit):
    assert spec_of(name).max_plaintext_bytes[algorithm] == limit


@pytest.mark.parametrize("name", ["", "aliyun_aes_256", "Aliyun_AES_512", "RSA_1024", "EC_P384"])
def test_unknown_spec_is_refused(name):
    with pytest.raises(NotOffered):
        spec_of(name)


@pytest.mark.parametrize("name", [*SPECS])
def test_algorithms_belong_to_a_usage(name):
    spec = spec_of(name)
    for usage, algorithms in spec.algorithms.items():
        for algorithm in algorithms:
            check_algorithm(spec, usage, algorithm)
            for other in {*Usage} - {usage}:
                with pytest.raises(NotOffered):
                    check_algorithm(spec, other, algorithm)
    with pytest.raises(NotOffered):
        check_algorithm(spec, spec.default_usage, "ROT_13")


@pytest.mark.parametrize("name", [*made.SYMMETRIC, *made.MACS])
def test_material_has_one_size(name):
    spec = spec_of(name)
    check_material(spec, bytes(spec.material_bytes))
    for wrong in (spec.material_bytes - 1, spec.material_bytes + 1, 0):
        with pytest.raises(BadInput):
            check_material(spec, bytes(wrong))
