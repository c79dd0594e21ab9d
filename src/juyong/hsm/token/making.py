"""Objects that never leave the token: generated ones, and imported ones."""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkcs11 import Attribute, KeyType, MechanismFlag, Object, ObjectClass, Session
from pkcs11.util import biginteger
from pkcs11.util.ec import encode_named_curve_parameters

from juyong.hsm.specs import Kind, Spec
from juyong.hsm.token.pairs import PUBLIC_EXPONENT, read_pair

Template = dict[Attribute, Any]
_USES = {
    Kind.AES: MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
    Kind.MAC: MechanismFlag.SIGN | MechanismFlag.VERIFY,
    Kind.RSA: MechanismFlag.ENCRYPT
    | MechanismFlag.DECRYPT
    | MechanismFlag.SIGN
    | MechanismFlag.VERIFY,
    Kind.EC: MechanismFlag.SIGN | MechanismFlag.VERIFY,
}
_TYPES = {
    Kind.AES: KeyType.AES,
    Kind.MAC: KeyType.GENERIC_SECRET,
    Kind.RSA: KeyType.RSA,
    Kind.EC: KeyType.EC,
}
# SECURITY: what makes the token refuse to give a key away; tests prove that it does.
_KEPT: Mapping[Attribute, Any] = {
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}


def generate(session: Session, spec: Spec, name: Template, *, store: bool) -> list[Object]:
    """Generate a key inside the token; the object that uses it is last."""
    uses, kept = _USES[spec.kind], {**_KEPT, **name}
    if not spec.kind.paired:
        made = session.generate_key(
            _TYPES[spec.kind], spec.bits, store=store, capabilities=uses, template=kept
        )
        return [made]
    public: Template = {**name, Attribute.PRIVATE: False}
    if spec.kind is Kind.RSA:
        pair = session.generate_keypair(
            KeyType.RSA,
            spec.bits,
            store=store,
            capabilities=uses,
            public_template=public,
            private_template=kept,
        )
    else:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(spec.curve)}
        pair = session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
            store=store, capabilities=uses, public_template=public, private_template=kept
        )
    return list(pair)


def put_in(spec: Spec, material: bytes) -> Callable[[Session, Template], list[Object]]:
    """Return a maker of objects from material; the object that uses the key comes last.

    Raises:
        BadInput: the material is none of spec; nothing was created.
    """
    templates = _pair(spec, material) if spec.kind.paired else [_secret(spec, material)]

    def create(session: Session, name: Template) -> list[Object]:
        return [session.create_object({**one, Attribute.TOKEN: True, **name}) for one in templates]

    return create


def _secret(spec: Spec, material: bytes) -> Template:
    return {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: _TYPES[spec.kind],
        Attribute.VALUE: material,
        **_flags(spec, Attribute.ENCRYPT, Attribute.DECRYPT, Attribute.SIGN, Attribute.VERIFY),
        Attribute.WRAP: False,
        Attribute.UNWRAP: False,
        Attribute.DERIVE: False,
        **_KEPT,
    }


def _pair(spec: Spec, material: bytes) -> list[Template]:
    key = read_pair(spec, material)
    public, private = _rsa(key) if isinstance(key, rsa.RSAPrivateKey) else _ec(spec, key)
    kind = {Attribute.KEY_TYPE: _TYPES[spec.kind]}
    return [
        {
            Attribute.CLASS: ObjectClass.PUBLIC_KEY,
            **kind,
            **public,
            **_flags(spec, Attribute.ENCRYPT, Attribute.VERIFY),
            Attribute.PRIVATE: False,
        },
        {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            **kind,
            **private,
            **_flags(spec, Attribute.DECRYPT, Attribute.SIGN),
            Attribute.UNWRAP: False,
            Attribute.DERIVE: False,
            **_KEPT,
        },
    ]


def _flags(spec: Spec, *flags: Attribute) -> Template:
    uses = _USES[spec.kind]
    return {flag: bool(uses & MechanismFlag[flag.name]) for flag in flags}


def _rsa(key: rsa.RSAPrivateKey) -> tuple[Template, Template]:
    numbers = key.private_numbers()
    public: Template = {
        Attribute.MODULUS: biginteger(numbers.public_numbers.n),
        Attribute.PUBLIC_EXPONENT: biginteger(PUBLIC_EXPONENT),
    }
    private: Template = {
        **public,
        Attribute.PRIVATE_EXPONENT: biginteger(numbers.d),
        Attribute.PRIME_1: biginteger(numbers.p),
        Attribute.PRIME_2: biginteger(numbers.q),
        Attribute.EXPONENT_1: biginteger(numbers.dmp1),
        Attribute.EXPONENT_2: biginteger(numbers.dmq1),
        Attribute.COEFFICIENT: biginteger(numbers.iqmp),
    }
    return public, private


def _ec(spec: Spec, key: ec.EllipticCurvePrivateKey) -> tuple[Template, Template]:
    numbers = key.private_numbers()
    size = spec.bits // 8
    point = b"\x04" + b"".join(
        coordinate.to_bytes(size, "big")
        for coordinate in (numbers.public_numbers.x, numbers.public_numbers.y)
    )
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(spec.curve)}
    # The attribute is the point as a DER octet string, whose header is tag and length.
    public = {**curve, Attribute.EC_POINT: bytes([0x04, len(point)]) + point}
    return public, {**curve, Attribute.VALUE: numbers.private_value.to_bytes(size, "big")}
