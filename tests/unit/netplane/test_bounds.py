"""Machines are bounded by control groups where the system has them, and by a watch elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.isolation.world import nobody_can
from tests.unit.netplane.lasting import lasting_plane, room_of, two
from tests.unit.netplane.networks import running_plane
from tests.waiting import wait_until

from juyong.netplane.desired import MachineEnded
from juyong.netplane.helper.bounds import (
    BEGIN,
    PROCESSES,
    Bounds,
    Folder,
    Hierarchy,
    bounds_of,
    chosen,
    hierarchies,
)
from juyong.netplane.plane import UNBOUNDED

USER = 65534
MANY = """
import os, sys, time
for _ in range(6):
    if not os.fork():
        block = bytearray(os.urandom(4096) * (int(sys.argv[1]) << 8))
        time.sleep(20)
        os._exit(0)
time.sleep(20)
"""
CROWD = """
import os, time
count = 0
try:
    while count < 1000:
        if not os.fork():
            os.closerange(0, 3); time.sleep(30); os._exit(0)
        count += 1
except OSError:
    pass
print(count)
"""


def unified(place: Path, controllers: str, own: str = "/") -> Hierarchy:
    """A hierarchy of version 2 that passes controllers on."""
    (place / "cgroup.subtree_control").write_text(controllers)
    (place / "cgroup.procs").touch()
    return Hierarchy(place=place, is_unified=True, controllers=frozenset(), own=own)


def group_of(plane, machine, controller):
    """The group of a machine of a plane of root."""
    common = f"{BEGIN}{room_of(plane._folder).name}"
    for each in hierarchies():
        path = each.place / common / machine
        if path.exists() and (controller in each.controllers or each.is_unified):
            return path
    return None


def test_a_plane_says_whether_groups_bound_its_machines(tmp_path):
    with running_plane() as unbound:
        # Root's groups are those of a home alone; an ordinary user's have to be delegated.
        bounded = bool(os.geteuid() and chosen("a", hierarchies(), is_root=False).folders)
        assert unbound.remark() == ("" if bounded else UNBOUNDED)
    with lasting_plane(tmp_path) as plane:
        bounded = bool(chosen("a", hierarchies(), is_root=True).folders)
        assert plane.remark() == ("" if bounded else UNBOUNDED)


@pytest.fixture
def plane(tmp_path):
    """A plane of root whose machines have groups."""
    with lasting_plane(tmp_path) as plane:
        plane.apply(two(80))
        if group_of(plane, "i-1", "memory") is None:
            pytest.skip("the system has no control groups for memory and processes")
        yield plane


def test_all_processes_of_a_machine_are_in_its_group_and_the_group_goes(plane):
    group = group_of(plane, "i-1", "pids")
    told = plane.run("i-1", ["cat", "/proc/self/cgroup"]).output.decode()
    assert f"/{group.parent.name}/i-1" in told
    assert len((group / "cgroup.procs").read_text().split()) == 1
    assert int((group / "pids.max").read_text()) == PROCESSES
    plane.stop()
    assert not group.parent.exists()
    assert group_of(plane, "i-1", "memory") is None


def test_memory_of_all_processes_together_is_bounded_at_once(plane):
    group = group_of(plane, "i-1", "memory")
    old = group / "memory.limit_in_bytes"
    most = int((old if old.exists() else group / "memory.max").read_text())
    assert most == (1024 + 128) << 20
    other = plane.run("i-2", ["cat", "/proc/sys/kernel/random/boot_id"]).output
    plane.run("i-1", ["python3", "-c", MANY, "300"], timeout_s=4)
    peak = group / ("memory.max_usage_in_bytes" if old.exists() else "memory.peak")
    if peak.exists():
        assert int(peak.read_text()) <= most
    assert plane.run("i-2", ["cat", "/proc/sys/kernel/random/boot_id"]).output == other


def test_a_machine_with_too_many_processes_leaves_others_room(plane):
    done = plane.run("i-1", ["python3", "-c", CROWD])
    assert 200 < int(done.output) < PROCESSES
    held = int((group_of(plane, "i-1", "pids") / "pids.current").read_text())
    assert held <= PROCESSES
    assert plane.run("i-2", ["sh", "-c", "true & true & echo ok"]).output == b"ok\n"


def test_without_groups_the_watch_ends_a_machine_that_holds_too_much():
    with running_plane() as plane:
        plane.apply(two(80))
        assert BEGIN.encode() not in plane.run("i-1", ["cat", "/proc/self/cgroup"]).output
        plane.run("i-1", ["python3", "-c", MANY, "300"], timeout_s=10)
        found = []
        wait_until(lambda: found.extend(plane.events()) or found)
        assert found == [MachineEnded(machine_id="i-1")]
        assert plane.run("i-2", ["true"]).code == 0


def test_a_group_of_version_2_has_all_limits_in_one_folder(tmp_path):
    bounds = chosen("juyong-x", (unified(tmp_path, "cpu memory pids io"),), is_root=True)
    (tmp_path / "juyong-x" / "i-1").mkdir(parents=True)
    (tmp_path / "juyong-x" / "i-1" / "memory.swap.max").touch()
    bounds.begin("i-1", 77, 512)
    written = {
        str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*/*.*")
    }
    assert written == {
        "juyong-x/cgroup.subtree_control": "+cpu +memory +pids",
        "juyong-x/cpu.weight": "50",
        "juyong-x/i-1/memory.max": str((512 + 128) << 20),
        "juyong-x/i-1/memory.oom.group": "1",
        "juyong-x/i-1/memory.swap.max": "0",
        "juyong-x/i-1/pids.max": str(PROCESSES),
        "juyong-x/i-1/cgroup.procs": "77",
    }
    bounds.join("i-1")
    assert (tmp_path / "juyong-x/i-1/cgroup.procs").read_text() == "0"


@pytest.mark.parametrize(
    ("controllers", "is_root", "place"),
    [
        ("memory pids", False, "user/app"),
        ("memory", False, None),
        ("", True, None),
        ("memory pids", True, "."),
    ],
)
def test_the_group_is_the_nearest_delegated_one_or_the_top_for_root(
    tmp_path, controllers, is_root, place
):
    for name in ("user", "user/app", "user/app/here"):
        (tmp_path / name).mkdir()
    hierarchy = unified(tmp_path, controllers if is_root else "", "/user/app/here")
    unified(tmp_path / "user/app", controllers)
    bounds = chosen("juyong-x", (hierarchy,), is_root=is_root)
    expected = [] if place is None else [tmp_path / place / "juyong-x"]
    assert [each.path for each in bounds.folders] == expected


def test_hierarchies_of_version_1_are_roots_alone_and_only_together(tmp_path):
    def old(name: str) -> Hierarchy:
        kinds = frozenset({name})
        return Hierarchy(place=tmp_path / name, is_unified=False, controllers=kinds, own="/")

    known = tuple(map(old, ("cpu", "memory", "pids")))
    assert len(chosen("juyong-x", known, is_root=True).folders) == 3
    assert chosen("juyong-x", known, is_root=False).folders == ()
    assert chosen("juyong-x", known[:2], is_root=True).folders == ()


def test_groups_of_helpers_that_were_killed_go_and_those_of_living_ones_stay(tmp_path):
    gone = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    dead, living, room = (
        tmp_path / f"{BEGIN}{each}" for each in (gone.stdout.strip(), os.getpid(), "0123ab")
    )
    for each in (dead, living, room):
        (each / "i-1").mkdir(parents=True)
    bounds = Bounds((Folder(path=living, controllers=frozenset({"memory", "pids"})),))
    bounds.sweep_left()
    assert [each.exists() for each in (dead, living, room)] == [False, True, True]
    bounds.close()
    assert [each.exists() for each in (living, room)] == [False, True]
    bounds.close()


DELEGATED = """
import os, sys, time
from pathlib import Path
from tests.unit.netplane.networks import running_plane
from tests.unit.netplane.lasting import two
from tests.unit.netplane.test_bounds import CROWD, MANY
group, user = Path(sys.argv[1]), int(sys.argv[2])
(group / "here" / "cgroup.procs").write_text("0")
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
with running_plane() as plane:
    plane.apply(two(80))
    (common,) = group.glob("juyong-*")
    limits = [(common / "i-1" / name).read_text().strip() for name in ("memory.max", "pids.max")]
    crowd = int(plane.run("i-1", ["python3", "-c", CROWD]).output)
    plane.run("i-2", ["python3", "-c", MANY, "300"], timeout_s=10)
    deadline = time.monotonic() + 30
    while not (ended := plane.events()) and time.monotonic() < deadline:
        time.sleep(0.05)
    print(*limits, crowd, *(each.machine_id for each in ended))
print(*(each.name for each in group.glob("juyong-*")))
"""


@pytest.fixture
def delegated():
    """A group of version 2 that root has given to an ordinary user, with a group for processes."""
    places = [each.place for each in hierarchies() if each.is_unified]
    if os.geteuid() or not places:
        pytest.skip("only root delegates a group, and of version 2")
    if not {"memory", "pids"} <= set((places[0] / "cgroup.controllers").read_text().split()):
        pytest.skip("memory and processes are bounded by hierarchies of version 1 here")
    (places[0] / "cgroup.subtree_control").write_text("+memory +pids")
    group = places[0] / f"test-of-juyong-{os.getpid()}"
    try:
        (group / "here").mkdir(parents=True)
        (group / "cgroup.subtree_control").write_text("+memory +pids")
        names = ("", "cgroup.procs", "cgroup.subtree_control", "here", "here/cgroup.procs")
        for name in names:
            os.chown(group / name, USER, USER)
        yield group
    finally:
        Bounds((Folder(path=group, controllers=frozenset()),)).close()


def test_a_group_that_is_delegated_to_an_ordinary_user_bounds_machines(delegated):
    if not nobody_can():
        pytest.skip("an ordinary user cannot read the interpreter")
    done = subprocess.run(
        [sys.executable, "-B", "-c", DELEGATED, str(delegated), str(USER)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    first, last = done.stdout.splitlines()
    memory, pids, crowd, *ended = first.split()
    assert (int(memory), int(pids)) == ((1024 + 128) << 20, PROCESSES)
    assert 200 < int(crowd) < PROCESSES
    assert ended == ["i-2"]
    assert last == ""


def test_groups_that_the_system_refuses_are_not_used(monkeypatch, tmp_path):
    folder = Folder(path=tmp_path / "no" / "place", controllers=frozenset({"memory", "pids"}))
    monkeypatch.setattr("juyong.netplane.helper.bounds.chosen", lambda *_, **__: Bounds((folder,)))
    assert bounds_of("juyong-x", is_root=os.geteuid() == 0).folders == ()
