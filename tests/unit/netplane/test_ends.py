"""Nothing is left behind: no process, and with the last process no namespace, rule or link."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.netplane.networks import SLOW, answer, desired, pair, rule, running_plane, serve
from tests.waiting import wait_until

from juyong.netplane.desired import Desired
from juyong.netplane.reaching import NotRunning

ROOT = Path(__file__).parents[3]
SERVER = """
import sys, time
from tests.unit.netplane.networks import desired, pair, rule, running_plane
with running_plane() as plane:
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    print(plane._helper.pid, flush=True)
    sys.stdin.read()
"""


def family(pid):
    """The process and all that it started, with their start times, as the system sees them."""
    children = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(place.name))
    found, left = [], [pid]
    while left:
        each = left.pop()
        found.append(each)
        left += children.get(each, [])
    return found


def gone(pids):
    """Whether no process of the ids runs; one that is only not yet waited for does not."""
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            return False
    return True


def test_stopping_ends_everything_and_a_plane_starts_again():
    with running_plane() as plane:
        plane.apply(desired(pair(rule(1, 80)), 1, 2))
        pids = family(plane._helper.pid)
        assert len(pids) == 4
        limits = Path(f"/proc/{pids[1]}/limits").read_text()
        soft, hard = re.search(r"Max open files +(\d+) +(\d+)", limits).groups()
        assert soft == hard
        plane.stop()
        wait_until(lambda: gone(pids))
        assert not plane.alive()
        with pytest.raises(NotRunning):
            plane.apply(Desired())
        plane.stop()
        plane.start()
        plane.apply(desired(pair(rule(1, 80)), 1, 2))
        assert plane.run("i-1", ["true"]).code == 0


@pytest.mark.parametrize("which", [0, 1])
def test_a_killed_helper_takes_all_machines_along_and_is_seen(which):
    with running_plane() as plane:
        plane.apply(desired(pair(rule(1, 80)), 1, 2))
        with serve(plane, "i-2", 80) as server:
            pids = family(plane._helper.pid)
            assert len(pids) == 5
            os.kill(pids[which], signal.SIGKILL)
            wait_until(lambda: gone(pids[1:]))
            wait_until(lambda: not plane.alive())
            with pytest.raises(OSError, match=r"."):
                plane.wait(server.job, 5)
        with pytest.raises(OSError, match=r"."):
            plane.run("i-1", ["true"])
        plane.start()
        plane.apply(desired(pair(rule(1, 80)), 1, 2))
        with serve(plane, "i-2", 80):
            assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "connected"


def test_a_killed_server_leaves_no_process():
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as server:
        first = server.stdout.readline()
        if not first:
            pytest.skip("no network plane")
        pids = family(int(first))
        assert len(pids) == 4
        server.kill()
        wait_until(lambda: gone(pids))
