"""However often processes are killed, each log of an alert rings, as one notice."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.postgres import DATABASES, postgres_server

ROOT = Path(__file__).parents[2]
KILLER = Path(__file__).with_name("alert_killer.py")


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest):
    if request.param == "sqlite":
        yield "sqlite"
        return
    with postgres_server() as url:
        yield url


def test_killed_at_any_moment_each_log_rings_as_one_notice(tmp_path: Path, database: str) -> None:
    done = subprocess.run(
        [sys.executable, KILLER, tmp_path / "home", database, "6", "7"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    told = re.search(r"6 kills, (\d+) users rang", done.stdout)
    assert told is not None, done.stdout
    assert int(told[1]) > 10
