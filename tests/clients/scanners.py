"""Scanners of accounts, each in an environment of its own in the user's cache.

`python -m tests.clients.scanners` makes the environments from PyPI: some minutes and a gigabyte,
once. The tests use what they find there, and are skipped where a scanner is missing.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = "python -m tests.clients.scanners"
PACKAGES = {
    "prowler": ("prowler==5.46.0",),
    # Later versions of the SDK no longer have the API version that ScoutSuite calls.
    "scout": ("scoutsuite==5.14.0", "aliyun-python-sdk-actiontrail==2.0.0"),
}
"""By the program: what is installed."""


def scanner(program: str) -> Path:
    """Return where a scanner's program is, or skip."""
    path = _folder(program) / "bin" / program
    if not path.exists():
        pytest.skip(f"`{program}` is not installed: {COMMAND}")
    return path


def _folder(program: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "juyong-test-clients" / PACKAGES[program][0].replace("==", "-")


def build() -> None:
    """Install the scanners."""
    for program, packages in PACKAGES.items():
        folder = _folder(program)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", *packages], check=True)
        print(folder / "bin" / program)


if __name__ == "__main__":
    build()
