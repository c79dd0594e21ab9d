"""The ledger as it is stored: its head, its entry bundles and its tiles."""

import msgspec

from juyong.store.table import table


@table("audit_log", key=("slot",))
class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the log; one row, slot 1.

    origin: The log's name, `juyong/` and 16 hexadecimal digits; each log has another.
    size: How many leaves it has.
    last_seq: The number of the newest event that is a leaf: all up to it are, none behind it is.
    edge: The right edge of the tree, see engines.ledger.Frontier.
    checkpoint: The signed note of that size, which alone proves the rest of the row.
    expiry: Index of the newest leaf that says which events expired, 0 where none has; the leaf and
        not this number is believed.
    """

    slot: int = 1
    origin: str
    size: int
    last_seq: int
    edge: bytes
    checkpoint: str
    version: int = 0
    expiry: int = 0


@table("audit_bundle", key=("number",), index=(("first_seq",),))
class BundleRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry bundle: 256 leaves one after the other, fewer in the last one.

    first_seq, last_seq: The numbers of the first and the last event in it, 0 where it has none.
        They say where to look for an event, and verifying the record compares them with the events.
    entries: As C2SP tlog-tiles has them.
    """

    number: int
    first_seq: int
    last_seq: int
    entries: bytes


@table("audit_tile", key=("level", "number"))
class TileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A tile: up to 256 hashes of one level of the tree, one behind the other."""

    level: int
    number: int
    hashes: bytes
