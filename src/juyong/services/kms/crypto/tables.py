"""How many messages key versions have sealed, claimed in blocks ahead of use."""

import msgspec

from juyong.store.table import table


@table("kms_sealed_messages", key=("version_id",))
class SealedMessagesRow(msgspec.Struct, frozen=True, kw_only=True):
    """The messages that may have been sealed under a key version.

    claimed: Messages allowed so far, those of blocks that processes took and did not use included.
    claimant: The process that took the last block.
    """

    version_id: str
    claimed: int
    claimant: str
    version: int = 0
