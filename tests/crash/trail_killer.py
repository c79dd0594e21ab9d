"""Kill a process that writes events and delivers them; each must arrive once, in order.

Usage: python trail_killer.py HOME DATABASE ROUNDS SEED

Each round a child writes events, lets them become leaves on one thread and delivers them on two, as
two servers would, and is killed by SIGKILL at a random moment. In the end what is in the bucket and
in the logstore is read, and compared with the events.
"""

import gzip
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from msgspec.structs import replace
from tests.sequencing import sequence
from tests.unit.app.state.conftest import write_event

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.audit.ledger import following
from juyong.audit.ledger.delivered import verify_delivered
from juyong.audit.ledger.digests import Digest
from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.base.clock import Instant, system_clock
from juyong.logs.batches import raws_of, read
from juyong.logs.loggroup import logs_of
from juyong.services.actiontrail.delivery.jobs import deliver_events
from juyong.services.actiontrail.trails.settings import Settings as Wanted
from juyong.services.actiontrail.trails.switching import start_logging
from juyong.services.actiontrail.trails.tables import DeliveryRow, TrailRow
from juyong.services.actiontrail.trails.trails import create_trail
from juyong.services.identity.facade import NewAccount, create_account
from juyong.services.oss.objects.object import content_of
from juyong.services.oss.tables import BucketRow, ObjectRow
from juyong.services.sls.tables import LogstoreRow, ProjectRow
from juyong.store.errors import StoreError

T = TypeVar("T")
TRAIL, BUCKET, PROJECT = "killed-trail", "killed-bucket", "killed-project"
_EVENTS = sa.text("SELECT event_id FROM actiontrail_event WHERE event_name = 'Call' ORDER BY seq")


def _opened(home: Path, database: str) -> Running:
    following.MOST = 60
    return open_platform(home, settings=Settings(database=database, trail_window_seconds=1))


def _bench(running: Running) -> Bench:
    platform = replace(running.pipeline.platform, memory={})
    return Bench(call=running.store.call, clock=system_clock, platform=platform)


def _in_account(running: Running, account: NewAccount, work: Callable[[Context], T]) -> T:
    found: list[T] = []
    who = Service(account_id=account.account_id, name="actiontrail.aliyuncs.com")
    do_as(_bench(running), who, lambda ctx: found.append(work(ctx)))
    return found[-1]


def prepare(ctx: Context) -> None:
    """Make a bucket, a project, and a trail that is on."""
    place = {"account_id": ctx.account_id, "region": ctx.region, "created_at": ctx.now}
    ctx.tx.insert(
        BucketRow(bucket_name=BUCKET, storage_class="Standard", redundancy="LRS", **place)
    )
    ctx.tx.insert(ProjectRow(project_name=PROJECT, modified_at=ctx.now, **place))
    arn = f"acs:log:{ctx.region}:*:project/{PROJECT}"
    create_trail(ctx, name=TRAIL, given=Wanted(oss_bucket_name=BUCKET, sls_project_arn=arn))
    row = ctx.tx.get(TrailRow, ctx.account_id, TRAIL)
    assert row is not None
    start_logging(ctx, row)


def work(home: Path, database: str, account: NewAccount, seed: int, at: Instant) -> None:
    """Write, sequence and deliver until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    running = _opened(home, database)

    def keep_sequencing() -> None:
        while True:
            assert sequence(running) == []

    def keep_delivering() -> None:
        bench = _bench(running)
        while True:
            deliver_events(bench)
            bench.platform.memory.clear()

    for each in (keep_sequencing, keep_delivering, keep_delivering):
        threading.Thread(target=each, daemon=True).start()
    key = running.keys["audit"]
    while True:
        count = draw.randint(1, 20)
        running.store.call(
            lambda tx, n=count: [write_event(tx, account, key, "Call", at) for _ in range(n)]
        )
        time.sleep(0.01)


def objects_of(ctx: Context) -> dict[str, bytes]:
    """Read all objects of the bucket."""
    rows = ctx.tx.find(ObjectRow, bucket_name=BUCKET)
    return {row.object_key.decode(): b"".join(content_of(ctx, row).blocks()) for row in rows}


def logs_in(ctx: Context) -> Iterator[dict[str, Any]]:
    """Read all logs of the logstore in the order of their shard."""
    row = ctx.tx.get(LogstoreRow, PROJECT, f"actiontrail_{TRAIL}")
    assert row is not None
    cursor = 0
    while rows := read(ctx.tx, row.store_id, 0, cursor, count=100):
        for raw in raws_of(ctx.platform.segments, rows):
            yield from (json.loads(each.contents[0][1]) for each in logs_of(raw))
        cursor = rows[-1].sequence + 1


def verify(running: Running, account: NewAccount) -> int:
    """Compare what arrived with the events; returns how many there are."""
    running.store.call(lambda tx: tx.find(DeliveryRow))
    expected = [row[0] for row in running.store.call(lambda tx: tx.query(lambda: _EVENTS))]
    objects = _in_account(running, account, objects_of)
    public = LogSigner(running.keys[PURPOSE]).public
    found = verify_delivered(sorted(objects), objects.get, public)
    assert (found.problems, found.gaps) == ([], 0)
    digests = [Digest.parse(v, public) for k, v in objects.items() if k.endswith(".digest")]
    files = [file for each in sorted(digests, key=lambda d: d.first) for file in each.files]
    filed = [each for file in files for each in json.loads(gzip.decompress(objects[file.key]))]
    logged = _in_account(running, account, lambda ctx: list(logs_in(ctx)))
    for events in (filed, logged):
        assert [each["eventId"] for each in events if each["eventName"] == "Call"] == expected
    return len(expected)


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    running = _opened(home, database)
    account = running.store.call(lambda tx: create_account(tx, "a", system_clock()))
    _in_account(running, account, prepare)
    at = system_clock()
    running.close()
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    behind = 0
    for number in range(rounds):
        child = os.fork()
        if child == 0:
            try:
                work(home, database, account, seed + number, at)
            except StoreError as failure:
                print(failure, file=sys.stderr)
            os._exit(1)
        time.sleep(0.6 + draw.uniform(0.0, 0.8))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
        running = _opened(home, database)
        sequence(running)
        (head,) = running.store.call(lambda tx: tx.query(lambda: _SIZE))
        rows = running.store.call(lambda tx: tx.find(DeliveryRow))
        behind += any(row.position < head[0] for row in rows)
        running.close()
    running = _opened(home, database)
    assert sequence(running) == [], "the home no longer knows the log"
    bench = _bench(running)
    for _ in range(3):
        bench.platform.memory.clear()
        deliver_events(bench)
    count = verify(running, account)
    running.close()
    print(f"{rounds} kills, {count} events, {behind} with events that were not delivered yet")


_SIZE = sa.text("SELECT size FROM audit_log")

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
