"""What a changed key leaves in the journal: its snapshot, and a mark where no hardware keeps it."""

import msgspec

from juyong.api.context import Journal
from juyong.hsm.labels import is_kept_by_process
from juyong.services.kms.keys.find import RESOURCE
from juyong.services.kms.keys.shapes import DescribedKey, described
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.store.inventory import Change
from juyong.store.transaction import Transaction

MARK = "hsmKeeper"
"""Names the mark in the additional data of events."""
PROCESS = "development process"


class KeySnapshot(DescribedKey, frozen=True, kw_only=True):
    """A key as snapshots keep it.

    hsm_keeper: Says that the development fallback keeps a version of the key; no answer shows it.
    """

    hsm_keeper: str | msgspec.UnsetType = msgspec.UNSET


def note_key(tx: Transaction, journal: Journal, change: Change, row: KeyRow) -> None:
    """Note the state that a key took, and whether the development fallback keeps any of it."""
    state = snapshot_of(tx, row)
    if state.hsm_keeper is not msgspec.UNSET:
        journal.extra[MARK] = PROCESS
    journal.record(change, RESOURCE, row.key_id, row.key_id, state, owner=row.account_id)


def note_use(journal: Journal, version: KeyVersionRow) -> None:
    """Mark the event of a call that uses a version which the development fallback keeps."""
    if version.token_label is not None and is_kept_by_process(version.token_label):
        journal.extra[MARK] = PROCESS


def snapshot_of(tx: Transaction, row: KeyRow) -> KeySnapshot:
    """Return a key as snapshots keep it."""
    kept = row.protection == "HSM" and any(
        is_kept_by_process(version.token_label or "")
        for version in tx.find(KeyVersionRow, key_id=row.key_id)
    )
    return KeySnapshot(
        **msgspec.structs.asdict(described(row)), hsm_keeper=PROCESS if kept else msgspec.UNSET
    )
