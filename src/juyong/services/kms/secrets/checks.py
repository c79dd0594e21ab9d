"""Prove the secrets: every version opens in its place, every stage sits on one, one is current.

Versions that a key inside the hardware module sealed are passed over, since a check has no module;
so are versions of a key without its imported material.
"""

from collections.abc import Iterator, Mapping

from juyong.engines.crypto.software import load_symmetric
from juyong.services.identity.facade import AccountRow
from juyong.services.kms.errors import KeyPendingImport
from juyong.services.kms.keys.checks import rows, unreadable
from juyong.services.kms.keys.material import PURPOSE, in_hardware, open_account_key
from juyong.services.kms.keys.material import opened as opened_material
from juyong.services.kms.keys.tables import AccountKeyRow, KeyRow, KeyVersionRow
from juyong.services.kms.secrets.rotation.begin import ROTATE
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.sealing import opened, unwrapped
from juyong.services.kms.secrets.stages import CURRENT
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow, StageRow
from juyong.store.errors import Tampered
from juyong.store.finding import Finding
from juyong.store.queue import QueueRow
from juyong.store.transaction import Transaction


def check(tx: Transaction, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report secrets, versions, stages and rotations that are not sound.

    Cost: two openings a version, and one of the key that sealed it.
    """
    for row in rows(tx, SecretRow):
        yield from _secret(tx, row)
    for version in rows(tx, SecretVersionRow):
        yield from _version(tx, keys[PURPOSE], version)
    for stage in rows(tx, StageRow):
        if tx.get(SecretVersionRow, stage.secret_id, stage.version_id) is None:
            where = f"kms_secret_stage {stage.secret_id} {stage.stage}"
            yield Finding("stage-without-version", where, "the version it sits on does not exist")
    for rotation in rows(tx, RotationRow):
        where = f"kms_secret_rotation {rotation.secret_id}"
        if tx.get(SecretRow, rotation.secret_id) is None:
            yield Finding("rotation-without-secret", where, "its secret does not exist")
        if tx.get(QueueRow, ROTATE, rotation.secret_id) is None:
            yield Finding("rotation-without-work", where, "the queue has no item for it")


def _secret(tx: Transaction, row: SecretRow) -> Iterator[Finding]:
    where = f"kms_secret {row.secret_id}"
    if tx.get(AccountRow, row.account_id) is None:
        yield Finding("row-without-account", where, "its account does not exist")
    if tx.get(StageRow, row.secret_id, CURRENT) is None:
        yield Finding("secret-without-current", where, "it has no current version")
    if tx.get(KeyRow, row.key_id) is None:
        # The owner of a key may delete it, and so the secrets under it.
        yield Finding("secret-without-key", where, "the key that seals it is gone", "notice")
    yield from unreadable(where, row.policy)


def _version(tx: Transaction, root: bytes, version: SecretVersionRow) -> Iterator[Finding]:
    where = f"kms_secret_version {version.secret_id} {version.version_id}"
    row = tx.get(SecretRow, version.secret_id)
    if row is None or row.account_id != version.account_id:
        yield Finding("version-without-secret", where, "its secret does not exist in its account")
        return
    rotation = tx.get(RotationRow, version.secret_id)
    if version.pending and (rotation is None or rotation.version_id != version.version_id):
        yield Finding("version-without-rotation", where, "the rotation that it waits for is gone")
    key_row = tx.get(KeyRow, row.key_id)
    if key_row is None:
        return
    try:
        _open(tx, root, key_row, version)
    except Tampered:
        yield Finding("value-unreadable", where, "it does not open in its place")


def _open(tx: Transaction, root: bytes, key_row: KeyRow, version: SecretVersionRow) -> None:
    key_version = tx.get(KeyVersionRow, version.key_version_id)
    account = tx.get(AccountKeyRow, key_row.account_id)
    if key_version is None or account is None or key_version.key_id != key_row.key_id:
        raise Tampered(f"kms_key_version {version.key_version_id}")
    if in_hardware(key_version):
        return
    try:
        material = opened_material(open_account_key(root, account), key_row, key_version)
    except KeyPendingImport:
        return
    opened(unwrapped(load_symmetric(key_row.spec, material), key_row, version), version)
