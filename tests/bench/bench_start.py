"""From the command to the first answer, and the memory held then, beside moto's.

    python tests/bench/bench_start.py
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row
from tests.bench.servers import Started, juyong, moto

STARTS = 5
GOAL_SECONDS, GOAL_MB = 0.3, 80.0


def measure() -> list[Row]:
    """Start each server a few times in turn; the fastest start counts."""
    existing: list[Started] = []
    fresh: list[Started] = []
    other: list[Started] = []
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        home, new = Path(folder) / "home", Path(folder) / "new"
        _once(lambda: juyong(home))
        for _ in range(STARTS):
            existing.append(_once(lambda: juyong(home)))
            fresh.append(_once(lambda: juyong(new)))
            shutil.rmtree(new)
            other.append(_once(moto))
    moto_seconds = min(each.seconds for each in other)
    moto_mb = min(each.resident_mb for each in other)
    starts = (("existing home", existing), ("fresh home", fresh))
    return [
        *(
            Row.least(
                f"start to first answer, {title}",
                min(each.seconds for each in found),
                moto_seconds,
                "s",
                goal=GOAL_SECONDS,
                floor=moto_seconds,
            )
            for title, found in starts
        ),
        Row.least(
            "memory after the start",
            min(each.resident_mb for each in existing),
            moto_mb,
            "MB",
            goal=GOAL_MB,
            floor=moto_mb,
        ),
    ]


def _once(server: Callable[[], AbstractContextManager[Started]]) -> Started:
    with server() as started:
        return started


if __name__ == "__main__":
    for row in measure():
        print(row)
