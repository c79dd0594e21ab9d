"""The token refuses to give a key away, and what is not ours is left alone."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from juyong.hsm.errors import KeyMissing

pkcs11 = pytest.importorskip("pkcs11")

from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, exceptions  # noqa: E402

from juyong.hsm.token.objects import find, object_id  # noqa: E402  # after the skip

SECRET = ("Aliyun_AES_256", "HMAC_SHA_256")
PAIRS = ("RSA_2048", "EC_P256")
PRIVATE_PARTS = {
    "RSA_2048": (
        Attribute.PRIVATE_EXPONENT,
        Attribute.PRIME_1,
        Attribute.PRIME_2,
        Attribute.EXPONENT_1,
        Attribute.COEFFICIENT,
    ),
    "EC_P256": (Attribute.VALUE,),
}


def inside(hsm, spec, label, work):
    return hsm._pool.run(lambda held: work(find(hsm._pool, held, spec, label)))


def rsa_material() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(params=[*SECRET, *PAIRS, "imported AES", "imported RSA"])
def made(hsm, request):
    """Return spec and label of one key of each way to make one."""
    label = "custody-" + os.urandom(8).hex()
    if request.param == "imported AES":
        spec = "Aliyun_AES_256"
        hsm.import_material(spec, label, os.urandom(32))
    elif request.param == "imported RSA":
        spec = "RSA_2048"
        hsm.import_material(spec, label, rsa_material())
    else:
        spec = request.param
        hsm.generate(spec, label)
    yield spec, label
    hsm.destroy(label)


def test_key_is_marked_as_kept(hsm, made):
    def read(found):
        return [
            found[attribute]
            for attribute in (
                Attribute.TOKEN,
                Attribute.PRIVATE,
                Attribute.SENSITIVE,
                Attribute.EXTRACTABLE,
            )
        ]

    assert inside(hsm, *made, read) == [True, True, True, False]


def test_reading_the_value_is_refused_by_the_token(hsm, made):
    spec, _ = made
    for attribute in PRIVATE_PARTS.get(spec, (Attribute.VALUE,)):

        def read(found, attribute=attribute):
            with pytest.raises(exceptions.AttributeSensitive):
                found[attribute]

        inside(hsm, *made, read)


def test_wrapping_out_is_refused_by_the_token(hsm, made):
    def wrap(found):
        wrapping = found.session.generate_key(KeyType.AES, 256, store=False)
        mechanism = (
            Mechanism.AES_KEY_WRAP_PAD
            if found.object_class is ObjectClass.PRIVATE_KEY
            else Mechanism.AES_KEY_WRAP
        )
        with pytest.raises(exceptions.KeyUnextractable):
            wrapping.wrap_key(found, mechanism=mechanism)

    inside(hsm, *made, wrap)


@pytest.mark.parametrize(
    ("attribute", "value"), [(Attribute.EXTRACTABLE, True), (Attribute.SENSITIVE, False)]
)
def test_loosening_is_refused_by_the_token(hsm, made, attribute, value):
    def loosen(found):
        with pytest.raises(exceptions.AttributeReadOnly):
            found[attribute] = value
        with pytest.raises(exceptions.AttributeReadOnly):
            found.copy({attribute: value, Attribute.TOKEN: False})

    inside(hsm, *made, loosen)


def test_key_neither_wraps_nor_derives(hsm, made):
    def read(found):
        flags = [Attribute.UNWRAP, Attribute.DERIVE]
        if found.object_class is ObjectClass.SECRET_KEY:
            flags.append(Attribute.WRAP)
        return [found[flag] for flag in flags]

    assert not any(inside(hsm, *made, read))


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("foreign", b"1234"),
        ("juyong/Aliyun_AES_256/foreign", b""),
        ("juyong/Aliyun_AES_256/foreign", object_id("other")),
        ("juyong/Aliyun_AES_256", object_id("foreign")),
        ("other/Aliyun_AES_256/foreign", object_id("foreign")),
        ("", b""),
    ],
)
def test_foreign_objects_are_never_touched(hsm, name, identity):
    def create(held):
        return held.session.generate_key(KeyType.AES, 256, store=True, label=name, id=identity)

    def objects(held):
        return list(held.session.get_objects({Attribute.LABEL: name, Attribute.ID: identity}))

    foreign = hsm._pool.run(create)
    try:
        assert "foreign" not in list(hsm.labels())
        with pytest.raises(KeyMissing):
            hsm.key("Aliyun_AES_256", "foreign").seal(b"n" * 12, b"", b"")
        hsm.generate("Aliyun_AES_256", "foreign")
        hsm.destroy("foreign")
        assert len(hsm._pool.run(objects)) == 1
    finally:
        foreign.destroy()


def test_half_made_key_is_no_key_but_is_listed_and_cleared(hsm):
    def half(held):
        name = {Attribute.LABEL: "juyong?/EC_P256/half", Attribute.ID: object_id("half")}
        held.session.generate_key(KeyType.AES, 256, store=True, template=name)
        public = {Attribute.LABEL: "juyong/EC_P256/half", Attribute.ID: object_id("half")}
        held.session.generate_key(
            KeyType.AES,
            256,
            store=True,
            template={**public, Attribute.LABEL: "juyong?/RSA_2048/half"},
        )

    hsm._pool.run(half)
    with pytest.raises(KeyMissing):
        hsm.public_key("half")
    assert "half" in list(hsm.labels())
    hsm.generate("EC_P256", "half")
    assert (
        hsm._pool.run(
            lambda held: len(list(held.session.get_objects({Attribute.ID: object_id("half")})))
        )
        == 2
    )
    hsm.destroy("half")
    assert "half" not in list(hsm.labels())
