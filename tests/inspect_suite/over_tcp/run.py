"""The Core Rule Set's regression tests over TCP, through the proxy as its users start it.

    python -m tests.inspect_suite.over_tcp.run [--share N] [--seed TEXT] [--level 4] [--workers 2]

Prints how stages ended, by kind; 1 where a stage ends neither as the suite says nor as an override
does, or where more than one of 200 needs an override.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path

import pytest
import uvloop
from tests.inspect_suite.over_tcp.client import address_of, answers
from tests.inspect_suite.over_tcp.judging import Kind, Outcome, outcome
from tests.inspect_suite.over_tcp.origin import origin
from tests.inspect_suite.over_tcp.overrides import OVERRIDES
from tests.inspect_suite.over_tcp.proxy import proxy
from tests.inspect_suite.rule_sets import crs4_folder, fetch_crs4
from tests.inspect_suite.stages import Stage, stages

LEAST = 0.995
WHOLE = 4_000
"""Stages from which on the least share is asked for; fewer may have many overrides by chance."""


async def outcomes(folder: Path, chosen: list[Stage], *, level: int, workers: int) -> list[Outcome]:
    """Run stages, and judge each by the answer and by the log of the proxy that has ended."""
    async with origin() as backend, proxy(folder, backend, level=level, workers=workers) as front:
        found = await answers(front.port, chosen)
    rows = front.rows()
    return [
        outcome(stage, status, rows.get(address_of(number), []), OVERRIDES)
        for number, (stage, status) in enumerate(zip(chosen, found, strict=True))
    ]


def share_of(all_stages: list[Stage], share: int, seed: str) -> list[Stage]:
    """Return one stage of so many; the same seed chooses the same ones."""
    return [each for each in all_stages if zlib.crc32(f"{seed} {each.name}".encode()) % share == 0]


def cpu_seconds() -> float:
    """Return the processor time of this process and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> int:
    """Run the suite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=int, default=1, help="run one stage of this many")
    parser.add_argument("--seed", default="", help="another one chooses other stages")
    parser.add_argument("--level", type=int, default=4, help="paranoia level")
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    fetch_crs4()
    try:
        all_stages = list(stages(crs4_folder() / "tests"))
    except pytest.skip.Exception as missing:
        print(f"not run: {missing}")
        return 0
    chosen = share_of(all_stages, told.share, told.seed)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        work = outcomes(Path(folder), chosen, level=told.level, workers=told.workers)
        found = runner.run(work)
    seconds = time.monotonic() - began
    print(f"{len(found)} stages in {seconds:.1f} s, {cpu_seconds():.1f} s of a processor")
    return report(found)


def report(found: list[Outcome]) -> int:
    """Print the counts and what is not as the suite expects; 1 where the bar is missed."""
    counts = Counter(each.kind for each in found)
    as_told = (counts[Kind.PASSED] + counts[Kind.REFUSED]) / max(1, len(found))
    print(f"{as_told:.2%} end as the suite expects, {counts[Kind.OVERRIDDEN]} by an override")
    for kind in Kind:
        print(f"{counts[kind]:6} {kind}")
        for each in found:
            if each.kind is kind and kind is not Kind.PASSED:
                print(f"       {each.name}: {each.text}")
    few = as_told >= LEAST or len(found) < WHOLE
    return 0 if few and not counts[Kind.FAULT] else 1


if __name__ == "__main__":
    sys.exit(main())
