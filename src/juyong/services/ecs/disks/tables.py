"""Disks, and the data keys of the encrypted ones, sealed."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table(
    "ecs_disk",
    key=("disk_id",),
    index=(("account_id", "region"), ("instance_id",), ("snapshot_id",)),
)
class DiskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One disk.

    kind: `system` or `data`. size_gib: The most that it holds. instance_id: Empty while it is
    attached to none. key_id: The customer's key of the KMS, where the call named one. data_key: The
    disk's own key, sealed as a ciphertext blob of the KMS, which opens the blob when the disk is
    attached or started; empty for a disk that is not encrypted. snapshot_id: The
    snapshot that the disk was made of.

    blob_id: The sealed content, empty for none. base: Names that content, and changes with it.
    unsealed: A plain tree may be newer. So may that of an instance that runs since the start of the
    platform, where the disk is not encrypted.
    seal_key: The public half of data_key, to which the key of each blob of an encrypted disk is
    sealed. blob_key: That sealed key. opened_key: The key of the blob, from the time when the KMS
    opened data_key until the instance stops or the disk is detached.
    """

    disk_id: str
    account_id: AccountId
    region: str
    zone_id: str
    disk_name: str
    description: str
    kind: str
    category: str
    performance_level: str
    size_gib: int
    image_id: str = ""
    instance_id: str = ""
    device: str = ""
    delete_with_instance: bool
    key_id: str = ""
    data_key: bytes = b""
    snapshot_id: str = ""
    blob_id: str = ""
    base: str = ""
    unsealed: bool = False
    seal_key: bytes | None = None
    blob_key: bytes | None = None
    opened_key: Secret | None = None
    attached_at: Instant | None = None
    detached_at: Instant | None = None
    created_at: Instant
    version: int = 0


@table(
    "ecs_snapshot",
    key=("snapshot_id",),
    index=(("account_id", "region"), ("disk_id",), ("delete_at",), ("group_id",)),
)
class SnapshotRow(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a disk at one time.

    status: As DescribeSnapshots says. kind, size_gib, key_id, data_key, seal_key,
    blob_id, blob_key: As of the disk; each snapshot keeps the blob once more. policy_id: The policy
    that made the snapshot; empty for a call. delete_at: When the snapshot goes by itself; None: it
    does not. group_id: Of the group that it was made in; empty for none.
    """

    snapshot_id: str
    account_id: AccountId
    region: str
    snapshot_name: str
    description: str
    disk_id: str
    kind: str
    size_gib: int
    key_id: str
    data_key: bytes
    seal_key: bytes | None
    blob_id: str = ""
    blob_key: bytes | None = None
    policy_id: str = ""
    delete_at: Instant | None = None
    group_id: str = ""
    status: str
    changed_at: Instant
    created_at: Instant
    version: int = 0
