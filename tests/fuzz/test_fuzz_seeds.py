"""Every fuzz target in a short form: known breakers, seeds, and some mutations of them."""

import time
from itertools import islice

import pytest
from tests.fuzz.mutation import mutations
from tests.fuzz.targets import FOLDER, load_target, regressions_of, target_names

_MUTATIONS = 300
_FEWEST = 100
_SECONDS = 1.5


def test_every_target_file_is_found():
    assert len(target_names()) == len(list(FOLDER.glob("fuzz_*.py"))) >= 10


@pytest.mark.parametrize("name", target_names())
def test_target_holds(name):
    target = load_target(name)
    known = [*(data for _, data in regressions_of(name)), *target.seeds]
    for data in known:
        target.run(data)
    ran = 0
    deadline = time.monotonic() + _SECONDS
    for data in islice(mutations(target.seeds, 7), _MUTATIONS):
        target.run(data)
        ran += 1
        if ran >= _FEWEST and time.monotonic() > deadline:
            break
    assert ran >= _FEWEST


def test_regressions_belong_to_a_target():
    folder = FOLDER / "regressions"
    kept = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert kept <= set(target_names())


def test_mutations_repeat():
    seeds = (b"a=1&b=2", b"{}")
    assert list(islice(mutations(seeds, 3), 50)) == list(islice(mutations(seeds, 3), 50))
    assert list(islice(mutations(seeds, 3), 50)) != list(islice(mutations(seeds, 4), 50))
