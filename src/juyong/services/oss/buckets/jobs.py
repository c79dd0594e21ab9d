"""Measure what buckets hold, twice an hour, for CloudMonitor."""

from functools import partial
from typing import TYPE_CHECKING

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.services.oss.product import OBJECTS, STORAGE
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import BucketRow, ObjectRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import Select

KEYS = 10_000
"""Keys whose versions one transaction looks at."""


@job("oss.measure", every=1800)
def measure_buckets(bench: Bench) -> None:
    """Tell the bytes and the objects of each bucket, versions that are not the newest among them.

    Cost: one pass over the rows of all objects, in transactions of so many keys.
    """
    usage, now = bench.platform.usage, bench.clock()
    for row in bench.transact(lambda tx: tx.find(BucketRow, order=("bucket_name",))):
        size, count = _held(bench, row.bucket_name)
        for measure, value in ((STORAGE, size), (OBJECTS, count)):
            usage.measure(OSS.code, measure, row.account_id, row.bucket_name, value=value, at=now)


def _held(bench: Bench, bucket: str) -> tuple[int, int]:
    size, count, after = 0, 0, b""
    while True:
        until, more, objects = bench.transact(partial(_part, bucket=bucket, after=after))
        size, count = size + more, count + objects
        if until is None:
            return size, count
        after = until


def _part(tx: Transaction, *, bucket: str, after: bytes) -> tuple[bytes | None, int, int]:
    """Return a key, None at the end, and the bytes and objects of the keys up to it.

    PostgreSQL sums integers as decimals.
    """
    found = tx.query(_bound, name=bucket, after=after)
    until: bytes | None = found[0][0] if found else None
    if until is None:
        ((size, count),) = tx.query(_rest, name=bucket, after=after)
    else:
        ((size, count),) = tx.query(_between, name=bucket, after=after, until=until)
    return until, int(size), int(count)


def _bound() -> "Select[tuple[bytes]]":
    row = table_of(ObjectRow)
    return (
        sa.select(row.c.object_key)
        .where(row.c.bucket_name == sa.bindparam("name"), row.c.object_key > sa.bindparam("after"))
        .order_by(row.c.object_key)
        .offset(KEYS)
        .limit(1)
    )


def _rest() -> "Select[tuple[int, int]]":
    row = table_of(ObjectRow)
    return sa.select(
        sa.func.coalesce(sa.func.sum(row.c.size), 0),
        sa.func.coalesce(sa.func.sum(sa.case((row.c.marker, 0), else_=1)), 0),
    ).where(row.c.bucket_name == sa.bindparam("name"), row.c.object_key > sa.bindparam("after"))


def _between() -> "Select[tuple[int, int]]":
    return _rest().where(table_of(ObjectRow).c.object_key <= sa.bindparam("until"))
