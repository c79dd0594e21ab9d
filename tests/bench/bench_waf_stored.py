"""Counts that rules store: in one process, in memory that workers share, and in another process.

    python tests/bench/bench_waf_stored.py

Microseconds of wall time for one change and one read, the median; the rows take turns, and the best
round counts. The other process answers over a Unix socket and does nothing else. The exit code is
1 when the table that holds 100,000 records is much slower than the empty one.
"""

import os
import socket
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row

from juyong.engines.inspect.stored import MemoryStore, RecordKey, Store
from juyong.waf.shared_store import SharedStore, Table, new_file

ROUNDS, TIMES, RECORDS = 7, 2_000, 100_000
MOST_TIMES_FULL = 2.0
ONE: RecordKey = ("IP", b"192.0.2.1")


def main() -> int:
    """Print the rows; 0 when the bound holds."""
    rows = measure()
    for row in rows:
        print(row)
    return int(not all(row.held for row in rows))


def measure() -> list[Row]:
    """Measure all."""
    empty, full = SharedStore(Table(new_file())), SharedStore(Table(new_file()))
    for each in range(RECORDS):
        full.change(("IP", b"%d" % each), b"n", "+", b"1", 1)
    asked = Asked()
    works: dict[str, Callable[[], object]] = {}
    for name, store in (("memory", MemoryStore()), ("shared", empty), ("full", full)):
        works[f"{name} change"] = changing(store)
        works[f"{name} read"] = reading(store)
    works["socket change"] = asked.change
    best = dict.fromkeys(works, 1e9)
    for _ in range(ROUNDS):
        for name, work in works.items():
            best[name] = min(best[name], median_of(work))
    asked.close()
    return [
        shown("change, shared", best["shared change"], "a dictionary", best["memory change"]),
        shown("read, shared", best["shared read"], "a dictionary", best["memory read"]),
        shown("change, shared", best["shared change"], "a process", best["socket change"]),
        bounded("change among 100,000", best["full change"], best["shared change"]),
        bounded("read among 100,000", best["full read"], best["shared read"]),
    ]


def changing(store: Store) -> Callable[[], object]:
    return lambda: store.change(ONE, b"n", "+", b"1", 1)


def reading(store: Store) -> Callable[[], object]:
    return lambda: list(store.members(ONE, 1))


def median_of(work: Callable[[], object]) -> float:
    """Return the median time of a piece of work, in microseconds."""
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found) * 1e6


class Asked:
    """A process that keeps the counts, and is asked for each change."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._process = os.fork()
        if not self._process:
            self._ours.close()
            store = MemoryStore()
            while data := theirs.recv(64):
                store.change(("IP", data), b"n", "+", b"1", 1)
                theirs.send(b".")
            os._exit(0)
        theirs.close()

    def change(self) -> None:
        self._ours.send(ONE[1])
        self._ours.recv(1)

    def close(self) -> None:
        self._ours.close()
        os.waitpid(self._process, 0)


def shown(title: str, ours: float, other: str, theirs: float) -> Row:
    return Row(title, f"{ours:.1f} µs", f"{other} {theirs:.1f} µs", theirs / ours)


def bounded(title: str, ours: float, theirs: float) -> Row:
    held = ours <= MOST_TIMES_FULL * theirs
    return Row(
        title,
        f"{ours:.1f} µs",
        f"an empty table {theirs:.1f} µs",
        theirs / ours,
        f"floor {1 / MOST_TIMES_FULL:.1f}x",
        "goal" if held else "MISSED",
    )


if __name__ == "__main__":
    sys.exit(main())
