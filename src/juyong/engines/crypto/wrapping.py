"""Key material that travels: in, wrapped to a key of the platform; out, to a caller's key.

Source: KMS API reference, GetParametersForImport, ImportKeyMaterial, ExportDataKey (documented).
"""

from collections.abc import Mapping

from juyong.engines.crypto.keys import BadInput, NotOffered, Undecipherable
from juyong.engines.crypto.pairs import RsaPair
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.software import load_private
from juyong.engines.crypto.specs import check_material, spec_of

PKCS1 = "RSAES_PKCS1_V1_5"

IMPORTS: Mapping[str, tuple[str, ...]] = {
    "RSA_2048": (PKCS1, "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
    "EC_SM2": ("SM2PKE",),
}
"""Algorithms by which material may come in, per spec of the wrapping key."""

EXPORTS: Mapping[str, tuple[str, ...]] = {
    "RSA_2048": ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"),
    "EC_SM2": ("SM2PKE",),
}
"""Algorithms by which data keys may go out, per spec of the caller's key."""


def check_import(material_spec: str, wrapping_spec: str, algorithm: str) -> None:
    """Refuse material that cannot be imported, before a wrapping key is made for it.

    Raises:
        NotOffered: the material cannot be imported, or not wrapped like this.
    """
    if not spec_of(material_spec).imports:
        raise NotOffered(f"material of {material_spec} cannot be imported")
    if algorithm not in IMPORTS.get(wrapping_spec, ()):
        raise NotOffered("no such wrapping key and algorithm")


def unwrap(
    *, material_spec: str, wrapping_spec: str, algorithm: str, wrapping_key: bytes, wrapped: bytes
) -> bytes:
    """Return imported material.

    Args:
        material_spec: Of the key it is for; says its size.
        wrapping_spec: Of the platform's wrapping key.
        algorithm: One of `IMPORTS`.
        wrapping_key: Material of the platform's private key.
        wrapped: What the caller sent.

    Raises:
        Undecipherable: it does not open, or is of another size.
        NotOffered: the pairing is not served.

    SECURITY: one error for both causes, so that it tells nothing about the padding. With PKCS1 a
    broken block opens as random bytes that depend on key and block alone (implicit rejection); now
    and then they have the right size, which a caller finds out by encrypting something.
    """
    check_import(material_spec, wrapping_spec, algorithm)
    if algorithm == PKCS1:
        material = RsaPair(spec_of(wrapping_spec), wrapping_key).decrypt_pkcs1(wrapped)
    else:
        material = load_private(wrapping_spec, wrapping_key).decrypt(algorithm, wrapped)
    try:
        check_material(spec_of(material_spec), material)
    except BadInput:
        raise Undecipherable("the ciphertext does not open") from None
    return material


def wrap_for_export(
    *, wrapping_spec: str, algorithm: str, public_key: bytes, data_key: bytes
) -> bytes:
    """Return a data key wrapped to a caller's public key.

    Args:
        wrapping_spec: What the caller says the key is.
        algorithm: One of `EXPORTS`.
        public_key: DER SubjectPublicKeyInfo, the caller's.
        data_key: At most as long as the algorithm takes.

    Raises:
        BadInput: the key is not of the spec, or the data key too long.
        NotOffered: the pairing is not served.
    """
    if algorithm not in EXPORTS.get(wrapping_spec, ()):
        raise NotOffered("no such wrapping key and algorithm")
    return load_public(wrapping_spec, public_key).encrypt(algorithm, data_key)
