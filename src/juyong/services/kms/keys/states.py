"""Which operation goes with which state of a key, and what refuses it.

Source: KMS, "Impacts of key states on API operations" (documented); SetDeletionProtection of a key
that waits for deletion, and GetPublicKey of one that waits for material (assumed).
"""

from collections.abc import Mapping

from juyong.api.errors import ApiError
from juyong.services.kms.errors import (
    KeyDisabled,
    KeyPendingDeletion,
    KeyPendingImport,
    StateNotModified,
)
from juyong.services.kms.keys.tables import KeyRow

ENABLED = "Enabled"
DISABLED = "Disabled"
PENDING_DELETION = "PendingDeletion"
PENDING_IMPORT = "PendingImport"

Refusals = Mapping[str, type[ApiError]]
"""State to what refuses a group of operations in it."""

USE: Refusals = {
    DISABLED: KeyDisabled,
    PENDING_DELETION: KeyPendingDeletion,
    PENDING_IMPORT: KeyPendingImport,
}
"""Cryptography, GetPublicKey, CreateKeyVersion, UpdateRotationPolicy."""
SWITCH: Refusals = {PENDING_DELETION: StateNotModified, PENDING_IMPORT: StateNotModified}
"""EnableKey, DisableKey."""
SCHEDULE_DELETION: Refusals = {PENDING_DELETION: StateNotModified}
CANCEL_DELETION: Refusals = {
    ENABLED: StateNotModified,
    DISABLED: StateNotModified,
    PENDING_IMPORT: StateNotModified,
}
LABEL: Refusals = {PENDING_DELETION: KeyPendingDeletion}
"""UpdateKeyDescription, TagResource, UntagResource, SetDeletionProtection."""
NAME: Refusals = {PENDING_DELETION: StateNotModified}
"""CreateAlias."""
RENAME: Refusals = {PENDING_DELETION: KeyPendingDeletion}
"""UpdateAlias, of the key the alias then names."""
IMPORT: Refusals = {PENDING_DELETION: StateNotModified}


def refuse(row: KeyRow, refusals: Refusals) -> None:
    """Refuse a key whose state does not go with a group of operations."""
    refusal = refusals.get(row.state)
    if refusal is not None:
        raise refusal
