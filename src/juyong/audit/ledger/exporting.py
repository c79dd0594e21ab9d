"""Write the log as others read it: checkpoint, tiles and entry bundles, in files.

Source: C2SP tlog-tiles (documented).
"""

from collections.abc import Iterator

from juyong.audit.ledger.signing import key_of
from juyong.audit.ledger.stored import entries_of, log_of, opened, tiles_of
from juyong.engines.ledger import (
    ENTRIES,
    WIDTH,
    BadProof,
    Frontier,
    NotSigned,
    Tile,
    pack_entries,
    width_at,
)
from juyong.store.transaction import Transaction


def exported(tx: Transaction, public: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each file of the log: its path and its content, the checkpoint last.

    Events are not in it. `verifier-key` is the log's key; who checks the log has the key from
    elsewhere.

    Raises:
        LedgerError: the log does not hold, or there is none.
    """
    row = log_of(tx)
    if row is None:
        raise NotSigned("there is no log yet")
    checkpoint, read = opened(row, public), tiles_of(tx)
    if Frontier.from_tiles(row.size, read).root() != checkpoint.root:
        raise BadProof("the tiles are not what the checkpoint says")
    for tile in _tiles(row.size):
        yield tile.path, read(tile.level, tile.index, tile.width)
    for tile in _of_level(row.size, 0):
        entries = entries_of(tx, tile.index, tile.width)
        yield Tile(ENTRIES, tile.index, tile.width).path, pack_entries(entries)
    yield "verifier-key", f"{key_of(row.origin, public).text}\n".encode()
    yield "checkpoint", row.checkpoint.encode()


def _tiles(size: int) -> Iterator[Tile]:
    level = 0
    while size >> (8 * level):
        yield from _of_level(size, level)
        level += 1


def _of_level(size: int, level: int) -> Iterator[Tile]:
    for number in range(-(-(size >> (8 * level)) // WIDTH)):
        yield Tile(level, number, width_at(size, level, number))
