"""The files of a home as one place: those of blobs, and the segments of raw logs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from juyong.blobs.disk import Disk, Handle, LocalDisk

LOGS = "logs-"
"""Begins the name under which a segment stands among the files of blobs."""


def is_segment(file_id: str) -> bool:
    """Tell whether a name is that of a segment, which may have grown since it was named."""
    return file_id.startswith(LOGS)


class Shelves:
    """A disk whose files are in two places; what is asked of no file is asked of the blobs'."""

    def __init__(self, blobs: Disk, logs: LocalDisk) -> None:
        self._blobs, self._logs = blobs, logs

    @property
    def far(self) -> bool:
        """Whether blobs are reached over a network."""
        return self._blobs.far

    def _of(self, file_id: str) -> tuple[Disk, str]:
        if is_segment(file_id):
            return self._logs, file_id.removeprefix(LOGS)
        return self._blobs, file_id

    def create(self, blob_id: str) -> Handle:
        """Begin a file under its temporary name."""
        disk, name = self._of(blob_id)
        return disk.create(name)

    def publish(self, blob_id: str) -> None:
        """Give a synced file its own name."""
        disk, name = self._of(blob_id)
        disk.publish(name)

    def read(self, blob_id: str, place: int, length: int) -> bytes:
        """Return bytes of a published file."""
        disk, name = self._of(blob_id)
        return disk.read(name, place, length)

    def length(self, blob_id: str) -> int:
        """Return the length of a published file."""
        disk, name = self._of(blob_id)
        return disk.length(name)

    def remove(self, blob_id: str) -> None:
        """Remove a file under both names."""
        disk, name = self._of(blob_id)
        disk.remove(name)

    def abandon(self, blob_id: str) -> None:
        """Remove a file under its temporary name only."""
        disk, name = self._of(blob_id)
        disk.abandon(name)

    def published(self) -> Iterator[tuple[str, float]]:
        """Yield the published files of blobs."""
        return self._blobs.published()

    def unpublished(self) -> Iterator[tuple[str, float]]:
        """Yield the files of blobs under temporary names."""
        return self._blobs.unpublished()

    def elsewhere(self) -> Iterator[tuple[str, int]]:
        """Yield the files of blobs that are not where new ones go."""
        return self._blobs.elsewhere()

    def bring(self, blob_id: str) -> None:
        """Move a file of a blob to where new ones go."""
        self._blobs.bring(blob_id)

    def free(self) -> int:
        """Return how many bytes more of blobs there is room for."""
        return self._blobs.free()

    @contextmanager
    def removing(self) -> Iterator[bool]:
        """Remove files in the block if it is given True."""
        with self._blobs.removing() as blobs, self._logs.removing() as logs:
            yield blobs and logs

    def keeping(self) -> AbstractContextManager[None]:
        """Have every file stay while the block reads."""
        return _both(self._blobs.keeping(), self._logs.keeping())

    def replacing(self) -> AbstractContextManager[None]:
        """Put files back in the block."""
        return _both(self._blobs.replacing(), self._logs.replacing())


@contextmanager
def _both(
    one: AbstractContextManager[object], other: AbstractContextManager[object]
) -> Iterator[None]:
    with one, other:
        yield
