"""Keys of the token behind the engine's ports: each call runs inside the module."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pkcs11.exceptions import (
    ArgumentsBad,
    DataInvalid,
    DataLenRange,
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    FunctionFailed,
    GeneralError,
)

from juyong.engines.crypto.keys import NotOffered, Undecipherable
from juyong.engines.crypto.paddings import check_digest
from juyong.engines.crypto.specs import SYMMETRIC_DEFAULT
from juyong.hsm.errors import KeyMissing
from juyong.hsm.specs import TAG_BYTES, Kind, Spec, check_algorithm, check_nonce
from juyong.hsm.token import using
from juyong.hsm.token.objects import GONE, find, find_public
from juyong.hsm.token.offered import Offered
from juyong.hsm.token.pool import Held, SessionLost, SessionPool
from juyong.hsm.token.public import spki

_TRIES = 2
_RANDOM_BITS = 64
T = TypeVar("T")

_BAD_CIPHERTEXT = (
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    DataInvalid,
    DataLenRange,
    ArgumentsBad,
)
# SoftHSM answers these to any ciphertext that does not open; other modules when they break.
_BAD_OR_BROKEN = (GeneralError, FunctionFailed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """A key by its name; nothing of it is here."""

    pool: SessionPool
    offered: Offered
    spec: Spec
    label: str

    def use(self, work: Callable[[Any], T]) -> T:
        """Return what work makes of the object that uses the key."""

        def inside(held: Held) -> T:
            name = (self.spec.name, self.label)
            for _ in range(_TRIES):
                try:
                    return work(find(self.pool, held, *name))
                except GONE:
                    # The handle was of before: the key is gone, or its session logged out.
                    held.handles.pop(name, None)
            if not self.pool.logged_in(held):
                raise SessionLost
            raise KeyMissing(f"the module holds no key `{self.label}` of that kind")

        return self.pool.run(inside)

    def decipher(self, work: Callable[[Any], bytes]) -> bytes:
        """Return a plaintext.

        Raises:
            Undecipherable: the module says so in any way, as long as it serves.
        """

        def inside(key: Any) -> bytes:
            try:
                return work(key)
            except _BAD_CIPHERTEXT:
                raise Undecipherable("the ciphertext does not open") from None
            except _BAD_OR_BROKEN:
                # Raises if the module is broken; otherwise the same answer means a bad ciphertext.
                key.session.generate_random(_RANDOM_BITS)
            try:
                return work(key)
            except _BAD_OR_BROKEN:
                if not self.pool.module.raw.logged_in(key.session.handle):
                    raise SessionLost from None
                raise Undecipherable("the ciphertext does not open") from None

        return self.use(inside)

    def check(self, algorithm: str) -> None:
        """Refuse what the spec or the module does not have.

        Raises:
            NotOffered: it is not there.
        """
        check_algorithm(self.spec, algorithm)
        if not self.offered.offers(self.spec, algorithm):
            raise NotOffered(f"the module has no `{algorithm}` with `{self.spec.name}`")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSymmetricKey(TokenKey):
    """AES-GCM inside the token."""

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and 16-byte tag."""
        check_nonce(nonce)
        self.check(SYMMETRIC_DEFAULT)
        return self.use(lambda key: using.seal(key, nonce, plaintext, aad))

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext."""
        check_nonce(nonce)
        self.check(SYMMETRIC_DEFAULT)
        if len(sealed) < TAG_BYTES:
            raise Undecipherable("the ciphertext does not open")
        return self.decipher(lambda key: using.open_sealed(key, nonce, sealed, aad))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrivateKey(TokenKey):
    """RSA and EC inside the token."""

    def public_key(self) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        return self.pool.run(lambda held: spki(find_public(self.pool, held, self.label)))

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        """Return the plaintext."""
        self.check(algorithm)
        if algorithm not in using.OAEP:
            raise NotOffered(f"`{algorithm}` does not encrypt")
        if len(ciphertext) != self.spec.bits // 8:
            raise Undecipherable("the ciphertext does not open")
        return self.decipher(lambda key: using.decrypt(key, algorithm, ciphertext))

    def sign(self, algorithm: str, digest: bytes) -> bytes:
        """Return the signature of a digest."""
        self.check(algorithm)
        if algorithm not in using.SIGNERS:
            raise NotOffered(f"`{algorithm}` does not sign")
        check_digest(digest)
        return self.use(lambda key: using.SIGNERS[algorithm](key, digest))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMacKey(TokenKey):
    """HMAC inside the token."""

    def mac(self, algorithm: str, message: bytes) -> bytes:
        """Return the code of a whole message."""
        self.check(algorithm)
        return self.use(lambda key: using.mac(key, algorithm, message))


def token_key(
    pool: SessionPool, offered: Offered, spec: Spec, label: str
) -> TokenSymmetricKey | TokenPrivateKey | TokenMacKey:
    """Return the key of a spec; the token is asked when it is used."""
    kinds: dict[Kind, type[TokenSymmetricKey | TokenMacKey]] = {
        Kind.AES: TokenSymmetricKey,
        Kind.MAC: TokenMacKey,
    }
    made = kinds.get(spec.kind, TokenPrivateKey)
    return made(pool=pool, offered=offered, spec=spec, label=label)
