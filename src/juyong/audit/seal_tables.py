"""The seals of earlier versions, which a log follows; see seals.py. New homes have none."""

import msgspec

from juyong.base.clock import Instant
from juyong.store.table import table


@table("actiontrail_seal", key=("number",))
class SealRow(msgspec.Struct, frozen=True, kw_only=True):
    """One block of settled events, chained to the block before; see seals.py."""

    number: int
    """1, 2, 3 … without gaps."""
    first_seq: int
    last_seq: int
    count: int
    digest: str
    previous: str
    """The mac of the block before, empty for the first."""
    sealed_at: Instant
    mac: str


@table("actiontrail_seal_mark", key=("slot",))
class SealMarkRow(msgspec.Struct, frozen=True, kw_only=True):
    """The newest event that was seen when sealing last looked; one row, slot 1."""

    slot: int = 1
    seq: int
    seen_at: Instant
    version: int = 0
