"""A file that proves that one leaf is in a log, for whoever knows the log's key.

The file holds the leaf's bytes, its index, the proof of inclusion and a signed checkpoint. The
leaf's bytes are proven, since their hash is where the proof begins.

Source: C2SP tlog-proof, version 1 (documented).
"""

from collections.abc import Sequence
from typing import Self

import msgspec

from juyong.engines.ledger.checkpoint import Opened, open_checkpoint, read_hash, read_number
from juyong.engines.ledger.errors import Malformed
from juyong.engines.ledger.hashing import leaf_hash
from juyong.engines.ledger.leaf import Beginning, Expiry, Leaf, decode_leaf
from juyong.engines.ledger.note import MOST_NOTE_BYTES, Key, Note, from_base64, to_base64
from juyong.engines.ledger.proofs import MOST_HASHES, check_inclusion
from juyong.engines.ledger.tiles import MOST_ENTRY_BYTES

SUFFIX = ".tlog-proof"
MOST_PROOF_BYTES = MOST_NOTE_BYTES + 2 * MOST_ENTRY_BYTES
_FIRST = "c2sp.org/tlog-proof@v1"
_EXTRA, _INDEX = "extra ", "index "


class Proven(msgspec.Struct, frozen=True):
    """A leaf that is in a log. opened: The checkpoint of the tree that has it."""

    leaf: Leaf | Beginning | Expiry
    index: int
    opened: Opened


class ProofBundle(msgspec.Struct, frozen=True):
    """A proof of one leaf.

    index: The leaf's. proof: Of inclusion. note: The signed checkpoint. extra: The leaf's bytes;
        empty in a file of another program, which proves a leaf that the reader has.
    """

    index: int
    proof: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file.

        SECURITY: nothing is verified yet.

        Raises:
            Malformed: the file is no proof.
        """
        if len(data) > MOST_PROOF_BYTES:
            raise Malformed("the proof is too long")
        head, gap, signed = data.partition(b"\n\n")
        first, *lines = head.decode("ascii", "replace").split("\n")
        if not gap or first != _FIRST:
            raise Malformed("this is no proof that can be read here")
        extra = b""
        if lines and lines[0].startswith(_EXTRA):
            extra = from_base64(lines.pop(0).removeprefix(_EXTRA))
            if not extra:
                raise Malformed("an extra line says nothing")
        if not lines or not lines[0].startswith(_INDEX) or len(lines) > 1 + MOST_HASHES:
            raise Malformed("a proof has an index and at most 63 hashes")
        index = read_number(lines[0].removeprefix(_INDEX))
        return cls(index, tuple(map(read_hash, lines[1:])), Note.parse(signed), extra)

    def encode(self) -> bytes:
        """Return the file."""
        lines = [_FIRST, f"{_EXTRA}{to_base64(self.extra)}"] if self.extra else [_FIRST]
        lines += [f"{_INDEX}{self.index}", *map(to_base64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.note.encode()

    def check(
        self, origin: str, keys: Sequence[Key], *, witnesses: Sequence[Key] = (), quorum: int = 0
    ) -> Proven:
        """Check the proof, and return the leaf that is proven.

        Args:
            origin, keys, witnesses, quorum: See open_checkpoint.

        Raises:
            Malformed: the file has no leaf, or its checkpoint is none.
            NotSigned, BadSignature: see open_checkpoint.
            BadProof: the leaf is not at that index of the log.
        """
        opened = open_checkpoint(self.note, origin, keys, witnesses=witnesses, quorum=quorum)
        leaf, head = decode_leaf(self.extra), opened.checkpoint
        check_inclusion(leaf_hash(self.extra), self.index, head.size, self.proof, head.root)
        return Proven(leaf, self.index, opened)
