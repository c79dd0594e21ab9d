"""The end of a key whose waiting for deletion is over.

Source: KMS, "Key deletion" (documented).
"""

from juyong.api.context import Journal
from juyong.base.clock import Instant
from juyong.services.kms.crypto.tables import SealedMessagesRow
from juyong.services.kms.intervals import DAY
from juyong.services.kms.keys.aliases import RESOURCE as ALIAS
from juyong.services.kms.keys.create import tagged
from juyong.services.kms.keys.material import count_versions
from juyong.services.kms.keys.shapes import alias_shape
from juyong.services.kms.keys.states import PENDING_DELETION
from juyong.services.kms.keys.switching import LEAST_WINDOW
from juyong.services.kms.keys.tables import AliasRow, ImportPairRow, KeyRow, KeyVersionRow
from juyong.services.kms.keys.token_objects import doom
from juyong.services.kms.tagging import remove_tags
from juyong.store.transaction import Transaction


def is_over(row: KeyRow, now: Instant) -> bool:
    """Say whether a key is to be deleted now.

    SECURITY: a clock that stands before the scheduling is wrong, and a window shorter than any that
    can be asked for was not asked for; what is in doubt is kept.
    """
    if row.state != PENDING_DELETION or row.delete_at is None or row.deletion_asked_at is None:
        return False
    shortest = row.deletion_asked_at + LEAST_WINDOW * DAY
    return shortest <= row.delete_at <= now


def delete_for_good(tx: Transaction, row: KeyRow, now: Instant, journal: Journal) -> None:
    """Remove a key and all that hangs on it; objects in the hardware module go with the next job.

    Args:
        tx: The transaction of the job.
        row: A key that is over.
        now: When.
        journal: Hears of the aliases that go.
    """
    _erase(tx, row, tx.find(KeyVersionRow, key_id=row.key_id), now)
    for alias in tx.find(AliasRow, key_id=row.key_id):
        tx.delete(alias)
        name = alias.alias_name
        journal.record("deleted", ALIAS, name, name, alias_shape(alias))
    for pair in tx.find(ImportPairRow, key_id=row.key_id):
        tx.delete(pair)
    remove_tags(tx, tagged(row))
    tx.delete(row)


def erase_some(tx: Transaction, row: KeyRow, now: Instant, most: int) -> bool:
    """Erase some versions of a key that is over, before delete_for_good does the rest.

    Args:
        tx: The transaction of the job.
        row: A key that is over.
        now: When.
        most: How many versions; the primary one is not among them.

    Returns:
        Whether there may be more than `most` left.
    """
    found = tx.find(KeyVersionRow, order=("number",), limit=most + 1, key_id=row.key_id)
    if len(found) <= most:
        return False
    kept = row.primary_version
    _erase(tx, row, [each for each in found[:most] if each.version_id != kept], now)
    return True


def _erase(tx: Transaction, row: KeyRow, versions: list[KeyVersionRow], now: Instant) -> None:
    count_versions(tx, row.account_id, -len(versions))
    for version in versions:
        if version.token_label is not None:
            doom(tx, version.token_label, now)
        counted = tx.get(SealedMessagesRow, version.version_id)
        if counted is not None:
            tx.delete(counted)
        tx.delete(version)
