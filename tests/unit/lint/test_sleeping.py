"""What counts as sleeping, so that a run of tests can be bounded."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests import sleeping
from tests.waiting import until, wait_until

SOURCE = Path(__file__).read_text().splitlines()
MOMENT = 0.01


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count by itself what the test sleeps."""
    counted: Counter[str] = Counter()
    monkeypatch.setattr(sleeping, "SLEPT", counted)
    return counted


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SOURCE, start=1) if text in line)


def test_both_ways_to_sleep_count_at_the_line_that_slept(slept: Counter[str]) -> None:
    wait, rest = time.sleep, asyncio.sleep

    async def story() -> str:
        await rest(0)
        return await rest(MOMENT, "slept")  # in a loop

    wait(MOMENT)  # on a thread
    assert asyncio.run(story()) == "slept"
    here = Path(__file__).relative_to(Path(__file__).parents[3])
    assert set(slept) == {f"{here}:{line_of('# on a thread')}", f"{here}:{line_of('# in a loop')}"}
    assert min(slept.values()) >= MOMENT


def test_waits_for_others_and_cancelled_sleeps_do_not_count(slept: Counter[str]) -> None:
    rest, answers = asyncio.sleep, iter([False, True, False, True])

    async def story() -> None:
        task = asyncio.ensure_future(rest(600))
        await until(lambda: next(answers))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    wait_until(lambda: next(answers))
    asyncio.run(story())
    with subprocess.Popen([sys.executable, "-c", ""]) as other:
        assert other.wait(60) == 0
    assert not slept


def test_too_much_is_said_with_the_places_that_slept_most(slept: Counter[str]) -> None:
    slept["tests/a.py:1"] = sleeping.MOST_SECONDS
    assert not sleeping.is_too_much()
    assert "a.py" not in sleeping.summary()
    slept["src/c.py:3"] = 9.0
    assert not sleeping.is_too_much()
    slept["tests/b.py:2"] = 0.25
    assert sleeping.is_too_much()
    told = sleeping.summary()
    assert told.startswith("tests slept 5.2 s of at most 5 s, what they run 9.0 s")
    assert told.endswith("\n  9.00 s src/c.py:3\n  5.00 s tests/a.py:1\n  0.25 s tests/b.py:2")


def test_processes_are_added_up(slept: Counter[str]) -> None:
    slept["a.py:1"] = 1.0
    other = type("Node", (), {"workeroutput": {"slept": ({"a.py:1": 2.0}, {})}})()
    sleeping.take_over(other)
    sleeping.take_over(object())
    assert slept == {"a.py:1": 3.0}
