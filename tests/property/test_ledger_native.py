"""The ledger's native core gives the bytes that Python gives, and says nothing of other rows."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.engines.ledger import NO_LEAF, EventForm, Malformed, event_leaf
from juyong.engines.ledger.hashing import (
    leaf_hashes,
    leaf_hashes_in_python,
    parents,
    parents_in_python,
    perfect_root,
    perfect_root_in_python,
)
from juyong.engines.ledger.native import CORE
from juyong.engines.ledger.rows import event_leaves, event_leaves_in_python
from juyong.engines.ledger.tiles import pack_entries, pack_in_python

needs_core = pytest.mark.skipif(not CORE.ready, reason="the native core is not installed")

LEAVES = st.lists(st.binary(max_size=200), min_size=1, max_size=20)
HASHES = st.binary(min_size=32, max_size=32)
FORM = EventForm(event_id=1, at=2, unit_ms=1000, body=(3, 1, 4))
SOUND = st.tuples(
    st.integers(),
    st.text(min_size=1, max_size=40).filter(lambda text: len(text.encode()) < 256),
    st.integers(0, (2**63 - 1) // 1000),
    st.binary(max_size=300),
    st.binary(max_size=40),
)
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=4),
    st.text(max_size=300),
    st.just("\ud800"),
)
ROWS = st.one_of(
    SOUND, st.tuples(*[ANYTHING] * 5), st.lists(ANYTHING, max_size=5).map(tuple), st.just("no row")
)


def one_by_one(rows: list[Any]) -> list[bytes]:
    found = []
    for row in rows:
        try:
            found.append(event_leaf(row, FORM))
        except Malformed:
            found.append(NO_LEAF)
    return found


@given(st.lists(SOUND, max_size=20))
def test_rows_of_events_make_their_leaves(rows: list[Any]):
    made = event_leaves(rows, FORM)
    assert made == event_leaves_in_python(rows, FORM) == one_by_one(rows)
    assert NO_LEAF not in made


@given(st.lists(ROWS, max_size=4))
def test_rows_that_can_be_no_events_have_no_leaf(rows: list[Any]):
    assert event_leaves(rows, FORM) == event_leaves_in_python(rows, FORM) == one_by_one(rows)


@pytest.mark.parametrize("at", [1.5, 1.0, "1", None, -1, 2**63, b"1"])
def test_a_time_that_is_no_count_makes_no_leaf(at: Any):
    assert event_leaves([(0, "x", at, b"", b"")], FORM) == [NO_LEAF]
    with pytest.raises(Malformed):
        event_leaf((0, "x", at, b"", b""), FORM)


@needs_core
@given(st.lists(SOUND, max_size=20))
def test_the_core_makes_the_leaves_of_sound_rows(rows: list[Any]):
    assert CORE.required().event_leaves(rows, *FORM) == event_leaves_in_python(rows, FORM)


def test_large_bodies_are_hashed_while_other_threads_run():
    rows = [(0, "x", number, bytes(100_000 + number), b"") for number in range(20)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: event_leaves(rows, FORM), range(8)))
    assert found == [event_leaves_in_python(rows, FORM)] * 8


@needs_core
@pytest.mark.parametrize(
    "row",
    [
        *((0, "", 0, b"", b""), (0, "x" * 256, 0, b"", b""), (0, "\ud800", 0, b"", b"")),
        *((0, b"x", 0, b"", b""), (0, "x", 1.0, b"", b""), (0, "x", -1, b"", b"")),
        *((0, "x", 2**63 // 1000 + 1, b"", b""), (0, "x", 2**64, b"", b"")),
        *(
            (0, "x", 0, "", b""),
            (0, "x", 0, b"", None),
            (0, "x", 0, b""),
            (),
            [0, "x", 0, b"", b""],
        ),
    ],
)
def test_the_core_says_nothing_of_other_rows(row: Any):
    assert CORE.required().event_leaves([row], *FORM) is None


@given(LEAVES)
def test_leaves_have_their_hashes_and_bundles(leaves: list[bytes]):
    assert leaf_hashes(leaves) == leaf_hashes(iter(leaves)) == leaf_hashes_in_python(leaves)
    assert pack_entries(leaves) == pack_in_python(leaves)


@given(st.lists(HASHES, max_size=16))
def test_nodes_have_their_parents(hashes: list[bytes]):
    joined = b"".join(hashes[: len(hashes) // 2 * 2])
    assert parents(joined) == parents_in_python(joined)


@given(st.integers(0, 8), HASHES)
def test_perfect_trees_have_their_roots(height: int, first: bytes):
    hashes = first + leaf_hashes(map(bytes, range((1 << height) - 1)))
    assert perfect_root(hashes) == perfect_root_in_python(hashes)


@needs_core
def test_the_core_says_nothing_of_bytes_that_are_no_nodes():
    core = CORE.required()
    assert core.parents(bytes(32)) is None
    assert [core.perfect_root(bytes(length)) for length in (0, 33, 96)] == [None] * 3
    assert core.pack_entries([bytes(65_536)]) is None
