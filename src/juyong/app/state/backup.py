"""Write the whole state into one file."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from juyong.api.command import QUIET, Progress
from juyong.app.state.archive_format import archived_tables, encoded_row, header_of
from juyong.app.state.archive_writer import ArchiveWriter
from juyong.app.state.files import files_of, parts_of
from juyong.app.state.state import State
from juyong.app.state.views import frozen_connection, reachable
from juyong.base.clock import Instant, system_clock
from juyong.base.ids import random_bytes
from juyong.blobs.disk import Disk


def backup(
    state: State, path: Path, *, now: Instant | None = None, progress: Progress = QUIET
) -> int:
    """Write an archive of the state as it is at this moment; servers may run on.

    The archive holds the event of every call that was answered before.

    The file appears whole or not at all, readable by its owner only. The file holds the audit log
    and the policies in plain text; secrets and bodies stay sealed under the root key, which is not
    in the file: keep a copy of the key elsewhere.

    Args:
        state: What to archive.
        path: Where; replaced if it exists.
        now: The time the archive carries.
        progress: Shown the rows.

    Returns:
        How many rows it holds.

    Raises:
        Unavailable: the database, or the store of the blobs, cannot be reached.
        OSError: the file cannot be written.
        FileMissing: a blob has lost its file, so that the archive would not be whole.

    Cost: one pass over the database and the files of blobs in little memory. No file of a blob is
    removed meanwhile.
    """
    state.settle()
    engine, disk = state.engine(), state.disk
    temporary = path.with_name(f".{path.name}.{random_bytes(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with (
            os.fdopen(descriptor, "wb") as file,
            reachable(),
            disk.keeping(),
            frozen_connection(engine) as connection,
        ):
            writer = ArchiveWriter(file, state.archive_key)
            rows = _write(
                writer, state, disk, connection, now=now or system_clock(), progress=progress
            )
            writer.close()
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        engine.dispose()
    return rows


def _write(
    writer: ArchiveWriter,
    state: State,
    disk: Disk,
    connection: sa.Connection,
    *,
    now: Instant,
    progress: Progress,
) -> int:
    tables = archived_tables()
    counts = [
        connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in tables
    ]
    files = sum(1 for _ in files_of(connection))
    writer.header(header_of(state, now, counts, files))
    rows = progress.track("writing rows", _rows(connection, tables), sum(counts))
    for index, row in rows:
        writer.row(index, encoded_row(row))
    writer.end_rows()
    with closing(files_of(connection)) as found:
        for blob_id, length in progress.track("writing files", found, files):
            writer.file(blob_id, length, parts_of(disk, blob_id, length))
    return sum(counts)


def _rows(
    connection: sa.Connection, tables: Sequence[sa.Table]
) -> Iterator[tuple[int, sa.Row[Any]]]:
    """Yield (index of the table, row)."""
    for index, table in enumerate(tables):
        for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns)):
            yield index, row
