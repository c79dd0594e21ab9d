"""Remove the files of blobs that were forgotten, and of bodies that no call kept."""

from collections.abc import Iterable, Iterator
from itertools import islice

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.store.transaction import Transaction

_AT_ONCE = 200
_UNKNOWN_SECONDS = 24 * 3600
"""How old a file is that no row knows, and that no call under way can still keep."""


@job("blobs.remove", every=60)
def remove_forgotten(bench: Bench) -> None:
    """Remove files whose time has come; the row goes after its file."""
    while gone := bench.transact(lambda tx: _due(bench, tx)):
        for row in gone:
            bench.platform.disk.remove(row.blob_id)
        bench.transact(lambda tx: _removed(tx, gone))


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
    disk, oldest = bench.platform.disk, bench.clock() - _UNKNOWN_SECONDS
    for each in [*(blob_id for blob_id, at in disk.unpublished() if at < oldest)]:
        disk.remove(each)
    old = (blob_id for blob_id, at in disk.published() if at < oldest)
    for some in _batches(old):
        for blob_id in bench.transact(lambda tx, some=some: _unknown(tx, some)):  # type: ignore[misc]  # bound now
            disk.remove(blob_id)


def _batches(ids: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(ids, _AT_ONCE)):
        yield some


def _unknown(tx: Transaction, ids: list[str]) -> list[str]:
    return [
        each for each in ids if tx.get(BlobRow, each) is None and tx.get(GoneBlobRow, each) is None
    ]
