"""Run a program that kills processes in rounds, as the test of one run of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_TOLD = re.compile(r"^\d+ kills, .*$", re.MULTILINE)


def killed(program: str, home: Path, *words: str, rounds: int = 8) -> tuple[int, ...]:
    """Run a program of this folder, which must end well.

    Args:
        program: Its name, such as `ledger_killer.py`.
        home: Its first argument.
        *words: Those after that, before the rounds and the seed.
        rounds: How often it kills.

    Returns:
        The numbers that the program tells in the end, without the first, how often it killed.
    """
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name(program), home, *words, str(rounds), "7"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    told = _TOLD.search(done.stdout)
    assert told is not None, done.stdout
    kills, *others = map(int, re.findall(r"\d+", told[0]))
    assert kills == rounds
    return tuple(others)
