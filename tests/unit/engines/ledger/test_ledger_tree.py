"""Hashes, tiles, paths and leaves at their edges; laws are in tests/property."""

from hashlib import sha256

import pytest
from tests.ledger_logs import Log, events

from juyong.engines.ledger import (
    ENTRIES,
    BadProof,
    Beginning,
    Expiry,
    Frontier,
    Leaf,
    LedgerError,
    Malformed,
    Tile,
    append_all,
    check_consistency,
    check_inclusion,
    decode_leaf,
    edge_tiles,
    encode_event,
    leaf_hash,
    leaf_hashes,
    pack_entries,
    parse_path,
    prove_consistency,
    prove_inclusion,
    read_entries,
    width_at,
)
from juyong.engines.ledger.hashing import EMPTY_ROOT
from juyong.engines.ledger.tiles import split_hashes

DIGEST = bytes(range(32))
# The leaves and roots that implementations of RFC 6962 share (Certificate Transparency's tests).
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("size", "root"), CT_ROOTS.items())
def test_roots_are_those_of_certificate_transparency(size: int, root: str):
    frontier, _ = append_all(Frontier(), leaf_hashes(CT_LEAVES[:size]))
    assert frontier.root().hex() == root


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999, 1), "tile/0/999.p/1"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
        (Tile(63, 1234067), "tile/63/x001/x234/067"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(0, 2**63 - 1), "tile/0/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str):
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x001"),
        *("tile/0/001/000", "tile/0/x000/067", "tile/00/000", "tile/64/000", "tile/-1/000"),
        *("tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/", "/tile/0/000"),
        *("tile/0/000\n", "tile/entries/x1/000", "tile/data/000", "tile/0/٠٠٠", "tile/0/000.p/٣"),
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/x001/x009/x223/x372/x036/x854/x775/807",
    ],
)
def test_other_paths_are_no_tiles(path: str):
    with pytest.raises(Malformed):
        parse_path(path)


@pytest.mark.parametrize(
    "tile", [Tile(64, 0), Tile(-2, 0), Tile(0, -1), Tile(0, 2**63), Tile(0, 0, 0), Tile(0, 0, 257)]
)
def test_tiles_that_cannot_be_have_no_path(tile: Tile):
    with pytest.raises(Malformed):
        _ = tile.path


def test_the_tiles_of_the_published_example():
    """Source: C2SP tlog-tiles, Partial Tiles (documented)."""
    assert edge_tiles(70_000) == [Tile(2, 0, 1), Tile(1, 1, 17), Tile(0, 273, 112)]
    assert edge_tiles(256) == [Tile(1, 0, 1)]
    assert edge_tiles(0) == []
    assert (width_at(70_000, 0, 272), width_at(70_000, 0, 273), width_at(70_000, 0, 274)) == (
        256,
        112,
        0,
    )


def test_bundles_hold_leaves_of_every_length():
    leaves = [b"", b"a", b"b" * 65_535]
    data = pack_entries(leaves)
    assert data[:5] == b"\0\0\0\1a"
    assert read_entries(data, 3) == leaves


@pytest.mark.parametrize("leaves", [[], [b""] * 257, [b"x" * 65_536]])
def test_a_bundle_that_is_none_is_not_written(leaves: list[bytes]):
    with pytest.raises(Malformed):
        pack_entries(leaves)


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 1),
        (b"\0", 1),
        (b"\0\1", 1),
        (b"\0\2a", 1),
        (b"\0\1ab", 1),
        (b"\0\1a", 2),
        (b"\0\0" * 3, 2),
    ],
)
def test_a_bundle_with_other_entries_is_refused(data: bytes, width: int):
    with pytest.raises(Malformed):
        read_entries(data, width)


def test_hashes_of_other_lengths_are_refused():
    with pytest.raises(Malformed):
        split_hashes(bytes(33))
    for size, edge in ((1, b""), (3, bytes(32)), (-1, b""), (2**63, bytes(32))):
        with pytest.raises(Malformed):
            Frontier.read(size, edge)
    with pytest.raises(Malformed):
        Frontier.from_tiles(-1, lambda *_: b"")


def test_the_bytes_of_an_events_leaf():
    leaf = Leaf("id", 258, DIGEST)
    assert leaf.encode() == b"\1\2id" + bytes(6) + b"\1\2" + DIGEST
    assert decode_leaf(leaf.encode()) == leaf
    assert len(encode_event("0" * 36, 0, DIGEST)) == 78


@pytest.mark.parametrize(
    ("event_id", "time_ms", "digest"),
    [
        *(("", 0, DIGEST), ("x" * 256, 0, DIGEST), ("é" * 128, 0, DIGEST), ("\ud800", 0, DIGEST)),
        *(("x", -1, DIGEST), ("x", 2**63, DIGEST), ("x", 0, DIGEST[1:]), ("x", 0, DIGEST + b"x")),
    ],
)
def test_what_is_no_event_has_no_leaf(event_id: str, time_ms: int, digest: bytes):
    with pytest.raises(Malformed):
        encode_event(event_id, time_ms, digest)


BEGINNING = Beginning(
    old_origin="juyong.test/old",
    old_checkpoint_hash=DIGEST,
    operator="root@example.com",
    reason="restored from a backup",
    time_ms=1_700_000_000_000,
)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\0", b"\3", b"\1", b"\1\0" + bytes(40), b"\1\1", b"\1\1x" + bytes(39)),
        *(b"\1\1x" + bytes(41), b"\1\1\xff" + bytes(40), b"\1\1x\x80" + bytes(39)),
        *(b"\2", BEGINNING.encode()[:-1], BEGINNING.encode() + b"\0", BEGINNING.encode()[:41]),
        *(b"\3" + bytes(28), b"\3" + bytes(27), b"\3" + b"\xff" * 28, b"\4" + bytes(28)),
        b"\2" + b"\x80" + BEGINNING.encode()[2:],
        BEGINNING.encode().replace(b"\0\x0fjuyong.test/old", b"\0\0"),
        BEGINNING.encode().replace(b"root", b"\xff\xff\xff\xff"),
    ],
)
def test_other_bytes_are_no_leaf(data: bytes):
    with pytest.raises(Malformed):
        decode_leaf(data)


def test_a_beginning_names_the_old_log_and_who_ended_it():
    assert decode_leaf(BEGINNING.encode()) == BEGINNING
    values = {name: getattr(BEGINNING, name) for name in BEGINNING.__struct_fields__}
    for wrong in (
        *({"old_origin": ""}, {"operator": ""}, {"old_checkpoint_hash": b""}, {"time_ms": -1}),
        *({"reason": "x" * 4097}, {"operator": "\ud800"}),
    ):
        with pytest.raises(Malformed):
            Beginning(**values | wrong).encode()


EXPIRY = Expiry(up_to=300, previous=7, kept_days=90, time_ms=1_700_000_000_000)


def test_an_expiry_says_how_far_and_since_when():
    assert EXPIRY.encode().hex() == "030000018bcfe56800000000000000012c00000000000000070000005a"
    assert decode_leaf(EXPIRY.encode()) == EXPIRY
    values = {name: getattr(EXPIRY, name) for name in EXPIRY.__struct_fields__}
    for wrong in (
        *({"up_to": 0}, {"up_to": 2**63 + 1}, {"previous": -1}, {"previous": 2**63}),
        *({"kept_days": 0}, {"kept_days": 2**32}, {"time_ms": -1}, {"time_ms": 2**63}),
    ):
        with pytest.raises(Malformed):
            Expiry(**values | wrong).encode()
    for most in ({"up_to": 2**63 - 1}, {"kept_days": 2**32 - 1}, {"up_to": 1, "previous": 0}):
        leaf = Expiry(**values | most)
        assert decode_leaf(leaf.encode()) == leaf


def test_a_beginning_and_an_event_are_never_the_same_bytes():
    assert BEGINNING.encode()[0] != encode_event("x", 0, DIGEST)[0]


LOG = Log(events(7))


def test_proofs_of_leaves_and_trees_that_are_not_there_are_refused():
    for size, index in ((0, 0), (7, 7), (7, -1), (2**63, 0)):
        with pytest.raises(Malformed):
            prove_inclusion(LOG.tiles.read, size, index)
    for old, size in ((8, 7), (-1, 7), (0, 2**63)):
        with pytest.raises(Malformed):
            prove_consistency(LOG.tiles.read, old, size)
    with pytest.raises(LedgerError):
        prove_inclusion(LOG.tiles.read, 8, 0)
    with pytest.raises(LedgerError):
        prove_inclusion(lambda *_: b"short", 7, 0)


def test_proofs_about_impossible_trees_prove_nothing():
    proof, root = prove_inclusion(LOG.tiles.read, 7, 3), LOG.frontier.root()
    for index, size in ((7, 7), (-1, 7), (3, 0), (0, 2**64)):
        with pytest.raises(BadProof):
            check_inclusion(leaf_hash(LOG.leaves[3]), index, size, proof, root)
    for old, size in ((8, 7), (-1, 7), (1, 2**64)):
        with pytest.raises(LedgerError):
            check_consistency(old, root, size, root, [])


def test_the_empty_tree_begins_every_tree_and_needs_no_proof():
    root = LOG.frontier.root()
    check_consistency(0, EMPTY_ROOT, 7, root, [])
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    for wrong in (
        (0, root, 7, root, []),
        (0, EMPTY_ROOT, 7, root, [root]),
        (0, EMPTY_ROOT, 0, root, []),
        (0, root, 0, root, []),
        (7, EMPTY_ROOT, 7, root, []),
        (7, root, 7, root, [root]),
        (4, root, 7, root, []),
        (3, root, 7, root, []),
    ):
        with pytest.raises(BadProof):
            check_consistency(*wrong)


GROWN = Log(events(23))


def root_of(size: int) -> bytes:
    return Log(events(size)).frontier.root()


def test_a_proof_for_another_size_is_too_long_or_too_short():
    """The hashes lead to the root all the same; the tree is of another shape."""
    last, middle = (prove_inclusion(GROWN.tiles.read, 23, index) for index in (22, 3))
    leaf = leaf_hash(GROWN.leaves[22])
    check_inclusion(leaf, 22, 23, last, root_of(23))
    for index, size in ((6, 7), (2, 3), (0, 1)):
        with pytest.raises(BadProof):
            check_inclusion(leaf, index, size, last, root_of(23))
    for size in (33, 64, 2**62):
        with pytest.raises(BadProof):
            check_inclusion(leaf_hash(GROWN.leaves[3]), 3, size, middle, root_of(23))


def test_a_proof_of_consistency_for_other_sizes_is_too_long_or_too_short():
    proof = prove_consistency(GROWN.tiles.read, 22, 23)
    check_consistency(22, root_of(22), 23, root_of(23), proof)
    with pytest.raises(BadProof):
        check_consistency(6, root_of(22), 7, root_of(23), proof)
    early = prove_consistency(GROWN.tiles.read, 3, 23)
    check_consistency(3, root_of(3), 23, root_of(23), early)
    for size in (33, 64, 2**62):
        with pytest.raises(BadProof):
            check_consistency(3, root_of(3), size, root_of(23), early)


def test_a_digest_of_another_length_proves_nothing():
    with pytest.raises(BadProof):
        check_inclusion(b"", 0, 1, [], sha256(b"").digest())
