"""As root, machines and sessions outlive a killed server, and nothing outlives its end."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.netplane.lasting import (
    ROOT,
    goes_on,
    guests,
    killed_server,
    lasting_plane,
    room_of,
    talking,
    told,
    two,
)
from tests.unit.netplane.networks import SLOW, answer, desired, joined, machine, pair, rule, vpc
from tests.unit.netplane.test_ends import family, gone
from tests.waiting import wait_until

from juyong.base import linux
from juyong.netplane import messages as m
from juyong.netplane.desired import Desired
from juyong.netplane.helper import bounds
from juyong.netplane.keeping import ROOM
from juyong.netplane.plane import UNBOUNDED, NetworkPlane
from juyong.netplane.room import Room


def mounts():
    """The places at which the system keeps namespaces of homes."""
    text = Path("/proc/self/mountinfo").read_text()
    return {line.split(" ")[4] for line in text.splitlines() if f" {ROOM}/" in line}


def left_of(folder):
    """All that a home has in the system: mounts, records and living machines."""
    room = room_of(folder)
    return {
        *(each for each in mounts() if each.startswith(f"{room}/")),
        *(room.glob("*") if room.exists() else ()),
    }


def groups_of(room):
    """The control groups that a home has."""
    places = (each.place / f"{bounds.BEGIN}{room.name}" for each in bounds.hierarchies())
    return [place for place in places if place.exists()]


def test_a_session_goes_on_when_the_server_is_killed_and_another_one_starts(tmp_path):
    helper = killed_server(tmp_path)
    wait_until(lambda: gone([helper]))
    before = guests(tmp_path)
    assert before.keys() == {"i-1", "i-2"}
    with lasting_plane(tmp_path) as plane:
        plane.apply(two(80))
        assert guests(tmp_path) == before
        assert goes_on(plane)
        assert answer(plane, "i-1", "10.0.1.2", 81) == "no answer"
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "connected"
    assert left_of(tmp_path) == set()
    assert groups_of(room_of(tmp_path)) == []
    wait_until(lambda: gone(before.values()))


@pytest.mark.parametrize("which", [0, 1])
def test_a_session_goes_on_when_the_helper_is_killed(tmp_path, which):
    with lasting_plane(tmp_path) as plane:
        talking(plane)
        os.kill(family(plane._helper.pid)[which], signal.SIGKILL)
        wait_until(lambda: not plane.alive())
        plane.leave()
        plane.start()
        plane.apply(two(80))
        assert goes_on(plane)
        assert plane.events() == []


def test_a_session_that_is_forbidden_meanwhile_is_cut(tmp_path):
    killed_server(tmp_path, seconds=2)
    with lasting_plane(tmp_path) as plane:
        plane.apply(two(81))
        # The program gives up when no word comes back for two seconds.
        wait_until(lambda: told(plane) < 0)
        assert answer(plane, "i-1", "10.0.1.2", 80) == "no answer"


def test_machines_and_networks_that_nothing_wants_any_more_end(tmp_path):
    killed_server(tmp_path)
    before = guests(tmp_path)
    with lasting_plane(tmp_path) as plane:
        only_one = desired(pair(rule(80, 80)), 1)
        plane.apply(only_one)
        assert guests(tmp_path) == {"i-1": before["i-1"]}
        plane.apply(Desired())
        assert {each.name for each in left_of(tmp_path) if isinstance(each, Path)} == {
            *("home", "lock", "net-0", "note", "user")
        }


def test_a_machine_that_ended_or_is_wanted_otherwise_starts_anew(tmp_path):
    killed_server(tmp_path)
    before = guests(tmp_path)
    os.kill(before["i-1"], signal.SIGKILL)
    with lasting_plane(tmp_path) as plane:
        machines = (machine(1), machine(2, boot=1))
        plane.apply(Desired(network=pair(rule(80, 80)), machines=machines))
        assert not set(guests(tmp_path).values()) & set(before.values())
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "refused"


def test_a_machine_that_was_being_made_when_the_server_was_killed_is_made_anew(tmp_path):
    with lasting_plane(tmp_path) as plane:
        plane.apply(two(80))
        asked = plane._helper.ask

        def die(request, descriptors=()):
            if isinstance(request, m.Apply) and any(
                isinstance(step, m.AddLink) for step in request.steps
            ):
                steps = [each for each in request.steps if not isinstance(each, m.Release)]
                asked(m.Apply(number=request.number, steps=tuple(steps)))
                os.kill(plane._helper.pid, signal.SIGKILL)
                assert plane._helper.ended.wait(SLOW)
            return asked(request, descriptors)

        plane._helper.ask = die
        three = pair(rule(80, 80), addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3"))
        with pytest.raises(OSError, match=r"."):
            plane.apply(desired(three, 1, 2, 3))
        plane.leave()
        plane.start()
        before = guests(tmp_path)
        assert before.keys() == {"i-1", "i-2"}
        plane.apply(desired(three, 1, 2, 3))
        assert guests(tmp_path).items() > before.items()
        assert answer(plane, "i-3", "10.0.1.2", 80, SLOW) == "refused"


def test_a_network_that_was_being_made_is_removed_or_made_anew(tmp_path):
    with lasting_plane(tmp_path) as plane:
        plane.apply(two(80))
        helper = plane._helper
        helper.ask(m.Apply(number=helper.number(), steps=(m.AddRouter(router=9),)))
        os.kill(helper.pid, signal.SIGKILL)
        plane.leave()
        assert str(room_of(tmp_path) / "net-9") in mounts()
        plane.start()
        plane.apply(two(80))
        assert str(room_of(tmp_path) / "net-9") not in mounts()


def test_a_helper_that_refuses_a_step_leaves_nothing(tmp_path):
    with lasting_plane(tmp_path) as plane:
        plane.apply(two(80))
        before = guests(tmp_path)
        helper = plane._helper
        taken = tuple(m.AddRouter(router=number) for number in range(2, 20))
        helper.ask(m.Apply(number=helper.number(), steps=taken))
        network = joined(*(vpc(name) for name in "bcd"))
        with pytest.raises(m.NotDone):
            plane.apply(desired(network))
        plane.leave()
        wait_until(lambda: gone(before.values()))
        assert left_of(tmp_path) == set()


def test_homes_at_once_do_not_meet(tmp_path):
    one, other, copy = (tmp_path / name for name in ("one", "other", "copy"))
    one.mkdir()
    other.mkdir()
    killed_server(one)
    kept = guests(one)
    shutil.copytree(one, copy, ignore=shutil.ignore_patterns("door"))
    for folder in (other, copy):
        with lasting_plane(folder) as plane:
            assert plane._helper.found is None
            plane.apply(two(80))
            assert room_of(folder) != room_of(one)
            assert not set(guests(folder).values()) & set(kept.values())
    with lasting_plane(one) as plane:
        plane.apply(two(80))
        assert guests(one) == kept
        assert goes_on(plane)
        assert not Room(one).is_left()
        with pytest.raises(OSError, match="another process has the folder"):
            Room(one).clear()
    wait_until(lambda: gone(kept.values()))


def test_records_that_name_other_processes_and_namespaces_are_not_believed(tmp_path):
    killed_server(tmp_path)
    room = room_of(tmp_path)
    with subprocess.Popen(["sleep", "60"]) as other:
        record = (room / "machine-i-1").read_text()
        began = record.split('"pid":')[1].split(",")[0]
        (room / "machine-i-9").write_text(record.replace(f":{began},", f":{other.pid},"))
        (room / "net-77").touch()
        subprocess.run(["mount", "--bind", "/proc/self/ns/net", room / "net-77"], check=True)
        (room / "net-78").touch()
        with lasting_plane(tmp_path) as plane:
            assert plane._helper.found.machines.keys() == {"i-1", "i-2"}
            assert plane._helper.found.routers.keys() == {0, 1}
            plane.apply(two(80))
            assert goes_on(plane)
        assert other.poll() is None
        other.kill()
    assert left_of(tmp_path) == set()


@pytest.mark.parametrize("damage", ["boot", "user", "net-0"])
def test_a_room_of_which_a_part_is_in_doubt_is_emptied(tmp_path, damage):
    killed_server(tmp_path)
    before = guests(tmp_path)
    room = room_of(tmp_path)
    if damage == "boot":
        told = json.loads((room / "home").read_text())
        (room / "home").write_text(json.dumps(told | {"boot": "another life of the system"}))
    else:
        linux.unmount(str(room / damage))
    with lasting_plane(tmp_path) as plane:
        assert plane._helper.found is None
        plane.apply(two(80))
        if damage != "user":
            # Without the user namespace no process is known to be a machine.
            wait_until(lambda: gone(before.values()))
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "refused"
    assert left_of(tmp_path) == set()
    if damage == "user":
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: gone(before.values()))
        bounds.remove(f"{bounds.BEGIN}{room.name}")
    assert groups_of(room) == []


def test_a_room_that_others_may_enter_is_not_used(tmp_path):
    killed_server(tmp_path)
    room_of(tmp_path).chmod(0o755)
    plane = NetworkPlane(tmp_path)
    plane.start()
    try:
        assert plane.remark() == (
            "machines end with the server, since the system refuses: "
            f"root alone must have the folder ({room_of(tmp_path)}); {UNBOUNDED}"
        )
    finally:
        room_of(tmp_path).chmod(0o700)
        plane.stop()
    assert left_of(tmp_path) == set()


REFUSED = """
import sys
from pathlib import Path
from tests.unit.netplane.lasting import two
from juyong.netplane.plane import NetworkPlane
plane = NetworkPlane(Path(sys.argv[1]), window_s=0)
plane.start()
plane.apply(two(80))
print(plane.run("i-1", ["echo", "runs"]).output, plane.remark())
plane.stop()
"""


def test_where_the_system_refuses_machines_end_with_the_server_and_that_is_said(tmp_path):
    line = 'mount -t tmpfs -o ro none /run && exec "$0" -c "$1" "$2"'
    command = ["unshare", "-m", "sh", "-c", line, sys.executable, REFUSED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if "unshare" in done.stderr or os.geteuid():
        pytest.skip(f"as root alone: {done.stderr}")
    assert done.stdout == (
        "b'runs\\n' machines end with the server, since the system refuses: "
        f"Read-only file system ({ROOM}); {UNBOUNDED}\n"
    ), done.stderr


def test_what_a_killed_server_left_is_removed_without_a_plane(tmp_path):
    helper = killed_server(tmp_path)
    processes = [helper, *guests(tmp_path).values()]
    assert Room(tmp_path).is_left()
    Room(tmp_path).clear()
    assert left_of(tmp_path) == set()
    wait_until(lambda: gone(processes))
    assert not Room(tmp_path).is_left()
    Room(tmp_path).clear()
