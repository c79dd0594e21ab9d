"""Kill servers under load and see what they kept; fill their disk; run two on one store.

The spine (RAM's calls, their events and snapshots) has its rounds on SQLite and on PostgreSQL, every
other one with a second server that is not killed; so has OSS, whose objects lie beside the
database. OSS has further rounds on SQLite, a quarter as many, with its files in a bucket of moto's
S3 and of a second juyong, which are not killed. The KMS has rounds of its own, in which its worker
is killed as well while keys and secrets rotate. Processes that sequence the ledger, keep logs, judge
alerts, deliver trails, find insights or seal disks are killed as often (KILLERS), and so are the
processes of the network plane under traffic (plane_killer.py). Ten times as many seeds cut the
power under objects (power_cuts.py).

    python tests/crash/run.py --rounds N [--seed S] [--only PART]

PART: spine, oss, far, ledger, logs, alerts, exports, trails, insights, disks, plane, power, kms or cases.

A line a round and a case; exit code 1 when anything was lost, half done or falsely acknowledged.
The home of a failed round is kept and named.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
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
from tests.crash.oss_rounds import oss_round
from tests.crash.rounds import crash_round, crash_while_starting
from tests.crash.shortage import CASES as SHORTAGES
from tests.crash.two_servers import CASES as TWO_SERVERS
from tests.postgres import postgres_binaries, postgres_server
from tests.stores import KINDS, Store, juyong_store, moto_store

ROUNDS_A_HOME = 5
_ROUNDS_A_FAR_ONE = 8
"""Of OSS, for each that has its files in one of the two kinds of stores."""
_SEEDS_A_ROUND, _ROUNDS_A_LINE = 10, 10
Play = Callable[[Home, int, int], object]
NO_PLANE = 3
"""Exit code of programs that kill planes, where the system refuses one."""
KILLERS = {
    "ledger": "ledger_killer.py",
    "logs": "log_killer.py",
    "alerts": "alert_killer.py",
    "exports": "export_killer.py",
    "trails": "trail_killer.py",
    "insights": "insight_killer.py",
    "disks": "disk_killer.py",
}
"""Programs that kill processes of their own, by part."""
CASES = {**SHORTAGES, **TWO_SERVERS, **KMS_SHORTAGES, **KMS_TWO_SERVERS}


def main() -> int:
    """Run everything; 1 when something failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    named = ["spine", "oss", "far", *KILLERS, "plane", "power", "kms", "cases"]
    parser.add_argument("--only", choices=named)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="juyong-crash-"))
    parts: dict[str, Callable[[], Iterable[bool]]] = {
        "spine": lambda: _rounds("spine", crash_round, folder, options.rounds, options.seed),
        "oss": lambda: _rounds("oss", oss_round, folder, options.rounds, options.seed),
        "far": lambda: _far_rounds(folder, options.rounds, options.seed),
        **{name: partial(_killer, name, folder, options.rounds, options.seed) for name in KILLERS},
        "plane": lambda: _plane(options.rounds, options.seed),
        "power": lambda: _power_cuts(options.rounds, options.seed),
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


def _rounds(part: str, play: Play, folder: Path, rounds: int, seed: int) -> Iterator[bool]:
    """Run every round on a file, and where PostgreSQL is installed all of them there, too."""
    chosen = _Rounds(play, rounds, seed)
    yield from chosen.on(f"{part} on SQLite", Home, folder / part)
    with postgres_where_installed() as databases:
        if databases is None:
            print("PostgreSQL rounds left out: its server binaries are not installed", flush=True)
            return
        there = folder / f"{part}-on-postgres"
        yield from chosen.on(f"{part} on PostgreSQL", databases.home, there)


def _far_rounds(folder: Path, rounds: int, seed: int) -> Iterator[bool]:
    """Run some rounds with the files in each kind of store, a prefix for each home."""
    chosen = _Rounds(oss_round, -(-rounds // _ROUNDS_A_FAR_ONE), seed)
    opened = {"s3": moto_store, "oss": lambda: juyong_store(folder / "store")}
    for kind in KINDS:
        with opened[kind]() as store:

            def new_home(path: Path, store: Store = store) -> Home:
                keys = path.with_name(f"{path.name}-keys")
                return Home(path, blobs=store.settings(keys, f"{path.name}/"))

            yield from chosen.on(f"oss in {kind}", new_home, folder / f"oss-in-{kind}")


@dataclass(frozen=True, slots=True)
class _Rounds:
    play: Play
    rounds: int
    seed: int

    def on(self, title: str, new_home: Callable[[Path], Home], folder: Path) -> Iterator[bool]:
        folder.mkdir()
        for number in range(self.rounds):
            drawn = self.seed * 1_000_003 + number * 101
            if number % ROUNDS_A_HOME == 0:
                home = new_home(folder / f"home-{number // ROUNDS_A_HOME}")
                crash_while_starting(home, drawn)
            yield _attempt(
                f"{title} round {number + 1}",
                home.path,
                lambda _, home=home, number=number, drawn=drawn: self.play(home, number, drawn),
            )


def _killer(name: str, folder: Path, rounds: int, seed: int) -> Iterator[bool]:
    """Kill processes on a file and, where PostgreSQL is installed, there; a line for each."""
    program = [sys.executable, str(Path(__file__).with_name(KILLERS[name]))]
    place = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def killed(database: str, home: Path) -> bool:
        print(f"{home.name}: ", end="", flush=True)
        words = [*program, str(home), database, str(rounds), str(seed)]
        done = subprocess.run(words, check=False, timeout=3600, env=place)
        return done.returncode in (0, NO_PLANE)

    yield killed("sqlite", folder / f"{name}-on-sqlite")
    if postgres_binaries() is None:
        print(f"{name} on PostgreSQL left out: its server binaries are not installed", flush=True)
        return
    with postgres_server() as url:
        yield killed(url, folder / f"{name}-on-postgres")


def _plane(rounds: int, seed: int) -> Iterator[bool]:
    """Kill the network plane's processes under traffic, where the system has a plane."""
    program = [sys.executable, str(Path(__file__).with_name("plane_killer.py"))]
    done = subprocess.run([*program, str(rounds), str(seed)], check=False, timeout=3600)
    yield done.returncode in (0, NO_PLANE)


def _power_cuts(rounds: int, seed: int) -> Iterator[bool]:
    """Cut the power at ten seeds a round; a line for each ten rounds."""
    program = [sys.executable, str(Path(__file__).with_name("power_cuts.py"))]
    for first in range(0, rounds, _ROUNDS_A_LINE):
        seeds = _SEEDS_A_ROUND * min(_ROUNDS_A_LINE, rounds - first)
        begin = seed * 1_000_003 + first * _SEEDS_A_ROUND
        print(f"power cuts from seed {begin}: ", end="", flush=True)
        done = subprocess.run(
            [*program, "--seeds", str(seeds), "--first", str(begin)], check=False, timeout=3600
        )
        yield done.returncode == 0


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
