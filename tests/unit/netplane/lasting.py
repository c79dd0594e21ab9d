"""Planes of root that are killed, and sessions in machines that go on meanwhile."""

import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.unit.netplane.networks import SERVER, desired, pair, rule
from tests.waiting import wait_until

from juyong.netplane.keeping import ROOM
from juyong.netplane.plane import NetworkPlane

ROOT = Path(__file__).parents[3]
STAYING = """
import pathlib, socket, sys, time
seen = pathlib.Path("/run/seen")
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
peer.settimeout(float(sys.argv[3]))
count = 0
try:
    while peer.sendall(b"on") is None and peer.recv(100):
        count += 1
        new = seen.with_suffix(".new")
        new.write_text(f"on {count}")
        new.rename(seen)
        time.sleep(0.01)
except OSError:
    pass
seen.write_text("cut")
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.unit.netplane.lasting import lasting_plane, talking
from tests.unit.netplane.networks import desired, pair, rule
with lasting_plane(Path(sys.argv[1])) as plane:
    talking(plane, sys.argv[2])
    print(plane._helper.pid, flush=True)
    sys.stdin.read()
"""
NEEDED = "machines outlive the server as root alone"


@contextmanager
def lasting_plane(folder):
    """A plane of a home, started; the test is skipped where nothing outlives the server."""
    plane = NetworkPlane(folder, window_s=0)
    if os.geteuid():
        pytest.skip(NEEDED)
    try:
        plane.start()
        if "machines end with the server" in plane.remark():
            pytest.skip(plane.remark())
        yield plane
    finally:
        plane.stop()


def two(*ports):
    """Two machines, of which the second answers on ports."""
    return desired(pair(*(rule(port, port) for port in ports)), 1, 2)


def in_background(plane, machine_id, program, *arguments):
    line = 'setsid python3 -c "$0" "$@" </dev/null >/dev/null 2>&1 &'
    done = plane.run(machine_id, ["sh", "-c", line, program, *map(str, arguments)])
    assert done.code == 0, done.output


def talking(plane, seconds=30):
    """A session between two machines, held by programs that no command waits for."""
    plane.apply(two(80))
    in_background(plane, "i-2", SERVER.replace("print", "str").replace(", flush=True", ""), 80)
    wait_until(lambda: b":0050 " in plane.run("i-2", ["cat", "/proc/net/tcp"]).output)
    in_background(plane, "i-1", STAYING, "10.0.1.2", 80, seconds)
    wait_until(lambda: told(plane) > 1)


def told(plane):
    """How often the session carried a word; -1 once it is cut."""
    text = plane.run("i-1", ["cat", "/run/seen"]).output.decode().split()
    return int(text[1]) if text[:1] == ["on"] else -1 if text == ["cut"] else 0


def goes_on(plane):
    """Whether the session of `talking` carries more words."""
    before = told(plane)
    if before < 0:
        return False
    wait_until(lambda: told(plane) not in (before, 0))
    return told(plane) > before


def killed_server(folder, *, seconds=30):
    """Run a server with a session between its machines, and kill the server."""
    command = [sys.executable, "-c", KILLED, str(folder), str(seconds)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as server:
        first = server.stdout.readline()
        if not first:
            pytest.skip(NEEDED)
        server.kill()
    return int(first)


def room_of(folder):
    return ROOM / (folder / "room").read_text().split()[0]


def guests(folder):
    """The first processes of the machines that a home has recorded, by the machine's id."""
    found = {}
    for path in room_of(folder).glob("machine-*"):
        with suppress(FileNotFoundError):
            text = path.read_text()
            found[path.name.removeprefix("machine-")] = int(text.split('"pid":')[1].split(",")[0])
    return found
