"""A disk in memory that loses, at a power cut, whatever was not made durable."""

from collections.abc import Iterator


class PowerCut(Exception):
    """The power went; nothing after it happens."""


class ForgetfulDisk:
    """Knows what was written, and what of it would survive a power cut after so many steps."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self.written: dict[str, bytearray] = {}
        self.synced: dict[str, bytes] = {}
        self.names: dict[str, str] = {}
        self.durable: dict[str, str] = {}

    def step(self) -> None:
        if self._left == 0:
            raise PowerCut
        self._left -= 1

    def after_the_cut(self) -> dict[str, bytes]:
        """Return the published files that are there after the power came back."""
        return {name: self.synced.get(file, b"") for name, file in self.durable.items()}

    # --- what blobs ask of a disk ---

    far = False

    def create(self, blob_id: str) -> "ForgetfulHandle":
        self.step()
        self.written[blob_id] = bytearray()
        return ForgetfulHandle(self, blob_id)

    def publish(self, blob_id: str) -> None:
        self.step()
        self.names[blob_id] = blob_id
        self.step()
        self.durable[blob_id] = blob_id

    def read(self, blob_id: str, place: int, length: int) -> bytes:
        return bytes(self.written[self.names[blob_id]][place : place + length])

    def length(self, blob_id: str) -> int:
        return len(self.written[self.names[blob_id]])

    def remove(self, blob_id: str) -> None:
        self.written.pop(blob_id, None)
        self.names.pop(blob_id, None)

    def published(self) -> Iterator[tuple[str, float]]:
        yield from ((name, 0.0) for name in self.names)

    def unpublished(self) -> Iterator[tuple[str, float]]:
        yield from ((name, 0.0) for name in self.written.keys() - self.names.keys())

    def free(self) -> int:
        return 1 << 40


class ForgetfulHandle:
    def __init__(self, disk: ForgetfulDisk, blob_id: str) -> None:
        self._disk, self._blob_id = disk, blob_id

    def write(self, data: bytes) -> None:
        self._disk.step()
        self._disk.written[self._blob_id] += data

    def write_at(self, place: int, data: bytes) -> None:
        self._disk.step()
        file = self._disk.written[self._blob_id]
        file.extend(bytes(max(0, place + len(data) - len(file))))
        file[place : place + len(data)] = data

    def sync(self) -> None:
        self._disk.step()
        self._disk.synced[self._blob_id] = bytes(self._disk.written[self._blob_id])

    def publish(self) -> None:
        self.sync()
        self._disk.publish(self._blob_id)

    def close(self) -> None:
        """Let go; a close makes nothing durable."""
