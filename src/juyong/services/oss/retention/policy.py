"""The retention policy of a bucket, and the one place that says whether a version may go.

Every way by which a version ends or changes asks here: deletions, writes over a version, appended
bytes, and lifecycle rules. From the moment that a policy is made it protects all versions of the
bucket, those that are older than the policy too, until their last modification and the days of the
policy are over. A policy that is not locked within 24 hours protects nothing any more.

Source: OSS, "Retention policy" (documented): 24 hours, days counted from the last modification,
409 FileImmutable; lifecycle rules move protected objects to colder classes. Assumed: the last
second of the days is protected; a delete marker holds nothing, so that it may go; tags and ACL are
not the object, and may change.
"""

import msgspec

from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import oss_fact
from juyong.services.oss.hand import Hand
from juyong.services.oss.moments import DAY
from juyong.services.oss.tables import ObjectRow
from juyong.store.transaction import Transaction

IN_PROGRESS, LOCKED, EXPIRED = "InProgress", "Locked", "Expired"
NoRetention = oss_fact(
    "NoSuchWORMConfiguration",
    404,
    "0027-00000001",
    "The WORM Configuration does not exist.",
    why="The bucket has no retention policy, or the id is not that of its policy (EC assumed).",
)
FileImmutable = oss_fact(
    "FileImmutable",
    409,
    "0026-00000202",
    "The object you specified is immutable.",
    why="The bucket's retention policy protects the object.",
)


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """A retention policy as the bucket keeps it; days: how long versions stay."""

    worm_id: str
    days: int
    locked: bool = False
    created_at: Instant

    @property
    def lapses_at(self) -> Instant:
        """When the policy ends unless it is locked."""
        return Instant(self.created_at + DAY)

    def state(self, now: Instant) -> str:
        """Return the state: locked, in its first 24 hours, or expired."""
        if self.locked:
            return LOCKED
        return IN_PROGRESS if now < self.lapses_at else EXPIRED

    def is_in_force(self, now: Instant) -> bool:
        """Tell whether the policy counts: one that was not locked in time does not."""
        return self.state(now) != EXPIRED

    def protects(self, row: ObjectRow, now: Instant) -> bool:
        """Tell whether a version must stay as it is."""
        in_time = now <= row.modified_at + self.days * DAY
        return self.is_in_force(now) and in_time and not row.marker


RETENTION = Setting(kind="worm", document=Retention, missing=NoRetention)


class RetentionState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a retention policy; expiration_date: Of one that is not locked."""

    worm_id: str
    retention_period_in_days: int
    locked: bool
    creation_date: str
    expiration_date: str | msgspec.UnsetType


def retention_of(tx: Transaction, bucket_name: str) -> Retention | None:
    """Return the retention policy of a bucket, an expired one too, or None."""
    return RETENTION.held(tx, bucket_name)


def retention_state(tx: Transaction, bucket_name: str) -> RetentionState | msgspec.UnsetType:
    """Return the state of a bucket's retention policy for the inventory, nothing without one."""
    held = retention_of(tx, bucket_name)
    if held is None:
        return msgspec.UNSET
    return RetentionState(
        worm_id=held.worm_id,
        retention_period_in_days=held.days,
        locked=held.locked,
        creation_date=iso(held.created_at),
        expiration_date=msgspec.UNSET if held.locked else iso(held.lapses_at),
    )


def is_protected(by: Hand, row: ObjectRow) -> bool:
    """Tell whether a version must stay as it is now."""
    held = retention_of(by.tx, row.bucket_name)
    return held is not None and held.protects(row, by.now)


def refuse_protected(by: Hand, row: ObjectRow) -> None:
    """Refuse to end or to change a version that must stay.

    Raises:
        FileImmutable: the version is protected.
    """
    if is_protected(by, row):
        raise FileImmutable(Key=row.object_key.decode())
