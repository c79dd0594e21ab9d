"""Kill a process that writes events and finds insights in them; each must be told once.

Usage: python insight_killer.py HOME DATABASE ROUNDS SEED

Each round a child writes events of a few hours, lets them become leaves on one thread and counts
them on two, as two servers would, and is killed by SIGKILL at a random moment. In the end what is
stored is compared with what one pass over all events finds.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import sqlalchemy as sa
from tests.sequencing import sequence
from tests.trails import bench_of
from tests.unit.app.state.conftest import write_event

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant, system_clock
from juyong.engines.insight import HOUR_SECONDS, Kind, Watch
from juyong.services.actiontrail.insights import jobs
from juyong.services.actiontrail.insights.counted import next_events
from juyong.services.actiontrail.insights.jobs import find_insights
from juyong.services.actiontrail.insights.tables import (
    InsightRow,
    InsightSeriesRow,
    InsightSwitchRow,
)
from juyong.services.identity.facade import NewAccount, create_account
from juyong.store.errors import StoreError
from juyong.store.transaction import Transaction

HOURS = 5
_SINCE_HOURS = 30
_BEHIND = sa.text(
    "SELECT (SELECT COALESCE(MAX(seq), 0) FROM actiontrail_event WHERE event_name LIKE 'Call%')"
    " - (SELECT COALESCE(MAX(seq), 0) FROM actiontrail_insight_position)"
)


def _opened(home: Path, database: str) -> Running:
    jobs._PAGE = 40
    return open_platform(home, settings=Settings(database=database))


def work(home: Path, database: str, account: NewAccount, seed: int, at: Instant) -> None:
    """Write, sequence and count until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    running = _opened(home, database)

    def keep_sequencing() -> None:
        while True:
            assert sequence(running) == []

    def keep_counting() -> None:
        bench = bench_of(running)
        while True:
            find_insights(bench)

    for each in (keep_sequencing, keep_counting, keep_counting):
        threading.Thread(target=each, daemon=True).start()
    key = running.keys["audit"]
    while True:
        some = [
            (f"Call{draw.randrange(3)}", Instant(at - draw.randrange(HOURS) * HOUR_SECONDS))
            for _ in range(draw.randint(1, 20))
        ]
        running.store.call(
            lambda tx, some=some: [write_event(tx, account, key, *each) for each in some]
        )
        time.sleep(0.01)


def verify(tx: Transaction, since: Instant) -> tuple[int, int]:
    """Compare what is stored with one pass; returns how many events and insights there are."""
    events = next_events(tx, after=0, up_to=1 << 60, since=since, most=1 << 30)
    watch = Watch(dict.fromkeys(Kind, int(since)), lambda _kind, _name: None, {})
    expected = [
        (found.kind.value, found.event.event_id, found.count)
        for each in events
        for found in watch.take(each.seen)
    ]
    stored = []
    for row in tx.find(InsightRow):
        (event,) = tx.find(EventRow, account_id=row.account_id, event_id=row.event_id)
        body = json.loads(event.body)
        told = body["insightDetails"]["insightContext"]["statistics"]
        stored.append((row.insight_type, body["sharedEventId"], told["insightCount"]))
    assert sorted(stored) == sorted(expected)
    series = {
        (row.insight_type, row.object): (json.loads(row.counts), row.rang_hour)
        for row in tx.find(InsightSeriesRow)
    }
    assert series == {
        (kind.value, name): ([list(each) for each in held.counts], held.rang_hour)
        for (kind, name), held in watch.changed.items()
    }
    return len(events), len(stored)


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    running = _opened(home, database)
    account = running.store.call(lambda tx: create_account(tx, "a", system_clock()))
    at = Instant(system_clock() // HOUR_SECONDS * HOUR_SECONDS)
    since = Instant(at - _SINCE_HOURS * HOUR_SECONDS)
    for kind in Kind:
        row = InsightSwitchRow(
            account_id=account.account_id, insight_type=kind.value, since_at=since
        )
        running.store.call(lambda tx, row=row: tx.insert(row))
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
        ((left,),) = running.store.call(lambda tx: tx.query(lambda: _BEHIND))
        behind += left > 0
        running.close()
    running = _opened(home, database)
    assert sequence(running) == [], "the home no longer knows the log"
    bench = bench_of(running)
    find_insights(bench)
    sequence(running)
    find_insights(bench)
    events, insights = running.store.call(lambda tx: verify(tx, since))
    running.close()
    told = f"{events} events, {insights} insights, {behind} with events that were not counted yet"
    print(f"{rounds} kills, {told}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
