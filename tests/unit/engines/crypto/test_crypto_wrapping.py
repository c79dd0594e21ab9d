"""Material that travels: in by every published algorithm, out to a caller's key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from tests.unit.engines.crypto import made

from juyong.engines.crypto import pairs
from juyong.engines.crypto.keys import BadInput, NotOffered, Undecipherable
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.software import load_private
from juyong.engines.crypto.specs import SPECS, spec_of
from juyong.engines.crypto.wrapping import (
    EXPORTS,
    IMPORTS,
    PKCS1,
    check_import,
    unwrap,
    wrap_for_export,
)

WAYS = [(spec, algorithm) for spec, algorithms in IMPORTS.items() for algorithm in algorithms]
OUT = [(spec, algorithm) for spec, algorithms in EXPORTS.items() for algorithm in algorithms]
KEY = bytes(range(32))


def wrapped(spec, algorithm, material=KEY):
    """Wrap as a client does; PKCS #1 v1.5 by the library alone, since we never make it."""
    if algorithm == PKCS1:
        return load_der_public_key(made.public(spec)).encrypt(material, padding.PKCS1v15())
    return load_public(spec, made.public(spec)).encrypt(algorithm, material)


def unwrapped(spec, algorithm, data, material_spec="Aliyun_AES_256"):
    return unwrap(
        material_spec=material_spec,
        wrapping_spec=spec,
        algorithm=algorithm,
        wrapping_key=made.material(spec),
        wrapped=data,
    )


def test_counts():
    assert (len(WAYS), len(OUT)) == (4, 3)


@pytest.mark.parametrize(("spec", "algorithm"), WAYS)
@pytest.mark.parametrize("material_spec", made.SYMMETRIC)
def test_material_comes_in(spec, algorithm, material_spec):
    material = made.material(material_spec)
    data = wrapped(spec, algorithm, material)
    assert unwrapped(spec, algorithm, data, material_spec) == material


@pytest.mark.parametrize(("spec", "algorithm"), WAYS)
def test_what_does_not_open_and_what_does_not_fit_look_the_same(spec, algorithm):
    good = wrapped(spec, algorithm)
    wrongs = [wrapped(spec, algorithm, KEY[:size]) for size in (1, 16, 24, 31)]
    wrongs += [wrapped(spec, algorithm, KEY + b"\0"), b"", good[:-1], good + b"\0", b"\xff" * 256]
    wrongs += [b"x" * 5000]
    texts = set()
    for wrong in wrongs:
        with pytest.raises(Undecipherable) as refused:
            unwrapped(spec, algorithm, wrong)
        texts.add(str(refused.value))
    assert len(texts) == 1


@pytest.mark.parametrize(("spec", "algorithm"), WAYS)
def test_one_algorithm_is_not_another(spec, algorithm):
    data = wrapped(spec, algorithm)
    for other_spec, other in WAYS:
        if (other_spec, other) != (spec, algorithm) and other != PKCS1:
            with pytest.raises(Undecipherable):
                unwrapped(other_spec, other, data)


def test_a_broken_pkcs1_block_opens_as_the_same_random_bytes():
    key = pairs.RsaPair(spec_of("RSA_2048"), made.material("RSA_2048"))
    oaep = wrapped("RSA_2048", "RSAES_OAEP_SHA_256")
    first = key.decrypt_pkcs1(oaep)
    assert first == key.decrypt_pkcs1(oaep)
    assert first != KEY


def test_a_library_that_tells_paddings_apart_is_not_used(monkeypatch):
    data = wrapped("RSA_2048", PKCS1)
    assert unwrapped("RSA_2048", PKCS1, data) == KEY
    monkeypatch.setattr(pairs, "_rejects_implicitly", lambda _key: False)
    with pytest.raises(NotOffered, match="implicit rejection"):
        unwrapped("RSA_2048", PKCS1, data)
    assert unwrapped("RSA_2048", "RSAES_OAEP_SHA_1", wrapped("RSA_2048", "RSAES_OAEP_SHA_1"))


def test_the_probe_asks_the_library():
    class Telling:
        key_size = 2048

        def decrypt(self, ciphertext, _padding):
            assert int.from_bytes(ciphertext, "big") == 1
            raise ValueError

    assert not pairs._rejects_implicitly(Telling())


@pytest.mark.parametrize(
    ("material_spec", "wrapping_spec", "algorithm"),
    [
        *((spec, "RSA_2048", PKCS1) for spec in SPECS if spec not in made.SYMMETRIC),
        ("Aliyun_AES_256", "RSA_2048", "SM2PKE"),
        ("Aliyun_AES_256", "RSA_2048", ""),
        ("Aliyun_AES_256", "RSA_3072", PKCS1),
        ("Aliyun_AES_256", "EC_SM2", PKCS1),
        ("Aliyun_AES_256", "EC_P256", "ECDSA_SHA_256"),
        ("Aliyun_AES_512", "RSA_2048", PKCS1),
    ],
)
def test_pairing_that_is_not_served(material_spec, wrapping_spec, algorithm):
    with pytest.raises(NotOffered):
        check_import(material_spec, wrapping_spec, algorithm)
    with pytest.raises(NotOffered):
        unwrap(
            material_spec=material_spec,
            wrapping_spec=wrapping_spec,
            algorithm=algorithm,
            wrapping_key=b"",
            wrapped=b"",
        )


def exported(spec, algorithm, data_key=KEY, public_key=None):
    return wrap_for_export(
        wrapping_spec=spec,
        algorithm=algorithm,
        public_key=made.public(spec) if public_key is None else public_key,
        data_key=data_key,
    )


@pytest.mark.parametrize(("spec", "algorithm"), OUT)
def test_data_key_goes_out(spec, algorithm):
    private = load_private(spec, made.material(spec))
    assert private.decrypt(algorithm, exported(spec, algorithm)) == KEY
    limit = spec_of(spec).max_plaintext_bytes[algorithm]
    assert private.decrypt(algorithm, exported(spec, algorithm, b"x" * limit)) == b"x" * limit
    with pytest.raises(BadInput):
        exported(spec, algorithm, b"x" * (limit + 1))


@pytest.mark.parametrize(("spec", "algorithm"), OUT)
def test_public_key_must_be_of_the_spec(spec, algorithm):
    for other in {*made.PAIRS} - {spec}:
        with pytest.raises(BadInput):
            exported(spec, algorithm, public_key=made.public(other))
    for wrong in (b"", b"x", made.public(spec)[:-1], made.public(spec) + b"\0"):
        with pytest.raises(BadInput):
            exported(spec, algorithm, public_key=wrong)


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        *(("RSA_2048", PKCS1), ("RSA_3072", "RSAES_OAEP_SHA_256"), ("EC_SM2", "SM2DSA")),
        *(("EC_P256", "ECDSA_SHA_256"), ("", "")),
    ],
)
def test_export_that_is_not_served(spec, algorithm):
    with pytest.raises(NotOffered):
        exported(spec, algorithm, public_key=b"")
