"""Apply the lifecycle rules of buckets, once a day."""

from collections.abc import Callable

import msgspec

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.services.oss.documents import Setting
from juyong.services.oss.last_access.monitor import MONITOR
from juyong.services.oss.lifecycle.applied import Day, Mark
from juyong.services.oss.lifecycle.rules import LIFECYCLE
from juyong.services.oss.moments import DAY
from juyong.services.oss.tables import BucketRow, BucketSettingRow
from juyong.store.transaction import Transaction


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """The midnight up to which rules were applied."""

    midnight: int


APPLIED = Setting(kind="lifecycle applied", document=Applied)


class _By(msgspec.Struct, frozen=True, kw_only=True):
    """The job's transaction and time."""

    tx: Transaction
    now: Instant


@job("oss.lifecycle", every=600)
def apply_rules(bench: Bench) -> None:
    """Apply the rules of each bucket whose rules were not applied since midnight UTC."""
    now = bench.clock()
    midnight = Instant(now - now % DAY)
    for name in bench.transact(lambda tx: _behind(tx, midnight)):
        for step in (Day.versions, Day.uploads):
            _walk(bench, name, midnight, step)
        bench.transact(lambda tx, name=name: _note(tx, name, midnight))  # type: ignore[misc]  # bound now


def _behind(tx: Transaction, midnight: Instant) -> list[str]:
    """Return the buckets that have rules, and whose run of the day is not over."""
    done = {
        row.bucket_name
        for row in tx.find(BucketSettingRow, kind=APPLIED.kind)
        if APPLIED.read(row).midnight >= midnight
    }
    return [
        row.bucket_name
        for row in tx.find(BucketSettingRow, kind=LIFECYCLE.kind)
        if row.bucket_name not in done
    ]


def _walk(
    bench: Bench, name: str, midnight: Instant, step: Callable[[Day, Mark], Mark | None]
) -> None:
    """Go through a bucket, a bounded transaction at a time; what is gone meanwhile ends it."""
    at: Mark | None = Mark()
    while at is not None:
        here = at

        def some(tx: Transaction, here: Mark = here) -> Mark | None:
            bucket = tx.get(BucketRow, name)
            held = LIFECYCLE.held(tx, name)
            if bucket is None or held is None:
                return None
            by = _By(tx=tx, now=bench.clock())
            monitor = MONITOR.held(tx, name)
            day = Day(hand=by, bucket=bucket, rules=held.rule, midnight=midnight, monitor=monitor)
            return step(day, here)

        at = bench.transact(some)


def _note(tx: Transaction, name: str, midnight: Instant) -> None:
    if tx.get(BucketRow, name) is None:
        return
    APPLIED.put(tx, name, Applied(midnight=midnight))
