"""The face of a module that holds keys, whatever the module is."""

import re
from collections.abc import Iterator
from typing import Protocol

import msgspec

from juyong.engines.crypto.keys import BadInput, MacKey, PrivateKey, SymmetricKey

Key = SymmetricKey | PrivateKey | MacKey

_LABEL = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The module that answers, in words for an operator.

    development: Keys are neither in hardware nor in a token; every display of them says so.
    """

    description: str
    development: bool = False


class Hsm(Protocol):
    """Makes and uses keys by label; all methods may block and are safe to call from any thread.

    Each of them raises HsmUnavailable when the module does not serve.
    """

    development: bool
    """Whether keys are neither in hardware nor in a token; every display of them says so."""

    def offers(self, spec: str, algorithm: str = "") -> bool:
        """Say whether keys of spec can be made here, and used with algorithm where one is given.

        Symmetric specs have one algorithm, `SYMMETRIC_DEFAULT`.
        """
        ...

    def generate(self, spec: str, label: str) -> None:
        """Make a key that never leaves; done or not at all.

        Raises:
            NotOffered: the module has no such keys.
            LabelTaken: there is one already.
        """
        ...

    def import_material(self, spec: str, label: str, material: bytes) -> None:
        """Put material into the module, which never gives it out again.

        Args:
            material: The bytes of a symmetric or MAC key, or a private key as DER PKCS#8.

        Raises:
            BadInput: the material does not fit the spec.
            NotOffered: the module has no such keys.
            LabelTaken: there is one already.
        """
        ...

    def key(self, spec: str, label: str) -> Key:
        """Return the key to use; its methods raise KeyMissing when it is gone.

        Raises:
            NotOffered: the module has no such keys.
        """
        ...

    def public_key(self, label: str) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo.

        Raises:
            KeyMissing: no pair has that label.
        """
        ...

    def destroy(self, label: str) -> None:
        """Remove everything under a label for good; no error if there is nothing."""
        ...

    def labels(self) -> Iterator[str]:
        """Yield juyong's labels in order, also of keys that a killed process left half made."""
        ...

    def health(self) -> Health:
        """Ask the module for an answer, or raise HsmUnavailable."""
        ...

    def close(self) -> None:
        """Let go of the module; keys stay in it."""
        ...


def check_label(label: str) -> str:
    """Return a label that every module can hold.

    Raises:
        BadInput: it is empty, too long, or of other letters than ASCII ones, digits, `.`, `_`, `-`.
    """
    if not _LABEL.fullmatch(label):
        raise BadInput("a label has 1 to 64 letters, digits, `.`, `_` or `-`")
    return label
