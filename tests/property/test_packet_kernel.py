"""The kernel, the packet engine and the model on the same packets; the long form is a program."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFUSED = 3


def run(*arguments):
    command = [sys.executable, "-m", "tests.model.packet_kernel", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_kernel_engine_and_model_agree():
    status, said = run("--probes", "360", "--seed", "7")
    if status == REFUSED:
        pytest.skip(f"this system gives no network of one's own: {said.strip()}")
    assert status == 0, said
    first = said.splitlines()[0]
    assert first.startswith("360 probes, ")
    assert ", 0 differ, " in first
    # Agreement on silence alone would be none.
    assert int(first.split()[2]) > 20
    assert "arrives  source translation" in said
    # Packets by which `juyong net prove` refutes arrive by all three.
    refuting = next(line for line in said.splitlines() if line.endswith("refute an assertion"))
    assert int(refuting.split()[0]) > 10


def test_the_starting_namespace_is_left_alone():
    here = str(Path("/proc/self/ns/net").readlink())
    status, said = run("--inside", here)
    assert status == REFUSED
    assert "nothing was touched" in said
