"""How long the tests of a run slept in sum: a run fails when that is too long.

Every `time.sleep` and `asyncio.sleep` of a test counts. Those of the product that runs in the same
process are told: a worker pauses between rounds whether a test waits for it or not. A sleep that was cancelled kept nothing waiting.
To wait until another process has done its work (tests/waiting.py, Popen.wait) is no sleep: it lasts
as long as that work. It is told apart.
"""

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

MOST_SECONDS = 5.0
SLEPT: Counter[str] = Counter()
"""Seconds, by the line that slept."""
WAITED: Counter[str] = Counter()
"""Seconds, by the file that waited."""
_WAITING = ("waiting.py", "subprocess.py")
_KEY = "slept"
_ROOT = Path(__file__).parents[1]
_sleep, _sleep_in_loop = time.sleep, asyncio.sleep


def _note(place: tuple[str, int], begun: float) -> None:
    path, line = Path(place[0]), place[1]
    seconds = time.perf_counter() - begun
    if path.name in _WAITING:
        WAITED[path.name] += seconds
    else:
        shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path
        SLEPT[f"{shown}:{line}"] += seconds


def _caller() -> tuple[str, int]:
    frame = sys._getframe(2)
    return frame.f_code.co_filename, frame.f_lineno


def _counted_sleep(seconds: float, /) -> None:
    place, begun = _caller(), time.perf_counter()
    try:
        _sleep(seconds)
    finally:
        _note(place, begun)


async def _counted_sleep_in_loop(delay: float, result: Any = None) -> Any:
    place, begun = _caller(), time.perf_counter()
    answer = await _sleep_in_loop(delay, result)
    if delay > 0:
        _note(place, begun)
    return answer


def count() -> None:
    """Count the sleeps of this process from now on."""
    time.sleep = _counted_sleep
    asyncio.sleep = asyncio.tasks.sleep = _counted_sleep_in_loop


def hand_over(config: pytest.Config) -> None:
    """Give what this process counted to the one that started it, where there is one."""
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_KEY] = dict(SLEPT), dict(WAITED)


def take_over(node: object) -> None:
    """Take what another process counted."""
    slept, waited = getattr(node, "workeroutput", {}).get(_KEY, ({}, {}))
    SLEPT.update(slept)
    WAITED.update(waited)


def summary() -> str:
    """Say how long tests slept, and what they run; above the limit, also where."""
    own = _own_seconds()
    told = f"tests slept {own:.1f} s of at most {MOST_SECONDS:.0f} s"
    told += f", what they run {SLEPT.total() - own:.1f} s"
    if WAITED:
        told += f"; waited {WAITED.total():.1f} s for other processes"
    if is_too_much():
        told += "".join(f"\n  {seconds:.2f} s {at}" for at, seconds in SLEPT.most_common(10))
    return told


def is_too_much() -> bool:
    """Tell whether tests slept longer than they may; jobs and servers pause by themselves."""
    return _own_seconds() > MOST_SECONDS


def _own_seconds() -> float:
    return sum(seconds for place, seconds in SLEPT.items() if place.startswith("tests/"))
