"""From the command to the first answer, and the memory held then, beside moto's.

python tests/bench/bench_start.py
"""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row
from tests.bench.servers import Started, ask, juyong, moto
from tests.bench.signed import MOTO_LIST_USERS, credentials_of
from tests.crash.calls import signed_target

STARTS = 5
GOAL, FLOOR = 0.75, 0.95
"""Of moto's time, on the same machine."""
GOAL_MB, FLOOR_MB = 60.0, 80.0


def measure() -> list[Row]:
    """Start each server a few times in turn; the fastest start counts."""
    found: dict[str, list[Started]] = {"existing home": [], "fresh home": [], "moto": []}
    calls: dict[str, list[float]] = {"juyong": [], "moto": []}
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        home, new = Path(folder) / "home", Path(folder) / "new"
        with juyong(home):
            pass
        for _ in range(STARTS):
            with juyong(home) as server:
                found["existing home"].append(server)
                call = signed_target(credentials_of(home), "GetUser", {"UserName": "administrator"})
                assert ask(server.port, call) == 200
                calls["juyong"].append(server.age())
            with juyong(new) as server:
                found["fresh home"].append(server)
            shutil.rmtree(new)
            with moto() as server:
                found["moto"].append(server)
                assert ask(server.port, "/", **MOTO_LIST_USERS) == 200
                calls["moto"].append(server.age())
    return _rows(found, calls)


def _rows(found: dict[str, list[Started]], calls: dict[str, list[float]]) -> list[Row]:
    seconds = {name: min(each.seconds for each in starts) for name, starts in found.items()}
    memory = {name: min(each.resident_mb for each in starts) for name, starts in found.items()}
    rows = [
        Row.cost(
            f"start to first answer, {name}",
            seconds[name],
            seconds["moto"],
            unit="s",
            goal=GOAL * seconds["moto"],
            floor=FLOOR * seconds["moto"],
        )
        for name in ("existing home", "fresh home")
    ]
    rows.append(
        Row.figure(
            "start to first API call answered", min(calls["juyong"]), min(calls["moto"]), unit="s"
        )
    )
    rows.append(
        Row.cost(
            "memory after the start",
            memory["existing home"],
            memory["moto"],
            unit="MB",
            goal=GOAL_MB,
            floor=FLOOR_MB,
        )
    )
    return rows


def main() -> int:
    """Measure; 0 when the floors hold."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
