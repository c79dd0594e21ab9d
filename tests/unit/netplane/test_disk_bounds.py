"""Disks of machines hold what their size says, also of machines that run."""

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec.structs import replace
from tests.unit.netplane.networks import desired, pair
from tests.waiting import wait_until

from juyong.api.plane import PlaneUnavailable
from juyong.base import linux
from juyong.netplane.desired import Desired, MachineDisk
from juyong.netplane.helper import disks
from juyong.netplane.plane import NetworkPlane

USER, OTHER_USER = 64001, 64002
FILL = "head -c {mb}M /dev/zero > {place}/full; sync; sleep 30"


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[NetworkPlane]:
    made = NetworkPlane(tmp_path)
    try:
        made.start()
    except PlaneUnavailable as refused:
        pytest.skip(str(refused))
    yield made
    made.stop()


def with_disks(*disks: MachineDisk) -> Desired:
    found = desired(pair(), 1)
    (machine,) = found.machines
    return replace(found, machines=(replace(machine, disks=disks),))


def settle(plane: NetworkPlane, wanted: Desired) -> None:
    plane.apply(wanted)

    def is_settled() -> bool:
        plane.events()
        return not plane.settling()

    wait_until(is_settled, 30)


def is_killed(plane: NetworkPlane, place: str, mb: int) -> bool:
    """Tell whether a command that fills a disk is killed."""
    done = plane.run("i-1", ["sh", "-c", FILL.format(mb=mb, place=place)], timeout_s=3)
    plane.run("i-1", ["rm", "-f", f"{place}/full"])
    return done.code == 137 and not done.timed_out


def test_a_disk_grows_while_its_machine_runs(plane: NetworkPlane) -> None:
    system = MachineDisk(id="d-1", base="one", most_mb=20)
    settle(plane, with_disks(system))
    assert not is_killed(plane, "/root", 10)
    # Two files, since none is longer than the disk.
    plane.run("i-1", ["sh", "-c", "head -c 15M /dev/zero > /root/first"])
    assert is_killed(plane, "/root", 15)
    settle(plane, with_disks(replace(system, most_mb=100)))
    assert not is_killed(plane, "/root", 60)


@pytest.mark.skipif(os.geteuid() != 0, reason="machines outlive the helper as root alone")
def test_a_disk_grows_while_its_machine_runs_on_under_another_helper(plane: NetworkPlane) -> None:
    if "machines end with the server" in plane.remark():
        pytest.skip(plane.remark())
    system = MachineDisk(id="d-1", base="one", most_mb=20)
    settle(plane, with_disks(system))
    plane.run("i-1", ["sh", "-c", "head -c 15M /dev/zero > /root/first; touch /run/born"])
    assert plane._helper is not None
    os.kill(plane._helper.pid, signal.SIGKILL)
    wait_until(lambda: not plane.alive())
    plane.leave()
    plane.start()
    settle(plane, with_disks(system))
    assert plane.run("i-1", ["ls", "/run/born", "/root/first"]).code == 0, "the machine runs on"
    assert is_killed(plane, "/root", 15)
    settle(plane, with_disks(replace(system, most_mb=100)))
    assert not is_killed(plane, "/root", 60)


def test_a_disk_that_is_attached_counts(plane: NetworkPlane) -> None:
    system = MachineDisk(id="d-1", base="one", most_mb=20)
    data = MachineDisk(id="d-2", base="one", most_mb=20, at="/mnt/xvdb")
    settle(plane, with_disks(system, data))
    settle(plane, with_disks(system))
    settle(plane, with_disks(system, data))
    plane.run("i-1", ["sh", "-c", "for n in 1 2; do head -c 19M /dev/zero > /mnt/xvdb/$n; done"])
    assert is_killed(plane, "/mnt/xvdb", 10)


def test_a_watch_over_disks_goes_on_when_all_that_it_would_kill_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[int] = []

    def kill(process: int, _number: int) -> None:
        killed.append(process)
        raise ProcessLookupError

    bound = disks.Bound()
    bound.set(1)
    watch = disks.Watch(bound)
    monkeypatch.setattr(watch, "_used", lambda _most: 2 << 20)
    monkeypatch.setattr(os, "kill", kill)
    watch.look()
    assert killed == [-1]


def test_a_look_that_others_held_up_puts_off_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, processor, looks = [0.0], [0.0], []
    bound = disks.Bound()
    bound.set(1)
    watch = disks.Watch(bound)

    def used(_most: int) -> int:
        looks.append(wall[0])
        wall[0] += 10
        processor[0] += 0.1
        return 0

    monkeypatch.setattr(watch, "_used", used)
    monkeypatch.setattr(disks.time, "monotonic", lambda: wall[0])
    monkeypatch.setattr(disks.time, "process_time", lambda: processor[0])
    for at in (0, 14, 15):
        wall[0] = at
        watch.look()
    assert looks == [0, 15]


def be_first_process() -> NoReturn:
    """Kill all others of a namespace of process ids, of which one has another owner."""
    # SECURITY: in any other namespace, all of the system's processes would be killed.
    if os.getpid() != 1:
        os._exit(errno.EXDEV)
    ready, say = os.pipe()
    other = os.fork()
    if other == 0:
        os.setresuid(OTHER_USER, OTHER_USER, OTHER_USER)
        os.write(say, b"r")
        while True:
            signal.pause()
    os.read(ready, 1)
    os.setresuid(USER, USER, USER)
    try:
        os.kill(-1, signal.SIGKILL)
    except OSError as told:
        os._exit(told.errno or errno.EIO)
    try:
        os.kill(other, 0)
    except PermissionError:
        os._exit(0)
    os._exit(errno.ECHILD)


@pytest.mark.skipif(os.geteuid() != 0, reason="two owners of processes need root")
def test_a_process_of_another_owner_is_passed_over_and_is_no_error() -> None:
    between = os.fork()
    if between == 0:
        linux.unshare(linux.NEWPID)
        first = os.fork()
        if first == 0:
            be_first_process()
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))
    assert os.waitstatus_to_exitcode(os.waitpid(between, 0)[1]) == 0
