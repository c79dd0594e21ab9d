"""Whatever kills a rekey, one of the two root keys opens the home."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

KILLER = Path(__file__).with_name("rekey_killer.py")


@pytest.mark.parametrize(
    ("came_from", "to", "fewest"),
    [
        ("file", "file", 12),
        ("file", "passphrase", 8),
        ("passphrase", "file", 12),
        ("passphrase", "passphrase", 8),
    ],
)
def test_killed_at_any_step_a_rekey_leaves_one_key_that_opens(
    tmp_path: Path, came_from: str, to: str, fewest: int
) -> None:
    done = subprocess.run(
        [sys.executable, KILLER, tmp_path, came_from, to],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    deaths = re.fullmatch(r"(\d+) deaths, after and before\n", done.stdout)
    assert deaths is not None, done.stdout
    assert int(deaths[1]) >= fewest
