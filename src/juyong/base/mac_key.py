"""A key under which many messages are authenticated."""

import hashlib
from typing import Literal

Algorithm = Literal["sha1", "sha256"]
_BLOCK_BYTES = 64
_INNER = bytes(each ^ 0x36 for each in range(256))
_OUTER = bytes(each ^ 0x5C for each in range(256))


class MacKey:
    """An HMAC key that is prepared once; several threads may use it.

    PERF: to look the hash function up and to hash the key costs more than a short message does, and
    the library's own HMAC object is one of Python code.
    SECURITY: what was prepared is as good as the key. Whoever forgets the key forgets this too.

    Source: RFC 2104, 2 (documented).
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, algorithm: Algorithm) -> None:
        if len(key) > _BLOCK_BYTES:
            key = hashlib.new(algorithm, key).digest()
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.new(algorithm, block.translate(_INNER))
        self._outer = hashlib.new(algorithm, block.translate(_OUTER))

    def digest(self, message: bytes) -> bytes:
        """Return the code of a message: 20 bytes with SHA-1, 32 with SHA-256."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()
