"""The form of a blob on the disk: blocks, each sealed by itself.

A block holds 1 MiB of the body, the last one what is left; an empty body has one empty block. It is
sealed with AES-256-GCM or SM4-GCM under the key of the blob, whose length tells which. The nonce is
the number of the block, since a key seals one blob once. The number of blocks follows from the size
that the row says, so that a file which was cut, or whose blocks changed places, does not open.
"""

from collections.abc import Iterator
from functools import cache

from juyong.blobs.arrived import Cipher
from juyong.engines.crypto.keys import NotOffered, Undecipherable
from juyong.engines.crypto.symmetric import AesGcm, Sm4Gcm

BLOCK = 1024 * 1024
_TAG = 16
_NONCE = 12


class DamagedBlob(Exception):
    """A block is not as it was written; nothing of the block may be used."""


@cache
def is_offered(cipher: Cipher) -> bool:
    """Tell whether the build of OpenSSL has a cipher; SM4-GCM came with OpenSSL 3.1."""
    try:
        Sealer("", bytes(cipher.value)).seal(0, b"")
    except NotOffered:
        return False
    return True


class Sealer:
    """Seals and opens the blocks of one blob."""

    def __init__(self, blob_id: str, key: bytes) -> None:
        is_sm4 = Cipher(len(key)) is Cipher.SM4_GCM
        self._cipher: AesGcm | Sm4Gcm = Sm4Gcm(key) if is_sm4 else AesGcm(key)
        self._place = blob_id.encode()

    def seal(self, number: int, block: bytes) -> bytes:
        """Seal a block."""
        return self._cipher.seal(_nonce(number), block, self._place)

    def open(self, number: int, sealed: bytes) -> bytes:
        """Open a block.

        Raises:
            DamagedBlob: it is not the block of this number, or was changed.
        """
        try:
            return self._cipher.open(_nonce(number), sealed, self._place)
        except Undecipherable as bad:
            raise DamagedBlob(f"block {number} of blob {self._place.decode()}") from bad


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE, "big")


def place_of(number: int) -> int:
    """Return where a block begins in the file."""
    return number * (BLOCK + _TAG)


def sealed_length(size: int) -> int:
    """Return the length of the file of a blob with so many bytes."""
    return size + _TAG * blocks_of(size)


def blocks_of(size: int) -> int:
    """Return how many blocks so many bytes have."""
    return max(1, -(-size // BLOCK))


def numbers(start: int, length: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, first byte and end within it, of each block that a part of a body touches."""
    end = start + length
    for number in range(start // BLOCK, blocks_of(end)):
        before = number * BLOCK
        first, last = max(start - before, 0), min(end - before, BLOCK)
        if first < last:
            yield number, first, last
