"""Kill the network plane's processes at random, under traffic and while rules change.

    python tests/crash/plane_killer.py ROUNDS SEED

A machine sends to a port that rules open and to one that no rule opens, all the time; the receiver
says what arrives. Killed are the helper's outermost process, its first inner one, a machine, or the
server with all of them. What arrives at the closed port is counted, and the seconds until a new
session passes afterwards.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import pytest
from tests.unit.netplane.networks import (
    SLOW,
    Talk,
    answer,
    desired,
    pair,
    rule,
    running_plane,
    serve,
)
from tests.unit.netplane.test_plane import BOTH, open_udp

REFUSED = 3
SERVER = Path(__file__).with_name("plane_server.py")
ARRIVALS = """
import select, socket
doors = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for port, door in enumerate(doors, 8000):
    door.bind(("0.0.0.0", port))
print("ready", flush=True)
first = True
while True:
    for door in select.select(doors, [], [])[0]:
        door.recv(100)
        if door is doors[1] or first:
            print("allowed" if door is doors[0] else "forbidden", flush=True)
            first = False
"""


def network(turn):
    return pair(open_udp(8000), rule(1, 80), rule(50 + turn % 40, 100 + turn % 40))


def children(pid):
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def play(plane, draw):
    """Let traffic pass, change rules, and kill; returns what arrived."""
    plane.apply(desired(network(0), 1, 2))
    stopped = threading.Event()

    def change():
        with suppress(OSError):
            for turn in range(1, 1000):
                if stopped.is_set():
                    return
                plane.apply(desired(network(turn), 1, 2))

    with Talk(plane, "i-2", ARRIVALS) as seen:
        assert seen.hear() == "ready"
        both = Talk(plane, "i-1", BOTH)
        assert both.hear() == "ready"
        assert seen.hear() == "allowed"
        changing = threading.Thread(target=change)
        changing.start()
        time.sleep(draw.uniform(0.0, 0.3))
        outer = plane._helper.pid
        inner = children(outer)[0]
        victims = [outer, inner, *children(inner)]
        with suppress(ProcessLookupError):
            os.kill(draw.choice(victims), signal.SIGKILL)
        time.sleep(draw.uniform(0.0, 0.1))
        stopped.set()
        changing.join()
        # All processes end, so that the pipe does.
        plane.stop()
        both.close()
        return seen._read.read().split()


class Served:
    """A server of its own, whose machines end with it."""

    def __init__(self):
        command = [sys.executable, str(SERVER)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.told = []
        while "connected" not in self.told:
            line = self.process.stdout.readline()
            assert line, self.told
            self.told.append(line.strip())

    def kill(self):
        """Kill the server; returns what arrived, once all that its receiver was in has ended."""
        self.process.kill()
        self.process.wait()
        # The receiver holds the pipe, so that it ends with the machine.
        with self.process.stdout as pipe:
            return self.told + pipe.read().split()


def kill_servers(rounds, draw):
    """Kill one server after the other; returns what arrived, and the slowest start."""
    arrived, slowest = [], 0.0
    for _ in range(rounds):
        start = time.monotonic()
        server = Served()
        slowest = max(slowest, time.monotonic() - start)
        time.sleep(draw.uniform(0.0, 0.3))
        arrived += server.kill()
    return arrived, slowest


def main(rounds, seed):
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    forbidden, slowest = 0, 0.0
    with running_plane() as plane:
        for _ in range(rounds):
            forbidden += play(plane, draw).count("forbidden")
            start = time.monotonic()
            plane.start()
            plane.apply(desired(network(0), 1, 2))
            with serve(plane, "i-2", 80):
                assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "connected"
            slowest = max(slowest, time.monotonic() - start)
    arrived, start = kill_servers(rounds, draw)
    forbidden += arrived.count("forbidden")
    print(
        f"{rounds} kills and {rounds} of the server, {forbidden} forbidden packets, {slowest:.1f} s"
        f" to a new session, {start:.1f} s from a server's start"
    )
    return int(forbidden > 0)


if __name__ == "__main__":
    try:
        sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
    except pytest.skip.Exception as refused:
        print(refused)
        sys.exit(REFUSED)
