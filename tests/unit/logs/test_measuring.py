"""Large groups are measured in another process, with the same answers and refusals."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.logs.groups import group

from juyong.logs.compression import Incompressible, compress
from juyong.logs.loggroup import BadEncoding, BadKey, BadLogGroup, TooLarge, measure
from juyong.logs.measuring import SMALL, Measurer
from juyong.store.errors import Unavailable

UNUSUAL = b"\x3a\x00"
"""A field that the native core leaves to Python, and so to a process."""
LARGE = group("a" * SMALL, "b") + UNUSUAL


@pytest.fixture(scope="module")
def measurer() -> Iterator[Measurer]:
    made = Measurer(1)
    yield made
    made.close()


def children(measurer: Measurer) -> list[int]:
    return [each.pid for each in measurer._processes._idle]


def test_a_small_group_starts_no_process() -> None:
    alone = Measurer(1)
    small = group("a")
    assert alone.measure("", small, len(small)) == measure(small)
    assert children(alone) == []
    alone.close()


@pytest.mark.parametrize("codec", ["", "lz4", "zstd", "deflate"])
def test_a_large_group_is_measured_the_same(measurer: Measurer, codec: str) -> None:
    found = measurer.measure(codec, compress(codec, LARGE), len(LARGE))
    assert found == measure(LARGE)
    assert len(children(measurer)) == 1


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (LARGE + b"x", BadLogGroup),
        (LARGE + b"\x1a\x01\xff", BadEncoding),
        (LARGE + b"\x32\x84\x01\x0a\x81\x01" + b"k" * 129, BadKey),
        (b"\x0a\x02\x08\x01" * 512_001, TooLarge),
    ],
)
def test_refusals_are_those_of_this_process(
    measurer: Measurer, raw: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as here:
        measure(raw)
    with pytest.raises(refusal) as there:
        measurer.measure("lz4", compress("lz4", raw), len(raw))
    assert (type(there.value), str(there.value)) == (type(here.value), str(here.value))


def test_a_size_that_lies_is_refused(measurer: Measurer) -> None:
    with pytest.raises(Incompressible):
        measurer.measure("lz4", compress("lz4", LARGE), len(LARGE) + 1)


def faults(pid: int) -> int:
    """Return how many pages the kernel gave to a process so far."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[7])


def test_a_process_keeps_the_memory_of_a_group_for_the_next(measurer: Measurer) -> None:
    raw = group(*(f"{number:0200d}" for number in range(4096))) + UNUSUAL
    for _ in range(3):
        measurer.measure("", raw, len(raw))
    (pid,) = children(measurer)
    before = faults(pid)
    for _ in range(8):
        measurer.measure("", raw, len(raw))
    assert faults(pid) - before < 8 * len(raw) / resource.getpagesize() / 2


def test_a_process_that_ended_is_replaced(measurer: Measurer) -> None:
    measurer.measure("", LARGE, len(LARGE))
    (pid,) = children(measurer)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    assert measurer.measure("", LARGE, len(LARGE)).logs == 2


def test_without_a_process_nothing_is_acknowledged() -> None:
    closed = Measurer(1)
    closed.close()
    with pytest.raises(Unavailable):
        closed.measure("", LARGE, len(LARGE))
