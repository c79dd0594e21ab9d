"""Rules that someone else changed are written again, with an event."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.netplane.networks import SLOW, answer, connect, desired, pair, rule, serve
from tests.waiting import wait_until

from juyong.netplane.desired import Mended

INTRUDER = """
import os, subprocess, sys
from juyong.base import linux
pid = sys.argv[1]
place = f"/proc/{pid}/fd"
doors = {}
for name in os.listdir(place):
    path = f"{place}/{name}"
    try:
        where = os.readlink(path)
    except OSError:
        continue
    if where.startswith("net:"):
        doors[where] = os.open(path, os.O_RDONLY)
linux.enter(os.open(f"/proc/{pid}/ns/user", os.O_RDONLY), linux.NEWUSER)
for door in doors.values():
    linux.enter(door, linux.NEWNET)
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True).stdout
    if "guards_in" in rules:
        done = subprocess.run(["nft", "-f", "-"], input=sys.argv[2], text=True)
        print("changed" if done.returncode == 0 else "refused")
"""


def inner_pid(plane):
    task = f"/proc/{plane._helper.pid}/task/{plane._helper.pid}/children"
    return Path(task).read_text().split()[0]


def intrude(plane, text):
    command = [sys.executable, "-c", INTRUDER, inner_pid(plane), text]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == "changed\n", done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "flush ruleset",
        "insert rule inet juyong raw accept",
        "flush chain inet juyong raw",
        "delete chain inet juyong input",
        "table inet other {\nchain early {\ntype filter hook forward priority -300; accept;\n}\n}",
    ],
)
def test_a_change_from_elsewhere_is_mended_and_told(plane, text):
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    with (
        serve(plane, "i-2", 80),
        serve(plane, "i-2", 81),
        connect(plane, "i-1", "10.0.1.2", 80) as client,
    ):
        assert client.hear() == "connected"
        intrude(plane, text)
        found = []
        wait_until(lambda: found.extend(plane.events()) or found)
        assert found == [Mended(vpc_id="vpc-a")]
        assert answer(plane, "i-1", "10.0.1.2", 81) == "no answer"
        assert client.ask("on") == "on"
        # What the plane changes afterwards is no one else's.
        plane.apply(desired(pair(rule(1, 80), rule(2, 81)), 1, 2))
        assert answer(plane, "i-1", "10.0.1.2", 81, SLOW) == "connected"
        assert plane.events() == []
