"""A server is killed while an instance stands still for a snapshot: the instance goes on at once."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.netplane.lasting import ROOT
from tests.unit.netplane.test_ends import family, gone
from tests.unit.netplane.test_still import goes_on, rooms, tracers
from tests.waiting import wait_until

NOBODY = 65534
STANDING = """
import sys
from pathlib import Path
from tests.unit.netplane.test_still import *
folder = Path(sys.argv[1])
plane = NetworkPlane(folder, window_s=0)
plane.start()
test_disks_are_copied_as_they_are_at_one_moment(plane, folder)
_, holder = held(plane, folder)
print(holder, plane.remark(), flush=True)
sys.stdin.read()
"""
NEXT = """
import sys
from pathlib import Path
from tests.unit.netplane.test_still import *
folder = Path(sys.argv[1])
plane = NetworkPlane(folder, window_s=0)
try:
    plane.start()
    settle(plane, wanted(80))
    if "lasting" in sys.argv:
        goes_on(folder)
    assert plane.run("i-1", ["true"]).code == 0
    print(len(rooms(folder)), "left")
finally:
    plane.stop()
"""


@pytest.fixture(params=["root", "user"])
def user(request: pytest.FixtureRequest) -> dict[str, object]:
    """The user of the server, as a process is started."""
    if request.param == "root":
        if os.geteuid():
            pytest.skip("machines outlive the server as root alone")
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture
def folder(user: dict[str, object]) -> Iterator[Path]:
    """A folder that the user of the server may enter."""
    made = Path(tempfile.mkdtemp())
    if user:
        os.chown(made, NOBODY, NOBODY)
    yield made
    shutil.rmtree(made)


def test_an_instance_goes_on_when_its_server_is_killed(
    user: dict[str, object], folder: Path
) -> None:
    is_lasting = not user and not os.geteuid()
    with subprocess.Popen(
        [sys.executable, "-B", "-c", STANDING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        **user,  # type: ignore[call-overload]  # the user alone
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        first = server.stdout.readline()
        if not first:
            said = server.stderr.read()
            assert "PlaneUnavailable" in said or "Permission denied" in said, said
            pytest.skip(said.splitlines()[-1])
        holder, machines = int(first.split()[0]), family(server.pid)
        held = [each for each, tracer in tracers().items() if tracer == holder]
        assert held
        assert len(rooms(folder)) == 1
        os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: holder not in tracers().values())
    if is_lasting:
        goes_on(folder)
    else:
        wait_until(lambda: gone([*machines, *held]))
    # The copies are plain until another server removes them.
    assert len(rooms(folder)) == 1
    done = subprocess.run(
        [sys.executable, "-B", "-c", NEXT, str(folder), "lasting" if is_lasting else "anew"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **user,  # type: ignore[call-overload]  # as above
    )
    assert done.stdout == "0 left\n", done.stderr
