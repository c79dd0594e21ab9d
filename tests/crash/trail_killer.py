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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.sequencing import sequence
from tests.trails import bench_of, in_account, switch_on
from tests.unit.app.state.conftest import write_event

from juyong.api.context import Context
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
from juyong.services.actiontrail.trails.tables import DeliveryRow
from juyong.services.identity.facade import NewAccount, create_account
from juyong.services.oss.objects.object import content_of
from juyong.services.oss.tables import ObjectRow
from juyong.services.sls.tables import LogstoreRow
from juyong.store.errors import StoreError

TRAIL = "killed-trail"
_EVENTS = sa.text("SELECT event_id FROM actiontrail_event WHERE event_name = 'Call' ORDER BY seq")


def _opened(home: Path, database: str) -> Running:
    following.MOST = 60
    return open_platform(home, settings=Settings(database=database, trail_window_seconds=1))


def work(home: Path, database: str, account: NewAccount, seed: int, at: Instant) -> None:
    """Write, sequence and deliver until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    running = _opened(home, database)

    def keep_sequencing() -> None:
        while True:
            assert sequence(running) == []

    def keep_delivering() -> None:
        bench = bench_of(running)
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
    rows = ctx.tx.find(ObjectRow, bucket_name=TRAIL)
    return {row.object_key.decode(): b"".join(content_of(ctx, row).blocks()) for row in rows}


def logs_in(ctx: Context) -> Iterator[dict[str, Any]]:
    """Read all logs of the logstore in the order of their shard."""
    row = ctx.tx.get(LogstoreRow, TRAIL, f"actiontrail_{TRAIL}")
    assert row is not None
    cursor = 0
    while rows := read(ctx.tx, row.store_id, 0, cursor, count=100):
        for raw in raws_of(ctx.platform.segments, rows):
            yield from (json.loads(each.contents[0][1]) for each in logs_of(raw))
        cursor = rows[-1].sequence + 1


def verify(running: Running, account: NewAccount) -> int:
    """Compare what arrived with the events; returns how many there are."""
    expected = [row[0] for row in running.store.call(lambda tx: tx.query(lambda: _EVENTS))]
    objects = in_account(running, account.account_id, objects_of)
    public = LogSigner(running.keys[PURPOSE]).public
    found = verify_delivered(sorted(objects), objects.get, public)
    assert (found.problems, found.gaps) == ([], 0)
    digests = [Digest.parse(v, public) for k, v in objects.items() if k.endswith(".digest")]
    files = [file for each in sorted(digests, key=lambda d: d.first) for file in each.files]
    filed = [each for file in files for each in json.loads(gzip.decompress(objects[file.key]))]
    logged = in_account(running, account.account_id, lambda ctx: list(logs_in(ctx)))
    for events in (filed, logged):
        assert [each["eventId"] for each in events if each["eventName"] == "Call"] == expected
    return len(expected)


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    running = _opened(home, database)
    account = running.store.call(lambda tx: create_account(tx, "a", system_clock()))
    in_account(running, account.account_id, lambda ctx: switch_on(ctx, TRAIL))
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
    bench = bench_of(running)
    for _ in range(3):
        bench.platform.memory.clear()
        deliver_events(bench)
    count = verify(running, account)
    running.close()
    print(f"{rounds} kills, {count} events, {behind} with events that were not delivered yet")


_SIZE = sa.text("SELECT size FROM audit_log")

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
