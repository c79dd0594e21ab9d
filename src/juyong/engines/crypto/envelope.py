"""The ciphertext blob: the key version that opens it, the kind of its content, and the sealed
payload.

Layout of format 1: key version id (36 ASCII characters, first as in the real service), then one
byte each for format, algorithm and payload kind, the nonce (12 bytes), ciphertext and tag. All of
it is authenticated, together with the encryption context, which is not inside.

INVARIANT: a blob outlives every release. Formats, ids and kinds are added and never changed; the
vectors of `tests/unit/engines/crypto/vectors` hold one of each.
"""

import re
from enum import IntEnum

import msgspec

from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.keys import BadInput, NotOffered, SymmetricKey, Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES, TAG_BYTES

_FORMAT = 1
PURPOSE = b"juyong/kms/ciphertext\x00"
"""The start of all data that blobs authenticate; no other data under a key may start like it."""
_ID_CHARS = 36
_HEAD = _ID_CHARS + 3
_BODY = _HEAD + NONCE_BYTES
_VERSION_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Algorithm(IntEnum):
    """The algorithm of the seal; named for the key, so that no key is taken for another one."""

    AES_256_GCM = 1
    AES_192_GCM = 2
    AES_128_GCM = 3
    SM4_GCM = 4


class Kind(IntEnum):
    """The kind of the payload, which decides how a caller gets it back."""

    STRING = 1
    """The text a caller sent, in UTF-8; it goes back as it is."""
    RAW = 2
    """Bytes that the platform made, such as a data key; they go back in Base64."""


_ALGORITHMS = {
    "Aliyun_AES_256": Algorithm.AES_256_GCM,
    "Aliyun_AES_192": Algorithm.AES_192_GCM,
    "Aliyun_AES_128": Algorithm.AES_128_GCM,
    "Aliyun_SM4": Algorithm.SM4_GCM,
}


def algorithm_of(spec_name: str) -> Algorithm:
    """Return how keys of a spec seal.

    Raises:
        NotOffered: the spec is not symmetric.
    """
    try:
        return _ALGORITHMS[spec_name]
    except KeyError:
        raise NotOffered(f"{spec_name} is not symmetric") from None


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A blob taken apart; nothing in it is authentic before `unseal` has opened it."""

    version_id: str
    algorithm: Algorithm
    kind: Kind
    nonce: bytes
    sealed: bytes


def seal(
    key: SymmetricKey,
    *,
    version_id: str,
    algorithm: Algorithm,
    kind: Kind,
    nonce: bytes,
    plaintext: bytes,
    context: EncryptionContext,
) -> bytes:
    """Return the blob of a plaintext.

    Args:
        key: The key version's.
        version_id: Its id, a lower-case UUID.
        algorithm: `algorithm_of` the key's spec.
        kind: What the plaintext is.
        nonce: 12 random bytes, drawn for this call alone.
        plaintext: Any length; the caller has checked the published limit.
        context: What the blob is bound to.

    Raises:
        BadInput: the id is no UUID, or the nonce has another size.
    """
    name = version_id.encode()
    if not _VERSION_ID.fullmatch(name):
        raise BadInput("a key version id is a lower-case UUID")
    head = name + bytes((_FORMAT, algorithm, kind))
    return head + nonce + key.seal(nonce, plaintext, _aad(head, context))


def peek(blob: bytes) -> Header:
    """Take a blob apart, to find the key that opens it.

    Raises:
        Undecipherable: the blob is too short, or names an unknown format, algorithm or kind.
    """
    name, tail = blob[:_ID_CHARS], blob[_ID_CHARS:_HEAD]
    if len(blob) < _BODY + TAG_BYTES or tail[0] != _FORMAT or not _VERSION_ID.fullmatch(name):
        raise Undecipherable("the ciphertext does not open")
    try:
        algorithm, kind = Algorithm(tail[1]), Kind(tail[2])
    except ValueError:
        raise Undecipherable("the ciphertext does not open") from None
    return Header(
        version_id=name.decode("ascii"),
        algorithm=algorithm,
        kind=kind,
        nonce=blob[_HEAD:_BODY],
        sealed=blob[_BODY:],
    )


def unseal(
    key: SymmetricKey, header: Header, *, algorithm: Algorithm, context: EncryptionContext
) -> bytes:
    """Return the plaintext; its kind is the header's.

    Args:
        key: The key of the header's version id.
        header: What `peek` returned.
        algorithm: `algorithm_of` the key's spec, which the header must name too.
        context: What the blob was bound to.

    Raises:
        Undecipherable: anything is not as it was sealed.
    """
    if header.algorithm is not algorithm:
        raise Undecipherable("the ciphertext does not open")
    head = header.version_id.encode() + bytes((_FORMAT, header.algorithm, header.kind))
    return key.open(header.nonce, header.sealed, _aad(head, context))


def _aad(head: bytes, context: EncryptionContext) -> bytes:
    """Bind everything: the head has one length, so that the parts cannot be shifted."""
    return PURPOSE + head + context.canonical
