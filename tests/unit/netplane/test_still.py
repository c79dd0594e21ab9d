"""Copies of disks of machines that run: of one moment, while sessions and rules go on."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.netplane.lasting import ROOT
from tests.unit.netplane.networks import (
    SLOW,
    answer,
    connect,
    desired,
    pair,
    rule,
    running_plane,
    serve,
)
from tests.unit.netplane.test_ends import family
from tests.waiting import wait_until

from juyong.api.plane import PlaneUnavailable
from juyong.netplane import taker
from juyong.netplane.desired import Desired, MachineDisk, NotTaken, TreeAsked
from juyong.netplane.plane import UNHELD, NetworkPlane
from juyong.netplane.trees import TreeName

DISKS = (
    MachineDisk(id="d-1", base="one"),
    MachineDisk(id="d-2", base="two", at="/mnt/xvdb"),
)
ASKED = {f"s-{disk.id}": TreeAsked("i-1", TreeName(disk.id, disk.base)) for disk in DISKS}
COUNTER = """
import os
one, two = (open(place, "ab", 0) for place in ("/root/count", "/mnt/xvdb/count"))
number = 0
while True:
    number += 1
    for file in (one, two):
        file.write(b"%d\\n" % number)
        os.fsync(file.fileno())
"""
FORKING = """
import subprocess, threading, time
for _ in range(3):
    threading.Thread(target=time.sleep, args=(1000,)).start()
while True:
    subprocess.run(["true"])
"""
TRACED = """
import ctypes, os, time
if os.fork():
    time.sleep(1000)
ctypes.CDLL(None).ptrace(0, 0, 0, 0)
open("/run/traced", "w").close()
while True:
    time.sleep(0.01)
"""


REFUSED = """
import ctypes, sys
from pathlib import Path
from juyong.base import linux
from tests.unit.netplane.test_still import *
number = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
steps = (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)
linux.prctl(38, 1)
linux.prctl(22, 2, ctypes.byref(linux.Filter.of(steps)))
plane = NetworkPlane(Path(sys.argv[1]), window_s=0)
try:
    plane.start()
    counting(plane, Path(sys.argv[1]))
    print(plane.remark())
    with copies_of(plane).copies(ASKED):
        pass
except OSError as failure:
    print(failure)
finally:
    plane.stop()
"""


@pytest.fixture(params=["lasting", "ending"])
def plane(tmp_path: Path, request: Any) -> Iterator[NetworkPlane]:
    """A plane of root, and one in the form of an ordinary user."""
    made = NetworkPlane(tmp_path, window_s=0)
    if request.param == "ending":
        made._room = None
    elif os.geteuid():
        pytest.skip("machines outlive the helper as root alone")
    try:
        made.start()
    except PlaneUnavailable as refused:
        pytest.skip(str(refused))
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have machines stand for longer, so that tests see that on a busy machine, too."""
    monkeypatch.setattr(taker, "STOP_SECONDS", 4.0)
    monkeypatch.setattr(taker, "MOST_SECONDS", 20.0)


def wanted(*ports: int) -> Desired:
    found = desired(pair(*(rule(each, each) for each in ports)), 1, 2)
    first, second = found.machines
    return replace(found, machines=(replace(first, disks=DISKS), second))


def settle(plane: NetworkPlane, state: Desired) -> None:
    plane.apply(state)

    def is_settled() -> bool:
        plane.events()
        return not plane.settling()

    wait_until(is_settled)


def begin(plane: NetworkPlane, program: str) -> None:
    """Begin a program that no command waits for."""
    line = 'setsid python3 -c "$0" </dev/null >/dev/null 2>&1 &'
    assert plane.run("i-1", ["sh", "-c", line, program]).code == 0


def copies_of(plane: NetworkPlane) -> taker.Taker:
    assert plane._disks is not None
    return plane._disks.taker


def last_of(path: Path) -> int:
    return int(path.read_bytes().split(b"\n")[-2])


def seen(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def counts(folder: Path) -> int:
    """How often the counter of the machine has counted, as the host sees its disk."""
    return last_of(folder / "disks/d-1.one/root/count")


def rooms(folder: Path) -> list[Path]:
    return list((folder / "disks").glob(".copies-*"))


def counting(plane: NetworkPlane, folder: Path) -> None:
    settle(plane, wanted(80))
    begin(plane, COUNTER)
    wait_until(lambda: seen(folder / "disks/d-2.two/data/count"))


def goes_on(folder: Path) -> None:
    before = counts(folder)
    wait_until(lambda: counts(folder) > before)


def test_disks_are_copied_as_they_are_at_one_moment(plane: NetworkPlane, tmp_path: Path) -> None:
    counting(plane, tmp_path)
    begin(plane, FORKING)
    differences, numbers = set(), []
    for _ in range(30):
        with copies_of(plane).copies(ASKED) as copies:
            one = last_of(copies["s-d-1"] / "root/count")
            two = last_of(copies["s-d-2"] / "data/count")
        differences.add(one - two)
        numbers.append(one)
        goes_on(tmp_path)
    assert differences <= {0, 1}
    assert numbers == sorted(set(numbers))
    assert rooms(tmp_path) == []


def test_a_session_goes_on_and_a_stopped_process_stays_stopped(
    plane: NetworkPlane, tmp_path: Path
) -> None:
    counting(plane, tmp_path)
    line = "sh -c 'kill -STOP $$; touch /run/continued' >/dev/null 2>&1 & echo $! >/run/stopped"
    assert plane.run("i-1", ["sh", "-c", f"setsid {line}"]).code == 0
    state = ["sh", "-c", "cut -d' ' -f3 /proc/$(cat /run/stopped)/stat; ls /run"]
    wait_until(lambda: plane.run("i-1", state).output.startswith(b"T"))
    with serve(plane, "i-2", 80), connect(plane, "i-1", "10.0.1.2", 80) as client:
        assert client.hear() == "connected"
        assert client.ask("before") == "before"
        with copies_of(plane).copies(ASKED):
            pass
        assert client.ask("after") == "after"
    told = plane.run("i-1", state).output.decode().split()
    assert told[0] == "T"
    assert "continued" not in told


class Taking(threading.Thread):
    """A thread that takes copies, and what became of them."""

    def __init__(self, plane: NetworkPlane) -> None:
        super().__init__()
        self.plane = plane
        self.failure: OSError | None = None

    def run(self) -> None:
        try:
            with copies_of(self.plane).copies(ASKED):
                pass
        except OSError as failure:
            self.failure = failure


def tracers() -> dict[int, int]:
    """The tracer of each process of the host that has one."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            words = dict(line.split(":\t", 1) for line in status.read_text().splitlines()[:9])
        except (OSError, ValueError):
            continue
        if int(words.get("TracerPid", "0")):
            found[int(status.parent.name)] = int(words["TracerPid"])
    return found


def holder_of(plane: NetworkPlane) -> int:
    """The process of a plane's helper that holds machines still, 0 while there is none.

    A process of a machine that traces another one has that one alone.
    """
    assert plane._helper is not None
    own = set(family(plane._helper.pid))
    several = [each for each, count in Counter(tracers().values()).items() if count > 1]
    return next((each for each in several if each in own), 0)


def held(plane: NetworkPlane, folder: Path) -> tuple[Taking, int]:
    """Have a machine stand for seconds; returns the thread, and the process that holds it.

    A process that another one of the machine traces cannot be held: the others are until the time
    for that is over.
    """
    counting(plane, folder)
    begin(plane, TRACED)
    wait_until(lambda: plane.run("i-1", ["test", "-e", "/run/traced"]).code == 0)
    taking = Taking(plane)
    taking.start()
    seen: set[int] = set()

    def is_held() -> bool:
        seen.update({holder_of(plane)} - {0})
        return bool(seen)

    wait_until(is_held)
    return taking, seen.pop()


def test_what_cannot_be_held_fails_the_copies_and_rules_bite_meanwhile(
    plane: NetworkPlane, tmp_path: Path
) -> None:
    settle(plane, wanted())
    taking, holder = held(plane, tmp_path)
    before = counts(tmp_path)
    assert answer(plane, "i-2", "10.0.1.1", 80, SLOW) == "refused"
    plane.apply(wanted(81))
    assert answer(plane, "i-2", "10.0.1.1", 80) == "no answer"
    assert counts(tmp_path) == before
    assert taking.is_alive()
    # A command begins once the machine goes on.
    assert plane.run("i-1", ["true"]).code == 0
    assert holder not in tracers().values()
    taking.join()
    assert "processes that do not stop: 1" in str(taking.failure)
    goes_on(tmp_path)
    assert rooms(tmp_path) == []


def test_a_machine_that_is_held_ends_at_once(plane: NetworkPlane, tmp_path: Path) -> None:
    taking, holder = held(plane, tmp_path)
    plane.apply(desired(pair(rule(80, 80)), 2))
    assert holder not in tracers().values()
    taking.join()
    assert isinstance(taking.failure, NotTaken)
    assert rooms(tmp_path) == []
    settle(plane, wanted(80))
    with copies_of(plane).copies(ASKED) as copies:
        assert seen(copies["s-d-1"] / "root/count")


def test_a_machine_goes_on_when_the_holder_is_killed(plane: NetworkPlane, tmp_path: Path) -> None:
    taking, holder = held(plane, tmp_path)
    os.kill(holder, signal.SIGKILL)
    taking.join()
    assert isinstance(taking.failure, NotTaken)
    goes_on(tmp_path)
    assert rooms(tmp_path) == []
    assert plane.run("i-1", ["true"]).code == 0


def test_a_machine_goes_on_when_the_helper_is_killed(plane: NetworkPlane, tmp_path: Path) -> None:
    taking, holder = held(plane, tmp_path)
    assert plane._helper is not None
    os.kill(plane._helper.pid, signal.SIGKILL)
    taking.join()
    assert isinstance(taking.failure, NotTaken)
    wait_until(lambda: holder not in tracers().values())
    is_lasting = plane._room is not None
    if is_lasting:
        goes_on(tmp_path)
    assert rooms(tmp_path) == []
    plane.leave()
    plane.start()
    settle(plane, wanted(80))
    assert plane.run("i-1", ["true"]).code == 0
    if is_lasting:
        goes_on(tmp_path)


def test_copies_that_take_too_long_fail(
    plane: NetworkPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting(plane, tmp_path)
    monkeypatch.setattr(taker, "MOST_SECONDS", 0.000_01)
    with (
        pytest.raises(OSError, match="not done within the 1e-05 s that an instance may stand"),
        copies_of(plane).copies(ASKED),
    ):
        pass
    goes_on(tmp_path)
    assert rooms(tmp_path) == []


def test_copies_that_a_killed_server_left_go_at_the_next_start(
    plane: NetworkPlane, tmp_path: Path
) -> None:
    settle(plane, wanted())
    with copies_of(plane).copies(ASKED):
        assert "that snapshots are taken of and that are not sealed yet: 2" in plane.remark()
        (left,) = rooms(tmp_path)
        other = tmp_path / "disks/.copies-left"
        (other / "s-1").mkdir(parents=True)
        plane.leave()
        plane.start()
        # A room that a thread of the server still seals stays.
        assert rooms(tmp_path) == [left]
    assert rooms(tmp_path) == []


def test_where_the_system_lets_no_process_be_traced_the_plane_says_so(tmp_path: Path) -> None:
    with running_plane() as plane:
        assert UNHELD not in plane.remark()
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    remark, failure = done.stdout.splitlines()
    assert f"{UNHELD}: Operation not permitted" in remark
    assert failure.startswith("processes that do not stop: ")
