"""The keys of a home in memory, until they are overwritten."""

import threading
from collections.abc import Iterator, Mapping

from juyong.store.seal import derive_key

PURPOSES = (
    *("columns", "audit", "ledger", "sts-token", "diagnostics", "signin"),
    *("kms", "hsm", "fc-code", "logs", "ecs-metadata"),
)


class KeysForgotten(LookupError):
    """The keys were overwritten: the platform is sealed or has stopped."""


class KeyRing(Mapping[str, bytes]):
    """Purpose to 32-byte key.

    SECURITY: the ring's own buffers are overwritten by `forget`. The ring hands out copies, and
    Python frees a copy without overwriting it; so take a key where you use the key, and keep none.
    An object that needs a key as long as the ring lives borrows the buffer itself.
    """

    __slots__ = ("_buffers", "_lock")

    def __init__(self, master: bytes | bytearray) -> None:
        self._lock = threading.Lock()
        self._buffers: dict[str, bytearray] | None = {
            purpose: bytearray(derive_key(bytes(master), purpose)) for purpose in PURPOSES
        }

    def __getitem__(self, purpose: str) -> bytes:
        # Without the lock, the ring could hand out a key that is half overwritten.
        with self._lock:
            if self._buffers is None:
                raise KeysForgotten("the keys were forgotten")
            return bytes(self._buffers[purpose])

    def lend(self, purpose: str) -> bytearray:
        """Return the buffer of a key; the borrower must be out of use before `forget`."""
        with self._lock:
            if self._buffers is None:
                raise KeysForgotten("the keys were forgotten")
            return self._buffers[purpose]

    def __iter__(self) -> Iterator[str]:
        return iter(PURPOSES)

    def __len__(self) -> int:
        return len(PURPOSES)

    def __repr__(self) -> str:
        return "KeyRing(****)"

    def forget(self) -> None:
        """Overwrite every key; asking for a key afterwards raises KeysForgotten."""
        with self._lock:
            buffers, self._buffers = self._buffers or {}, None
            for buffer in buffers.values():
                wipe(buffer)


def wipe(buffer: bytearray) -> None:
    """Overwrite a buffer in place."""
    buffer[:] = bytes(len(buffer))
