"""The public half of a pair in the token, as DER SubjectPublicKeyInfo."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import Attribute, KeyType, Object
from pkcs11.util.ec import encode_named_curve_parameters

from juyong.engines.crypto.paddings import CURVES
from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.specs import SPECS

_CURVES = {encode_named_curve_parameters(SPECS[name].curve): it for name, it in CURVES.items()}
_UNCOMPRESSED = 0x04
_HEADER_BYTES = 2


def public_half(found: Object) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """Read a public key object.

    Raises:
        HsmUnavailable: the token's object is no public key that we know.
    """
    try:
        if found[Attribute.KEY_TYPE] is KeyType.RSA:
            e, n = (
                int.from_bytes(found[attribute], "big")
                for attribute in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS)
            )
            return rsa.RSAPublicNumbers(e, n).public_key()
        curve = _CURVES[bytes(found[Attribute.EC_PARAMS])]()
        return ec.EllipticCurvePublicKey.from_encoded_point(
            curve, _point(bytes(found[Attribute.EC_POINT]), curve)
        )
    except (KeyError, ValueError) as bad:
        raise HsmUnavailable("the token holds a malformed public key") from bad


def spki(found: Object) -> bytes:
    """Return a public key object as DER SubjectPublicKeyInfo."""
    return public_half(found).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _point(value: bytes, curve: ec.EllipticCurve) -> bytes:
    """Return the uncompressed point; some modules leave out the octet string round it."""
    size = 1 + 2 * ((curve.key_size + 7) // 8)
    if len(value) == size and value[0] == _UNCOMPRESSED:
        return value
    return value[_HEADER_BYTES:]
