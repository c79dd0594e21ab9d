"""The key that signs checkpoints: Ed25519, made from the key that a home has for it."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from juyong.engines.ledger import Checkpoint, Key, Note, sign

PURPOSE = "ledger"
"""Names the key of a home from which the private key is made."""


class LogSigner:
    """Signs checkpoints.

    SECURITY: it holds the private key, so it is made where it is used, and not kept.

    Args:
        seed: 32 secret bytes, which are the private key (RFC 8032).
    """

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return "LogSigner(****)"

    def note(self, checkpoint: Checkpoint) -> str:
        """Return the signed note of a checkpoint."""
        return self.signed(checkpoint.origin, checkpoint.text).decode()

    def signed(self, origin: str, text: str) -> bytes:
        """Return the signed note of a text, in the name of a log.

        SECURITY: the text must say what it is in a way that no other text which is signed does; the
        first line of a checkpoint is the name of its log.

        Raises:
            Malformed: the text is no note's.
        """
        signature = sign(text, key_of(origin, self.public), self._private.sign)
        return Note(text, (signature,)).encode()


def key_of(origin: str, public: bytes) -> Key:
    """Return the verifier key of a log: the key's name is the log's."""
    return Key(name=origin, public=public)
