"""Private keys as DER PKCS#8, read and checked against a spec."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from juyong.engines.crypto.keys import BadInput
from juyong.engines.crypto.paddings import CURVES
from juyong.hsm.specs import Kind, Spec

PUBLIC_EXPONENT = 65537


def read_pair(spec: Spec, material: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """Read a pair of spec from PKCS#8.

    Raises:
        BadInput: it is something else. The text says nothing of the material.
    """
    try:
        key = load_der_private_key(material, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("material is no private key as PKCS#8") from None
    if spec.kind is Kind.RSA and isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_numbers()
        if key.key_size == spec.bits and public.e == PUBLIC_EXPONENT:
            return key
    elif (
        spec.kind is Kind.EC
        and isinstance(key, ec.EllipticCurvePrivateKey)
        and isinstance(key.curve, CURVES[spec.name])
    ):
        return key
    raise BadInput(f"material is no private key of `{spec.name}`")
