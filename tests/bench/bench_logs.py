"""Logs that are taken durably, beside appending the same bytes with as many fsyncs; then columns.

    python tests/bench/bench_logs.py

Eight writers at once bring groups of 4,096 logs of ten keys, compressed by lz4. Each is measured,
appended and committed as the gateway does: the disk on threads, the rows on the event loop. The
bare way writes the same bytes in as many pieces, and syncs as often, once for each piece and once
for each commit. Both take turns; the best round counts. Where syncs are slow the rates tell of the
disk, and the processor time, which is that of all rounds, of us.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import duckdb
import pyarrow as pa
from tests.bench.report import Row

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.blobs.disk import FileHandle
from juyong.engines.logsearch.columns import write_file
from juyong.engines.logsearch.index import IndexConfig, parse_index
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived, arrive, keep
from juyong.logs.compression import compress
from juyong.logs.loggroup import group_of, logs_of
from juyong.logs.measuring import Measurer
from juyong.logs.stores import make_store
from juyong.store.transaction import Transaction

ROUNDS, WRITERS, GROUPS, LOGS, KEYS = 5, 8, 12, 4096, 10
GOAL, FLOOR = 0.5, 0.1
GOAL_COLUMNS, FLOOR_COLUMNS = 0.25, 0.05
_INDEX = '{"line": {"token": [" "]}, "keys": {"field-0": {"type": "text", "token": [" "]}}}'
NOW = Instant(1_790_000_000)


def measure() -> list[Row]:
    """Take logs, and write their bytes."""
    raw = group_of(_logs())
    packed = compress("lz4", raw)
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        running = open_platform(Path(folder) / "home", settings=Settings())
        with closing(running):
            running.store.call(lambda tx: make_store(tx, "s", AccountId("1"), ttl_days=1))
            ours, bare = _rounds(running, packed, len(raw), Path(folder))
    size, times = len(packed) / 1e6, ours.best / bare.best
    verdict = "goal" if times >= GOAL else "floor" if times >= FLOOR else "MISSED"
    return [
        _columns(raw),
        Row(
            f"logs taken ({ours.best * LOGS:,.0f}/s)",
            f"{ours.best * size:,.0f} MB/s",
            f"bare {bare.best * size:,.0f} MB/s",
            times,
            f"goal {GOAL:g}x, floor {FLOOR:g}x",
            verdict,
        ),
        Row(
            "  processor time of a group",
            f"{1e3 * ours.processor:.2f} ms",
            f"bare {1e3 * bare.processor:.2f} ms",
            bare.processor / ours.processor,
        ),
    ]


class _Way:
    """One way to take groups. best: Groups a second. processor: Seconds of a group."""

    def __init__(self) -> None:
        self.best = self.processor = 0.0

    def round(self, work: Callable[[], object]) -> None:
        """Take the groups of a round."""
        groups, start = WRITERS * GROUPS, time.process_time()
        self.best = max(self.best, groups / _timed(work))
        self.processor += (time.process_time() - start) / groups / ROUNDS


def _rounds(running: Running, packed: bytes, size: int, folder: Path) -> tuple[_Way, _Way]:
    """Let both ways take turns."""
    ours, bare, before = _Way(), _Way(), _of_children()
    groups = WRITERS * GROUPS
    for number in range(ROUNDS):
        syncs = _Syncs()
        with syncs:
            ours.round(lambda: asyncio.run(_take(running, packed, size)))
        pieces = _pieces(packed * groups, syncs.count)
        bare.round(partial(_append, folder / f"bare{number}", pieces))
    running.pipeline.platform.memory["bench"].close()
    ours.processor += (_of_children() - before) / groups / ROUNDS
    return ours, bare


def _of_children() -> float:
    """Return the processor seconds of child processes that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _logs() -> list[Log]:
    draw = random.Random(1)  # noqa: S311  # the same logs in each run
    return [
        Log(
            time=NOW + number,
            topic="topic",
            source="10.0.0.1",
            tags=(("host", "web-1"),),
            contents=tuple(
                (
                    f"field-{key}",
                    f"{draw.getrandbits(64):016x}" if key % 3 else f"value {number % 17}",
                )
                for key in range(KEYS)
            ),
        )
        for number in range(LOGS)
    ]


def _columns(raw: bytes) -> Row:
    """Make a file of columns of logs, beside inserting the same logs into DuckDB by Arrow."""
    index, best = parse_index(_INDEX), [float("inf")] * 2
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
            made = _timed(partial(_write, raw, index, Path(folder) / "columns"))
            bare = _timed(partial(_insert, raw, Path(folder) / "bare.db"))
        best = [min(best[0], made), min(best[1], bare)]
    times = best[1] / best[0]
    verdict = "goal" if times >= GOAL_COLUMNS else "floor" if times >= FLOOR_COLUMNS else "MISSED"
    return Row(
        "logs made columns",
        f"{LOGS / best[0]:,.0f}/s",
        f"DuckDB {LOGS / best[1]:,.0f}/s",
        times,
        f"goal {GOAL_COLUMNS:g}x, floor {FLOOR_COLUMNS:g}x",
        verdict,
    )


def _write(raw: bytes, index: IndexConfig, path: Path) -> None:
    write_file(logs_of(raw), index, path)


def _insert(raw: bytes, path: Path) -> None:
    logs = list(logs_of(raw))
    columns = {"time": [log.time for log in logs], "source": [log.source for log in logs]}
    for number in range(KEYS):
        columns[f"field_{number}"] = [log.contents[number][1] for log in logs]
    rows = pa.table(columns)
    with closing(duckdb.connect(str(path))) as database:
        database.register("rows", rows)
        database.execute("CREATE TABLE logs AS SELECT * FROM rows")


class _Syncs:
    """Counts the fsyncs of files in a block."""

    def __enter__(self) -> None:
        self.count = 0
        self._sync = FileHandle.sync

        def counted(handle: FileHandle) -> None:
            self.count += 1
            self._sync(handle)

        FileHandle.sync = counted  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        FileHandle.sync = self._sync  # type: ignore[method-assign]


async def _take(running: Running, packed: bytes, size: int) -> None:
    segments = running.pipeline.platform.segments
    beside = running.pipeline.platform.memory.setdefault("bench", Measurer(os.cpu_count() or 1))

    async def write(shard: int) -> None:
        for _ in range(GROUPS):
            taken = await asyncio.to_thread(arrive, segments, "lz4", packed, size, beside.measure)
            await running.store.run(partial(_keep, shard, taken))

    await asyncio.gather(*(write(shard) for shard in range(WRITERS)))


def _keep(shard: int, taken: Arrived, tx: Transaction) -> int:
    return keep(tx, "s", shard, taken, NOW)


def _pieces(whole: bytes, count: int) -> list[bytes]:
    """Cut bytes into so many pieces of about one length; together they are the whole."""
    ends = [len(whole) * number // count for number in range(count + 1)]
    return [whole[begin:end] for begin, end in pairwise(ends)]


def _append(path: Path, pieces: list[bytes]) -> None:
    """Write pieces, each durable, with a small write for the commit behind each."""
    with path.open("wb", buffering=0) as file, path.with_suffix(".rows").open("wb", 0) as rows:
        for piece in pieces:
            file.write(piece)
            os.fsync(file.fileno())
            rows.write(bytes(300))
            os.fsync(rows.fileno())


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(*measure(), sep="\n")
