"""However often a witness is killed, it goes on from what it told, and cosigns no fork of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLER = Path(__file__).with_name("witness_killer.py")


def test_killed_at_any_moment_a_witness_remembers_what_it_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, KILLER, tmp_path / "w", "25", "11"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"25 kills, (\d+) cosigned, (\d+) after the last told", done.stdout)
    assert told is not None, done.stdout
    assert int(told[1]) > 50
    assert int(told[2]) > 0, "no kill met a checkpoint between the disk and its answer"
