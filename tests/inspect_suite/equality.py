"""Engines compared on whole reports: the stages of the Core Rule Set's tests, and changes to them.

`python -m tests.inspect_suite.equality --cases 100000 --seed 7` is the long run.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec
import pytest
from tests.inspect_suite.rule_sets import crs4, crs4_folder, fetch_crs4
from tests.inspect_suite.running import ids, inspect
from tests.inspect_suite.stages import Stage, stages

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.fast.plain import PlainGates
from juyong.engines.inspect.gates import Gate, Gates
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.native import native_gates
from juyong.engines.inspect.verdict import Engine

_PIECES = (b"%", b"%00", b"'", b'"', b"<", b"\\", b"../", b"%25", b"&#x27;", b"/**/", b"+", b"\xc3")
PLAIN_SHARE = 10
"""Of the cases, one in so many is tried on the plain gates, which take as long as all others."""
_AGAIN = 6
_LONGEST = 4_096
"""Bytes of a changed part, so that a run of many cases ends."""


def suite() -> list[Stage]:
    """Return the stages that a front would pass on, or skip the test."""
    return [stage for stage in stages(crs4_folder() / "tests") if stage.request is not None]


def fast_engines(level: int) -> dict[str, Engine]:
    """Return the fast engines by name: over the plain gates, the prefilter, and the core."""
    rules = crs4(level)
    engines: dict[str, Engine] = {
        "prefilter": FastEngine(rules),
        "plain": FastEngine(rules, make_gates=PlainGates),
    }
    if native_gates(()) is not None:
        engines["core"] = FastEngine(rules, make_gates=in_core)
    return engines


def cases(all_stages: Sequence[Stage], count: int, seed: int) -> Iterator[Stage]:
    """Yield stages, each second one changed; count: How many."""
    chance = random.Random(seed)  # noqa: S311  # a repeatable choice of tests, no secret
    for number in range(count):
        stage = chance.choice(all_stages)
        yield _changed(stage, chance.choice(all_stages), chance) if number % 2 else stage


def difference(model: Engine, other: Engine, stage: Stage) -> str:
    """Return how the reports of two engines differ; empty where they are the same.

    An engine that remembers outcomes is asked until all of them are known.
    """
    expected, found = inspect(model, stage), inspect(other, stage)
    for _ in range(_AGAIN if isinstance(other, FastEngine) and other.memory else 0):
        if expected == found:
            found = inspect(other, stage)
    if expected == found:
        return ""
    return (
        f"{stage.name}: lost {sorted(ids(expected) - ids(found))},"
        f" added {sorted(ids(found) - ids(expected))}: {stage.request} {stage.body[:200]!r}"
    )


def _changed(stage: Stage, other: Stage, chance: random.Random) -> Stage:
    """Return a stage with a part of another one's, and some bytes put in."""
    request, donor = stage.request, other.request
    if request is None or donor is None:
        return stage
    headers = list(request.headers)
    match chance.randrange(4):
        case 0:
            request = msgspec.structs.replace(request, target=_spliced(request.target, chance))
        case 1:
            query = donor.target.partition(b"?")[2] or b"q=" + donor.target
            mark = b"&" if b"?" in request.target else b"?"
            target = (request.target + mark + query)[:_LONGEST]
            request = msgspec.structs.replace(request, target=target)
        case 2 if donor.headers:
            headers.append(chance.choice(donor.headers))
            request = msgspec.structs.replace(request, headers=tuple(headers))
        case _:
            body = stage.body or other.body
            return replace(stage, body=_spliced(body[:_LONGEST], chance))
    return replace(stage, request=request)


def _spliced(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    if chance.randrange(2):
        return text[:at] + chance.choice(_PIECES) + text[at:]
    end = min(len(text), at + chance.randrange(8))
    return text[:at] + text[end:] + text[at:end]


def in_core(gates: Sequence[Gate]) -> Gates:
    """Return the gates compiled in the native core, which must be installed."""
    made = native_gates(gates)
    if made is None:
        raise LookupError("the native core is not installed")
    return made


def main() -> int:
    """Compare many cases at both levels, a tenth of them on the plain gates; 1 where any differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    fetch_crs4()
    try:
        all_stages = suite()
    except pytest.skip.Exception as missing:
        print(f"not compared: {missing}")
        return 0
    faults = 0
    for level in (1, 4):
        model, engines = ModelEngine(crs4(level)), fast_engines(level)
        for number, stage in enumerate(cases(all_stages, told.cases, told.seed)):
            for name, engine in engines.items():
                if name == "plain" and number % PLAIN_SHARE:
                    continue
                if text := difference(model, engine, stage):
                    faults += 1
                    print(f"level {level}, {name}: {text}")
        print(f"level {level}: {told.cases} cases, {sorted(engines)}, {faults} differences so far")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
