"""Remove the files of blobs that were forgotten, and of bodies that no call kept; move others.

A job that is killed does the same again. A job does nothing while a command needs every file.
"""

from collections.abc import Iterable
from contextlib import suppress

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.blobs.checks import batches, is_old, unknown_of
from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.store.transaction import Transaction

_AT_ONCE = 200
_MOST_MOVED = 256 * 1024 * 1024
"""Bytes after which a run ends that moves files, since other jobs wait for its thread."""


@job("blobs.remove", every=60)
def remove_forgotten(bench: Bench) -> None:
    """Remove files whose time has come; the row goes after its file."""
    while _remove_some(bench):
        pass


def _remove_some(bench: Bench) -> bool:
    """Remove some files; False where none is left, or a command needs them."""
    disk = bench.platform.disk
    with disk.removing() as may:
        gone = bench.transact(lambda tx: _due(bench, tx)) if may else []
        for row in gone:
            disk.remove(row.blob_id)
        if gone:
            bench.transact(lambda tx: _removed(tx, gone))
    return bool(gone)


def _due(bench: Bench, tx: Transaction) -> list[GoneBlobRow]:
    now = bench.clock()
    rows = tx.find(GoneBlobRow, order=("due_at",), limit=_AT_ONCE)
    return [row for row in rows if row.due_at <= now]


def _removed(tx: Transaction, rows: Iterable[GoneBlobRow]) -> None:
    for row in rows:
        if tx.get(GoneBlobRow, row.blob_id) is not None:
            tx.delete(row)


@job("blobs.sweep", every=3600)
def remove_unknown(bench: Bench) -> None:
    """Remove files that a server left when it was killed between a body and its commit."""
    disk, now = bench.platform.disk, bench.clock()
    for some in batches(each for each, at in disk.unpublished() if is_old(at, now)):
        _abandon(disk, some)
    for some in batches(each for each, at in disk.published() if is_old(at, now)):
        _remove(bench, some)


def _abandon(disk: Disk, ids: list[str]) -> None:
    """Remove some files under their temporary names, which no row knows by those."""
    with disk.removing() as may:
        for blob_id in ids if may else ():
            disk.abandon(blob_id)


def _remove(bench: Bench, ids: list[str]) -> None:
    """Remove those of some files that no row knows."""
    disk = bench.platform.disk
    with disk.removing() as may:
        if not may:
            return
        for blob_id in bench.transact(lambda tx: list(unknown_of(tx, iter(ids)))):
            disk.remove(blob_id)


@job("blobs.move", every=60)
def move_files(bench: Bench) -> None:
    """Move files from before the setting `blob_store` from the home to the store that it names.

    Files that no row knows, or whose blobs were forgotten, stay until they are removed.
    """
    disk, moved = bench.platform.disk, 0
    for blob_id, length in disk.elsewhere():
        if not bench.transact(lambda tx, i=blob_id: tx.get(BlobRow, i) is not None):  # type: ignore[misc]  # bound now
            continue
        with suppress(FileNotFoundError):
            disk.bring(blob_id)
        moved += length
        if moved >= _MOST_MOVED:
            return
