"""However often the process is killed, each call is counted once in the sums of uses."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLER = Path(__file__).with_name("use_killer.py")


def test_killed_at_any_moment_the_sums_are_a_recount(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, KILLER, tmp_path / "home", "8", "7"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    told = re.search(r"8 kills, (\d+) calls, (\d+) with", done.stdout)
    assert told is not None, done.stdout
    assert int(told[1]) > 8
    assert int(told[2]) > 0, "no kill met events that were not summed up"
