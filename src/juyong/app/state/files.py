"""The files of blobs and of raw logs, in archives and out of them."""

from collections.abc import Container, Generator, Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from juyong.api.command import QUIET, Progress
from juyong.app.state.archive_reader import Archive, ArchivedFile
from juyong.app.state.shelves import LOGS, is_segment
from juyong.blobs.blocks import sealed_length
from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.logs.tables import BatchRow
from juyong.store.table import spec_of

_PART = 1024 * 1024
_BATCH = 500


class FileMissing(Exception):
    """A blob has no file, or not the whole of it; `juyong check` names all such blobs."""

    def __init__(self, blob_id: str) -> None:
        super().__init__(f"blob {blob_id} has no whole file; `juyong check` tells more")


def files_of(connection: sa.Connection) -> Generator[tuple[str, int], None, None]:
    """Yield id and length of each file that rows tell of."""
    blob = spec_of(BlobRow).table
    in_files = sa.select(blob.c.blob_id, blob.c.size).where(blob.c.content.is_(None))
    with connection.execute(in_files.order_by(blob.c.blob_id)) as found:
        for blob_id, size in found:
            yield blob_id, sealed_length(size)
    batch = spec_of(BatchRow).table
    behind = sa.func.max(batch.c.place + batch.c.length)
    segments = sa.select(batch.c.segment_id, behind).group_by(batch.c.segment_id)
    with connection.execute(segments.order_by(batch.c.segment_id)) as found:
        for segment_id, length in found:
            yield f"{LOGS}{segment_id}", length


def parts_of(disk: Disk, blob_id: str, length: int) -> Iterator[bytes]:
    """Yield a file in parts.

    Raises:
        FileMissing: it is not there, or has another length.
    """
    prove_whole(disk, blob_id, length)
    for place in range(0, length, _PART):
        yield disk.read(blob_id, place, min(_PART, length - place))


def prove_whole(disk: Disk, blob_id: str, length: int) -> None:
    """Compare the length of a file.

    Raises:
        FileMissing: it is another one, or there is no file.
    """
    if not _is_whole(disk, blob_id, length):
        raise FileMissing(blob_id)


def _is_whole(disk: Disk, blob_id: str, length: int) -> bool:
    """Tell whether there is a file of a length; a segment may have grown since."""
    found = _length(disk, blob_id)
    return found == length or (is_segment(blob_id) and found is not None and found > length)


def _length(disk: Disk, blob_id: str) -> int | None:
    try:
        return disk.length(blob_id)
    except FileNotFoundError:
        return None


@contextmanager
def put_back(
    engine: sa.Engine, disk: Disk, archive: Archive, progress: Progress = QUIET
) -> Iterator[Container[str]]:
    """Put the files of an archive back, durably, before the block commits the rows.

    The block gets the ids of the blobs whose files are there now, as the archive has them.

    What the block raises takes the files away again, except those that a row knows. Servers go
    on reading their own files meanwhile, since a file is never changed.

    Raises:
        BadArchive, OSError: nothing was put back.
    """
    written: list[str] = []
    there: set[str] = set()
    try:
        for file in progress.track("writing files", archive.files(), archive.header.files):
            written += _written(disk, file)
            there.add(file.blob_id)
        added = [each for each in written if _length(disk, each) is None]
    except BaseException:
        for blob_id in written:
            disk.abandon(blob_id)
        raise
    try:
        for blob_id in written:
            disk.publish(blob_id)
        yield there
    except BaseException:
        for blob_id in written:
            disk.abandon(blob_id)
        for blob_id in _unknown(engine, added):
            disk.remove(blob_id)
        raise


def _written(disk: Disk, file: ArchivedFile) -> list[str]:
    """Write a file under its temporary name; returns nothing where the same file is there."""
    parts, place = file.parts(), 0
    if _is_whole(disk, file.blob_id, file.length):
        for part in parts:
            if disk.read(file.blob_id, place, len(part)) != part:
                parts = _again(disk, file.blob_id, place, part, parts)
                break
            place += len(part)
        else:
            return []
    _write(disk, file.blob_id, parts)
    return [file.blob_id]


def _again(
    disk: Disk, blob_id: str, end: int, differing: bytes, rest: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield what was the same up to a place, and then the archive's."""
    for place in range(0, end, _PART):
        yield disk.read(blob_id, place, min(_PART, end - place))
    yield differing
    yield from rest


def _write(disk: Disk, blob_id: str, parts: Iterable[bytes]) -> None:
    disk.abandon(blob_id)  # of a restore that was killed
    handle = disk.create(blob_id)
    try:
        for part in parts:
            handle.write(part)
        handle.sync()
    except BaseException:
        disk.abandon(blob_id)
        raise
    finally:
        handle.close()


def _unknown(engine: sa.Engine, ids: list[str]) -> list[str]:
    """Return those that no row knows; none where the database does not say, for the job to find."""
    blob, known = spec_of(BlobRow).table, set[str]()
    try:
        with engine.connect() as connection:
            for start in range(0, len(ids), _BATCH):
                some = ids[start : start + _BATCH]
                asked = sa.select(blob.c.blob_id).where(blob.c.blob_id.in_(some))
                known |= set(connection.execute(asked).scalars())
    except sa.exc.SQLAlchemyError:
        return []
    return [each for each in ids if each not in known]


def forget_files() -> sa.Insert:
    """Note that no file is needed any more after `due`; see `keep_known`."""
    blob, gone = spec_of(BlobRow).table, spec_of(GoneBlobRow).table
    due = sa.bindparam("due", type_=sa.BigInteger())
    files = sa.select(blob.c.blob_id, due).where(
        blob.c.content.is_(None), blob.c.blob_id.not_in(sa.select(gone.c.blob_id))
    )
    return sa.insert(gone).from_select(["blob_id", "due_at"], files)


def keep_known() -> sa.Delete:
    """Keep the files that rows know."""
    blob, gone = spec_of(BlobRow).table, spec_of(GoneBlobRow).table
    return sa.delete(gone).where(gone.c.blob_id.in_(sa.select(blob.c.blob_id)))
