"""How long an instance stands still for a snapshot of its disk, and what a program in it sees.

    python tests/bench/snapshot_pauses.py [FOLDER]

A machine with one disk runs in the plane; its disk is empty, or holds 100 MiB in files of 1 MiB, or
1 GiB in files of 4 MiB, or 10,000 files of 1 KiB, or one file of 1 GiB into which a program writes
a page at a random place all the time. A pause is the longest gap between two looks at the clock of
a program in the machine that does nothing else. The medians and the longest of some rounds are
printed. FOLDER says which file system is measured. The exit code is 1 where an instance with files
that do not change stands for longer than 250 ms; file systems whose times are not believed, as
memory, have no bound.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from msgspec.structs import replace
from tests.bench.report import Row
from tests.unit.netplane.networks import Talk, desired, pair
from tests.waiting import wait_until

from juyong.netplane.copying import Copy
from juyong.netplane.desired import MachineDisk, TreeAsked
from juyong.netplane.plane import NetworkPlane
from juyong.netplane.trees import TreeName, opened

ROUNDS, MOST_MS = 5, 250.0
DISK = MachineDisk(id="d-1", base="one", most_mb=4096)
ASKED = {"s-1": TreeAsked("i-1", TreeName(DISK.id, DISK.base))}
WATCH = """
import sys, threading, time
worst = 0.0
def look():
    global worst
    last = time.monotonic()
    while True:
        time.sleep(0.0005)
        now = time.monotonic()
        worst, last = max(worst, now - last), now
threading.Thread(target=look, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    print(worst, flush=True)
    worst = 0.0
"""
FILL = """
import os, sys
count, size = int(sys.argv[1]), int(sys.argv[2])
block = os.urandom(min(size, 1 << 20))
for number in range(count):
    with open(f"/root/file{number}", "wb") as file:
        for _ in range(size // len(block)):
            file.write(block)
os.sync()
"""
CHURN = """
import os, random
file = os.open("/root/file0", os.O_RDWR)
size = os.fstat(file).st_size
print("ready", flush=True)
while True:
    os.pwrite(file, os.urandom(4096), 4096 * random.randrange(size // 4096))
"""
MIB = 1 << 20
CASES = (
    ("empty", 0, 0, False),
    ("100 MiB in files of 1 MiB", 100, MIB, False),
    ("1 GiB in files of 4 MiB", 256, 4 * MIB, False),
    ("10,000 files of 1 KiB", 10_000, 1024, False),
    ("1 GiB in one file, written to", 1, 1024 * MIB, True),
)


@contextmanager
def running(folder: Path) -> Iterator[NetworkPlane]:
    plane = NetworkPlane(folder, window_s=0)
    plane.start()
    try:
        found = desired(pair(), 1)
        (machine,) = found.machines
        plane.apply(replace(found, machines=(replace(machine, disks=(DISK,)),)))

        def is_settled() -> bool:
            plane.events()
            return not plane.settling()

        wait_until(is_settled)
        yield plane
    finally:
        plane.stop()


def pauses(plane: NetworkPlane) -> Iterator[tuple[float, float]]:
    """Yield milliseconds: of a pause as a program saw it, and of the whole copying."""
    assert plane._disks is not None
    with Talk(plane, "i-1", WATCH) as watch:
        assert watch.hear() == "ready"
        for _ in range(ROUNDS):
            watch.say("reset")
            began = time.monotonic()
            with plane._disks.taker.copies(ASKED):
                took = time.monotonic() - began
            seen = float(watch.say("told"))
            yield 1000 * seen, 1000 * took


def is_believed(folder: Path) -> bool:
    """Tell whether times of the file system tell of changes."""
    with opened(folder) as one:
        return Copy(one, one).is_believed


def measured(plane: NetworkPlane, title: str, *, bounded: bool) -> Row:
    seen, took = zip(*pauses(plane), strict=True)
    median = statistics.median(seen)
    return Row(
        title,
        f"{median:.0f} ms",
        f"longest {max(seen):.0f} ms, copying {statistics.median(took):.0f} ms",
        MOST_MS / median,
        f"<= {MOST_MS:g} ms" if bounded else "",
        "" if not bounded else "goal" if median <= MOST_MS else "MISSED",
    )


def measure(folder: Path) -> Iterator[Row]:
    for title, count, size, busy in CASES:
        with tempfile.TemporaryDirectory(dir=folder) as home, running(Path(home)) as plane:
            if count:
                done = plane.run("i-1", ["python3", "-c", FILL, str(count), str(size)])
                assert done.code == 0, done.output
            if not busy:
                yield measured(plane, title, bounded=is_believed(folder))
                continue
            with Talk(plane, "i-1", CHURN) as churn:
                assert churn.hear() == "ready"
                yield measured(plane, title, bounded=False)


if __name__ == "__main__":
    place = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        rows = []
        for row in measure(Path(name)):
            print(row, flush=True)
            rows.append(row)
    sys.exit(0 if all(row.held for row in rows) else 1)
