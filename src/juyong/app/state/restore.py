"""Put the state of an archive in the place of the present one."""

import time
from collections.abc import Container
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from msgspec.structs import asdict
from sqlalchemy.dialects import postgresql, sqlite

from juyong.api.command import QUIET, Progress
from juyong.app.state.archive_format import archived_tables, decoded_row
from juyong.app.state.archive_reader import Archive, open_archive
from juyong.app.state.files import (
    files_of,
    forget_files,
    keep_known,
    prove_whole,
    put_back,
)
from juyong.app.state.follow import follow
from juyong.app.state.once import used_once
from juyong.app.state.state import State
from juyong.app.state.views import exclusive_connection
from juyong.audit.ledger.sequencing import described, new_log
from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.audit.ledger.tables import BundleRow, LogRow, TileRow
from juyong.base.chance import spread
from juyong.base.clock import system_clock
from juyong.base.ids import random_bytes
from juyong.blobs.blob import GRACE_SECONDS
from juyong.blobs.disk import Disk
from juyong.services.identity.facade import AccountRow
from juyong.store import schema
from juyong.store.epoch import EpochRow
from juyong.store.errors import Unavailable
from juyong.store.table import all_specs, spec_of

_BATCH = 500
_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Restored:
    """The state that a restore put back."""

    rows: int
    created_at: str
    """When the archive was made, UTC."""


def restore(state: State, path: Path, *, progress: Progress = QUIET) -> Restored:
    """Replace the whole state by that of an archive, in one transaction; servers may run on.

    The files of blobs are put back, durably, before; if the rows cannot be replaced, they are taken
    away again. Files that the present state has and the archive has not are removed later, as if
    their objects had been deleted. Calls wait while rows are replaced. Afterwards every account has
    another epoch, so that no server trusts what it cached; what was used once stays used. A new
    audit log begins, whose first leaf names the present one.

    Raises:
        BadArchive: damaged, cut, of another root key or schema revision; nothing was touched.
        FileNotFoundError: there is no such file.
        FileMissing: the rows tell of a file that is not in the archive; nothing was changed.
        Unavailable: the database did not take the transaction; nothing was changed.
    """
    engine = state.engine()
    signer = LogSigner(state.keys[PURPOSE])
    try:
        archive = open_archive(state, path, progress)
        schema.ensure(engine)
        state.settle()
        disk = state.disk
        with disk.replacing(), put_back(engine, disk, archive, progress) as there:
            _replace(engine, archive, disk, there, signer=signer, progress=progress)
    finally:
        engine.dispose()
    follow(state, signer)
    return Restored(archive.size, archive.header.created_at)


def _replace(
    engine: sa.Engine,
    archive: Archive,
    disk: Disk,
    there: Container[str],
    *,
    signer: LogSigner,
    progress: Progress,
) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with exclusive_connection(engine) as connection:
                before, log = _accounts(connection), _log(connection)
                connection.execute(forget_files(), {"due": system_clock() + GRACE_SECONDS})
                _load(connection, archive, progress)
                _begin_log(connection, log, archive, signer)
                connection.execute(keep_known())
                with closing(files_of(connection)) as found:
                    for blob_id, length in found:
                        if blob_id not in there:
                            prove_whole(disk, blob_id, length)
                _renew_epochs(connection, before | _accounts(connection))
                _advance_serials(connection)
        except sa.exc.OperationalError as conflict:
            if time.monotonic() > deadline:
                raise Unavailable("the database did not take the transaction") from conflict
            time.sleep(spread(0, _PAUSE_SECONDS))
        else:
            return


def _accounts(connection: sa.Connection) -> set[str]:
    account = spec_of(AccountRow).table
    return set(connection.execute(sa.select(account.c.account_id)).scalars())


def _load(connection: sa.Connection, archive: Archive, progress: Progress) -> None:
    tables, kept = archived_tables(), used_once()
    for table in tables:
        if table not in kept:
            connection.execute(sa.delete(table))
    inserts = [_insert(connection, table, add=table in kept) for table in tables]
    batch: list[dict[str, object]] = []
    at = 0
    for index, values in progress.track("putting rows back", archive.rows(), archive.size):
        if index != at or len(batch) == _BATCH:
            _flush(connection, inserts[at], batch)
            at = index
        batch.append(decoded_row(tables[index], values))
    _flush(connection, inserts[at], batch)


def _log(connection: sa.Connection) -> LogRow | None:
    found = connection.execute(sa.select(spec_of(LogRow).table)).mappings().one_or_none()
    return None if found is None else LogRow(**found)


def _begin_log(
    connection: sa.Connection, old: LogRow | None, archive: Archive, signer: LogSigner
) -> None:
    """Put a new log in the place of the archive's, whose checkpoints others may know."""
    archived = _log(connection)
    reason = f"restored what was archived at {archive.header.created_at}"
    if archived is not None:
        reason += f", whose log was {described(archived)}"
    for kind in (LogRow, BundleRow, TileRow):
        connection.execute(sa.delete(spec_of(kind).table))
    old = old or archived
    for row in new_log(old, reason, signer, system_clock()) if old else ():
        connection.execute(sa.insert(spec_of(type(row)).table), asdict(row))


def _flush(connection: sa.Connection, insert: sa.Insert, batch: list[dict[str, object]]) -> None:
    if batch:
        connection.execute(insert, batch)
        batch.clear()


def _insert(connection: sa.Connection, table: sa.Table, *, add: bool) -> sa.Insert:
    """Insert rows; `add` leaves those that are there already."""
    if not add:
        return sa.insert(table)
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _renew_epochs(connection: sa.Connection, accounts: set[str]) -> None:
    epoch = spec_of(EpochRow).table
    rows = [{"account_id": a, "epoch": int.from_bytes(random_bytes(7))} for a in sorted(accounts)]
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        gone = [row["account_id"] for row in batch]
        connection.execute(sa.delete(epoch).where(epoch.c.account_id.in_(gone)))
        connection.execute(sa.insert(epoch), batch)


def _advance_serials(connection: sa.Connection) -> None:
    """Let PostgreSQL's sequences continue behind the rows put back (SQLite does by itself)."""
    if connection.dialect.name != "postgresql":
        return
    for spec in all_specs():
        if spec.serial is None:
            continue
        column = spec.table.c[spec.serial]
        sequence = sa.func.pg_get_serial_sequence(spec.table.name, column.name)
        highest = connection.execute(sa.select(sa.func.max(column))).scalar()
        if highest is not None:
            present = sa.func.nextval(sequence)
            connection.execute(
                sa.select(sa.func.setval(sequence, sa.func.greatest(present, highest)))
            )
