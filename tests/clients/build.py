"""Clients that must be installed or built first: outside `juyong exec`, in a folder of the run.

Package managers keep what they fetched in their own caches, so that only a machine's first run
needs their registries. Where a tool or its registry is missing, the tests are skipped and say so.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
_UNREACHABLE = (
    "ENOTFOUND",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "EAI_AGAIN",
    "ENOTCACHED",
    "dial tcp",
    "no such host",
    "module lookup disabled",
    "403 Forbidden",
    "i/o timeout",
    "No matching distribution found",
)


def need(program: str) -> str:
    """Return where a program is, or skip."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"`{program}` is not installed")
    return found


def installed_node(place: Path) -> Path:
    """Install the Node clients exactly as their lock file says."""
    need("node")
    folder = place / "node"
    shutil.copytree(FOLDER / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
    _prepare([need("npm"), "ci", *quiet], folder)
    return folder


def python_with_instance_client(place: Path) -> Path:
    """Make a Python environment for the client of KMS instances; returns its interpreter.

    It wants older libraries than the platform may have beside it.
    """
    folder = place / "instance"
    _prepare([sys.executable, "-m", "venv", folder], place)
    python = folder / "bin" / "python"
    wanted = FOLDER / "instance" / "requirements.txt"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _prepare([*pip, "--require-hashes", "--requirement", wanted], place)
    return python


def built_go(place: Path) -> Path:
    """Build the Go clients."""
    folder = place / "go"
    shutil.copytree(FOLDER / "go", folder)
    output = place / "built"
    output.mkdir()
    programs = ("./tea", "./legacy", "./oss", "./ossv2")
    _prepare([need("go"), "build", "-trimpath", "-o", f"{output}/", *programs], folder)
    return output


def built_transparency(place: Path) -> Path:
    """Build the Go program that reads transparency logs; returns its path."""
    folder = place / "transparency"
    shutil.copytree(FOLDER / "transparency", folder)
    output = place / "read-log"
    _prepare([need("go"), "build", "-trimpath", "-o", output, "."], folder)
    return output


def built_litewitness(place: Path) -> Path:
    """Build the witness that public logs use; returns its path."""
    output = place / "bin"
    output.mkdir()
    program = "filippo.io/torchwood/cmd/litewitness@v0.6.1"
    _prepare(["env", f"GOBIN={output}", need("go"), "install", program], place)
    return output / "litewitness"


def _prepare(command: Sequence[str | Path], folder: Path) -> None:
    """Run a package manager; skip when what it lacks is its registry, fail when it is our files."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode == 0:
        return
    if any(sign in done.stderr for sign in _UNREACHABLE):
        pytest.skip(f"`{Path(command[0]).name}` cannot reach its registry")
    pytest.fail(f"{command}:\n{done.stderr[-3000:]}")
