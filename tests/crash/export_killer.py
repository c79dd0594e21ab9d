"""Kill a process that takes logs and exports them; each must be in one object, in order.

Usage: python export_killer.py HOME DATABASE ROUNDS SEED

Each round a child puts groups into two shards, lets the interval of the export pass and has the
export carried on, until SIGKILL at a random moment. In the end the lines of the objects of a shard
are the logs of the shard, in their order, each once.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from tests.conformance.documents import trust
from tests.jobs import work_off
from tests.trails import bench_of, in_account
from tests.unit.logs.groups import arrived, group

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant, system_clock
from juyong.logs.batches import keep, raws_of, read
from juyong.logs.loggroup import logs_of
from juyong.services.identity.facade import NewAccount, create_account, make_role_for
from juyong.services.oss.objects.object import content_of
from juyong.services.oss.tables import BucketRow, ObjectRow
from juyong.services.sls.exports.exports import create_oss_export
from juyong.services.sls.exports.jobs import export
from juyong.services.sls.logstores.making import make_logstore
from juyong.services.sls.tables import LogstoreRow, ProjectRow
from juyong.store.errors import StoreError

NAME, SHARDS = "killed-export", 2
_SOONEST, _LATEST = 0.0, 0.4
_STEP = 310
"""Seconds of the platform's time between two runs: more than the interval, and than the lease."""


class World:
    """An opened home, and a clock of its own that goes on in the next process."""

    def __init__(self, home: Path, database: str) -> None:
        self.home = home
        self.running: Running = open_platform(home, settings=Settings(database=database))
        self.now = max([system_clock(), *map(int, self.lines("clock"))])

    def lines(self, name: str) -> list[str]:
        path = self.home / name
        return path.read_text().splitlines() if path.exists() else []

    def note(self, name: str, line: str) -> None:
        with (self.home / name).open("a") as file:
            file.write(f"{line}\n")

    def step(self) -> None:
        """Let the interval pass, and have the export carried on."""
        self.now += _STEP
        self.note("clock", str(self.now))
        platform = bench_of(self.running).platform
        call = self.running.store.call
        work_off(export, Bench(call=call, clock=lambda: Instant(self.now), platform=platform))

    def row(self) -> LogstoreRow:
        row = self.running.store.call(lambda tx: tx.get(LogstoreRow, NAME, "store"))
        assert row is not None
        return row


def make(ctx: Context) -> None:
    """Make a bucket, a project with a logstore, a role that may do everything, and an export."""
    place: dict[str, Any] = {
        "account_id": ctx.account_id,
        "region": ctx.region,
        "created_at": ctx.now,
    }
    ctx.tx.insert(BucketRow(bucket_name=NAME, storage_class="Standard", redundancy="LRS", **place))
    project = ProjectRow(project_name=NAME, modified_at=ctx.now, **place)
    ctx.tx.insert(project)
    make_logstore(ctx, project, "store", count=SHARDS, columns={"ttl_days": 3650})
    document = trust("Service", "log.aliyuncs.com")
    make_role_for(ctx, "ships", "AdministratorAccess", trust_document=document)
    role = f"acs:ram::{ctx.account_id}:role/ships"
    sink = {"bucket": NAME, "roleArn": role, "pathFormat": "%Y", "bufferInterval": 300}
    conf = {"logstore": "store", "roleArn": role, "sink": sink}
    body = {"name": "export", "displayName": "d", "configuration": conf}
    create_oss_export(ctx, project, export=json.dumps(body).encode())


def work(home: Path, database: str, seed: int) -> None:
    """Put and export until killed."""
    world = World(home, database)
    store_id, segments = world.row().store_id, world.running.pipeline.platform.segments
    for number in count():
        for shard in range(SHARDS):
            text = f"{seed}-{number}-{shard}"
            taken = arrived(segments, group(f"{text} a", f"{text} b", at=world.now))
            world.running.store.call(
                lambda tx, s=shard, t=taken: keep(tx, store_id, s, t, Instant(world.now))
            )
            world.note("acknowledged", text)
        world.step()


def exported(ctx: Context) -> dict[int, list[str]]:
    """Read the lines of all objects, by shard, in the order of their keys."""
    found: dict[int, list[tuple[int, list[str]]]] = {n: [] for n in range(SHARDS)}
    for row in ctx.tx.find(ObjectRow, bucket_name=NAME):
        _, shard, sequence = row.object_key.decode().removesuffix(".json").rsplit("_", 2)
        lines = b"".join(content_of(ctx, row).blocks()).splitlines()
        found[int(shard)].append((int(sequence), [json.loads(line)["text"] for line in lines]))
    return {n: [text for _, texts in sorted(each) for text in texts] for n, each in found.items()}


def logs_in(ctx: Context, store_id: str, shard: int) -> Iterator[str]:
    """Read all logs of a shard."""
    cursor = 0
    while rows := read(ctx.tx, store_id, shard, cursor, count=100):
        for raw in raws_of(ctx.platform.segments, rows):
            yield from (log.contents[0][1] for log in logs_of(raw))
        cursor = rows[-1].sequence + 1


def verify(world: World, account: NewAccount) -> tuple[int, int]:
    """Compare; returns how many logs were exported, and in how many objects."""
    held = world.row().store_id
    objects = in_account(world.running, account.account_id, exported)
    for shard, texts in objects.items():
        there = in_account(
            world.running, account.account_id, lambda ctx, s=shard: list(logs_in(ctx, held, s))
        )
        assert texts == there, "a log is missing, or twice, or out of order"
    texts = [text for each in objects.values() for text in each]
    lost = {f"{line} {end}" for line in world.lines("acknowledged") for end in "ab"} - {*texts}
    assert not lost, f"never exported: {lost}"
    count_of = in_account(
        world.running, account.account_id, lambda ctx: ctx.tx.count(ObjectRow, bucket_name=NAME)
    )
    return len(texts), count_of


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    world = World(home, database)
    account = world.running.store.call(lambda tx: create_account(tx, "a", system_clock()))
    in_account(world.running, account.account_id, make)
    world.running.close()
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    for number in range(rounds):
        child, before = os.fork(), len(world.lines("acknowledged"))
        if child == 0:
            try:
                work(home, database, number)
            except StoreError as failure:
                print(failure, file=sys.stderr)
            os._exit(1)
        ends = time.monotonic() + 60
        while len(world.lines("acknowledged")) < before + 3:
            assert os.waitpid(child, os.WNOHANG) == (0, 0), "the child ended"
            assert time.monotonic() < ends, "no group was acknowledged"
            time.sleep(0.01)
        time.sleep(draw.uniform(_SOONEST, _LATEST))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
    world = World(home, database)
    for _ in range(3):
        world.step()
    logs, objects = verify(world, account)
    world.running.close()
    print(f"{rounds} kills, {logs} logs in {objects} objects")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
