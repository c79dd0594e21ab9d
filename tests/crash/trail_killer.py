"""Kill a process that writes events and delivers them; each must arrive once, in order.

Usage: python trail_killer.py HOME DATABASE ROUNDS SEED

Each round a child writes events, lets them become leaves on one thread and delivers them on two, as
two servers would, and is killed by SIGKILL at a random moment. In the end what is in the bucket and
in the logstore is read, and compared with the events. Data events are written and delivered beside
them, and each that was acknowledged must be in its logstore, once and in order. So must be the past
events of a delivery-history job.
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
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.sequencing import sequence
from tests.trails import bench_of, in_account, switch_on
from tests.unit.app.state.conftest import write_event

from juyong.api.bench import Bench
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
from juyong.services.actiontrail.data_events.jobs import deliver_data_events
from juyong.services.actiontrail.data_events.tables import DataEventRow
from juyong.services.actiontrail.data_events.target import project_name
from juyong.services.actiontrail.delivery.jobs import deliver_events
from juyong.services.actiontrail.history import reading
from juyong.services.actiontrail.history.jobs import deliver_history
from juyong.services.actiontrail.history.tables import RUNNING, HistoryJobRow
from juyong.services.actiontrail.trails.tables import DeliveryRow
from juyong.services.identity.facade import NewAccount, create_account
from juyong.services.oss.objects.object import content_of
from juyong.services.oss.tables import ObjectRow
from juyong.services.sls.tables import LogstoreRow
from juyong.store.errors import StoreError
from juyong.store.transaction import Transaction

TRAIL = "killed-trail"
REGION = "cn-hangzhou"
ACKNOWLEDGED = "acknowledged"
_PAST = 2000
_PAST_EVENTS = sa.text(
    "SELECT event_id FROM actiontrail_event WHERE event_name = 'Past' ORDER BY seq"
)
_EVENTS = sa.text("SELECT event_id FROM actiontrail_event WHERE event_name = 'Call' ORDER BY seq")


def _opened(home: Path, database: str) -> Running:
    following.MOST = 60
    reading.AT_ONCE = 10
    return open_platform(home, settings=Settings(database=database, trail_window_seconds=1))


def work(home: Path, database: str, account: NewAccount, seed: int, at: Instant) -> None:
    """Write, sequence and deliver until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    running = _opened(home, database)

    def keep_sequencing() -> None:
        while True:
            assert sequence(running) == []

    def keep(deliver: Callable[[Bench], None]) -> None:
        bench = bench_of(running)
        while True:
            deliver(bench)
            bench.platform.memory.clear()

    threading.Thread(target=keep_sequencing, daemon=True).start()
    for each in (deliver_events, deliver_data_events, deliver_history) * 2:
        threading.Thread(target=keep, args=(each,), daemon=True).start()
    numbers = count(seed * 1_000_000)
    acknowledged = (home / ACKNOWLEDGED).open("a", buffering=1)
    key = running.keys["audit"]
    while True:
        many = draw.randint(1, 20)
        running.store.call(
            lambda tx, n=many: [write_event(tx, account, key, "Call", at) for _ in range(n)]
        )
        new = [next(numbers) for _ in range(draw.randint(1, 20))]
        running.store.call(lambda tx, new=new: leave(tx, account, new, at))
        acknowledged.write("".join(f"{each}\n" for each in new))
        time.sleep(0.01)


def leave(tx: Transaction, account: NewAccount, numbers: list[int], at: Instant) -> None:
    """Leave data events, as calls do."""
    for number in numbers:
        body = json.dumps({"eventName": "Data", "eventId": number})
        lane = {"account_id": account.account_id, "trail_name": TRAIL, "region": REGION}
        tx.insert_later(DataEventRow(at=at, body=body, **lane))


def objects_of(ctx: Context) -> dict[str, bytes]:
    """Read all objects of the bucket."""
    rows = ctx.tx.find(ObjectRow, bucket_name=TRAIL)
    return {row.object_key.decode(): b"".join(content_of(ctx, row).blocks()) for row in rows}


def logs_in(ctx: Context, project: str = TRAIL) -> Iterator[dict[str, Any]]:
    """Read all logs of the logstore in the order of their shard."""
    row = ctx.tx.get(LogstoreRow, project, f"actiontrail_{TRAIL}")
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


def begin_history(running: Running, account: NewAccount, at: Instant) -> None:
    """Write past events, and make a job that delivers them."""
    key, then = running.keys["audit"], Instant(at - 100)
    for _ in range(_PAST // 100):
        running.store.call(
            lambda tx: [write_event(tx, account, key, "Past", then) for _ in range(100)]
        )
    row = HistoryJobRow(
        account_id=account.account_id,
        job_id=1,
        trail_name=TRAIL,
        region=REGION,
        regions="All",
        client_token="",
        since_at=Instant(at - 200),
        until_at=Instant(at - 50),
        request_id="",
        created_at=Instant(at - 7200),
        updated_at=at,
    )
    running.store.call(lambda tx: tx.insert(row))


def verify_history(running: Running, account: NewAccount) -> int:
    """Compare what the job delivered with the past events; returns how many there are."""
    expected = [row[0] for row in running.store.call(lambda tx: tx.query(lambda: _PAST_EVENTS))]
    found = in_account(running, account.account_id, lambda ctx: list(logs_in(ctx)))
    assert [each["eventId"] for each in found if each["eventName"] == "Past"] == expected
    return len(expected)


def verify_data(running: Running, account: NewAccount) -> int:
    """Compare the data events that arrived with those acknowledged; returns how many arrived."""
    project = project_name(account.account_id, REGION)
    found = in_account(running, account.account_id, lambda ctx: list(logs_in(ctx, project)))
    numbers = [int(each["eventId"]) for each in found]
    assert numbers == sorted(set(numbers))
    assert {int(n) for n in (running.home.path / ACKNOWLEDGED).read_text().split()} <= {*numbers}
    return len(numbers)


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    running = _opened(home, database)
    account = running.store.call(lambda tx: create_account(tx, "a", system_clock()))
    in_account(running, account.account_id, lambda ctx: switch_on(ctx, TRAIL))
    at = system_clock()
    begin_history(running, account, at)
    running.close()
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    behind = met = 0
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
        (job,) = running.store.call(lambda tx: tx.find(HistoryJobRow))
        met += job.status == RUNNING
        running.close()
    running = _opened(home, database)
    assert sequence(running) == [], "the home no longer knows the log"
    bench = bench_of(running)
    for _ in range(3):
        bench.platform.memory.clear()
        deliver_events(bench)
        deliver_data_events(bench)
        deliver_history(bench)
    many, of_data = verify(running, account), verify_data(running, account)
    past = verify_history(running, account)
    running.close()
    print(
        f"{rounds} kills, {many} events, {behind} with events that were not delivered yet,"
        f" {of_data} data events, {past} of the history, of which {met} kills left some"
    )


_SIZE = sa.text("SELECT size FROM audit_log")

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
