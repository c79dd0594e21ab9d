"""Keys in memory: what each spec does, what it refuses, and both sides of each limit."""

import builtins
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from tests.unit.engines.crypto import made

from juyong.engines.crypto.keys import (
    BadInput,
    BadSignature,
    LibraryMissing,
    NotOffered,
    Undecipherable,
)
from juyong.engines.crypto.macs import verify_mac
from juyong.engines.crypto.public import MAX_DER_BYTES, load_public
from juyong.engines.crypto.software import (
    generate,
    load,
    load_mac,
    load_private,
    load_symmetric,
    public_of,
)
from juyong.engines.crypto.specs import SPECS, Usage, spec_of

DIGEST = hashlib.sha256(b"message").digest()
OTHER = hashlib.sha256(b"another").digest()
SIGNING = [(s, a) for s in made.PAIRS for a in SPECS[s].algorithms[Usage.SIGN]]
ENCRYPTING = [(s, a) for s in made.PAIRS for a in SPECS[s].algorithms.get(Usage.ENCRYPT, ())]


def pair(spec):
    return load_private(spec, made.material(spec)), load_public(spec, made.public(spec))


@pytest.mark.parametrize("spec", [*made.SYMMETRIC, *made.MACS])
def test_raw_material_has_its_size_and_is_never_the_same(spec):
    assert len(generate(spec)) == spec_of(spec).material_bytes
    assert generate(spec) != generate(spec)


def test_counts():
    assert (len(SIGNING), len(ENCRYPTING)) == (9, 7)


@pytest.mark.parametrize("spec", made.SYMMETRIC)
def test_symmetric_round_trip(spec):
    key = load_symmetric(spec, made.material(spec))
    sealed = key.seal(made.NONCE, b"plaintext", b"aad")
    assert len(sealed) == 9 + 16
    assert key.open(made.NONCE, sealed, b"aad") == b"plaintext"
    for nonce, body, aad in (
        (bytes(12), sealed, b"aad"),
        (made.NONCE, sealed, b"other"),
        (made.NONCE, sealed[:-1], b"aad"),
        (made.NONCE, sealed + b"\0", b"aad"),
        (made.NONCE, sealed[:15], b"aad"),
        (made.NONCE, b"", b"aad"),
    ):
        with pytest.raises(Undecipherable):
            key.open(nonce, body, aad)
    with pytest.raises(Undecipherable):
        load_symmetric(spec, generate(spec)).open(made.NONCE, sealed, b"aad")


@pytest.mark.parametrize("spec", made.SYMMETRIC)
@pytest.mark.parametrize("size", [0, 11, 13, 16])
def test_nonce_has_twelve_bytes(spec, size):
    key = load_symmetric(spec, made.material(spec))
    with pytest.raises(BadInput):
        key.seal(bytes(size), b"", b"")
    with pytest.raises(BadInput):
        key.open(bytes(size), bytes(16), b"")


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
def test_signature_fits_its_digest_only(spec, algorithm):
    private, public = pair(spec)
    signature = private.sign(algorithm, DIGEST)
    public.verify(algorithm, DIGEST, signature)
    for digest, value in (
        (OTHER, signature),
        (DIGEST, signature[:-1]),
        (DIGEST, signature + b"\0"),
        (DIGEST, b""),
        (DIGEST, bytes(len(signature))),
        (DIGEST, signature[:-1] + bytes([signature[-1] ^ 1])),
    ):
        with pytest.raises(BadSignature):
            public.verify(algorithm, digest, value)


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
@pytest.mark.parametrize("size", [0, 20, 31, 33, 64])
def test_digest_has_32_bytes(spec, algorithm, size):
    private, public = pair(spec)
    with pytest.raises(BadInput):
        private.sign(algorithm, bytes(size))
    with pytest.raises(BadInput):
        public.verify(algorithm, bytes(size), b"")


def test_salt_has_32_bytes_and_any_length_verifies():
    private, public = pair("RSA_2048")
    key = serialization.load_der_public_key(made.public("RSA_2048"))
    signature = private.sign("RSA_PSS_SHA_256", DIGEST)
    mgf = padding.MGF1(hashes.SHA256())
    key.verify(signature, b"message", padding.PSS(mgf, 32), hashes.SHA256())
    signer = serialization.load_der_private_key(made.material("RSA_2048"), None)
    for salt in (0, 20, 222):
        other = signer.sign(b"message", padding.PSS(mgf, salt), hashes.SHA256())
        public.verify("RSA_PSS_SHA_256", DIGEST, other)


def test_one_rsa_signature_is_not_the_other():
    private, public = pair("RSA_2048")
    with pytest.raises(BadSignature):
        public.verify("RSA_PSS_SHA_256", DIGEST, private.sign("RSA_PKCS1_SHA_256", DIGEST))
    with pytest.raises(BadSignature):
        public.verify("RSA_PKCS1_SHA_256", DIGEST, private.sign("RSA_PSS_SHA_256", DIGEST))


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTING)
def test_decrypts_up_to_the_limit(spec, algorithm):
    private, public = pair(spec)
    limit = spec_of(spec).max_plaintext_bytes[algorithm]
    for plaintext in (b"\0", b"x" * limit):
        ciphertext = public.encrypt(algorithm, plaintext)
        assert private.decrypt(algorithm, ciphertext) == plaintext
    with pytest.raises(BadInput):
        public.encrypt(algorithm, b"x" * (limit + 1))
    if spec == "EC_SM2":
        with pytest.raises(BadInput):
            public.encrypt(algorithm, b"")
    else:
        assert len(ciphertext) == spec_of(spec).modulus_bits // 8


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTING)
def test_decryption_fails_in_one_way(spec, algorithm):
    private, public = pair(spec)
    good = public.encrypt(algorithm, b"plaintext")
    size = len(good)
    texts = set()
    for bad in (
        *(b"", b"\0", good[:-1], good + b"\0", bytes(size), b"\xff" * size),
        *(good[:-1] + bytes([good[-1] ^ 1]), bytes([good[0] ^ 1]) + good[1:], good * 20),
    ):
        with pytest.raises(Undecipherable) as refused:
            private.decrypt(algorithm, bad)
        texts.add(str(refused.value))
        assert refused.value.__suppress_context__
    assert len(texts) == 1


def test_oaep_hashes_do_not_mix():
    private, public = pair("RSA_2048")
    for ours, other in (
        ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
        ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"),
    ):
        with pytest.raises(Undecipherable):
            private.decrypt(ours, public.encrypt(other, b"x"))


@pytest.mark.parametrize("spec", made.PAIRS)
def test_pairs_refuse_what_is_not_theirs(spec):
    private, public = pair(spec)
    own = {each for values in spec_of(spec).algorithms.values() for each in values}
    every = {a for s in SPECS.values() for values in s.algorithms.values() for a in values}
    for algorithm in {*every, "RSAES_PKCS1_V1_5", ""} - own:
        for call in (
            lambda: private.sign(algorithm, DIGEST),  # noqa: B023
            lambda: private.decrypt(algorithm, b""),  # noqa: B023
            lambda: public.encrypt(algorithm, b""),  # noqa: B023
            lambda: public.verify(algorithm, DIGEST, b""),  # noqa: B023
        ):
            with pytest.raises(NotOffered):
                call()


@pytest.mark.parametrize("spec", made.MACS)
def test_code_of_a_whole_message(spec):
    key = load_mac(spec, made.material(spec))
    code = key.mac(spec, b"message")
    assert len(code) == spec_of(spec).material_bytes
    verify_mac(key, spec, b"message", code)
    for message, wrong in (
        *((b"messages", code), (b"message", code[:-1]), (b"message", b"")),
        *((b"message", code + b"\0"), (b"message", bytes([code[0] ^ 1]) + code[1:])),
    ):
        with pytest.raises(BadSignature):
            verify_mac(key, spec, message, wrong)
    other = "HMAC_SM3" if spec != "HMAC_SM3" else "HMAC_SHA_256"
    with pytest.raises(NotOffered):
        key.mac(other, b"message")


@pytest.mark.parametrize("spec", [*SPECS])
def test_load_takes_its_own_material_only(spec):
    key = load(spec, made.material(spec))
    family = spec_of(spec).family
    assert hasattr(key, {"symmetric": "seal", "mac": "mac"}.get(family, "sign"))
    for other in made.SYMMETRIC[:1] + made.PAIRS + made.MACS[:1]:
        if len(made.material(other)) == len(made.material(spec)) and other not in made.PAIRS:
            continue
        if other != spec:
            with pytest.raises(BadInput):
                load(spec, made.material(other))
    for wrong in (b"", made.material(spec)[:-1], made.material(spec) + b"\0"):
        with pytest.raises(BadInput):
            load(spec, wrong)


def test_loaders_are_of_one_family():
    for loader, specs in (
        (load_symmetric, made.SYMMETRIC),
        (load_private, made.PAIRS),
        (load_mac, made.MACS),
    ):
        for spec in {*SPECS} - {*specs}:
            with pytest.raises(NotOffered):
                loader(spec, made.material(spec))
    for spec in {*SPECS} - {*made.PAIRS}:
        with pytest.raises(NotOffered):
            public_of(spec, made.material(spec))
        with pytest.raises(NotOffered):
            load_public(spec, b"")


def test_edwards_material_is_refused():
    key = ed25519.Ed25519PrivateKey.generate()
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for spec in ("RSA_2048", "EC_P256", "EC_SM2"):
        with pytest.raises(BadInput):
            load_private(spec, der)


@pytest.mark.parametrize("spec", made.PAIRS)
def test_public_keys_are_read_strictly(spec):
    der = made.public(spec)
    load_public(spec, der)
    refused = [b"", der[:-1], der + b"\0", b"0" * MAX_DER_BYTES, b"0" * (MAX_DER_BYTES + 1)]
    refused += [made.public(other) for other in made.PAIRS if other != spec]
    for wrong in refused:
        with pytest.raises(BadInput):
            load_public(spec, wrong)


@pytest.mark.parametrize("spec", ["EC_P256", "EC_P256K", "EC_SM2"])
def test_points_off_the_curve_are_refused(spec):
    der = made.public(spec)
    for at in range(-64, 0):
        wrong = bytearray(der)
        wrong[at] ^= 1
        with pytest.raises(BadInput):
            load_public(spec, bytes(wrong))
    for point in (bytes(64), b"\xff" * 64):
        with pytest.raises(BadInput):
            load_public(spec, der[:-64] + point)


def test_bytes_before_an_sm2_point_are_refused():
    der = made.public("EC_SM2")
    with pytest.raises(BadInput):
        load_public("EC_SM2", der[:-64] + b"\0" + der[-64:])


def test_what_is_too_long_for_a_key_is_not_parsed(monkeypatch):
    sizes = []

    def parse(der):
        sizes.append(len(der))
        raise ValueError

    monkeypatch.setattr("juyong.engines.crypto.public.load_der_public_key", parse)
    for size in (MAX_DER_BYTES - 1, MAX_DER_BYTES, MAX_DER_BYTES + 1, 10**6):
        with pytest.raises(BadInput):
            load_public("RSA_4096", bytes(size))
    assert sizes == [MAX_DER_BYTES - 1, MAX_DER_BYTES]


def test_another_encoding_of_a_key_is_refused():
    key = serialization.load_der_public_key(made.public("EC_P256"))
    point = key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    assert serialization.load_der_public_key(compressed) == key
    with pytest.raises(BadInput):
        load_public("EC_P256", compressed)
    bare = serialization.load_der_public_key(made.public("RSA_2048")).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    with pytest.raises(BadInput):
        load_public("RSA_2048", bare)


def rsa_der(e: int, n: int) -> bytes:
    def integer(value):
        data = value.to_bytes(value.bit_length() // 8 + 1, "big")
        return b"\x02" + length(len(data)) + data

    def length(size):
        return bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")

    def framed(tag, body):
        return tag + length(len(body)) + body

    key = framed(b"\x30", integer(n) + integer(e))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return framed(b"\x30", algorithm + framed(b"\x03", b"\0" + key))


def test_rsa_numbers_have_bounds():
    numbers = serialization.load_der_public_key(made.public("RSA_2048")).public_numbers()
    assert rsa_der(65537, numbers.n) == made.public("RSA_2048")
    for e in (3, 17, 65537, (1 << 64) - 1):
        load_public("RSA_2048", rsa_der(e, numbers.n))
    for e in (0, 1, 2, 65536, (1 << 64) + 1, numbers.n - 2):
        with pytest.raises(BadInput):
            load_public("RSA_2048", rsa_der(e, numbers.n))
    with pytest.raises(BadInput):
        load_public("RSA_2048", rsa_der(65537, numbers.n - 1))


def test_rsa_of_other_sizes_is_refused():
    for bits in (1024, 2047, 2056):
        key = rsa.generate_private_key(65537, bits) if bits != 2047 else None
        n = key.public_key().public_numbers().n if key else (1 << 2046) + 1
        with pytest.raises(BadInput):
            load_public("RSA_2048", rsa_der(65537, n))


def test_sm2_speaks_the_encodings_of_others():
    material, der = made.material("EC_SM2"), made.public("EC_SM2")
    assert der[:27].hex() == "3059301306072a8648ce3d020106082a811ccf5501822d03420004"
    assert material.endswith(der[-64:])
    private, public = pair("EC_SM2")
    assert private.public_key() == der
    r_and_s = private.sign("SM2DSA", DIGEST)
    assert r_and_s[0] == 0x30
    ciphertext = public.encrypt("SM2PKE", b"text")
    assert ciphertext[0] == 0x30
    assert ciphertext.endswith(b"\x04\x04" + ciphertext[-4:])


def test_sm2_framing_is_compared_byte_for_byte():
    material, der = made.material("EC_SM2"), made.public("EC_SM2")
    scalar_at = material.index(bytes.fromhex("0420")) + 2
    framing = [*range(scalar_at), *range(scalar_at + 32, len(material) - 64)]
    assert len(framing) == 138 - 32 - 64
    for at in framing:
        wrong = bytearray(material)
        wrong[at] ^= 1
        with pytest.raises(BadInput):
            load_private("EC_SM2", bytes(wrong))
    for at in range(len(der) - 64):
        wrong = bytearray(der)
        wrong[at] ^= 1
        with pytest.raises(BadInput):
            load_public("EC_SM2", bytes(wrong))


def test_sm2_scalar_has_bounds():
    material = made.material("EC_SM2")
    order = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
    at = material.index(bytes.fromhex("0420")) + 2

    def with_scalar(value):
        return material[:at] + value.to_bytes(32, "big") + material[at + 32 :]

    for scalar in (1, order - 2):
        load_private("EC_SM2", with_scalar(scalar)).sign("SM2DSA", DIGEST)
    for scalar in (0, order - 1, order, (1 << 256) - 1):
        with pytest.raises(BadInput):
            load_private("EC_SM2", with_scalar(scalar))


def test_sm2_without_its_library_names_the_extra(monkeypatch):
    material, der = made.material("EC_SM2"), made.public("EC_SM2")
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("gmssl"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    for call in (
        lambda: generate("EC_SM2"),
        lambda: load_private("EC_SM2", material),
        lambda: load_public("EC_SM2", der),
    ):
        with pytest.raises(LibraryMissing, match=r"juyong\[sm\]"):
            call()


def test_ec_key_on_another_curve_is_refused():
    key = ec.generate_private_key(ec.SECP384R1())
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for spec in ("EC_P256", "EC_P256K"):
        with pytest.raises(BadInput):
            load_public(spec, der)
