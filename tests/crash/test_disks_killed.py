"""Wherever a server is killed that packs, seals or opens disks, nothing acknowledged is lost."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.crash.plane_killer import REFUSED

ROUNDS = 4


def test_killed_at_any_step_disks_keep_every_acknowledged_line(
    tmp_path: Path, database: str
) -> None:
    program = Path(__file__).with_name("disk_killer.py")
    done = subprocess.run(
        [sys.executable, program, tmp_path / "all", database, str(ROUNDS), "7"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    if done.returncode == REFUSED:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{ROUNDS} kills, ")
