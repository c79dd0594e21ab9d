"""Kill servers under load and see what they kept; fill their disk; run two on one store.

The spine (RAM's calls, their events and snapshots) has its rounds on SQLite and on PostgreSQL, every
other one with a second server that is not killed. The KMS has rounds of its own, in which its worker
is killed as well while keys and secrets rotate.

    python tests/crash/run.py --rounds N [--seed S] [--only spine|kms|cases]

A line a round and a case; exit code 1 when anything was lost, half done or falsely acknowledged.
The home of a failed round is kept and named.
"""

import argparse
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conformance.databases import Database
from tests.crash.homes import Home, postgres_where_installed
from tests.crash.kms_rounds import (
    ENVIRONMENT,
    WITHOUT_MODULE,
    KmsHome,
    database_where_installed,
    kms_round,
)
from tests.crash.kms_shortage import CASES as KMS_SHORTAGES
from tests.crash.kms_two_servers import CASES as KMS_TWO_SERVERS
from tests.crash.rounds import crash_round, crash_while_starting
from tests.crash.shortage import CASES as SHORTAGES
from tests.crash.two_servers import CASES as TWO_SERVERS

ROUNDS_A_HOME = 5
CASES = {**SHORTAGES, **TWO_SERVERS, **KMS_SHORTAGES, **KMS_TWO_SERVERS}


def main() -> int:
    """Run everything; 1 when something failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["spine", "kms", "cases"])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="juyong-crash-"))
    parts: dict[str, Callable[[], Iterable[bool]]] = {
        "spine": lambda: _spine_rounds(folder, options.rounds, options.seed),
        "kms": lambda: _kms_rounds(folder, options.rounds, options.seed),
        "cases": lambda: (_attempt(name, folder, case) for name, case in CASES.items()),
    }
    chosen = [options.only] if options.only else list(parts)
    verdicts = [verdict for part in chosen for verdict in parts[part]()]
    failed = verdicts.count(False)
    if not failed:
        shutil.rmtree(folder)
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return 0 if verdicts and not failed else 1


def _spine_rounds(folder: Path, rounds: int, seed: int) -> Iterator[bool]:
    """Run every round on a file, and where PostgreSQL is installed all of them there, too."""
    yield from _crash_rounds("SQLite", Home, folder / "sqlite", rounds, seed)
    with postgres_where_installed() as databases:
        if databases is None:
            print("PostgreSQL rounds left out: its server binaries are not installed", flush=True)
            return
        yield from _crash_rounds("PostgreSQL", databases.home, folder / "postgres", rounds, seed)


def _crash_rounds(
    title: str, new_home: Callable[[Path], Home], folder: Path, rounds: int, seed: int
) -> Iterator[bool]:
    folder.mkdir()
    for number in range(rounds):
        drawn = seed * 1_000_003 + number * 101
        if number % ROUNDS_A_HOME == 0:
            home = new_home(folder / f"home-{number // ROUNDS_A_HOME}")
            crash_while_starting(home, drawn)
        yield _attempt(
            f"{title} round {number + 1}",
            home.path,
            lambda _, home=home, number=number, drawn=drawn: crash_round(home, number, drawn),
        )


def _kms_rounds(folder: Path, rounds: int, seed: int) -> list[bool]:
    with database_where_installed() as database:
        return [
            verdict
            for first in range(0, rounds, ROUNDS_A_HOME)
            for verdict in _kms_home(folder, range(rounds)[first:][:ROUNDS_A_HOME], seed, database)
        ]


def _kms_home(folder: Path, numbers: range, seed: int, database: Database | None) -> Iterator[bool]:
    which = numbers.start // ROUNDS_A_HOME
    # Every other home keeps its hardware keys in the isolated process.
    environment = WITHOUT_MODULE if which % 2 else ENVIRONMENT
    place = KmsHome(folder / f"kms-{which}", database, environment)
    for number in numbers:
        drawn = seed * 1_000_003 + number * 101
        yield _attempt(
            f"KMS round {number + 1}",
            place.home,
            lambda _, number=number, drawn=drawn: kms_round(place, number, drawn),
        )


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
