"""What each spec and algorithm is; which of them a module has is another question."""

from dataclasses import dataclass
from enum import Enum

from juyong.engines.crypto.keys import BadInput, NotOffered

DIGEST_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class Kind(Enum):
    """What sort of key a spec is."""

    AES = "AES"
    SM4 = "SM4"
    RSA = "RSA"
    EC = "EC"
    SM2 = "SM2"
    MAC = "MAC"

    @property
    def paired(self) -> bool:
        """Whether there is a public half."""
        return self in (Kind.RSA, Kind.EC, Kind.SM2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One spec: its size in bits, its algorithms, and the curve of an EC key as object id."""

    name: str
    kind: Kind
    bits: int
    algorithms: tuple[str, ...]
    curve: str = ""


_OAEP = ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1")
_RSA = (*_OAEP, "RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256")


def _aes(bits: int) -> Spec:
    return Spec(name=f"Aliyun_AES_{bits}", kind=Kind.AES, bits=bits, algorithms=("AES_GCM",))


def _rsa(bits: int) -> Spec:
    return Spec(name=f"RSA_{bits}", kind=Kind.RSA, bits=bits, algorithms=_RSA)


def _ec(name: str, curve: str) -> Spec:
    return Spec(name=name, kind=Kind.EC, bits=256, algorithms=("ECDSA_SHA_256",), curve=curve)


def _mac(name: str, bits: int) -> Spec:
    return Spec(name=name, kind=Kind.MAC, bits=bits, algorithms=(name,))


SPECS = {
    spec.name: spec
    for spec in (
        _aes(256),
        _aes(192),
        _aes(128),
        Spec(name="Aliyun_SM4", kind=Kind.SM4, bits=128, algorithms=("SM4_GCM",)),
        _rsa(2048),
        _rsa(3072),
        _rsa(4096),
        _ec("EC_P256", "1.2.840.10045.3.1.7"),
        _ec("EC_P256K", "1.3.132.0.10"),
        Spec(name="EC_SM2", kind=Kind.SM2, bits=256, algorithms=("SM2PKE", "SM2DSA")),
        _mac("HMAC_SHA_224", 224),
        _mac("HMAC_SHA_256", 256),
        _mac("HMAC_SHA_384", 384),
        _mac("HMAC_SHA_512", 512),
        _mac("HMAC_SM3", 256),
    )
}


def spec_of(name: str) -> Spec:
    """Return a spec by its name.

    Raises:
        NotOffered: there is none.
    """
    try:
        return SPECS[name]
    except KeyError:
        raise NotOffered(f"`{name}` is no key spec") from None


def check_algorithm(spec: Spec, algorithm: str) -> None:
    """Refuse an algorithm that keys of spec never have.

    Raises:
        NotOffered: it is none of theirs.
    """
    if algorithm not in spec.algorithms:
        raise NotOffered(f"`{algorithm}` is no algorithm of `{spec.name}`")


def check_nonce(nonce: bytes) -> None:
    """Refuse a nonce of another length than 12 bytes.

    Raises:
        BadInput: it has.
    """
    if len(nonce) != NONCE_BYTES:
        raise BadInput(f"a nonce has {NONCE_BYTES} bytes")


def check_digest(digest: bytes) -> None:
    """Refuse a digest of another length than 32 bytes.

    Raises:
        BadInput: it has.
    """
    if len(digest) != DIGEST_BYTES:
        raise BadInput(f"a digest has {DIGEST_BYTES} bytes")


# HMAC's standard asks for keys no shorter than the code; longer than a block they are hashed first.
_LONGEST_MAC_KEY = 128


def check_material(spec: Spec, material: bytes) -> None:
    """Refuse the bytes of a symmetric or MAC key of a length that spec does not have.

    Raises:
        BadInput: the length is another.
    """
    size = spec.bits // 8
    if spec.kind is Kind.MAC:
        if not size <= len(material) <= _LONGEST_MAC_KEY:
            raise BadInput(f"material of `{spec.name}` has {size} to {_LONGEST_MAC_KEY} bytes")
    elif len(material) != size:
        raise BadInput(f"material of `{spec.name}` has {size} bytes")
