"""The places that blobs can be in, as a test looks at them from outside."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from juyong.blobs.bucket.port import Bucket
from juyong.blobs.disk import Disk, LocalDisk


class Shelf(Protocol):
    """A place of blobs, and a way to its files that does not lead through the platform."""

    disk: Disk

    def files(self) -> dict[str, bytes]:
        """Return the published files."""
        ...

    def replace(self, blob_id: str, content: bytes) -> None:
        """Change a file."""
        ...

    def lose(self, blob_id: str) -> None:
        """Take a file away."""
        ...


@dataclass
class Folder:
    """A folder of a home."""

    root: Path
    disk: LocalDisk

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.root.glob("??/*")}

    def replace(self, blob_id: str, content: bytes) -> None:
        (self.root / blob_id[:2] / blob_id).write_bytes(content)

    def lose(self, blob_id: str) -> None:
        (self.root / blob_id[:2] / blob_id).unlink()


@dataclass
class Shop:
    """A part of a bucket, beside the object that tells whose it is."""

    bucket: Bucket
    disk: Disk

    def files(self) -> dict[str, bytes]:
        names = [seen.name for seen in self.bucket.objects("").seen if seen.name != "owner"]
        return {name: self.bucket.get(name, 0, self.bucket.length(name)) for name in names}

    def replace(self, blob_id: str, content: bytes) -> None:
        self.bucket.put(blob_id, content)

    def lose(self, blob_id: str) -> None:
        self.bucket.delete(blob_id)
