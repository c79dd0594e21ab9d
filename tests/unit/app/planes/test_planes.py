"""Planes: a commit wakes them, they come back after a crash, and one server runs them."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.local import Caller, Local, local_platform
from tests.unit.app.planes.lamps import Lamps, Lit
from tests.waiting import wait_until

from juyong.api.bench import Bench
from juyong.api.plane import PlaneState
from juyong.app.planes.lives import Pace
from juyong.app.planes.planes import Planes
from juyong.app.state import backup, reset, restore
from juyong.app.state.state import state_of as state_of_platform
from juyong.gateway.metrics import rendered
from juyong.store.errors import Unavailable
from juyong.store.inventory_reads import head

PACE = Pace(look=0.05, first=0.01, longest=0.02, sound=600)
SLOW = Pace(look=600, first=0.01, longest=0.02, sound=600)
"""Nothing happens by itself: only a ring or a knock has the supervisor look."""


@pytest.fixture
def house() -> Lamps:
    return Lamps()


def planes_of(house: Lamps, local: Local, folder: Path, **how: Any) -> Planes:
    running = local.running
    bench = Bench(
        call=running.store.call, clock=local.clock, platform=running.pipeline.platform, job="plane"
    )
    how.setdefault("pace", PACE)
    return Planes(lambda: (house.spec,), folder, running.store, lambda _: bench, **how)


@contextmanager
def supervised(planes: Planes, state: PlaneState = PlaneState.RUNNING) -> Iterator[Planes]:
    """Run planes until the block ends; it begins when the lamps are in a state."""
    planes.start()
    try:
        wait_until(lambda: state_of(planes) is state)
        yield planes
    finally:
        planes.stop()


def state_of(planes: Planes) -> PlaneState | None:
    found = planes.health().get("lamps")
    return None if found is None else found.state


def position(local: Local) -> int:
    return local.running.store.look(head)


def in_force(planes: Planes, local: Local) -> bool:
    return planes.applied(position(local), 30)


def test_a_commit_wakes_the_plane(house: Lamps, local: Local, call: Caller, tmp_path: Path) -> None:
    with supervised(planes_of(house, local, tmp_path / "planes", pace=SLOW)) as planes:
        call("Ram", "CreateGroup", GroupName="woken")
        assert in_force(planes, local)
        assert "woken" in house.applied[-1].names
        assert b"woken" in house.lit.read_bytes()
        call("Ram", "DeleteGroup", GroupName="woken")
        assert in_force(planes, local)
        assert "woken" not in house.applied[-1].names
        local.runner.run(planes.until_applied(position(local)))


def test_other_types_move_the_position_and_read_nothing(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path, pace=SLOW)) as planes:
        reads = house.reads
        call("Ram", "CreateUser", UserName="alice")
        assert in_force(planes, local)
        assert (house.reads, len(house.applied)) == (reads, 1)


def test_commits_during_an_apply_lead_to_one_more(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path, pace=SLOW)) as planes:
        house.gate.clear()
        house.applying.clear()
        call("Ram", "CreateGroup", GroupName="one")
        assert house.applying.wait(30)
        for name in ("two", "three", "four"):
            call("Ram", "CreateGroup", GroupName=name)
        assert not planes.applied(position(local), 0)
        house.gate.set()
        assert in_force(planes, local)
        assert len(house.applied) == 3
        assert {"one", "two", "three", "four"} <= set(house.applied[-1].names)


_ELSEWHERE = """
import asyncio, sys
from pathlib import Path
from tests.local import Caller, Local, local_platform
from tests.platforms import Clock
from juyong.app.platform import open_platform
from juyong.app.settings import load_settings
home = Path(sys.argv[1])
running = open_platform(home, settings=load_settings(home / "juyong.toml"))
with asyncio.Runner() as runner:
    Caller(Local(running, Clock(), runner), None, *sys.argv[2:])(
        "Ram", "CreateGroup", GroupName="from-elsewhere"
    )
running.close()
"""


def test_a_commit_of_another_process_wakes_the_plane(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path, pace=SLOW)):
        running = local.running
        command = [sys.executable, "-c", _ELSEWHERE, str(running.home.path)]
        subprocess.run(
            [*command, call.access_key_id, call.secret],
            check=True,
            env={**os.environ, "JUYONG_DATABASE": running.settings.database},
        )
        wait_until(lambda: "from-elsewhere" in house.applied[-1].names)


def test_a_state_that_is_put_back_is_applied(house: Lamps, tmp_path: Path) -> None:
    with local_platform(tmp_path / "home") as local:
        state = state_of_platform(local.running)
        caller = local.administrator(local.new_account())
        with supervised(planes_of(house, local, tmp_path / "planes", pace=SLOW)) as planes:
            caller("Ram", "CreateGroup", GroupName="before")
            backup(state, tmp_path / "archive")
            caller("Ram", "DeleteGroup", GroupName="before")
            assert in_force(planes, local)
            assert house.applied[-1] == Lit(())
            restore(state, tmp_path / "archive")
            wait_until(lambda: house.applied[-1] == Lit(("before",)))
            reset(state)
            wait_until(lambda: house.applied[-1] == Lit(()))


def test_a_killed_plane_comes_back_with_its_state(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path)) as planes:
        call("Ram", "CreateGroup", GroupName="kept")
        assert in_force(planes, local)
        first, before = house.child, house.applied[-1]
        house.kill()
        wait_until(lambda: house.child is not first and state_of(planes) is PlaneState.RUNNING)
        assert house.applied[-1] == before
        assert planes.health()["lamps"].restarts == 1
        # The next life may take over what the killed one left.
        assert (house.left, house.stops) == (1, 0)
    assert (house.left, house.stops) == (1, 1)


def test_a_remark_is_shown_of_a_plane_that_runs(house: Lamps, local: Local, tmp_path: Path) -> None:
    house.remark = "half as bright"
    with supervised(planes_of(house, local, tmp_path)) as planes:
        assert str(planes.health()["lamps"]) == "running (half as bright)"


def test_what_a_killed_server_left_is_stopped_where_no_plane_is_needed(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    house.is_left = house.needs_none = True
    house.pending.append("last")
    with supervised(planes_of(house, local, tmp_path), PlaneState.IDLE):
        assert (house.starts, house.stops) == (0, 1)
        assert house.taken == [["last"]]
    off = planes_of(house, local, tmp_path, off=("lamps",))
    house.is_left = True
    with supervised(off, PlaneState.NONE):
        wait_until(lambda: house.stops == 2)


def test_what_a_killed_server_left_is_stopped_by_one_that_stops_before_its_turn(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    house.is_left = True
    with supervised(planes_of(Lamps(), local, tmp_path)):
        with supervised(planes_of(house, local, tmp_path), PlaneState.STOPPED):
            # The server that has the turn may be about to take over what is there.
            assert house.stops == 0
        assert (house.starts, house.stops) == (0, 1)


def test_what_a_killed_plane_left_is_stopped_in_the_pause_before_its_next_life(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    pace = replace(PACE, first=600, longest=600)
    with supervised(planes_of(house, local, tmp_path, pace=pace)) as planes:
        house.is_left = True
        house.kill()
        wait_until(lambda: state_of(planes) is PlaneState.STARTING)
        assert house.stops == 0
    assert (house.starts, house.stops) == (1, 1)


def test_a_crash_loop_fails_with_its_reason_and_a_sound_life_ends_that(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    house.fails = "no current"
    pace = replace(PACE, sound=0.1)
    with supervised(planes_of(house, local, tmp_path, pace=pace), PlaneState.FAILING) as planes:
        assert str(planes.health()["lamps"]) == "failing (no current)"
        wait_until(lambda: house.starts > 3)
        house.fails = ""
        wait_until(lambda: state_of(planes) is PlaneState.RUNNING)
        assert planes.health()["lamps"].reason == ""
        assert planes.health()["lamps"].restarts >= 3


@pytest.mark.parametrize(
    ("worth", "state"), [(0, PlaneState.STARTING), (10_000, PlaneState.FAILING)]
)
def test_kills_of_a_plane_that_held_its_state_long_enough_are_no_crash_loop(
    house: Lamps, local: Local, tmp_path: Path, worth: float, state: PlaneState
) -> None:
    pace = replace(PACE, worth=worth)
    with supervised(planes_of(house, local, tmp_path, pace=pace)) as planes:
        for kill in (1, 2):
            assert in_force(planes, local)
            # Nothing is told of the next life before the one after this kill.
            house.gate.clear()
            house.kill()
            wait_until(lambda kill=kill: planes.health()["lamps"].restarts == kill)
            assert state_of(planes) is (PlaneState.STARTING if kill == 1 else state)
            assert not planes.applied(position(local), 0)
            house.gate.set()


@pytest.mark.parametrize("progresses", [True, False])
def test_a_stop_waits_for_slow_events_as_long_as_their_taking_goes_on(
    house: Lamps,
    local: Local,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    progresses: bool,
) -> None:
    monkeypatch.setattr("juyong.app.planes.planes._GRACE_SECONDS", 0.02)
    with supervised(planes_of(house, local, tmp_path)) as planes:
        house.progresses = progresses
        house.happen("slow one")
        wait_until(lambda: house.slow_begun)
        stopping = threading.Thread(target=planes.stop)
        stopping.start()
        if progresses:
            wait_until(lambda: house.looks > 20)
            assert stopping.is_alive()
            house.slow_gate.set()
        stopping.join(30)
        assert not stopping.is_alive()
        assert house.taken == ([["slow one"]] if progresses else [])
        house.slow_gate.set()


def test_work_that_an_earlier_life_left_starts_a_plane_that_nothing_asks_for(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    house.needs_none = house.has_work = True
    with supervised(planes_of(house, local, tmp_path)):
        assert house.starts == 1


def test_a_machine_that_refuses_is_asked_once(house: Lamps, local: Local, tmp_path: Path) -> None:
    house.refuses = "no user namespaces"
    with supervised(planes_of(house, local, tmp_path), PlaneState.NONE) as planes:
        assert str(planes.health()["lamps"]) == "none (no user namespaces)"
        assert not planes.applied(0, 30)
        assert house.starts == 1


def test_a_plane_that_is_turned_off_is_not_made(house: Lamps, local: Local, tmp_path: Path) -> None:
    off = planes_of(house, local, tmp_path, off=("lamps",))
    with supervised(off, PlaneState.NONE) as planes:
        assert "planes_off" in planes.health()["lamps"].reason
    assert (house.starts, house.place) == (0, None)


def test_a_state_that_cannot_be_read_leaves_the_plane_at_the_one_it_has(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path)) as planes:
        house.reading = KeyError("secret")
        call("Ram", "CreateGroup", GroupName="unread")
        wait_until(lambda: state_of(planes) is PlaneState.FAILING)
        shown = planes.health()["lamps"].reason
        assert "cannot be read: KeyError" in shown
        assert "secret" not in shown
        house.reading = None
        assert in_force(planes, local)
        wait_until(lambda: state_of(planes) is PlaneState.RUNNING)
        assert (house.starts, "unread" in house.applied[-1].names) == (1, True)


def test_a_state_that_makes_no_sense_leaves_the_plane_at_the_one_it_has(
    house: Lamps,
    local: Local,
    call: Caller,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with supervised(planes_of(house, local, tmp_path, pace=SLOW)) as planes:
        capsys.readouterr()
        house.applying_fails = ValueError("secret")
        call("Ram", "CreateGroup", GroupName="odd")
        wait_until(lambda: state_of(planes) is PlaneState.FAILING)
        assert planes.health()["lamps"].reason == "the desired state cannot be applied: ValueError"
        told = capsys.readouterr().err
        assert '"mistake": "ValueError", "at": "lamps.py:' in told
        assert "secret" not in told
        assert not planes.applied(position(local), 0)
        house.applying_fails = None
        call("Ram", "DeleteGroup", GroupName="odd")
        assert in_force(planes, local)
        wait_until(lambda: state_of(planes) is PlaneState.RUNNING)
        assert house.starts == 1


def test_events_come_in_batches_and_wait_for_the_store(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path)) as planes:
        house.taking = Unavailable("full")
        house.happen("first")
        wait_until(lambda: "events wait" in planes.health()["lamps"].reason)
        house.taking = None
        house.happen(*map(str, range(1500)))
        wait_until(lambda: sum(map(len, house.taken)) == 1501)
        assert [len(each) for each in house.taken] == [1, 1000, 500]
        assert house.taken[0] == ["first"]


def test_events_at_which_a_service_fails_are_dropped_and_counted(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path)) as planes:
        house.taking = KeyError("odd")
        house.happen("odd")
        wait_until(lambda: counted(planes)["juyong_plane_events_lost_total"] == 1)
        house.taking = None
        house.happen("next")
        wait_until(lambda: house.taken == [["next"]])


def test_last_events_are_handed_on_when_the_plane_stops(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path, pace=SLOW)):
        house.pending.append("last")
    assert house.taken == [["last"]]


def test_slow_events_hold_up_nothing(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path, pace=SLOW)) as planes:
        house.happen("slow one", "quick", "slow other")
        wait_until(lambda: house.taken == [["quick"]])
        call("Ram", "CreateGroup", GroupName="meanwhile")
        assert in_force(planes, local)
        assert "meanwhile" in house.applied[-1].names
        house.slow_gate.set()
        wait_until(lambda: house.taken == [["quick"], ["slow one", "slow other"]])
        house.slow_gate.clear()
        house.happen("slow last")
        house.slow_gate.set()
    # The end of the planes waits for slow events.
    assert house.taken[-1] == ["slow last"]


def test_slow_events_come_again_after_a_failure(house: Lamps, local: Local, tmp_path: Path) -> None:
    house.slow_gate.set()
    with supervised(planes_of(house, local, tmp_path)):
        house.taking = Unavailable("away")
        house.happen("slow one")
        house.taking = None
        wait_until(lambda: house.taken == [["slow one"]])


def test_a_state_is_in_force_once_it_settled(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    with supervised(planes_of(house, local, tmp_path)) as planes:
        house.settling = True
        call("Ram", "CreateGroup", GroupName="settling")
        wait_until(lambda: "settling" in house.applied[-1].names)
        assert not planes.applied(position(local), 0.0)
        house.settling = False
        house.happen()
        assert in_force(planes, local)


def test_one_server_runs_the_plane_and_the_next_takes_over(
    house: Lamps, local: Local, tmp_path: Path
) -> None:
    other = Lamps()
    first, second = (planes_of(each, local, tmp_path) for each in (house, other))
    with supervised(first), supervised(second, PlaneState.STOPPED):
        assert str(second.health()["lamps"]) == "stopped (another server runs it)"
        assert not second.applied(0, 0)
        first.stop()
        assert state_of(first) is PlaneState.STOPPED
        wait_until(lambda: state_of(second) is PlaneState.RUNNING)
    assert (house.starts, other.starts) == (1, 1)


_LEADS = """
import sys
from pathlib import Path
from tests.unit.app.planes.lamps import Lamps
from tests.waiting import wait_until
from juyong.api.bench import Bench
from juyong.app.planes.planes import Planes
from juyong.app.platform import open_platform
from juyong.app.settings import load_settings
from juyong.base.clock import system_clock
home = Path(sys.argv[1])
running = open_platform(home, settings=load_settings(home / "juyong.toml"))
house = Lamps()
platform = running.pipeline.platform
bench = Bench(call=running.store.call, clock=system_clock, platform=platform)
planes = Planes(lambda: (house.spec,), home / "planes", running.store, lambda name: bench)
planes.start()
wait_until(lambda: house.applied)
print("leads", flush=True)
sys.stdin.read()
"""


def test_a_server_that_is_killed_loses_the_plane_to_the_next(
    house: Lamps, local: Local, call: Caller, tmp_path: Path
) -> None:
    running = local.running
    command = [sys.executable, "-c", _LEADS, str(running.home.path)]
    leader = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "JUYONG_DATABASE": running.settings.database},
    )
    try:
        assert leader.stdout is not None
        assert leader.stdout.readline() == b"leads\n"
        with supervised(planes_of(house, local, tmp_path), PlaneState.STOPPED) as planes:
            call("Ram", "CreateGroup", GroupName="after")
            assert house.starts == 0
            leader.kill()
            wait_until(lambda: state_of(planes) is PlaneState.RUNNING)
            assert "after" in house.applied[-1].names
    finally:
        leader.kill()
        leader.communicate()


def test_figures_are_shown(house: Lamps, local: Local, call: Caller, tmp_path: Path) -> None:
    with supervised(planes_of(house, local, tmp_path)) as planes:
        call("Ram", "CreateGroup", GroupName="counted")
        assert in_force(planes, local)
        found = counted(planes)
        assert found["juyong_plane_state running"] == 1
        assert found["juyong_plane_state failing"] == 0
        assert found["juyong_plane_applies_total"] == 2
        assert found["juyong_plane_apply_seconds_total"] > 0
        assert found["juyong_plane_restarts_total"] == 0


def counted(planes: Planes) -> dict[str, float]:
    return {
        " ".join((sample.name, sample.labels.get("state", ""))).strip(): sample.value
        for family in text_string_to_metric_families(rendered((planes,)).decode())
        for sample in family.samples
    }
