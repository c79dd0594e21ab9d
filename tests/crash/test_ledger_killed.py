"""However often the process is killed, each event is one leaf of the tree that was signed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.postgres import DATABASES, postgres_server

ROOT = Path(__file__).parents[2]
KILLER = Path(__file__).with_name("ledger_killer.py")


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest):
    if request.param == "sqlite":
        yield "sqlite"
        return
    with postgres_server() as url:
        yield url


def test_killed_at_any_moment_each_event_is_one_leaf(tmp_path: Path, database: str) -> None:
    done = subprocess.run(
        [sys.executable, KILLER, tmp_path / "home", database, "8", "7"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    told = re.search(r"8 kills, (\d+) leaves, (\d+) with", done.stdout)
    assert told is not None, done.stdout
    assert int(told[1]) > 100
    assert int(told[2]) > 0, "no kill met events that were no leaves yet"
    command = [sys.executable, "-m", "juyong.cli.start"]
    for words in (("check",), ("audit", "verify")):
        home = ("--home", str(tmp_path / "home"))
        after = subprocess.run(
            [*command, *words, *home],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "JUYONG_DATABASE": database},
        )
        assert after.returncode == 0, after.stdout + after.stderr
