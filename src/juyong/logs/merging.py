"""Merge small files of columns of a store: fewer files are opened for a question.

The transaction that keeps the merged file deletes the others, so that wherever a server is killed,
a log is in one file. Groups and cursors have no part in it.
"""

from collections.abc import Iterator, Sequence

import msgspec

from juyong.base.clock import DAY_SECONDS, Instant
from juyong.blobs.blob import forget, keep
from juyong.blobs.tables import BlobRow
from juyong.logs.stores import store_of
from juyong.logs.tables import FileRow, StoreRow
from juyong.logs.turnover import LONGEST_WAIT, MOST_LOGS, Made
from juyong.store.transaction import Transaction

SMALL_LOGS = MOST_LOGS // 2
SMALL_BYTES = 8 * 1024 * 1024
"""A file with more of either stays as it is."""
MOST_BYTES = 16 * 1024 * 1024
MOST_FILES = 64
"""The extent of a merge, in bytes of columns and in files."""
LONGEST_SPAN = DAY_SECONDS
"""Seconds from the first arrival in a merged file to the last: what the file outlives its oldest
logs by, which are left out of it when it is opened (see `opening`)."""


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Files that become one, in the order of their arrival, each with the blob of its columns."""

    store: StoreRow
    files: tuple[tuple[FileRow, BlobRow], ...]

    @property
    def index(self) -> str:
        """The index that all of the files follow, in JSON."""
        return self.files[0][0].index

    @property
    def key_id(self) -> str:
        """The data key that seals all of the files, or empty."""
        return self.files[0][0].key_id


def merge_of(
    tx: Transaction, store_id: str, now: Instant, span: int = LONGEST_SPAN
) -> Merge | None:
    """Return the oldest files of a store that are merged now; None where none are.

    Files wait for others that may still join them. A file that was merged is merged again only
    where later files have room in the same one, so that a log is written twice, or a few times.

    Cost: reads the rows of all files of the store.
    """
    store = store_of(tx, store_id)
    if store is None or store.index is None:
        return None
    files = tx.find(FileRow, store_id=store_id, order=("last_received_at",))
    for run in _runs(tx, [row for row in files if row.received_at >= store.indexed_since], span):
        first = min(row.received_at for row, _ in run)
        if len(run) > 1 and (_is_full(run) or first + span + LONGEST_WAIT <= now):
            return Merge(store=store, files=tuple(run))
    return None


_Run = list[tuple[FileRow, BlobRow]]


def _runs(tx: Transaction, files: Sequence[FileRow], span: int) -> Iterator[_Run]:
    """Yield small files side by side of one index and one key that have room in one file."""
    run: _Run = []
    for row in files:
        small = _small(tx, row)
        if run and (small is None or not _fits(run, row, small, span)):
            yield run
            run = []
        if small is not None:
            run.append((row, small))
    if run:
        yield run


def _small(tx: Transaction, row: FileRow) -> BlobRow | None:
    """Return the blob of a file that is small enough to be merged."""
    blob = tx.get(BlobRow, row.blob_id) if 0 < row.logs <= SMALL_LOGS else None
    return blob if blob is not None and blob.size <= SMALL_BYTES else None


def _fits(run: _Run, row: FileRow, blob: BlobRow, span: int) -> bool:
    first = min(each.received_at for each, _ in run)
    return (
        (row.index, row.key_id) == (run[0][0].index, run[0][0].key_id)
        and row.last_received_at - min(first, row.received_at) <= span
        and len(run) < MOST_FILES
        and sum(each.logs for each, _ in run) + row.logs <= MOST_LOGS
        and sum(each.size for _, each in run) + blob.size <= MOST_BYTES
    )


def _is_full(run: _Run) -> bool:
    return len(run) == MOST_FILES or sum(row.logs for row, _ in run) > SMALL_LOGS


def merge(tx: Transaction, wanted: Merge, made: Made, now: Instant) -> bool:
    """Keep the merged file in the place of the others, both or neither.

    Returns:
        False where one of them went meanwhile, or the store did: then nothing was done, and the
        merged file is not wanted.
    """
    store = store_of(tx, wanted.store.store_id)
    rows = [row for row, _ in wanted.files]
    if store is None or store.indexed_since != wanted.store.indexed_since:
        return False
    if any(tx.get(FileRow, row.blob_id) != row for row in rows):
        return False
    for row in rows:
        forget(tx, row.blob_id, now)
        forget(tx, row.words_id, now)
        tx.delete(row)
    for blob in (made.columns, made.words):
        keep(tx, blob, store.account_id, now, keyless=made.keys is not None)
    tx.insert(
        FileRow(
            blob_id=made.columns.blob_id,
            words_id=made.words.blob_id,
            store_id=store.store_id,
            logs=made.logs,
            min_time=made.min_time,
            max_time=made.max_time,
            received_at=min(row.received_at for row in rows),
            last_received_at=max(row.last_received_at for row in rows),
            index=wanted.index,
            key_id=wanted.key_id,
            keys=made.keys,
        )
    )
    return True
