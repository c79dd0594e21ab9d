"""Keys over material in memory: make material, and load the key that it is.

Material is raw bytes for symmetric and MAC keys, and PKCS#8 DER for every kind of pair.
"""

from juyong.base.ids import random_bytes
from juyong.engines.crypto import sm2
from juyong.engines.crypto.keys import MacKey, NotOffered, PrivateKey, SymmetricKey
from juyong.engines.crypto.macs import HmacKey
from juyong.engines.crypto.pairs import EcPair, RsaPair, generate_ec, generate_rsa
from juyong.engines.crypto.specs import Family, check_material, spec_of
from juyong.engines.crypto.symmetric import AesGcm, Sm4Gcm


def generate(spec_name: str) -> bytes:
    """Return new material.

    Raises:
        NotOffered: no such spec.
        LibraryMissing: EC_SM2 without its extra.

    COST: an RSA pair takes 0.1 to several seconds, SM2 0.1 ms, the rest microseconds.
    """
    spec = spec_of(spec_name)
    match spec.family:
        case Family.RSA:
            return generate_rsa(spec)
        case Family.EC:
            return generate_ec(spec)
        case Family.SM2:
            return sm2.generate()
        case Family.SYMMETRIC | Family.MAC:
            return random_bytes(spec.material_bytes)


def load(spec_name: str, material: bytes) -> SymmetricKey | PrivateKey | MacKey:
    """Return the key that the material is.

    Raises:
        NotOffered: no such spec.
        BadInput: the material is not of the spec.
        LibraryMissing: EC_SM2 without its extra.
    """
    match spec_of(spec_name).family:
        case Family.SYMMETRIC:
            return load_symmetric(spec_name, material)
        case Family.MAC:
            return load_mac(spec_name, material)
        case Family.RSA | Family.EC | Family.SM2:
            return load_private(spec_name, material)


def load_symmetric(spec_name: str, material: bytes) -> SymmetricKey:
    """Return a symmetric key; raises as `load` does, and NotOffered for specs of other families."""
    spec = spec_of(spec_name)
    if spec.family is not Family.SYMMETRIC:
        raise NotOffered(f"{spec_name} is not symmetric")
    check_material(spec, material)
    return Sm4Gcm(material) if spec_name == "Aliyun_SM4" else AesGcm(material)


def load_private(spec_name: str, material: bytes) -> PrivateKey:
    """Return a private key; raises as `load` does, and NotOffered for specs of other families."""
    spec = spec_of(spec_name)
    match spec.family:
        case Family.RSA:
            return RsaPair(spec, material)
        case Family.EC:
            return EcPair(spec, material)
        case Family.SM2:
            return sm2.Sm2PrivateKey(material)
        case Family.SYMMETRIC | Family.MAC:
            raise NotOffered(f"{spec_name} is no pair")


def load_mac(spec_name: str, material: bytes) -> MacKey:
    """Return a MAC key; raises as `load` does, and NotOffered for specs of other families."""
    spec = spec_of(spec_name)
    if spec.family is not Family.MAC:
        raise NotOffered(f"{spec_name} makes no authentication codes")
    check_material(spec, material)
    return HmacKey(spec_name, material)


def public_of(spec_name: str, material: bytes) -> bytes:
    """Return the public half of a pair as DER SubjectPublicKeyInfo; raises as `load_private`."""
    return load_private(spec_name, material).public_key()
