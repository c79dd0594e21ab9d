"""The ledger: an append-only Merkle log, proofs about it, and the checks that outsiders make.

leaves = [Leaf(event_id, time_ms, digest).encode(), …]  # or event_leaves(rows, form)
frontier, additions = append_all(frontier, leaf_hashes(leaves))
checkpoint = Checkpoint(origin=origin, size=frontier.size, root=frontier.root())
note = Note(checkpoint.text, (sign(checkpoint.text, key, signer),))
proof = prove_inclusion(reader, checkpoint.size, index)

Pure: bytes in, values out; whatever does not hold is a LedgerError.
"""

from juyong.engines.ledger.appending import Addition, Frontier, append_all
from juyong.engines.ledger.checkpoint import Checkpoint, Opened, open_checkpoint
from juyong.engines.ledger.errors import (
    BadProof,
    BadSignature,
    LedgerError,
    Malformed,
    NotSigned,
)
from juyong.engines.ledger.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, leaf_hashes
from juyong.engines.ledger.leaf import Beginning, Expiry, Leaf, decode_leaf, encode_event
from juyong.engines.ledger.note import COSIGNING, ED25519, Key, Note, Signature, cosign, sign
from juyong.engines.ledger.proof_bundle import ProofBundle, Proven
from juyong.engines.ledger.proofs import (
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
    root_from_tiles,
)
from juyong.engines.ledger.rows import NO_LEAF, EventForm, event_body, event_leaf, event_leaves
from juyong.engines.ledger.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    TileReader,
    edge_tiles,
    join_hashes,
    pack_entries,
    parse_path,
    read_entries,
    width_at,
)
from juyong.engines.ledger.verify import Difference, Discrepancy, ProvenTiles, verify_log
from juyong.engines.ledger.witness import (
    Request,
    Seen,
    Verdict,
    judge,
    read_cosignature,
    read_size,
)

__all__ = [
    "COSIGNING",
    "ED25519",
    "EMPTY_ROOT",
    "ENTRIES",
    "HASH_BYTES",
    "NO_LEAF",
    "WIDTH",
    "Addition",
    "BadProof",
    "BadSignature",
    "Beginning",
    "Checkpoint",
    "Difference",
    "Discrepancy",
    "EventForm",
    "Expiry",
    "Frontier",
    "Key",
    "Leaf",
    "LedgerError",
    "Malformed",
    "NotSigned",
    "Note",
    "Opened",
    "ProofBundle",
    "Proven",
    "ProvenTiles",
    "Request",
    "Seen",
    "Signature",
    "Tile",
    "TileReader",
    "Verdict",
    "append_all",
    "check_consistency",
    "check_inclusion",
    "cosign",
    "decode_leaf",
    "edge_tiles",
    "encode_event",
    "event_body",
    "event_leaf",
    "event_leaves",
    "join_hashes",
    "judge",
    "leaf_hash",
    "leaf_hashes",
    "open_checkpoint",
    "pack_entries",
    "parse_path",
    "prove_consistency",
    "prove_inclusion",
    "read_cosignature",
    "read_entries",
    "read_size",
    "root_from_tiles",
    "sign",
    "verify_log",
    "width_at",
]
