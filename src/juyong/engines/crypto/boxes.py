"""Keys sealed to the public half of a pair: sealing needs no secret, opening does.

A disk is sealed when its machine stops, which must not depend on whether the KMS lets its key be
used at that time. So the data key of the disk is the secret half of an X25519 pair, of which the
store keeps the public half.

Layout, format 1: format byte, public half of a pair that is drawn for each box (32 bytes),
ciphertext and tag. The key is HKDF-SHA256 of the shared secret, both public halves in its info, and
seals one box, with AES-256-GCM under a nonce of zeros.

Source: RFC 7748, RFC 5869 (documented); the construction is that of ECIES.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from juyong.engines.crypto.keys import BadInput, Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES

SECRET_BYTES = PUBLIC_BYTES = 32
_FORMAT = b"\x01"
_PURPOSE = b"juyong/box\x00"


def public_half(secret: bytes) -> bytes:
    """Return the public half of a pair.

    Raises:
        BadInput: the secret half has not 32 bytes.
    """
    if len(secret) != SECRET_BYTES:
        raise BadInput(f"a secret half has {SECRET_BYTES} bytes")
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def seal_to(public: bytes, content: bytes, place: bytes, *, drawn: bytes) -> bytes:
    """Return content that opens with the secret half, in its place only.

    Args:
        place: Where the box belongs; a box elsewhere does not open.
        drawn: 32 random bytes, of this box alone.

    Raises:
        BadInput: a half or the random bytes have another length, or the half is no good point.
    """
    if len(drawn) != SECRET_BYTES or len(public) != PUBLIC_BYTES:
        raise BadInput("a half of a pair has another length")
    head = _FORMAT + public_half(drawn)
    try:
        shared = X25519PrivateKey.from_private_bytes(drawn).exchange(
            X25519PublicKey.from_public_bytes(public)
        )
    except ValueError:
        raise BadInput("a public half is no good point") from None
    return head + _aead(shared, head, public).encrypt(bytes(NONCE_BYTES), content, place)


def open_with(secret: bytes, box: bytes, place: bytes) -> bytes:
    """Return the content of a box.

    Raises:
        Undecipherable: the box is of another pair or place, or was changed.
    """
    head, body = box[: 1 + PUBLIC_BYTES], box[1 + PUBLIC_BYTES :]
    if head[:1] != _FORMAT or len(head) != 1 + PUBLIC_BYTES:
        raise Undecipherable("the box has another format")
    try:
        own = X25519PrivateKey.from_private_bytes(secret)
        shared = own.exchange(X25519PublicKey.from_public_bytes(head[1:]))
        public = own.public_key().public_bytes_raw()
        return _aead(shared, head, public).decrypt(bytes(NONCE_BYTES), body, place)
    except (InvalidTag, ValueError):
        raise Undecipherable("the box does not open") from None


def _aead(shared: bytes, head: bytes, public: bytes) -> AESGCM:
    info = _PURPOSE + head + public
    return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(shared))
