"""Commands of the operator that run in machines and in the Internet, over the plane's door."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.netplane.networks import desired, pair, running_plane

from juyong.netplane import door
from juyong.netplane.door import From, Inside, NoPlane, Refusal, Visit

ADDRESS = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("1.1.1.1", 9))
print(s.getsockname()[0])
"""
RUN = """
import sys
from pathlib import Path
from juyong.netplane.door import From, Inside, Visit
from juyong.netplane.streams import run
kind = {"inside": lambda place, argv: Inside(machine=place, argv=argv),
        "from": lambda place, argv: From(address=place, argv=argv)}[sys.argv[2]]
sys.exit(run(Visit(Path(sys.argv[1])), kind(sys.argv[3], tuple(sys.argv[4:]))))
"""


@pytest.fixture
def folder(tmp_path):
    """The folder of a plane in which machine i-1 runs."""
    with running_plane(folder=tmp_path) as plane:
        plane.apply(desired(pair(), 1))
        yield tmp_path


def execute(folder: Path, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", RUN, str(folder), *words]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def test_a_command_runs_in_a_machine_with_the_callers_streams(folder):
    script = "read line; echo out $line; echo err >&2; hostname; exit 7"
    done = execute(folder, "inside", "i-1", "sh", "-c", script, stdin=b"hello\n")
    assert done.returncode == 7
    assert done.stdout.startswith(b"out hello\n")
    assert done.stderr == b"err\n"


def test_much_output_comes_whole(folder):
    done = execute(folder, "inside", "i-1", "sh", "-c", "head -c 3000000 /dev/zero")
    assert (done.returncode, len(done.stdout)) == (0, 3_000_000)


def test_a_command_of_the_internet_has_the_source_address(folder):
    done = execute(folder, "from", "203.0.113.9", "python3", "-c", ADDRESS)
    assert (done.stdout, done.returncode) == (b"203.0.113.9\n", 0)


def test_what_cannot_be_run_is_refused_with_the_reason(folder):
    visit = Visit(folder)
    visit.run(Inside(machine="i-2", argv=("true",)), (0, 1, 2))
    with pytest.raises(Refusal, match="i-2 does not run"):
        visit.code()
    visit.close()
    visit = Visit(folder)
    visit.run(From(address="10.0.0.1", argv=("true",)), (0, 1, 2))
    with pytest.raises(Refusal, match="no public IPv4 address"):
        visit.code()
    visit.close()


def test_a_command_ends_with_the_one_who_asked(folder):
    marker = "print('begun', flush=True); import time; time.sleep(600)"
    hear, theirs = os.pipe()
    visit = Visit(folder)
    visit.run(Inside(machine="i-1", argv=("python3", "-c", marker)), (0, theirs, theirs))
    os.close(theirs)
    assert os.read(hear, 100) == b"begun\n"
    visit.close()
    # The pipe ends when the last process that could write to the pipe has ended.
    assert os.read(hear, 100) == b""
    os.close(hear)


def test_a_message_that_is_none_ends_the_visit_alone(folder):
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(folder / door.NAME))
        stranger.sendall(b"\0\0\0\5hello")
        assert b"Refused" in stranger.recv(1000)
    assert execute(folder, "inside", "i-1", "true").returncode == 0


def test_the_door_is_the_owners_alone(folder):
    assert (folder / door.NAME).stat().st_mode & 0o777 == 0o600


def test_no_plane_is_told(tmp_path):
    with pytest.raises(NoPlane):
        Visit(tmp_path)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / door.NAME))
    with pytest.raises(NoPlane):
        Visit(tmp_path)
