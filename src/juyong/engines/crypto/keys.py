"""The abilities of a key version, whether its material is here or inside a hardware module.

`software.py` implements these over material in memory, `juyong.hsm` over objects of a PKCS#11
token; the user of a key cannot tell which of both it has.
"""

from typing import Protocol


class CryptoError(Exception):
    """Base of the engine's refusals; never carries key material or plaintext."""


class Undecipherable(CryptoError):
    """The ciphertext does not open: changed, of another key, or under another context.

    SECURITY: one error for every cause, raised at the same point, so that no caller learns which.
    """


class NotOffered(CryptoError):
    """The spec, or the module that holds the key, has no such algorithm."""


class BadInput(CryptoError):
    """Plaintext, digest or material has a length or form the algorithm does not take."""


class BadSignature(CryptoError):
    """The signature, or the authentication code, is not that of the digest under this key.

    SECURITY: one error for a value of another form and one that does not fit.
    """


class LibraryMissing(NotOffered):
    """The library for this algorithm is not installed; the message names the extra that has it."""


class SelfTestFailed(CryptoError):
    """A known answer did not come out; nothing may be sealed or signed by this process."""


class SymmetricKey(Protocol):
    """Authenticated encryption, with a nonce that the caller draws for each message."""

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and 16-byte tag. nonce: 12 bytes, never used before with the key."""
        ...

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext, or raise Undecipherable."""
        ...


class PrivateKey(Protocol):
    """The private half of a pair; `public.py` uses the public half."""

    def public_key(self) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        ...

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        """Return the plaintext; raises Undecipherable, NotOffered."""
        ...

    def sign(self, algorithm: str, digest: bytes) -> bytes:
        """Return the signature of a digest; raises BadInput, NotOffered."""
        ...


class MacKey(Protocol):
    """Message authentication."""

    def mac(self, algorithm: str, message: bytes) -> bytes:
        """Return the code of a whole message; raises NotOffered."""
        ...
