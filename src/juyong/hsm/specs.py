"""Facts about each spec that a module needs; a module need not have every spec."""

from dataclasses import dataclass
from enum import Enum

from juyong.engines.crypto import specs as engine
from juyong.engines.crypto.keys import BadInput, NotOffered
from juyong.engines.crypto.specs import Family, KeySpec

NONCE_BYTES = 12
TAG_BYTES = 16
_CURVE_BITS = 256


class Kind(Enum):
    """The sorts of keys."""

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

    @property
    def symmetric(self) -> bool:
        """Whether keys seal and open."""
        return self in (Kind.AES, Kind.SM4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One spec: its size in bits, its algorithms, and the curve of an EC key as object id."""

    name: str
    kind: Kind
    bits: int
    algorithms: tuple[str, ...]
    curve: str = ""


_KINDS = {Family.RSA: Kind.RSA, Family.EC: Kind.EC, Family.SM2: Kind.SM2, Family.MAC: Kind.MAC}
_CURVES = {"EC_P256": "1.2.840.10045.3.1.7", "EC_P256K": "1.3.132.0.10"}


def _spec(known: KeySpec) -> Spec:
    symmetric = Kind.SM4 if known.name == "Aliyun_SM4" else Kind.AES
    return Spec(
        name=known.name,
        kind=_KINDS.get(known.family, symmetric),
        bits=known.modulus_bits or known.material_bytes * 8 or _CURVE_BITS,
        algorithms=tuple(a for algorithms in known.algorithms.values() for a in algorithms),
        curve=_CURVES.get(known.name, ""),
    )


SPECS = {name: _spec(known) for name, known in engine.SPECS.items()}


def spec_of(name: str) -> Spec:
    """Return a spec by its name.

    Raises:
        NotOffered: there is none.
    """
    try:
        return SPECS[name]
    except KeyError:
        raise NotOffered("no such key spec") from None


def check_algorithm(spec: Spec, algorithm: str) -> None:
    """Refuse an algorithm that keys of spec never have.

    Raises:
        NotOffered: keys of the spec have no such algorithm.
    """
    if algorithm not in spec.algorithms:
        raise NotOffered(f"`{spec.name}` has no such algorithm")


def check_nonce(nonce: bytes) -> None:
    """Refuse a nonce of another length than 12 bytes.

    Raises:
        BadInput: the nonce has another length.
    """
    if len(nonce) != NONCE_BYTES:
        raise BadInput(f"a nonce has {NONCE_BYTES} bytes")


def check_material(spec: Spec, material: bytes) -> None:
    """Refuse the bytes of a symmetric or MAC key of a length that spec does not have.

    Raises:
        BadInput: the length is another.
    """
    engine.check_material(engine.spec_of(spec.name), material)
