"""The ledger against its slow model: trees, proofs, leaves."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger_logs import Log, events
from tests.model import merkle as model

from juyong.engines.ledger import (
    BadProof,
    Beginning,
    Expiry,
    Frontier,
    Leaf,
    LedgerError,
    append_all,
    check_consistency,
    check_inclusion,
    decode_leaf,
    leaf_hash,
    leaf_hashes,
    prove_consistency,
    prove_inclusion,
    root_from_tiles,
    width_at,
)

SMALL = 40
sizes = st.one_of(st.integers(0, 70), st.sampled_from([255, 256, 257, 511, 512, 513, 600]))


def split_into(items: list[bytes], cuts: list[int]) -> list[list[bytes]]:
    marks = [0, *sorted(cut % (len(items) + 1) for cut in cuts), len(items)]
    return [items[start:end] for start, end in pairwise(marks)]


@given(sizes, st.lists(st.integers(0, 10_000), max_size=6))
def test_batches_of_any_split_make_the_models_tree(size: int, cuts: list[int]):
    leaves, log = events(size), Log()
    for batch in split_into(leaves, cuts):
        log.append(batch)
    assert log.frontier.root() == model.root(leaves)
    assert log.tiles.kept == model.tiles(leaves)
    assert Frontier.from_tiles(size, log.tiles.read) == log.frontier
    assert Frontier.read(size, b"".join(log.frontier.edge)) == log.frontier


@pytest.mark.parametrize("size", range(SMALL + 1))
def test_every_proof_of_small_trees_is_the_models(size: int):
    leaves = events(size)
    log = Log(leaves)
    root = model.root(leaves)
    for index in range(size):
        proof = prove_inclusion(log.tiles.read, size, index)
        assert proof == model.path(index, leaves)
        check_inclusion(leaf_hash(leaves[index]), index, size, proof, root)
    for old in range(size + 1):
        proof = prove_consistency(log.tiles.read, old, size)
        assert proof == (model.proof(old, leaves) if old else [])
        check_consistency(old, model.root(leaves[:old]), size, root, proof)
        assert root_from_tiles(log.tiles.read, old) == model.root(leaves[:old])


BIG = Log(events(66_000))
"""Three levels of tiles."""


@given(st.integers(1, 66_000), st.data())
def test_proofs_of_large_trees_hold_and_read_few_tiles(size: int, data: st.DataObject):
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    BIG.tiles.reads.clear()
    proof = prove_inclusion(BIG.tiles.read, size, index)
    assert len(BIG.tiles.reads) == len(set(BIG.tiles.reads)) <= 6
    assert all(width <= width_at(size, *tile) for *tile, width in BIG.tiles.reads)
    root = root_from_tiles(BIG.tiles.read, size)
    check_inclusion(leaf_hash(BIG.leaves[index]), index, size, proof, root)
    changes = prove_consistency(BIG.tiles.read, old, size)
    check_consistency(old, root_from_tiles(BIG.tiles.read, old), size, root, changes)


def test_a_large_tree_is_the_models():
    assert BIG.tiles.kept == model.tiles(BIG.leaves)
    assert BIG.frontier.root() == model.root(BIG.leaves)


@given(st.integers(1, 600), st.data())
def test_a_proof_proves_nothing_else(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    root = root_from_tiles(BIG.tiles.read, size)
    proof = prove_inclusion(BIG.tiles.read, size, index)
    leaf = leaf_hash(BIG.leaves[index])
    changed = data.draw(st.sampled_from(_changes(proof)))
    other_index = data.draw(st.integers(-1, size + 1).filter(lambda each: each != index))
    for wrong in (
        (leaf, index, size, changed, root),
        (leaf, other_index, size, proof, root),
        (leaf_hash(b"other"), index, size, proof, root),
        (leaf, index, size, proof, leaf),
        (leaf[:-1], index, size, proof, root),
    ):
        if wrong == (leaf, index, size, proof, root):
            continue  # The leaf is the root of a tree of one.
        with pytest.raises(LedgerError):
            check_inclusion(*wrong)


@given(st.integers(1, 600), st.data())
def test_a_proof_of_consistency_proves_nothing_else(size: int, data: st.DataObject):
    old = data.draw(st.integers(0, size))
    root, old_root = (root_from_tiles(BIG.tiles.read, each) for each in (size, old))
    proof = prove_consistency(BIG.tiles.read, old, size)
    changed = data.draw(st.sampled_from(_changes(proof)))
    with pytest.raises(BadProof):
        check_consistency(old, old_root, size, root, changed)
    with pytest.raises(BadProof):
        check_consistency(old, leaf_hash(b""), size, root, proof)
    if old:
        with pytest.raises(BadProof):
            check_consistency(old, old_root, size, leaf_hash(b""), proof)


def _changes(proof: list[bytes]) -> list[list[bytes]]:
    """Return proofs that differ from this one: one more hash, one fewer, one changed, two swapped."""
    found = [[*proof, bytes(32)], [bytes(32), *proof], [*proof, b""]]
    for place in range(len(proof)):
        found.append([*proof[:place], *proof[place + 1 :]])
        flipped = bytes((proof[place][0] ^ 1,)) + proof[place][1:]
        found.append([*proof[:place], flipped, *proof[place + 1 :]])
    if len(proof) > 1:
        found.append(proof[::-1])
    return found


# -- leaves ----------------------------------------------------------------------------------------

texts = st.text(max_size=60)
times = st.integers(0, 2**63 - 1)
digests = st.binary(min_size=32, max_size=32)


@given(st.text(min_size=1, max_size=60), times, digests)
def test_leaves_of_events_read_as_they_were_written(event_id: str, time_ms: int, digest: bytes):
    leaf = Leaf(event_id, time_ms, digest)
    assert decode_leaf(leaf.encode()) == leaf


@given(st.text(min_size=1), digests, st.text(min_size=1), texts, times)
def test_beginnings_read_as_they_were_written(
    origin: str, digest: bytes, operator: str, reason: str, at: int
):
    leaf = Beginning(
        old_origin=origin,
        old_checkpoint_hash=digest,
        operator=operator,
        reason=reason,
        time_ms=at,
    )
    assert decode_leaf(leaf.encode()) == leaf


@given(st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 2), st.integers(1, 2**32 - 1), times)
def test_expiries_read_as_they_were_written(up_to: int, previous: int, days: int, at: int):
    leaf = Expiry(up_to=up_to, previous=previous, kept_days=days, time_ms=at)
    assert decode_leaf(leaf.encode()) == leaf


@given(st.binary(max_size=120))
def test_bytes_are_one_leaf_or_none(data: bytes):
    try:
        leaf = decode_leaf(data)
    except LedgerError:
        return
    assert leaf.encode() == data


def test_appending_refuses_what_is_no_hash():
    with pytest.raises(LedgerError):
        append_all(Frontier(), b"short")
    with pytest.raises(LedgerError):
        append_all(Frontier(2**63 - 1, (bytes(32),) * 63), leaf_hashes([b"x"]))
