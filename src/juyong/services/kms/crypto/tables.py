"""How many messages key versions have sealed, claimed in blocks ahead of use."""

from dataclasses import dataclass

from juyong.store.table import table


@table("kms_sealed_messages", key=("version_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMessagesRow:
    """What may have been sealed under a key version.

    claimed: Messages allowed so far, those of blocks that processes took and did not use included.
    claimant: The process that took the last block.
    """

    version_id: str
    claimed: int
    claimant: str
    version: int = 0
