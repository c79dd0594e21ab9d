"""Kill processes that judge an alert and deliver its notices; each log rings, as one notice.

Usage: python alert_killer.py HOME DATABASE ROUNDS SEED

Each round a child puts logs of new users, has the alert judged at its next tick, and delivers, until
SIGKILL at a random moment. In the end every user whose log was acknowledged rang at least once, under
one idempotency key; the history has one record of that, and says as many receivers as there are
notices.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from tests.jobs import work_off
from tests.unit.logs.groups import arrived

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant, system_clock
from juyong.base.ids import AccountId, new_request_id
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import begin, end, keep, raw_of, read
from juyong.logs.loggroup import group_of, logs_of
from juyong.notices import Webhook
from juyong.notices.tables import NoticeRow
from juyong.services.identity.facade import AccountRow
from juyong.services.sls.alerts.alerts import create_alert
from juyong.services.sls.alerts.history import STORE as HISTORY
from juyong.services.sls.alerts.jobs import evaluate
from juyong.services.sls.alerts.tables import AlertRow
from juyong.services.sls.logstores.indexes import create_index
from juyong.services.sls.logstores.logstores import create_log_store
from juyong.services.sls.logstores.settings import Settings as LogstoreSettings
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.project import PROJECT
from juyong.services.sls.tables import LogstoreRow, ProjectRow
from juyong.store.transaction import Transaction
from juyong.worker.notices import deliver

NAME, STORE, ALERT = "killed", "logs", "users"
_SOONEST, _LATEST = 0.0, 0.5
_LEASE = 100
"""Longer than the leases of both jobs; a killed child's items wait for so long."""
RULE = {
    "name": ALERT,
    "displayName": "A user",
    "schedule": {"type": "FixedRate", "interval": "1m"},
    "configuration": {
        "queryList": [
            {
                "store": STORE,
                "query": "* | SELECT user, count(*) AS n GROUP BY user",
                "start": "-15m",
            }
        ],
        "groupConfiguration": {"type": "custom", "fields": ["user"]},
        "notificationList": [{"type": "Webhook", "serviceUri": "https://hook.example/"}],
        "throttling": "1d",
    },
}


class World:
    """An opened home, a clock of its own, and a receiver that notes what it hears."""

    def __init__(self, home: Path, database: str) -> None:
        self.home = home
        self.running: Running = open_platform(home, settings=Settings(database=database))
        self.now = system_clock()

    def call(self, work: Any) -> Any:
        return self.running.store.call(work)

    def bench(self) -> Bench:
        platform = msgspec.structs.replace(self.running.pipeline.platform, post=self._hear)
        return Bench(call=self.call, clock=lambda: Instant(self.now), platform=platform)

    def _hear(self, webhook: Webhook) -> int:
        user = json.loads(webhook.body)["labels"]["user"]
        self.note("rings", f"{user} {webhook.headers['Idempotency-Key']}")
        return 200

    def note(self, name: str, line: str) -> None:
        with (self.home / name).open("a") as file:
            file.write(f"{line}\n")

    def lines(self, name: str) -> list[str]:
        path = self.home / name
        return path.read_text().splitlines() if path.exists() else []

    def context(self, tx: Transaction, account_id: AccountId) -> Context:
        return Context(
            tx=tx,
            caller=Service(account_id=account_id, name="log.aliyuncs.com"),
            account_id=account_id,
            now=Instant(self.now),
            request_id=new_request_id(),
            region="cn-hangzhou",
            source_ip="",
            secure=True,
            host=SLS.host_in("cn-hangzhou"),
            platform=self.running.pipeline.platform,
        )

    def make(self, tx: Transaction) -> None:
        account_id = tx.find(AccountRow)[0].account_id
        ctx = self.context(tx, account_id)
        times = {"created_at": Instant(self.now), "modified_at": Instant(self.now)}
        project = ProjectRow(
            project_name=NAME, account_id=account_id, region="cn-hangzhou", **times
        )
        PROJECT.add(ctx, project)
        create_log_store(
            ctx, project, logstore_name=STORE, given=LogstoreSettings(ttl=30, shard_count=1)
        )
        row = tx.get(LogstoreRow, NAME, STORE)
        assert row is not None
        index = {"keys": {"user": {"type": "text", "token": [], "doc_value": True}}}
        create_index(ctx, row, index=json.dumps(index).encode())
        create_alert(ctx, project, alert=json.dumps(RULE).encode())

    def store_id(self, name: str) -> str:
        row = self.call(lambda tx: tx.get(LogstoreRow, NAME, name))
        assert row is not None
        return str(row.store_id)

    def step(self) -> None:
        """Let the next tick come, judge and deliver."""
        row = self.call(lambda tx: tx.get(AlertRow, NAME, ALERT))
        self.now = Instant(max(self.now, row.tick_at))
        bench = self.bench()
        if not work_off(evaluate, bench):
            self.now = Instant(self.now + _LEASE)
        work_off(deliver, bench)


def work(home: Path, database: str, seed: int) -> None:
    """Put, judge and deliver until killed."""
    world = World(home, database)
    store_id, segments = world.store_id(STORE), world.running.pipeline.platform.segments
    world.now = Instant(max([world.now, *map(int, world.lines("clock"))]))
    for number in count():
        user = f"u{seed}-{number}"
        log = Log(time=world.now, topic="", source="", tags=(), contents=(("user", user),))
        taken = arrived(segments, group_of([log]))
        world.call(lambda tx, t=taken: keep(tx, store_id, 0, t, world.now))
        world.note("acknowledged", user)
        world.step()
        world.note("clock", str(world.now))


def history_of(world: World) -> list[dict[str, str]]:
    store_id = world.store_id(HISTORY)

    def rows(tx: Transaction) -> list[Any]:
        first, behind = begin(tx, store_id, 0), end(tx, store_id, 0)
        return read(tx, store_id, 0, first, count=max(behind - first, 1))

    segments = world.running.pipeline.platform.segments
    return [
        dict(log.contents) for row in world.call(rows) for log in logs_of(raw_of(segments, row))
    ]


def verify(world: World) -> None:
    """Compare the history with the notices: both, or neither, were committed."""
    records = history_of(world)
    ticks = [int(each["tick"]) for each in records if each["record"] == "evaluation"]
    assert ticks == sorted(set(ticks)), "a tick was committed twice"
    assert not [each for each in records if each["status"] == "failed"]
    fired = Counter(json.loads(r["labels"])["user"] for r in records if r["status"] == "firing")
    assert set(fired.values()) <= {1}, "an alarm began to ring twice"
    notices = world.call(lambda tx: tx.count(NoticeRow))
    assert notices == sum(int(r["told"]) for r in records if r["record"] == "alarm")
    assert notices == len(fired)


def finish(world: World) -> int:
    """Judge and deliver what is left; returns how many users rang."""
    world.now = Instant(max([world.now, *map(int, world.lines("clock"))]))
    for _ in range(6):
        world.step()
    verify(world)
    keys = defaultdict(set)
    for line in world.lines("rings"):
        user, key = line.split()
        keys[user].add(key)
    lost = set(world.lines("acknowledged")) - set(keys)
    assert not lost, f"never rang: {lost}"
    assert {len(each) for each in keys.values()} == {1}, "one alarm under two keys"
    return len(keys)


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    world = World(home, database)
    world.call(world.make)
    world.running.close()
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    for number in range(rounds):
        before = len(world.lines("acknowledged"))
        child = _child(home, database, number)
        _wait_for_more(world, child, before + 1 + number % 3)
        time.sleep(draw.uniform(_SOONEST, _LATEST))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
        world = World(home, database)
        verify(world)
        if number < rounds - 1:
            world.running.close()
    users = finish(world)
    again = len(world.lines("rings")) - users
    world.running.close()
    print(f"{rounds} kills, {users} users rang, {again} requests were sent again")


def _wait_for_more(world: World, child: int, lines: int) -> None:
    ends = time.monotonic() + 60
    while len(world.lines("acknowledged")) < lines:
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "the child ended"
        assert time.monotonic() < ends, "no log was acknowledged"
        time.sleep(0.01)


def _child(home: Path, database: str, number: int) -> int:
    child = os.fork()
    if child == 0:
        try:
            work(home, database, number)
        finally:
            os._exit(1)
    return child


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
