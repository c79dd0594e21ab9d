"""At each step of packing, sealing and opening disks a server is killed: no acknowledged line is lost."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.crash.disk_killer import STEPS
from tests.crash.plane_killer import REFUSED

ROUNDS = len(STEPS)
"""One for each step."""


@pytest.mark.timeout(1000)  # a busy machine
def test_killed_at_each_step_disks_keep_every_acknowledged_line(
    tmp_path: Path, database: str
) -> None:
    program = Path(__file__).with_name("disk_killer.py")
    done = subprocess.run(
        [sys.executable, program, tmp_path / "all", database, str(ROUNDS), "7"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode == REFUSED:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ROUNDS} kills, {ROUNDS} at {ROUNDS} of {ROUNDS} steps, " in done.stdout
