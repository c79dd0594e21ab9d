"""A body that goes out: parts of blobs, opened block by block."""

import base64
from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from juyong.base.secret import Secret
from juyong.blobs.blocks import BLOCK, Sealer, numbers, place_of
from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow

_TAG = 16


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of a blob, from `start` on.

    key: What it is sealed under, where the row does not say.
    """

    row: BlobRow
    start: int
    length: int
    key: Secret | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is sent in blocks, each checked before its first byte.

    first: Bytes before the parts, which were read already.
    unread: Bytes behind the parts that are only counted, for an answer without a body.
    """

    disk: Disk
    parts: Sequence[Part]
    first: bytes = b""
    unread: int = 0

    @property
    def length(self) -> int:
        """Return how many bytes it has."""
        return len(self.first) + sum(part.length for part in self.parts) + self.unread

    @property
    def waits(self) -> bool:
        """Whether reading it waits for the disk."""
        return any(part.row.content is None for part in self.parts)

    def blocks(self) -> Iterator[bytes]:
        """Yield the body in blocks of at most 1 MiB; each may wait for the disk.

        Raises:
            DamagedBlob: a block is not as it was written; nothing of it was given out.
            FileNotFoundError: the file is gone.
            Unavailable: the place of the file is away.
        """
        if self.first:
            yield self.first
        for part in self.parts:
            yield from self._blocks_of(part)

    def begun(self) -> "Content":
        """Return the body with its first block at hand; it may wait for the disk.

        Raises:
            As `blocks` does.
        """
        first = next(self.blocks(), b"")
        return replace(self.cut(len(first), self.length), first=first)

    def cut(self, start: int, length: int) -> "Content":
        """Return some bytes of it, fewer where it ends before."""
        parts, end, at = [], start + length, 0
        for part in self.parts:
            first, last = max(start - at, 0), min(end - at, part.length)
            if first < last:
                parts.append(replace(part, start=part.start + first, length=last - first))
            at += part.length
        return Content(disk=self.disk, parts=parts)

    def _blocks_of(self, part: Part) -> Iterator[bytes]:
        row, key = part.row, part.key or part.row.key
        if key is None:
            raise ValueError("the key of the blob is not at hand")
        sealer = Sealer(row.blob_id, base64.b64decode(key.reveal()))
        for number, first, end in numbers(part.start, part.length):
            sealed = row.content
            if sealed is None:
                sealed = self.disk.read(row.blob_id, place_of(number), BLOCK + _TAG)
            yield sealer.open(number, sealed)[first:end]


def whole(disk: Disk, *rows: BlobRow) -> Content:
    """Return the bodies of blobs, one after the other."""
    return Content(disk=disk, parts=[Part(row=row, start=0, length=row.size) for row in rows])
