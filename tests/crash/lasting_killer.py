"""Kill the server of a root's network plane, its helper or both, and see that sessions go on.

    python tests/crash/lasting_killer.py ROUNDS SEED

Two machines hold one TCP session from the first round to the last. One of them also sends to a port
that rules open and to one that no rule opens; the other one notes what arrives. The server changes
rules all the time. At the end the plane stops, and what is left in the system is counted.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.plane_killer import REFUSED, children
from tests.unit.netplane.lasting import STAYING, guests, room_of
from tests.unit.netplane.networks import CLIENT, SERVER
from tests.unit.netplane.test_plane import BOTH

from juyong.netplane.door import Inside, Refusal, Visit

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("lasting_server.py")
NOTING = """
import select, socket
doors = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for port, door in enumerate(doors, 8000):
    door.bind(("0.0.0.0", port))
counts = [0, 0]
while True:
    for door in select.select(doors, [], [])[0]:
        door.recv(100)
        counts[doors.index(door)] += 1
        if door is doors[1] or counts[0] % 100 == 1:
            open("/run/arrived", "w").write(f"{counts[0]} {counts[1]}")
"""


class Server:
    """The server process, started anew by `begin`."""

    def __init__(self, folder):
        self.folder = folder
        self.begin()

    def begin(self):
        command = [sys.executable, PROGRAM, str(self.folder)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.ready()

    def ready(self):
        words = self.process.stdout.readline().split()
        if len(words) != 2:
            print("nothing outlives the server:", *words)
            self.stop()
            sys.exit(REFUSED)
        self.helper = int(words[1])

    def kill(self, draw):
        """Kill the server, the outer or the inner process of its helper, or all at once."""
        helper = [self.helper, *children(self.helper)[:1]]
        victims = draw.choice(
            [[self.process.pid], helper[:1], helper[1:], [self.process.pid, *helper]]
        )
        draw.shuffle(victims)
        for victim in victims:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        if self.process.pid in victims:
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.begin()
        else:
            self.ready()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def inside(folder, machine, *argv):
    """Run a command in a machine by the operator's door, until its end or for a moment."""
    read, write = os.pipe()
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        visit = Visit(folder)
        visit.run(Inside(machine=machine, argv=argv), (nothing, write, nothing))
    finally:
        os.close(write)
        os.close(nothing)
    with os.fdopen(read, encoding="utf-8") as output:
        told = output.read()
    visit.code()
    visit.close()
    return told.split()


def patient(folder, machine, *argv):
    """Run a command once a plane takes it: the server may be between two lives of its helper."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return inside(folder, machine, *argv)
        except (OSError, Refusal):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def background(folder, machine, program, *arguments):
    line = 'setsid python3 -c "$0" "$@" </dev/null >/dev/null 2>&1 &'
    patient(folder, machine, "sh", "-c", line, program, *arguments)


def session(folder):
    """How many words the session carried; -1 once it is cut."""
    words = patient(folder, "i-1", "cat", "/run/seen")
    return -1 if words == ["cut"] else int(words[1]) if words[:1] == ["on"] else 0


def more(folder, before):
    """Wait until the session carries more words; False when it does not in half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        now = session(folder)
        if now < 0 or now > before:
            return now > before
        time.sleep(0.05)
    return False


def main(rounds, seed):
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder)
        begun = SERVER.replace("print", "str").replace(", flush=True", "")
        background(folder, "i-2", begun, "80")
        background(folder, "i-2", NOTING)
        both = BOTH.replace("+ 30", "+ 3600")
        background(folder, "i-1", both.replace("print", "str").replace(", flush=True", ""))
        time.sleep(0.5)
        background(folder, "i-1", STAYING, "10.0.1.2", "80", "60")
        kept, slowest, cut = guests(folder), 0.0, 0
        assert more(folder, 0)
        for _ in range(rounds):
            time.sleep(draw.uniform(0.0, 0.3))
            before, start = session(folder), time.monotonic()
            server.kill(draw)
            new = patient(folder, "i-1", "python3", "-c", CLIENT, "10.0.1.2", "80", "10")
            slowest = max(slowest, time.monotonic() - start)
            assert new == ["connected"], new
            cut += not more(folder, before)
        same = guests(folder) == kept
        arrived = patient(folder, "i-2", "cat", "/run/arrived")
        room = room_of(folder)
        server.stop()
        left = sum(Path(f"/proc/{pid}/root").exists() for pid in kept.values()) + room.exists()
    print(
        f"{rounds} kills, {arrived[1]} forbidden packets, {cut} sessions cut, "
        f"{'the same' if same else 'other'} machines, {left} things left; "
        f"{arrived[0]} allowed packets, {slowest:.1f} s to a new session"
    )
    return int(arrived[1] != "0" or cut > 0 or not same or left > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
