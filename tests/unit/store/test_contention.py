"""What is done after a conflict, without a database."""

from dataclasses import dataclass, field

import pytest

from juyong.store.contention import PATIENCE, Again, Contention
from juyong.store.errors import Unavailable


@dataclass
class Time:
    """A clock that moves when somebody pauses, and by what each try takes."""

    now: float = 100.0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class Unit:
    """A unit of work that conflicts so many times; notes how each try was made."""

    time: Time
    conflicts: int
    takes: float = 0.01
    alone: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __call__(self, *, alone: bool, seconds: float) -> str:
        self.alone.append(alone)
        self.seconds.append(seconds)
        self.time.now += self.takes
        if len(self.alone) <= self.conflicts:
            raise Again
        return "done"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def contention(time: Time) -> Contention:
    return Contention(time, time.pause)


def test_the_first_try_runs_beside_others(time: Time, contention: Contention) -> None:
    unit = Unit(time, conflicts=0)
    assert contention.until_done(unit) == "done"
    assert (unit.alone, unit.seconds) == ([False], [PATIENCE])


def test_after_a_conflict_a_unit_runs_alone_at_once(time: Time, contention: Contention) -> None:
    unit = Unit(time, conflicts=1)
    assert contention.until_done(unit) == "done"
    assert unit.alone == [False, True]
    assert unit.seconds == pytest.approx([PATIENCE, PATIENCE - unit.takes])
    assert not time.pauses


def test_other_units_run_alone_too_for_two_seconds(time: Time, contention: Contention) -> None:
    contention.until_done(Unit(time, conflicts=1, takes=0))
    time.now += 1.9
    soon = Unit(time, conflicts=0)
    contention.until_done(soon)
    time.now += 0.2
    later = Unit(time, conflicts=0)
    contention.until_done(later)
    assert (soon.alone, later.alone) == ([True], [False])


def test_pauses_grow_when_running_alone_did_not_help(time: Time, contention: Contention) -> None:
    unit = Unit(time, conflicts=9)
    contention.until_done(unit)
    assert unit.alone == [False] + [True] * 9
    assert len(time.pauses) == 8
    for number, pause in enumerate(time.pauses):
        longest = min(0.25, 0.002 * 2**number)
        assert 0.75 * longest <= pause <= longest


def test_a_unit_is_given_up_after_ten_seconds(time: Time, contention: Contention) -> None:
    began = time.now
    unit = Unit(time, conflicts=10**6, takes=0.1)
    with pytest.raises(Unavailable) as refused:
        contention.until_done(unit)
    assert isinstance(refused.value.__cause__, Again)
    assert PATIENCE <= time.now - began < PATIENCE + 0.4
    assert all(0 < seconds <= PATIENCE for seconds in unit.seconds)


def test_other_errors_pass_and_are_not_tried_again(time: Time, contention: Contention) -> None:
    tries: list[bool] = []

    def fails(*, alone: bool, seconds: float) -> None:
        tries.append(alone)
        raise ZeroDivisionError(seconds)

    with pytest.raises(ZeroDivisionError):
        contention.until_done(fails)
    with pytest.raises(ZeroDivisionError):
        contention.until_done(fails)
    assert tries == [False, False], "an error is no conflict"
    assert not time.pauses
