"""Whatever is done to a log is found, and the first leaf that it concerns is named."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.ledger_logs import LOG, ORIGIN, Log, event_leaf, events, signed

from juyong.engines.ledger import Checkpoint, Difference, Discrepancy, verify_log


def verified(log: Log, leaves: list[bytes], **more) -> Checkpoint:
    return verify_log(leaves, log.tiles.read, log.note.encode(), ORIGIN, [LOG.key], **more)


def difference(log: Log, leaves: list[bytes], **more) -> tuple[Difference, int | None]:
    with pytest.raises(Discrepancy) as caught:
        verified(log, leaves, **more)
    return caught.value.difference, caught.value.index


logs = st.sampled_from([Log(events(size)) for size in (1, 2, 5, 255, 256, 257, 700, 1025)])


@given(logs)
def test_a_log_verifies(log: Log):
    assert verified(log, log.leaves) == log.checkpoint


@given(logs, st.data())
def test_a_changed_leaf_is_named(log: Log, data: st.DataObject):
    at = data.draw(st.integers(0, len(log.leaves) - 1))
    leaves = list(log.leaves)
    bit = data.draw(st.integers(0, len(leaves[at]) - 1))
    leaves[at] = leaves[at][:bit] + bytes((leaves[at][bit] ^ 1,)) + leaves[at][bit + 1 :]
    assert difference(log, leaves) == (Difference.CHANGED, at)


@given(logs, st.data())
def test_a_missing_run_of_leaves_is_named(log: Log, data: st.DataObject):
    at = data.draw(st.integers(0, len(log.leaves) - 1))
    count = data.draw(st.integers(1, len(log.leaves) - at))
    leaves = log.leaves[:at] + log.leaves[at + count :]
    assert difference(log, leaves) == (Difference.MISSING, at)


@given(logs, st.data())
def test_an_added_run_of_leaves_is_named(log: Log, data: st.DataObject):
    at = data.draw(st.integers(0, len(log.leaves)))
    count = data.draw(st.sampled_from([1, 2, 300]))
    others = [event_leaf(10_000 + number) for number in range(count)]
    leaves = log.leaves[:at] + others + log.leaves[at:]
    assert difference(log, leaves) == (Difference.ADDED, at)


@given(logs, st.data())
def test_an_event_that_is_told_twice_was_added(log: Log, data: st.DataObject):
    at = data.draw(st.integers(0, len(log.leaves) - 1))
    leaves = [*log.leaves[: at + 1], log.leaves[at], *log.leaves[at + 1 :]]
    assert difference(log, leaves) == (Difference.ADDED, at + 1)


@given(logs, st.data())
def test_leaves_in_another_order_are_named(log: Log, data: st.DataObject):
    assume(len(log.leaves) > 1)
    one, other = sorted(
        data.draw(
            st.lists(st.integers(0, len(log.leaves) - 1), min_size=2, max_size=2, unique=True)
        )
    )
    leaves = list(log.leaves)
    leaves[one], leaves[other] = leaves[other], leaves[one]
    assert difference(log, leaves) == (Difference.REORDERED, one)
    moved = list(log.leaves)
    moved.insert(other, moved.pop(one))
    assert difference(log, moved) == (Difference.REORDERED, one)


@given(st.sampled_from([1, 2, 5, 255, 256, 257, 700, 1025]), st.data())
def test_a_changed_tile_is_named(size: int, data: st.DataObject):
    log = Log(events(size))
    level, index = data.draw(st.sampled_from(sorted(log.tiles.kept)))
    tile = log.tiles.kept[level, index]
    at = data.draw(st.integers(0, len(tile) - 1))
    changes = {
        "flipped": tile[:at] + bytes((tile[at] ^ 1,)) + tile[at + 1 :],
        "cut": tile[: at // 32 * 32],
        "gone": b"",
    }
    log.tiles.kept[level, index] = changes[data.draw(st.sampled_from(sorted(changes)))]
    first = index << (8 * (level + 1))
    assert difference(log, log.leaves) == (Difference.TILE, first)


@pytest.mark.parametrize(
    ("leaves", "expected"),
    [
        ([b"other", *events(1000)[1:]], Difference.CHANGED),
        ([*events(1000)[1:]], Difference.MISSING),
        ([event_leaf(900), *events(1000)[1:]], Difference.CHANGED),
    ],
)
def test_a_changed_tile_behind_the_first_difference_does_not_hide_it(
    leaves: list[bytes], expected: Difference
):
    log = Log(events(1000))
    log.tiles.kept[0, 2] = bytes(256 * 32)
    assert difference(log, leaves) == (expected, 0)


def test_of_two_changed_tiles_the_first_is_named():
    log = Log(events(1000))
    log.tiles.kept[0, 2] = bytes(256 * 32)
    log.tiles.kept[0, 1] = bytes(256 * 32)
    assert difference(log, log.leaves) == (Difference.TILE, 256)
    log.tiles.kept[1, 0] = b"\0" + log.tiles.kept[1, 0][1:]  # The edge: below it nothing is known.
    assert difference(log, log.leaves) == (Difference.TILE, 0)


def test_of_two_changed_partial_tiles_the_first_is_named():
    log = Log(events(1000))
    for place, first in (((0, 3), 768), ((1, 0), 0)):
        log.tiles.kept[place] = bytes(len(log.tiles.kept[place]))
        assert difference(log, log.leaves) == (Difference.TILE, first)


def test_where_neither_tiles_nor_leaves_lead_to_the_root_none_is_named():
    log = Log(events(300))
    log.tiles.kept[0, 1] = bytes(44 * 32)
    assert difference(log, log.leaves) == (Difference.TILE, 256)
    assert difference(log, log.leaves[:-1]) == (Difference.TILE, None)
    assert difference(log, [*log.leaves, b"more"]) == (Difference.TILE, None)


@given(st.integers(2, 600), st.data())
def test_a_history_written_anew_leads_to_no_root(size: int, data: st.DataObject):
    log = Log(events(size))
    note = log.note
    leaves = events(size)
    leaves[data.draw(st.integers(0, size - 1))] = event_leaf(10_000)
    forged = Log(leaves)
    with pytest.raises(Discrepancy) as caught:
        verify_log(leaves, forged.tiles.read, note.encode(), ORIGIN, [LOG.key])
    assert caught.value.difference == Difference.TILE


@given(st.integers(1, 600), st.data())
def test_a_rollback_and_a_fork_are_named(size: int, data: st.DataObject):
    old_size = data.draw(st.integers(0, size))
    old, log = Log(events(old_size)).checkpoint, Log(events(size))
    assert verified(log, log.leaves, trusted=[old, log.checkpoint]) == log.checkpoint
    back = Log(events(old_size))
    if old_size < size:
        expected = (Difference.ROLLED_BACK, old_size)
        assert difference(back, back.leaves, trusted=[log.checkpoint]) == expected
    if old_size:
        at = data.draw(st.integers(0, old_size - 1))
        fork = Log([*log.leaves[:at], event_leaf(10_000), *log.leaves[at + 1 :]])
        assert difference(fork, fork.leaves, trusted=[old]) == (Difference.FORK, None)


def test_a_rollback_is_named_even_where_the_events_are_all_there():
    log = Log(events(20))
    assert difference(Log(events(10)), log.leaves, trusted=[log.checkpoint]) == (
        Difference.ROLLED_BACK,
        10,
    )


def test_a_changed_tile_that_an_old_tree_needs_does_not_hide_an_earlier_leaf():
    log = Log(events(1000))
    old = Log(events(600)).checkpoint
    log.tiles.kept[0, 2] = bytes(256 * 32)
    leaves = [*log.leaves[:5], b"other", *log.leaves[6:]]
    assert difference(log, leaves, trusted=[old]) == (Difference.CHANGED, 5)
    assert difference(log, log.leaves, trusted=[old]) == (Difference.TILE, 512)


def test_a_log_of_another_name_is_a_fork():
    log = Log(events(3))
    other = Checkpoint(origin="other", size=0, root=Log().frontier.root())
    assert difference(log, log.leaves, trusted=[other]) == (Difference.FORK, None)


def test_a_checkpoint_that_the_log_did_not_sign_is_named():
    log = Log(events(3))
    note = log.note
    forged = Checkpoint(origin=ORIGIN, size=3, root=bytes(32))
    for wrong in (
        note.encode()[:-3] + b"A=\n",
        b"",
        note._replace(text=forged.text).encode(),
        signed(Checkpoint(origin="other", size=3, root=bytes(32))).encode(),
    ):
        with pytest.raises(Discrepancy) as caught:
            verify_log(log.leaves, log.tiles.read, wrong, ORIGIN, [LOG.key])
        assert (caught.value.difference, caught.value.index) == (Difference.CHECKPOINT, None)


def test_leaves_are_read_as_they_come():
    """Only one tile's leaves are taken before they are compared, and one tile is read for them."""
    log, taken, reads = Log(events(2000)), 0, []

    def coming():
        nonlocal taken
        for leaf in log.leaves:
            taken += 1
            yield leaf

    def reader(level: int, index: int, width: int) -> bytes:
        if level == 0 and width == 256:
            reads.append((index, taken))
        return log.tiles.read(level, index, width)

    verify_log(coming(), reader, log.note.encode(), ORIGIN, [LOG.key])
    assert reads == [(index, 256 * index) for index in range(7)]
