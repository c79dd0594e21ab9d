"""A power cut shows that an fsync is missing: without that, the rounds of run.py prove nothing."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(180)  # a busy machine
@pytest.mark.parametrize("deaf", ["files", "folders"])
def test_power_cut_shows_an_fsync_that_is_missing(deaf):
    program = Path(__file__).with_name("power_cuts.py")
    options = ["--seeds", "6", "--deaf", deaf]
    done = subprocess.run(
        [sys.executable, str(program), *options],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 1, done.stdout
