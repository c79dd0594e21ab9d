"""Digests of deliveries: which leaves of the ledger went into which files, signed by the log's key.

A digest is one line of JSON, as a signed note. The line says what it is by its beginning, so no
digest passes for a checkpoint, nor a checkpoint for a digest. It has the hashes of all leaves of a
range, the edge of the tree before the range, and a proof that a signed checkpoint goes on from the
range. So who has the files and the log's key finds out without the platform that a file was
changed or removed, and that no event of the range was left out of the digest.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Self

import msgspec

from juyong.audit.ledger.signing import LogSigner, key_of
from juyong.engines.ledger import (
    Frontier,
    Malformed,
    Note,
    append_all,
    check_consistency,
    join_hashes,
    open_checkpoint,
)
from juyong.engines.ledger.note import from_base64, to_base64

FORMAT = "juyong-trail-digest/1"
_BEGINS = f'{{"format":"{FORMAT}",'


class DeliveredFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its key in the bucket, SHA-256 in hex, and the leaves of its events, in order."""

    key: str
    sha256: str
    leaves: tuple[int, ...]


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """The digest before: its key in the bucket, and SHA-256 in hex of its bytes."""

    key: str
    sha256: str


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """A range of leaves, and the files into which their events were delivered.

    trail: The ARN. origin: The log. checkpoint: A signed note of the log, of a size that is not
    before `end`. first, end: The range, without its end. at: When it was delivered, UTC. hashes:
    Of the leaves of the range, in order, in Base64. edge: Of the tree of the leaves before the
    range. proof: That the checkpoint's tree begins with the leaves before `end`. files: What was
    delivered; all other leaves of the range the trail's filter left out. damaged: Leaves whose
    events were not what was signed, and were not delivered. previous: Of the same trail and bucket.
    """

    format: str = FORMAT
    trail: str
    origin: str
    at: str
    first: int
    end: int
    files: tuple[DeliveredFile, ...]
    damaged: tuple[int, ...]
    previous: Pointer | None
    checkpoint: str
    edge: tuple[str, ...]
    proof: tuple[str, ...]
    hashes: tuple[str, ...]

    @classmethod
    def parse(cls, data: bytes, public: bytes) -> Self:
        """Read a digest that a key signed, in the name of whichever of its logs.

        Raises:
            LedgerError: the bytes are no digest, or the key did not sign them.
        """
        note = Note.parse(data)
        if not note.text.startswith(_BEGINS):
            raise Malformed("this is no digest")
        try:
            found = msgspec.json.decode(note.text, type=cls)
        except msgspec.DecodeError as bad:
            raise Malformed("this is no digest") from bad
        note.check((key_of(found.origin, public),))
        return found

    def signed(self, signer: LogSigner) -> bytes:
        """Return the digest as a note that the log's key signed."""
        return signer.signed(self.origin, f"{msgspec.json.encode(self).decode()}\n")

    def check(self, public: bytes) -> None:
        """Check that the leaves of the range are those of the log, and each is accounted for once.

        Raises:
            LedgerError: they are not.
        """
        opened = open_checkpoint(
            self.checkpoint.encode(), self.origin, (key_of(self.origin, public),)
        ).checkpoint
        edge = join_hashes(map(from_base64, self.edge))
        hashes = join_hashes(map(from_base64, self.hashes))
        if self.end != self.first + len(self.hashes):
            raise Malformed("a digest has a hash for each leaf of its range")
        tree, _ = append_all(Frontier.read(self.first, edge), hashes)
        proof = [from_base64(each) for each in self.proof]
        check_consistency(tree.size, tree.root(), opened.size, opened.root, proof)
        named = [*chain.from_iterable(each.leaves for each in self.files), *self.damaged]
        if len(set(named)) != len(named) or not all(
            self.first <= each < self.end for each in named
        ):
            raise Malformed("a leaf is in two files, or is not of the range")


def in_base64(hashes: Sequence[bytes]) -> tuple[str, ...]:
    """Return hashes as a digest has them."""
    return tuple(map(to_base64, hashes))
