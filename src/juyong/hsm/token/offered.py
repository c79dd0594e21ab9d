"""The real abilities of a module: its list of mechanisms, then a trial with a session's key.

The list alone does not say which hash OAEP takes or which curves there are. A trial is checked from
outside, by the public half or by opening a sealed message, so it is a self-test too.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from pkcs11 import Mechanism, Object
from pkcs11.exceptions import PKCS11Error

from juyong.base.ids import random_bytes
from juyong.engines.crypto.specs import DIGEST_BYTES, SYMMETRIC_DEFAULT
from juyong.hsm.specs import NONCE_BYTES, SPECS, Kind, Spec
from juyong.hsm.token import using
from juyong.hsm.token.making import generate
from juyong.hsm.token.pool import Held, SessionPool, is_lost
from juyong.hsm.token.public import public_half

T = TypeVar("T")

_TRIES = 3
_RSA_TRIED = "RSA_2048"
_GENERATORS = {
    Kind.AES: Mechanism.AES_KEY_GEN,
    Kind.MAC: Mechanism.GENERIC_SECRET_KEY_GEN,
    Kind.RSA: Mechanism.RSA_PKCS_KEY_PAIR_GEN,
    Kind.EC: Mechanism.EC_KEY_PAIR_GEN,
}
_SHA256 = hashes.SHA256()
_PADDINGS = {
    "RSA_PKCS1_SHA_256": padding.PKCS1v15(),
    "RSA_PSS_SHA_256": padding.PSS(padding.MGF1(_SHA256), DIGEST_BYTES),
}
_OAEP_HASHES: dict[str, hashes.HashAlgorithm] = {
    "RSAES_OAEP_SHA_256": _SHA256,
    "RSAES_OAEP_SHA_1": hashes.SHA1(),  # noqa: S303  # the API's name for it
}


class Offered:
    """Answers what a token offers; the first question about a spec costs its trials."""

    def __init__(self, pool: SessionPool) -> None:
        self._pool = pool
        self._known: dict[str, frozenset[str]] = {}

    def offers(self, spec: Spec, algorithm: str) -> bool:
        """Whether keys of spec can be made, and used with algorithm unless that is empty."""
        known = self._known.get(spec.name)
        if known is None:
            known = self._known[spec.name] = self._tried(spec)
        return algorithm in known

    def _tried(self, spec: Spec) -> frozenset[str]:
        """Return the algorithms, with the empty one where keys can be made and used at all."""
        if spec.kind not in _GENERATORS:
            return frozenset()  # SM2, SM3 and SM4 have vendors' mechanisms only.
        if spec.kind is Kind.RSA and spec.name != _RSA_TRIED:
            # What works with an RSA key works with a longer one, which is slow to make.
            self.offers(SPECS[_RSA_TRIED], "")
            fits = self._pool.run(partial(self._takes_length, spec))
            return self._known[_RSA_TRIED] if fits else frozenset()
        for _ in range(_TRIES):
            # More than once, since an error may be of what others do to the token meanwhile.
            if working := self._pool.run(partial(self._works, spec)):
                return working
        return frozenset()

    def _takes_length(self, spec: Spec, _held: Held) -> bool:
        info = self._pool.token.slot.get_mechanism_info(_GENERATORS[Kind.RSA])
        return spec.bits <= int(info.max_key_length or 0)

    def _works(self, spec: Spec, held: Held) -> frozenset[str]:
        listed = self._pool.token.slot.get_mechanisms()
        usable = [a for a in spec.algorithms if using.MECHANISMS.get(a) in listed]
        if _GENERATORS[spec.kind] not in listed or not usable:
            return frozenset()
        made: list[Object] = []
        with self._pool.module.changing:
            try:
                made = _allowed(lambda: generate(held.session, spec, {}, store=False)) or []
                working = [a for a in usable if _allowed(partial(_trial(a), made))] if made else []
            finally:
                for one in made:
                    one.destroy()
        return frozenset(("", *working) if working else ())


def _allowed(tried: Callable[[], T]) -> T | None:
    """Return what tried returns, or None where the module refuses it."""
    try:
        return tried()
    except PKCS11Error as refused:
        if is_lost(refused):
            raise
        return None


def _trial(algorithm: str) -> Callable[[list[Object]], bool]:
    if algorithm == SYMMETRIC_DEFAULT:
        return _seals
    if algorithm in _OAEP_HASHES:
        return partial(_decrypts, algorithm)
    if algorithm in using.MACS:
        return partial(_authenticates, algorithm)
    return partial(_signs, algorithm)


def _seals(made: list[Object]) -> bool:
    nonce, aad, plaintext = random_bytes(NONCE_BYTES), b"aad", b"plaintext"
    sealed = using.seal(made[0], nonce, plaintext, aad)
    if using.open_sealed(made[0], nonce, sealed, aad) != plaintext:
        return False
    # A module that opens it under other data authenticates nothing.
    return _allowed(partial(using.open_sealed, made[0], nonce, sealed, b"other")) is None


def _authenticates(algorithm: str, made: list[Object]) -> bool:
    code = using.mac(made[0], algorithm, b"message")
    return code != using.mac(made[0], algorithm, b"another")


def _decrypts(algorithm: str, made: list[Object]) -> bool:
    public, private = public_half(made[0]), made[1]
    if not isinstance(public, rsa.RSAPublicKey):
        return False
    hashed = _OAEP_HASHES[algorithm]
    ciphertext = public.encrypt(
        b"plaintext", padding.OAEP(padding.MGF1(hashed), algorithm=hashed, label=None)
    )
    return using.decrypt(private, algorithm, ciphertext) == b"plaintext"


def _signs(algorithm: str, made: list[Object]) -> bool:
    public: Any = public_half(made[0])
    digest = random_bytes(DIGEST_BYTES)
    signature = using.SIGNERS[algorithm](made[1], digest)
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, digest, ec.ECDSA(Prehashed(_SHA256)))
        else:
            public.verify(signature, digest, _PADDINGS[algorithm], Prehashed(_SHA256))
    except InvalidSignature:
        return False
    return True
