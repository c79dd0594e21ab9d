"""Key specs: the material of each, its usages, and its algorithms.

Source: KMS API reference, CreateKey, "KeySpec", AsymmetricEncrypt, AsymmetricSign (documented).
Assumed: RSA_4096 (the published lists end at 3072), and the names of the HMAC specs and of their
usage, which only the SDK's operations hint at.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from juyong.engines.crypto.keys import BadInput, NotOffered


class Family(StrEnum):
    """Kinds of keys that are handled alike."""

    SYMMETRIC = "symmetric"
    RSA = "rsa"
    EC = "ec"
    SM2 = "sm2"
    MAC = "mac"


class Usage(StrEnum):
    """The usage of a key, fixed when the key is made."""

    ENCRYPT = "ENCRYPT/DECRYPT"
    SIGN = "SIGN/VERIFY"
    MAC = "GENERATE/VERIFY_MAC"


SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
"""How conditions name the one algorithm of a symmetric key."""

DIGEST_BYTES = 32
"""Every signature algorithm takes a digest of this size: SHA-256, or SM3 with Z_A."""


class KeySpec(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table.

    material_bytes: exact size of raw material; 0 where material is an encoded pair.
    modulus_bits: of an RSA key, else 0.
    algorithms: per usage; a usage that is not here cannot be asked for.
    max_plaintext_bytes: per encryption algorithm.
    rotates: whether new versions may be made by a schedule.
    imports: whether a caller may bring the material.
    """

    name: str
    family: Family
    default_usage: Usage
    algorithms: Mapping[Usage, tuple[str, ...]]
    material_bytes: int = 0
    modulus_bits: int = 0
    max_plaintext_bytes: Mapping[str, int] = msgspec.field(default_factory=dict)
    rotates: bool = False
    imports: bool = False

    @property
    def usages(self) -> tuple[Usage, ...]:
        """Return what a key of this spec can be made for."""
        return tuple(self.algorithms)


def spec_of(name: str) -> KeySpec:
    """Return the spec of a name, which is case-sensitive.

    Raises:
        NotOffered: there is no such spec.
    """
    try:
        return SPECS[name]
    except KeyError:
        raise NotOffered("no such key spec") from None


def check_algorithm(spec: KeySpec, usage: Usage, algorithm: str) -> None:
    """Refuse an algorithm that keys of this spec and usage do not have.

    Raises:
        NotOffered: the spec has no such usage, or the usage no such algorithm.
    """
    if algorithm not in spec.algorithms.get(usage, ()):
        raise NotOffered(f"{spec.name} has no such algorithm for {usage}")


def check_material(spec: KeySpec, material: bytes) -> None:
    """Refuse raw material of another size than the spec's.

    Raises:
        BadInput: the size differs.
    """
    if len(material) != spec.material_bytes:
        raise BadInput(f"material of {spec.name} has {spec.material_bytes} bytes")


def _symmetric(name: str, size: int) -> KeySpec:
    return KeySpec(
        name=name,
        family=Family.SYMMETRIC,
        default_usage=Usage.ENCRYPT,
        algorithms=MappingProxyType({Usage.ENCRYPT: (SYMMETRIC_DEFAULT,)}),
        material_bytes=size,
        max_plaintext_bytes=MappingProxyType({SYMMETRIC_DEFAULT: 6144}),
        rotates=True,
        imports=True,
    )


def _rsa(bits: int) -> KeySpec:
    # RFC 8017, 7.1.1: an OAEP block spends two digests and two bytes.
    sizes = {"RSAES_OAEP_SHA_256": bits // 8 - 66, "RSAES_OAEP_SHA_1": bits // 8 - 42}
    return KeySpec(
        name=f"RSA_{bits}",
        family=Family.RSA,
        default_usage=Usage.ENCRYPT,
        algorithms=MappingProxyType(
            {Usage.ENCRYPT: tuple(sizes), Usage.SIGN: ("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256")}
        ),
        modulus_bits=bits,
        max_plaintext_bytes=MappingProxyType(sizes),
    )


def _ec(name: str) -> KeySpec:
    return KeySpec(
        name=name,
        family=Family.EC,
        default_usage=Usage.SIGN,
        algorithms=MappingProxyType({Usage.SIGN: ("ECDSA_SHA_256",)}),
    )


def _mac(algorithm: str, size: int) -> KeySpec:
    return KeySpec(
        name=algorithm,
        family=Family.MAC,
        default_usage=Usage.MAC,
        algorithms=MappingProxyType({Usage.MAC: (algorithm,)}),
        material_bytes=size,
    )


_SM2 = KeySpec(
    name="EC_SM2",
    family=Family.SM2,
    default_usage=Usage.ENCRYPT,
    algorithms=MappingProxyType({Usage.ENCRYPT: ("SM2PKE",), Usage.SIGN: ("SM2DSA",)}),
    # The published limit is 6047; the library that does SM2 for us stops at 255.
    max_plaintext_bytes=MappingProxyType({"SM2PKE": 255}),
)

SPECS: Mapping[str, KeySpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            _symmetric("Aliyun_AES_256", 32),
            _symmetric("Aliyun_AES_192", 24),
            _symmetric("Aliyun_AES_128", 16),
            _symmetric("Aliyun_SM4", 16),
            _rsa(2048),
            _rsa(3072),
            _rsa(4096),
            _ec("EC_P256"),
            _ec("EC_P256K"),
            _SM2,
            _mac("HMAC_SHA_224", 28),
            _mac("HMAC_SHA_256", 32),
            _mac("HMAC_SHA_384", 48),
            _mac("HMAC_SHA_512", 64),
            _mac("HMAC_SM3", 32),
        )
    }
)
