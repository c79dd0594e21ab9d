"""Carry exports on: read what arrived, write objects, and note how far each shard was read.

The transaction that puts an object moves the place of its shard, so wherever a server is killed,
each batch is in one object, and objects of a shard are in the order of its batches.
"""

from functools import partial
from typing import NamedTuple

from juyong.api.access import Also
from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.blobs.blob import written
from juyong.logs.batches import read, since
from juyong.logs.segments import DamagedLogs
from juyong.logs.tables import BatchRow
from juyong.services.identity.facade import RoleRow, role_may
from juyong.services.oss.facade import ToPut, discard, put_as_role, writable_bucket
from juyong.services.sls.acting import SERVICE, act_for, assumed_role
from juyong.services.sls.errors import BadArgument, NoLogstore
from juyong.services.sls.exports.files import packed_lines
from juyong.services.sls.exports.keeping import EXPORT, GOES_ON, plan_of
from juyong.services.sls.exports.sent import Plan
from juyong.services.sls.exports.tables import ExportRow, ExportShardRow
from juyong.services.sls.for_services import RoleMayNot, the_own_project
from juyong.services.sls.logstores.data_keys import Opened, keys_to_read
from juyong.services.sls.logstores.logstore import LOGSTORE, logstore_conditions
from juyong.services.sls.logstores.shard import shards_of
from juyong.services.sls.projects.grammar import in_force
from juyong.services.sls.tables import LogstoreRow
from juyong.services.sts.facade import RoleTrustsNot
from juyong.store.errors import Stale
from juyong.store.queue import Claim, extend, finish, put
from juyong.store.transaction import Transaction

_LEASE_SECONDS = 300
_EVERY_SECONDS = 30
_AFTER_FAILURE_SECONDS = 60
_AT_ONCE = 1000
_MOST_BATCHES = 10_000
"""Of one object."""
_SESSION = "log"
_MIB = 1 << 20
_MOST_ERROR = 1024


class _File(NamedTuple):
    """The batches of the next object of a shard, and what the transaction that found them knows."""

    row: ExportRow
    plan: Plan
    store_id: str
    shard: int
    begins: int
    batches: list[BatchRow]
    opened: Opened


class _Found(NamedTuple):
    """The objects that are due, one a shard; is_over: nothing is to come any more."""

    files: list[_File]
    is_over: bool


@job(EXPORT, lease_seconds=_LEASE_SECONDS, attempts=None)
def export(bench: Bench, claim: Claim) -> None:
    """Write the objects of one export that are due, and look again soon.

    A target or a key that refuses is told by the state of the export, which is tried again.
    """
    project, name = claim.key.split("/", 1)
    row = bench.transact(lambda tx: tx.get(ExportRow, project, name))
    if row is None or row.status not in GOES_ON:
        return
    error, found = "", _Found([], is_over=False)
    try:
        while True:
            bench.transact(lambda tx: extend(tx, claim, now=bench.clock(), seconds=_LEASE_SECONDS))
            found = act_for(bench, row.account_id, row.region, partial(_due_files, project, name))
            if not found.files:
                break
            for file in found.files:
                _write(bench, file)
    except ApiError as refusal:
        error = f"{refusal.code}: {refusal.message}"
    except RoleTrustsNot as refusal:
        error = f"Unauthorized: {refusal} does not exist, or does not trust {SERVICE}"
    except DamagedLogs:
        error = "InternalServerError: logs of the logstore are damaged"
    bench.transact(partial(_end, bench, claim, (error, found.is_over)))


def _end(bench: Bench, claim: Claim, outcome: tuple[str, bool], tx: Transaction) -> None:
    """Note the state of an export, and have it carried on unless it is over."""
    (error, is_over), now = outcome, bench.clock()
    row = tx.get(ExportRow, *claim.key.split("/", 1))
    finish(tx, claim, now)
    if row is None or row.status not in GOES_ON:
        return
    status = "FAILED" if error else "SUCCEEDED" if is_over else "RUNNING"
    error = error[:_MOST_ERROR]
    if (row.status, row.error) != (status, error):
        tx.update(row, status=status, error=error)
    if status in GOES_ON:
        pause = _AFTER_FAILURE_SECONDS if error else _EVERY_SECONDS
        put(tx, EXPORT, claim.key, now=now, due=Instant(now + pause))


def _due_files(project: str, name: str, ctx: Context) -> _Found:
    """Find the objects that are due.

    Raises:
        NoProject, NoLogstore, RoleMayNot, KeyRefused: nothing can be read.
        RoleTrustsNot: a role does not trust the service.
    """
    row = ctx.tx.get(ExportRow, project, name)
    if row is None or row.status not in GOES_ON:
        return _Found([], is_over=False)
    plan = plan_of(row)
    logstore = ctx.tx.get(LogstoreRow, project, plan.logstore)
    if logstore is None:
        raise NoLogstore(name=plan.logstore)
    _judge_reading(ctx, assumed_role(ctx, row.account_id, plan.reader), logstore)
    until = ctx.now - plan.delay_s
    is_over = 0 < plan.to_s <= until
    files = []
    for shard in shards_of(ctx, logstore):
        begins = _place(ctx, row, logstore, shard.shard_id, plan)
        batches, size = _batches(ctx, plan, (logstore.store_id, shard.shard_id), begins)
        if not batches:
            continue
        waited = batches[0].received_at <= until - plan.sink.buffer_interval
        if size >= plan.sink.buffer_size * _MIB or waited or is_over:
            keys = keys_to_read(ctx, logstore, batches)
            file = _File(row, plan, logstore.store_id, shard.shard_id, begins, batches, keys)
            files.append(file)
    return _Found(files, is_over=is_over)


def _judge_reading(ctx: Context, role: RoleRow, row: LogstoreRow) -> None:
    """Ask the policies of a role and of a project.

    Raises:
        RoleMayNot: they do not let the role read. NoProject: the project is another account's.
    """
    project = the_own_project(ctx, role, row.project_name)
    arn = LOGSTORE.arn_of(row)
    policy = project.policy and in_force(project.policy, project.account_id, project.project_name)
    need = Also(
        action="log:GetCursorOrData",
        resource=arn,
        policy=policy or None,
        conditions=logstore_conditions(ctx, arn),
    )
    if not role_may(ctx.tx, role, _SESSION, need, ctx.now):
        raise RoleMayNot


def _place(ctx: Context, row: ExportRow, store: LogstoreRow, shard: int, plan: Plan) -> int:
    held = ctx.tx.get(ExportShardRow, row.schedule_id, store.store_id, shard)
    return held.next_sequence if held else since(ctx.tx, store.store_id, shard, plan.from_s)


def _batches(
    ctx: Context, plan: Plan, shard: tuple[str, int], begins: int
) -> tuple[list[BatchRow], int]:
    """Return the batches of the next object of a shard, and their size in raw bytes."""
    until = ctx.now - plan.delay_s
    found: list[BatchRow] = []
    size, cursor = 0, begins
    while size < plan.sink.buffer_size * _MIB and len(found) < _MOST_BATCHES:
        rows = read(ctx.tx, *shard, cursor, count=_AT_ONCE)
        for row in rows:
            is_behind = 0 < plan.to_s <= row.received_at
            if row.received_at > until or is_behind or size >= plan.sink.buffer_size * _MIB:
                return found, size
            found.append(row)
            size += row.size
        if not rows:
            break
        cursor = rows[-1].sequence + 1
    return found, size


def _write(bench: Bench, file: _File) -> None:
    """Put one object, and move the place of its shard, both or neither.

    Raises:
        ApiError: the bucket is gone or elsewhere, or the role may not write into it.
        RoleTrustsNot: the role does not trust the service.
    """
    platform, sink = bench.platform, file.plan.sink
    file.opened.committed(platform)
    parts = packed_lines(
        platform.segments,
        file.batches,
        file.opened,
        compression=sink.compression_type,
        with_tags=sink.content_detail is not None and sink.content_detail.enable_tag,
    )
    first = file.batches[0]
    name = f"{first.received_at}_{file.shard}_{first.sequence}"
    made = ToPut(
        key=file.plan.key(first.received_at, name),
        content_type="application/octet-stream",
        blob=written(platform.disk, parts),
    )

    def commit(ctx: Context) -> None:
        role = assumed_role(ctx, file.row.account_id, file.plan.writer)
        bucket = writable_bucket(ctx, role, _SESSION, sink.bucket, [made.key])
        if bucket.region != file.row.region:
            raise BadArgument(why="the bucket is in another region than the logstore")
        put_as_role(ctx, role, _SESSION, sink.bucket, [made])
        _move(ctx.tx, file)

    try:
        act_for(bench, file.row.account_id, file.row.region, commit)
    except (ApiError, RoleTrustsNot, Stale):
        # Of other failures it is not known whether the object is there; a sweep finds out.
        discard(bench, [made.blob])
        raise


def _move(tx: Transaction, file: _File) -> None:
    """Note that the batches of an object are exported.

    Raises:
        Stale: the export is another one by now.
    """
    row = tx.get(ExportRow, file.row.project_name, file.row.export_name)
    if row is None or (row.schedule_id, row.version) != (file.row.schedule_id, file.row.version):
        raise Stale("sls_export")
    following = file.batches[-1].sequence + 1
    held = tx.get(ExportShardRow, row.schedule_id, file.store_id, file.shard)
    if held is None:
        tx.insert(
            ExportShardRow(
                schedule_id=row.schedule_id,
                store_id=file.store_id,
                shard_id=file.shard,
                next_sequence=following,
            )
        )
        return
    if held.next_sequence != file.begins:
        raise Stale("sls_export_shard")
    tx.update(held, next_sequence=following)
