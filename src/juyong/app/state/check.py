"""Prove the store and the audit log sound."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from juyong.api.command import QUIET, Progress
from juyong.app.anchor import HomeAnchor
from juyong.app.home import Home
from juyong.app.planes.plain import plain_copies, plain_disks
from juyong.app.state.once import used_once
from juyong.app.state.state import State
from juyong.app.state.views import frozen_transaction, reachable
from juyong.audit.ledger.report import BUNDLE, EARLY, REPLACED
from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.audit.ledger.stored import LogDamaged, checkpoints_in, log_of
from juyong.audit.ledger.verifying import verify
from juyong.audit.seals import seals_broken
from juyong.base.clock import Instant, system_clock
from juyong.blobs.checks import blob_ids, damage_of, unknown_files
from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow
from juyong.engines.ledger import Difference, LedgerError
from juyong.logs.checks import damaged_batches
from juyong.services.identity.facade import AccountRow
from juyong.store import schema
from juyong.store.core import metadata
from juyong.store.database import sqlite_path
from juyong.store.epoch import EpochRow
from juyong.store.errors import Tampered
from juyong.store.finding import Finding
from juyong.store.intake import intake_path, merged_logs
from juyong.store.queue import dead_items, depths
from juyong.store.scan import scan
from juyong.store.sqlite import SqliteConnection
from juyong.store.table import TableSpec, all_specs, spec_of
from juyong.store.transaction import Transaction
from juyong.worker.hooks import Hooks, checks
from juyong.worker.sequencing import Sequencing


def check(state: State, *, now: Instant | None = None, progress: Progress = QUIET) -> list[Finding]:
    """Look for damage, tampering and loose ends; servers may run on.

    What reads left is merged, and events that have settled become leaves of the ledger, first. The
    rest is read in one frozen view: database integrity, schema, every sealed column, every event
    and its leaf, the checks that each service makes of its own tables, every block of every
    blob, and every batch of logs.

    Args:
        state: What to prove.
        now: The present.
        progress: Shown the steps.

    Returns:
        The findings, damage before notices; empty when all is sound.

    Raises:
        Unavailable: the database, or the store of the blobs, cannot be reached.

    Cost: reads the whole database and every file of a blob once, and events three times. No file of
    a blob is removed meanwhile.
    """
    with reachable():
        found = [*_database(state), *_intake(state)]
    if not found:
        damage = _sequence(state, now or system_clock())
        disk = state.disk
        with disk.keeping(), frozen_transaction(state) as tx:
            found = [*damage, *_content(tx, state, progress)]
            found += _blobs(tx, disk, now or system_clock(), progress)
            found += damaged_batches(tx, state.segments)
        found += _plain_disks(state.home)
    return sorted(found, key=lambda f: (f.severity != "damage", f.code, f.where))


def _plain_disks(home: Home) -> Iterator[Finding]:
    """Yield a notice for each disk that lies plain while no server is there to seal it."""
    for tree in plain_disks(home):
        what = "it lies plain in the home, until the next server goes on with it or seals it"
        yield Finding("disk-not-sealed", f"disk {tree.disk_id}", what, severity="notice")
    for snapshot_id in plain_copies(home):
        what = "a copy for it lies plain in the home, until the next server removes the copy"
        yield Finding("disk-not-sealed", f"snapshot {snapshot_id}", what, severity="notice")


def _database(state: State) -> Iterator[Finding]:
    """Check integrity and schema; no further check works without them."""
    engine = state.engine()
    try:
        revision = schema.revision_of(engine)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                yield from _sqlite_integrity(connection)
            if revision == schema.head():
                yield from _schema(connection)
                return
        told = f"it is at revision {revision}, this version works at {schema.head()}"
        if revision is None:
            told = "it has no tables: the first start was cut short, or the database is another one"
        yield Finding("schema-not-at-head", "database", told)
    except (sa.exc.DatabaseError, sqlite3.DatabaseError) as damage:
        if isinstance(damage, sa.exc.OperationalError):
            raise
        yield Finding("database-damaged", "database", str(damage.args[0]))
    finally:
        engine.dispose()


def _sqlite_integrity(connection: sa.Connection) -> Iterator[Finding]:
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
        if message != "ok":
            yield Finding("database-damaged", "database", str(message))


def _intake(state: State) -> Iterator[Finding]:
    """Check that the intake log of a SQLite database is whole, and the one that was merged last."""
    if not state.url.startswith("sqlite"):
        return
    database = sqlite_path(state.url)
    path = intake_path(database)
    try:
        if not path.exists():
            if merged_logs(database):
                yield Finding("intake-log-missing", path.name, "the log that was merged is gone")
            return
        with closing(SqliteConnection(path, durable=True).raw) as raw:
            for (message,) in raw.execute("PRAGMA integrity_check").fetchall():
                if message != "ok":
                    yield Finding("intake-log-damaged", path.name, str(message))
    except sqlite3.DatabaseError as damage:
        if isinstance(damage, sqlite3.OperationalError):
            raise
        yield Finding("intake-log-damaged", path.name, str(damage))


def _schema(connection: sa.Connection) -> Iterator[Finding]:
    columns = sa.inspect(connection).get_multi_columns()
    there = {name: {c["name"] for c in found} for (_, name), found in columns.items()}
    for table in metadata().sorted_tables:
        if table.name not in there:
            yield Finding("schema-differs", table.name, "the table is missing")
            continue
        differing = there[table.name] ^ {column.name for column in table.columns}
        if differing:
            names = ", ".join(sorted(differing))
            yield Finding("schema-differs", table.name, f"missing or unknown columns: {names}")


def _sequence(state: State, now: Instant) -> list[Finding]:
    """Let all events become leaves, as a server would; what hinders that is damage."""
    with state.opened() as store:
        sequencing = Sequencing(
            store=store,
            keys=state.keys,
            clock=lambda: now,
            anchor=HomeAnchor(state.home),
            tell=lambda _: None,  # The ledger's own check finds it again, and more of it.
        )
        try:
            while sequencing.round():
                pass
        except (LogDamaged, LedgerError) as damage:
            return [Finding("audit-log-damaged", "audit_log", str(damage))]
    return []


def _content(tx: Transaction, state: State, progress: Progress) -> Iterator[Finding]:
    steps: list[Callable[[], Iterator[Finding]]] = [*_of_tables(tx), partial(_given_up, tx)]
    steps += [partial(service_check, tx, state.keys) for service_check in checks()]
    steps.append(partial(_ledger, tx, state))
    for step in progress.track("checking", steps, len(steps)):
        yield from step()


def _count_blobs() -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(spec_of(BlobRow).table)


def _blobs(tx: Transaction, disk: Disk, now: Instant, progress: Progress) -> Iterator[Finding]:
    count = tx.query(_count_blobs)[0][0]
    for blob_id in progress.track("opening blobs", blob_ids(tx), count):
        yield from damage_of(tx, disk, blob_id)
    yield from unknown_files(tx, disk, now)


def _of_tables(tx: Transaction) -> Iterator[Callable[[], Iterator[Finding]]]:
    outlive = {spec_of(AccountRow).table, spec_of(EpochRow).table, *used_once()}
    for spec in all_specs():
        if spec.sealed:
            yield partial(_sealed, tx, spec)
        if "account_id" in spec.columns and spec.table not in outlive:
            yield partial(_without_account, tx, spec)


def _sealed(tx: Transaction, spec: TableSpec) -> Iterator[Finding]:
    for key in scan(tx, spec.row_type):
        try:
            tx.get(spec.row_type, *key)
        except Tampered as bad:
            where = " ".join(map(str, (spec.name, *key)))
            yield Finding("sealed-value-changed", where, str(bad))


def _without_account(tx: Transaction, spec: TableSpec) -> Iterator[Finding]:
    for account_id, count in tx.query(_lost_rows(spec)):
        where = f"{spec.name} {account_id}"
        yield Finding("row-without-account", where, f"{count} rows belong to no existing account")


@cache
def _lost_rows(spec: TableSpec) -> sa.Select[Any]:
    account, table = spec_of(AccountRow).table, spec.table
    return (
        sa.select(table.c.account_id, sa.func.count())
        .where(~sa.exists().where(account.c.account_id == table.c.account_id))
        .group_by(table.c.account_id)
    )


def _given_up(tx: Transaction) -> Iterator[Finding]:
    """Name work that no worker will try again, and work that this version has no job for."""
    hooks = Hooks()
    failed = hooks.load()
    for item in dead_items(tx):
        text = f"given up after {item.attempts} attempts: {item.error}"
        yield Finding("work-given-up", f"{item.kind} {item.key}", text, "notice")
    for module, failure in failed.items():
        yield Finding("jobs-unreadable", module, f"it cannot be imported: {failure!r}", "notice")
    for depth in depths(tx, Instant(0)):
        if not failed and depth.kind not in hooks.jobs:
            count = depth.waiting + depth.dead
            text = f"{count} items wait for a job that this version does not have"
            yield Finding("work-unknown", depth.kind, text, "notice")


_CODES = {
    Difference.CHECKPOINT: "audit-log-damaged",
    Difference.ROLLED_BACK: "audit-log-replaced",
    Difference.FORK: "audit-log-replaced",
    REPLACED: "audit-log-replaced",
    Difference.TILE: "audit-log-damaged",
    BUNDLE: "audit-log-damaged",
    EARLY: "audit-events-missing",
    Difference.CHANGED: "audit-event-changed",
    Difference.MISSING: "audit-events-missing",
    Difference.ADDED: "audit-events-added",
    Difference.REORDERED: "audit-events-moved",
}


def _ledger(tx: Transaction, state: State) -> Iterator[Finding]:
    """Verify the ledger as `juyong audit verify` does, with the home's own key."""
    public = LogSigner(state.keys[PURPOSE]).public
    anchor = HomeAnchor(state.home)
    known = anchor.remembered()
    checkpoints = [] if known is None else checkpoints_in([known], public)
    if known is not None and not checkpoints:
        yield Finding("audit-log-replaced", "audit-checkpoint", "the file was changed or replaced")
    cosigned, row = anchor.cosigned(), log_of(tx)
    if cosigned is not None and row is not None:
        # That of a log before is older than its end, and so not what the first leaf names.
        found = checkpoints_in([cosigned], public)
        checkpoints += [each for each in found if each.origin == row.origin]
    former = checkpoints_in(anchor.former(), public)
    report = verify(tx, public, known=checkpoints, former=former)
    trouble = report.trouble
    if trouble is not None:
        where = "audit_log" if trouble.event_id is None else f"event {trouble.event_id}"
        yield Finding(_CODES[trouble.how], where, f"{trouble.how}: {trouble.text}")
    if report.follows is not None and seals_broken(report.follows):
        yield Finding("audit-seals-broken", "the first leaf", report.follows.reason, "notice")
