"""However often the process is killed, each event is one leaf of the tree that was signed."""

import os
import subprocess
import sys
from pathlib import Path

from tests.crash.killing import killed


def test_killed_at_any_moment_each_event_is_one_leaf(tmp_path: Path, database: str) -> None:
    leaves, met = killed("ledger_killer.py", tmp_path / "home", database)
    assert leaves > 100
    assert met > 0, "no kill met events that were no leaves yet"
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
