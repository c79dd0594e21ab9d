"""Kill servers under load and see what they kept; fill their disk; run two on one store.

    python tests/crash/run.py --rounds N [--seed S]

A line a round and a case; exit code 1 when anything was lost, half done or falsely acknowledged.
The home of a failed round is kept and named.
"""

import argparse
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.rounds import crash_round, crash_while_starting
from tests.crash.shortage import CASES as SHORTAGES
from tests.crash.two_servers import CASES as TWO_SERVERS

ROUNDS_A_HOME = 5


def main() -> int:
    """Run everything; 1 when something failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="juyong-crash-"))
    verdicts = [
        *_crash_rounds(folder, options.rounds, options.seed),
        *(
            _attempt(name, folder, case)
            for name, case in [*SHORTAGES.items(), *TWO_SERVERS.items()]
        ),
    ]
    failed = verdicts.count(False)
    if not failed:
        shutil.rmtree(folder)
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return 0 if verdicts and not failed else 1


def _crash_rounds(folder: Path, rounds: int, seed: int) -> list[bool]:
    verdicts = []
    for number in range(rounds):
        home = folder / f"home-{number // ROUNDS_A_HOME}"
        drawn = seed * 1_000_003 + number * 101
        if number % ROUNDS_A_HOME == 0:
            crash_while_starting(home, drawn)
        verdicts.append(
            _attempt(
                f"round {number + 1}",
                home,
                lambda at, number=number, drawn=drawn: crash_round(at, number, drawn),
            )
        )
    return verdicts


def _attempt(title: str, folder: Path, case: Callable[[Path], object]) -> bool:
    try:
        seen = case(folder)
    except Exception:  # noqa: BLE001  # reported, and the next case runs
        print(f"{title}: FAILED, see {folder}", flush=True)
        traceback.print_exc()
        return False
    print(f"{title}: {seen}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
