"""Write the lines of each hour into objects of the target buckets.

Source: OSS, access logs (documented): an object an hour, named by prefix, source bucket, time and a
distinct text. Assumed: the time is the beginning of the hour in UTC, and the text counts from 0000.
"""

from datetime import UTC, datetime

import msgspec

from juyong.api.bench import Bench
from juyong.api.caller import Root
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.blobs.arrived import Blob
from juyong.blobs.blob import written
from juyong.services.oss.access_log.configuration import BadTarget, LoggingEnabled
from juyong.services.oss.access_log.tables import LogLineRow
from juyong.services.oss.buckets.bucket import find_bucket
from juyong.services.oss.delivery import deliver, discard
from juyong.services.oss.objects.encryption import chosen
from juyong.services.oss.objects.object import Place, latest_of
from juyong.services.oss.objects.write import NewObject, store
from juyong.services.oss.tables import BucketRow
from juyong.store.errors import StoreError
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

AT_ONCE = 900
"""Lines of one log object: one transaction writes the object and deletes the lines."""
HOUR = 3600
_LATE_SECONDS = 60
"""How long after its hour a line may still come."""
_KEPT_SECONDS = 3 * HOUR
"""How long after their hour lines wait for a target that cannot be written."""


def _sources() -> "sa.Select[tuple[str]]":
    return sa.select(table_of(LogLineRow).c.bucket_name).distinct()


@job("oss.access-log", every=60, rows=AT_ONCE + 100)
def write_logs(bench: Bench) -> None:
    """Write what waits of each bucket: hours that are over, and what fills an object before."""
    for (name,) in bench.transact(lambda tx: tx.query(_sources)):
        while _write_some(bench, name):
            pass


def _write_some(bench: Bench, name: str) -> bool:
    """Write one log object; tells whether there may be more to write."""
    lines = bench.transact(lambda tx: _next(tx, name, bench.clock()))
    if not lines:
        return False
    body = "".join(f"{row.line}\n" for row in lines).encode()
    blob = written(bench.platform.disk, [body])
    try:
        deliver(bench, lines[0].account_id, lambda ctx: _store(ctx, lines, blob))
    except (ApiError, StoreError) as failure:
        discard(bench, [blob])
        lost = isinstance(failure, ApiError) and bench.clock() > _end(lines[0]) + _KEPT_SECONDS
        state = "loses lines" if lost else "waits"
        bench.pass_over(f"the access log of bucket `{name}` {state}", failure)
        if lost:
            bench.transact(lambda tx: _drop(tx, lines))
        return lost
    return True


def _next(tx: Transaction, name: str, now: Instant) -> list[LogLineRow]:
    """Return the next lines of one hour, target and owner; none where the hour is not over."""
    rows = tx.find(LogLineRow, bucket_name=name, order=("seq",), limit=AT_ONCE)
    if not rows or (len(rows) < AT_ONCE and now < _end(rows[0]) + _LATE_SECONDS):
        return []
    return [row for row in rows if _group(row) == _group(rows[0])]


def _group(row: LogLineRow) -> tuple[int, str, str]:
    return _end(row), row.target, row.account_id


def _end(row: LogLineRow) -> int:
    return row.at - row.at % HOUR + HOUR


def _store(ctx: Context, lines: list[LogLineRow], blob: Blob) -> None:
    """Store the object and delete its lines, both or neither.

    Raises:
        ApiError: the target is gone, belongs to another account, or its key cannot be used.
    """
    first = lines[0]
    to = msgspec.json.decode(first.target, type=LoggingEnabled)
    target = find_bucket(ctx, to.target_bucket)
    # SECURITY: names of buckets are taken anew; the lines are the account's whose bucket it was.
    if target is None or target.account_id != first.account_id:
        raise BadTarget(TargetBucket=to.target_bucket)
    new = NewObject(
        headers={"content-type": "text/plain"},
        storage_class=target.storage_class,
        encryption=chosen(target, None),
    )
    # A key without a policy serves no service that acts alone: the log is written for the account.
    own = msgspec.structs.replace(ctx, caller=Root(account_id=first.account_id))
    store(own, _free(ctx, target, _name(to, first)), new, blob)
    _drop(ctx.tx, lines)


def _drop(tx: Transaction, lines: list[LogLineRow]) -> None:
    for row in lines:
        tx.delete(row)


def _name(to: LoggingEnabled, row: LogLineRow) -> str:
    hour = datetime.fromtimestamp(_end(row) - HOUR, UTC).strftime("%Y-%m-%d-%H-%M-%S")
    return f"{to.target_prefix}{row.bucket_name}{hour}"


def _free(ctx: Context, target: BucketRow, name: str) -> Place:
    """Return the first numbered name that the bucket has no version of."""
    number = 0
    while latest_of(ctx, target.bucket_name, f"{name}-{number:04}".encode()) is not None:
        number += 1
    return Place(bucket=target, key=f"{name}-{number:04}".encode())
