"""A key under which many messages are authenticated."""

import hmac
from typing import Literal

Algorithm = Literal["sha1", "sha256"]


class MacKey:
    """An HMAC key that is prepared once; several threads may use it.

    PERF: to look the hash function up and to hash the key costs more than a short message does.
    SECURITY: what was prepared is as good as the key. Whoever forgets the key forgets this too.
    """

    __slots__ = ("_prepared",)

    def __init__(self, key: bytes, algorithm: Algorithm) -> None:
        self._prepared = hmac.new(key, digestmod=algorithm)

    def digest(self, message: bytes) -> bytes:
        """Return the code of a message: 20 bytes with SHA-1, 32 with SHA-256."""
        code = self._prepared.copy()
        code.update(message)
        return code.digest()
