"""The end of a key: scheduled, called off, and carried out when the waiting is over.

Source: KMS API reference, each operation; KMS, "Key deletion" (documented).
"""

from typing import Annotated

from juyong.api.context import Context, Journal
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc
from juyong.api.operation import operation
from juyong.base.clock import Instant
from juyong.services.kms.errors import RejectedOperation
from juyong.services.kms.intervals import DAY
from juyong.services.kms.keys import key as keys
from juyong.services.kms.keys.aliases import ALIAS
from juyong.services.kms.keys.hardware import doom
from juyong.services.kms.keys.material import count_versions
from juyong.services.kms.keys.tables import (
    AliasRow,
    ImportPairRow,
    KeyRow,
    KeyVersionRow,
    SealedMessagesRow,
    State,
)
from juyong.services.kms.product import KEY_WRITES, KMS
from juyong.store.tags import drop_tags
from juyong.store.transaction import Transaction

LEAST_WINDOW, MOST_WINDOW = 7, 366
Window = Annotated[
    int,
    Between(LEAST_WINDOW, MOST_WINDOW),
    Doc("7 to 366. Then its material is destroyed and its id unknown."),
]


DeletionProtected = fact(
    "Rejected.DeletionProtectionEnabled",
    409,
    "The request was rejected because deletion protection is enabled.",
    why="The protection must be taken off first (the code is assumed).",
)


@operation(
    KMS,
    "ScheduleKeyDeletion",
    on=keys.key_in(keys.CHANGE),
    raises=(DeletionProtected, RejectedOperation),
    rate=KEY_WRITES,
)
def schedule_key_deletion(ctx: Context, key: KeyRow, *, pending_window_in_days: Window) -> None:
    """Let a key wait for its deletion; it cannot be used meanwhile."""
    keys.refuse_services(key)
    if key.deletion_protected:
        raise DeletionProtected
    delete_at = Instant(ctx.now + pending_window_in_days * DAY)
    keys.change_key(
        ctx, key, state=State.PENDING_DELETION, deletion_asked_at=ctx.now, delete_at=delete_at
    )


@operation(KMS, "CancelKeyDeletion", on=keys.key_in(keys.CANCEL_DELETION), rate=KEY_WRITES)
def cancel_key_deletion(ctx: Context, key: KeyRow) -> None:
    """Call a key's deletion off; the key is enabled then, whatever it was before.

    Assumed: a key whose imported material is absent waits for it.
    """
    first = ctx.tx.find_one(KeyVersionRow, key_id=key.key_id, number=1)
    waits = first is None or first.material is None or keys.has_expired(key, ctx.now)
    state = State.PENDING_IMPORT if waits else State.ENABLED
    keys.change_key(ctx, key, state=state, deletion_asked_at=None, delete_at=None)


def is_over(row: KeyRow, now: Instant) -> bool:
    """Say whether a key is to be deleted now.

    SECURITY: a clock that shows a time before the scheduling is wrong, and no caller can ask for a
    window that is too short; in doubt the key is kept.
    """
    if (
        row.state != State.PENDING_DELETION
        or row.delete_at is None
        or row.deletion_asked_at is None
    ):
        return False
    shortest = row.deletion_asked_at + LEAST_WINDOW * DAY
    return shortest <= row.delete_at <= now


def delete_for_good(tx: Transaction, row: KeyRow, now: Instant, journal: Journal) -> None:
    """Remove a key and everything that belongs to it; the next job removes objects in the module.

    journal: Hears of the key, and of the aliases that go with it.
    """
    keys.note_key(tx, journal, "deleted", row)
    _erase(tx, row, tx.find(KeyVersionRow, key_id=row.key_id), now)
    for alias in tx.find(AliasRow, key_id=row.key_id):
        ALIAS.note(tx, journal, "deleted", alias)
        tx.delete(alias)
    for pair in tx.find(ImportPairRow, key_id=row.key_id):
        tx.delete(pair)
    drop_tags(tx, keys.KEY.ref(row))
    tx.delete(row)


def erase_some(tx: Transaction, row: KeyRow, now: Instant, most: int) -> bool:
    """Erase at most `most` versions of a key whose waiting is over; delete_for_good does the rest.

    The primary version stays. Returns whether there may be more than `most` left.
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
