"""Logs for the ledger's tests: leaves, their tiles in memory, and keys."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from juyong.engines.ledger import (
    COSIGNING,
    ED25519,
    Addition,
    Checkpoint,
    Frontier,
    Key,
    LedgerError,
    Note,
    append_all,
    encode_event,
    leaf_hashes,
    sign,
)

ORIGIN = "juyong.test/log"


def event_leaf(number: int) -> bytes:
    """Return the leaf of an event."""
    event_id = f"00000000-0000-4000-8000-{number:012d}"
    return encode_event(event_id, 1_700_000_000_000 + number, sha256(event_id.encode()).digest())


def events(count: int) -> list[bytes]:
    return [event_leaf(number) for number in range(count)]


class Tiles:
    """Tiles in memory; a partial tile is the beginning of what is there."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, int], bytes] = {}
        self.reads: list[tuple[int, int, int]] = []

    def write(self, additions: Iterable[Addition]) -> None:
        for addition in additions:
            for index, before, hashes in addition.by_tile():
                tile = self.kept.get((addition.level, index), b"")
                assert len(tile) == 32 * before
                self.kept[addition.level, index] = tile + hashes

    def read(self, level: int, index: int, width: int) -> bytes:
        self.reads.append((level, index, width))
        found = self.kept.get((level, index), b"")[: 32 * width]
        if len(found) < 32 * width:
            raise LedgerError("no such tile")
        return found


class Signing:
    """A pair of keys."""

    def __init__(self, name: str, seed: bytes, sort: int = ED25519) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(seed.ljust(32, b"\0"))
        public = self.private.public_key().public_bytes_raw()
        self.key = Key(name=name, public=public, sort=sort)

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


LOG = Signing(ORIGIN, b"log")
WITNESS = Signing("witness.test/w", b"witness", COSIGNING)


class Log:
    """A log that was appended to, in batches."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.leaves: list[bytes] = []
        self.tiles = Tiles()
        self.frontier = Frontier()
        self.append(leaves)

    def append(self, leaves: Iterable[bytes]) -> None:
        new = list(leaves)
        self.leaves += new
        self.frontier, additions = append_all(self.frontier, leaf_hashes(new))
        self.tiles.write(additions)

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(origin=ORIGIN, size=self.frontier.size, root=self.frontier.root())

    @property
    def note(self) -> Note:
        return signed(self.checkpoint)


def signed(checkpoint: Checkpoint, *by: Any) -> Note:
    """Sign a checkpoint, by the log unless it is said by whom."""
    text = checkpoint.text
    return Note(text, tuple(sign(text, each.key, each.sign) for each in by or (LOG,)))
