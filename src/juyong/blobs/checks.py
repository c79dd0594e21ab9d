"""Prove the blobs: each has the file that its row tells of, and every block of it opens."""

from collections.abc import Iterator
from itertools import islice

from juyong.blobs.blocks import DamagedBlob, sealed_length
from juyong.blobs.content import whole
from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.store.errors import Tampered
from juyong.store.finding import Finding
from juyong.store.scan import scan
from juyong.store.transaction import Transaction

UNKNOWN_SECONDS = 24 * 3600
"""How old a file is that no row knows, and that no call under way can still keep."""
_AT_ONCE = 200


def blob_ids(tx: Transaction) -> Iterator[str]:
    """Yield the ids of all blobs in order."""
    return (blob_id for (blob_id,) in scan(tx, BlobRow))


def damage_of(tx: Transaction, disk: Disk, blob_id: str) -> Iterator[Finding]:
    """Yield what is wrong with a blob; a sealed column that does not open is found elsewhere.

    Blocks of a blob whose key another service seals are measured, and not opened.

    Cost: reads the whole of it.
    """
    try:
        row = tx.get(BlobRow, blob_id)
    except Tampered:
        return
    if row is None:
        return
    where = f"store_blob {blob_id}"
    try:
        found = sealed_length(row.size) if row.content is not None else disk.length(blob_id)
        if found != sealed_length(row.size):
            text = f"its file has {found} bytes instead of {sealed_length(row.size)}"
            yield Finding("blob-file-length", where, text)
        elif row.key is not None:
            for _ in whole(disk, row).blocks():
                pass
    except FileNotFoundError:
        yield Finding("blob-file-missing", where, "its file is not there")
    except (DamagedBlob, OSError) as damage:
        yield Finding("blob-damaged", where, str(damage))


def is_kept(tx: Transaction, blob_id: str) -> bool:
    """Tell whether a blob that something keeps has its row."""
    try:
        return tx.get(BlobRow, blob_id) is not None
    except Tampered:
        return True  # the row is there, and found as changed by itself


def unknown_files(tx: Transaction, disk: Disk, now: int) -> Iterator[Finding]:
    """Yield files that no row knows and that are older than a day."""
    for blob_id in unknown_of(tx, (each for each, at in disk.published() if is_old(at, now))):
        where = f"file {blob_id}"
        yield Finding("blob-file-unknown", where, "no row knows it; a job removes it", "notice")


def is_old(changed: float, now: int) -> bool:
    """Tell whether a file that no row knows was left behind."""
    return changed < now - UNKNOWN_SECONDS


def unknown_of(tx: Transaction, ids: Iterator[str]) -> Iterator[str]:
    """Yield those of some ids that no row knows."""
    for each in ids:
        if tx.get(BlobRow, each) is None and tx.get(GoneBlobRow, each) is None:
            yield each


def batches(ids: Iterator[str]) -> Iterator[list[str]]:
    """Yield ids in lists that fit one transaction."""
    while some := list(islice(ids, _AT_ONCE)):
        yield some
