"""Kill processes that take logs, turn them over and let them expire; none is lost or doubled.

Usage: python log_killer.py HOME DATABASE ROUNDS SEED

Each round one child, or two at once, put groups into a store on several threads, turn batches over
into files, merge files and delete what is over, until SIGKILL at a random moment. A group that was
acknowledged must be in its shard once, and in one file or none. Groups called `old` arrived two
days ago in a store that keeps logs for a day: they may be gone, and must not be there twice.

One writer's groups are sealed under a data key, which the platform does not have. After each kill
their text stands in no file of the home, nor in what the platform's own keys open.
"""

import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

from pyarrow import parquet
from tests.conformance.harness import stored_bytes
from tests.unit.logs.groups import INDEX, arrived, group

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import system_clock
from juyong.base.ids import AccountId
from juyong.blobs.content import Content, Part
from juyong.blobs.reading import opened as as_file
from juyong.blobs.tables import BlobRow
from juyong.logs import merging
from juyong.logs.batches import arrive, begin, end, keep, packed_of, raw_of, read
from juyong.logs.columns import discard, files_of, merged_file_of
from juyong.logs.compression import compress
from juyong.logs.expiry import expire
from juyong.logs.keys import DataKey
from juyong.logs.loggroup import logs_of
from juyong.logs.merging import merge, merge_of
from juyong.logs.stores import make_store, set_index, store_of
from juyong.logs.tables import FileRow
from juyong.logs.turnover import logs_in, portion_of, searched, turn_over
from juyong.store.errors import StoreError
from juyong.store.transaction import Transaction

STORE, SHARDS, WRITERS = "s", 2, 3
CANARY = "canary-of-a-customer"
_SAID = "-and-the-canary"
"""The canary in the file of what was acknowledged, which lies in the home."""
_KEY = DataKey("k", b"k" * 32)
_SOONEST, _LATEST = 0.0, 0.6
_TWO_DAYS = 2 * 86_400
_LONGEST = 10 * 86_400
merging.MOST_FILES = 4
_LEAST = 15
"""Groups that each round acknowledges at least."""


def opened(home: Path, database: str) -> Running:
    return open_platform(home, settings=Settings(database=database))


def key_of(_key_id: str) -> DataKey:
    return _KEY


def work(home: Path, database: str, seed: int) -> None:
    """Write, turn over and expire until killed."""
    running = opened(home, database)
    workers = [lambda n=n: _write(running, home, f"{seed}-{n}", n % SHARDS) for n in range(WRITERS)]
    for each in (*workers, lambda: _turn(running, home), lambda: _merge(running, home)):
        threading.Thread(target=each, daemon=True).start()
    while True:
        running.store.call(lambda tx: expire(tx, system_clock(), 20))


def _write(running: Running, home: Path, name: str, shard: int) -> None:
    """Put groups of two logs, and note each that was acknowledged."""
    segments = running.pipeline.platform.segments
    with (home / "acknowledged").open("a") as acknowledged:
        for number in count():
            is_old = number % 3 == 0
            is_sealed = name.endswith("-0")
            text = f"{'old' if is_old else 'new'} {name} {number}{CANARY if is_sealed else ''}"
            now = system_clock() - (_TWO_DAYS if is_old else 0)
            raw = group(f"{text} a", f"{text} b", at=now)
            # What is sealed is not compressed, so that its text would be found.
            taken = (
                arrive(segments, "", compress("", raw), len(raw), key=_KEY)
                if is_sealed
                else arrived(segments, raw)
            )
            running.store.call(lambda tx, t=taken, n=now: keep(tx, STORE, shard, t, n))
            acknowledged.write(f"{shard} {text}\n".replace(CANARY, _SAID))
            acknowledged.flush()


def _turn(running: Running, home: Path) -> None:
    platform = running.pipeline.platform
    while True:
        portion = running.store.call(lambda tx: portion_of(tx, STORE))
        assert portion is not None
        if not portion.batches:
            time.sleep(0.001)
            continue
        files = files_of(platform.disk, platform.segments, portion, keys=key_of)
        kept = running.store.call(
            lambda tx, p=portion, f=files: turn_over(tx, p, f, system_clock())
        )
        if kept:
            _note(home / "turned")
        else:
            discard(platform.disk, files)


def _note(path: Path) -> None:
    with path.open("a") as noted:
        noted.write(".\n")


def _merge(running: Running, home: Path) -> None:
    """Merge files, four at once, and note each merge that was committed."""
    disk = running.pipeline.platform.disk
    while True:
        wanted = running.store.call(lambda tx: merge_of(tx, STORE, system_clock(), _LONGEST))
        if wanted is None:
            time.sleep(0.001)
            continue
        try:
            made = merged_file_of(disk, wanted, keys=key_of)
        except FileNotFoundError:
            continue
        kept = running.store.call(lambda tx, w=wanted, m=made: merge(tx, w, m, system_clock()))
        if kept:
            _note(home / "merged")
        else:
            discard(disk, [made])


def texts_of(logs: object) -> list[str]:
    return [log.contents[0][1] for log in logs]  # type: ignore[attr-defined]


def verify(running: Running, home: Path) -> tuple[int, int, int]:
    """Compare; returns how many logs are in shards, in files, and in no file yet."""
    platform, call = running.pipeline.platform, running.store.call
    left: Counter[tuple[int, str]] = Counter()
    for shard in range(SHARDS):
        rows = call(lambda tx, s=shard: _rows(tx, s))
        for row in rows:
            raw = raw_of(platform.segments, row, key_of)
            left.update((shard, text) for text in texts_of(logs_of(raw)))
            assert CANARY.encode() not in packed_of(platform.segments, row), "it lies in clear"
    assert set(left.values()) <= {1}, "a log is twice in its shard"
    path = home / "acknowledged"
    for line in path.read_text().splitlines() if path.exists() else []:
        shard, text = line.replace(_SAID, CANARY).split(" ", 1)
        for end_of in "ab":
            known = left[int(shard), f"{text} {end_of}"]
            assert known == 1 or text.startswith("old"), f"lost: {line}"
    files, waiting = call(_columns)
    in_files: Counter[str] = Counter()
    for file, row in files:
        key = _KEY.open_keys(file.keys, (row.blob_id, file.words_id))[0] if file.keys else None
        content = Content(
            disk=platform.disk, parts=[Part(row=row, start=0, length=row.size, key=key)]
        )
        table = parquet.read_table(as_file(content), columns=["_values"])
        texts = table["_values"].to_pylist()
        assert file.keys or not any(CANARY in each[0] for each in texts), "a file lies in clear"
        in_files.update(values[0] for values in texts)
    in_files.update(texts := texts_of(logs_in(platform.segments, waiting, key_of)))
    assert set(in_files.values()) <= {1}, "a log is in two files"
    new = {text for _, text in left if text.startswith("new")}
    assert {text for text in in_files if text.startswith("new")} == new
    return len(left), len(in_files) - len(texts), len(texts)


def _rows(tx: Transaction, shard: int) -> list:
    first, behind = begin(tx, STORE, shard), end(tx, STORE, shard)
    rows = read(tx, STORE, shard, first, count=behind - first)
    assert [row.sequence for row in rows] == list(range(first, behind))
    return rows


def _columns(tx: Transaction) -> tuple[list[tuple[FileRow, BlobRow]], tuple]:
    store = store_of(tx, STORE)
    assert store is not None
    found = searched(tx, store, 0, 2**40)
    assert len(found.files) == tx.count(FileRow)
    return [(file, tx.get(BlobRow, file.blob_id)) for file in found.files], found.batches


def make(tx: Transaction) -> None:
    make_store(tx, STORE, AccountId("1"), ttl_days=1)
    store = store_of(tx, STORE)
    assert store is not None
    # Made before any group arrived, the old ones too.
    set_index(tx, store, INDEX, system_clock() - 2 * _TWO_DAYS)


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    running = opened(home, database)
    running.store.call(make)
    running.close()
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    waited = 0
    logs = (0, 0, 0)
    for number in range(rounds):
        children = [_child(home, database, 2 * number + n) for n in range(1 + number % 2)]
        _wait_for_more(home / "acknowledged", _LEAST, children)
        # However slow the machine is, some kills meet files, and merges of files.
        if number % 3 == 1:
            _wait_for_more(home / "turned", 2, children)
        if number % 3 == 2:
            _wait_for_more(home / "merged", 1, children)
        time.sleep(draw.uniform(_SOONEST, _LATEST))
        for child in children:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
        running = opened(home, database)
        logs = verify(running, home)
        assert CANARY.encode() not in stored_bytes(home), "the text stands in the home"
        waited += logs[2] > 0
        running.close()
    merges = _lines(home / "merged")
    seen = f"{logs[0]} logs, {logs[1]} in files, {waited} times some waited, {merges} merges"
    print(f"{rounds} kills, {seen}")


def _wait_for_more(path: Path, least: int, children: list[int]) -> None:
    """Return when children have noted some lines more."""
    before, end = _lines(path), time.monotonic() + 60
    while _lines(path) < before + least:
        assert all(os.waitpid(each, os.WNOHANG) == (0, 0) for each in children), "a child ended"
        assert time.monotonic() < end, f"nothing was {path.name}"
        time.sleep(0.01)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _child(home: Path, database: str, number: int) -> int:
    child = os.fork()
    if child == 0:
        try:
            work(home, database, number)
        except StoreError as failure:
            print(failure, file=sys.stderr)
        os._exit(1)
    return child


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
