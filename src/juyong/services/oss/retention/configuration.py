"""Retention policies made, locked, prolonged, shown and taken back.

Source: OSS API reference, InitiateBucketWorm, AbortBucketWorm, CompleteBucketWorm,
ExtendBucketWorm, GetBucketWorm (documented); codes (observed in the official SDKs' tests): 404
NoSuchWORMConfiguration for a policy or an id that is none, 403 WORMConfigurationLocked where a
locked policy is taken back, 400 InvalidWORMConfiguration where an unlocked one is prolonged. State
`Expired`, which AbortBucketWorm ends (observed in a client). Assumed: the codes of other refusals.
"""

from typing import Annotated

import msgspec
from msgspec.structs import replace

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, Wire, XmlBody
from juyong.api.shape import Shape
from juyong.base.ids import random_bytes
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import drop, keep
from juyong.services.oss.errors import oss_fact
from juyong.services.oss.moments import xml_time
from juyong.services.oss.retention.policy import (
    IN_PROGRESS,
    LOCKED,
    RETENTION,
    NoRetention,
    Retention,
    retention_of,
)
from juyong.services.oss.tables import BucketRow

_MOST_DAYS = 25_550
"""70 years."""
_ID_BYTES = 16
RetentionLocked = oss_fact(
    "WORMConfigurationLocked",
    403,
    "0027-00000002",
    "The WORM Configuration is locked.",
    why="The retention policy is locked: it can be prolonged, and nothing else (EC assumed).",
)
BadRetention = oss_fact(
    "InvalidWORMConfiguration",
    400,
    "0027-00000004",
    "Invalid WORM Configuration.",
    why="A retention policy has no such days, is there already, or is not in the state that the"
    " call needs (EC assumed).",
)
SuspendedVersions = oss_fact(
    "InvalidWORMConfiguration",
    400,
    "0027-00000003",
    "Invalid WORM Configuration: the bucket's versioning is suspended.",
    why="The versioning of the bucket is suspended, which no retention policy goes with.",
)
WormId = Annotated[str, Wire("wormId"), Doc("The id that InitiateBucketWorm answered.")]


class Days(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """How long versions stay, in days."""

    retention_period_in_days: int


class WormConfiguration(Shape, frozen=True, kw_only=True):
    """A retention policy; expiration_date: When one that is not locked ends."""

    worm_id: str
    state: str
    retention_period_in_days: int
    creation_date: str
    expiration_date: str | msgspec.UnsetType


def _checked(days: int) -> int:
    """Return days that a policy can have.

    Raises:
        BadRetention: fewer than 1, or more than 70 years.
    """
    if not 1 <= days <= _MOST_DAYS:
        raise BadRetention
    return days


def _named(ctx: Context, bucket: BucketRow, worm_id: str) -> Retention:
    """Return the policy of a bucket whose id a call names.

    Raises:
        NoRetention: the bucket has none, or one of another id.
    """
    held = RETENTION.needed(ctx.tx, bucket)
    if held.worm_id != worm_id:
        raise NoRetention(BucketName=bucket.bucket_name)
    return held


@on_bucket(
    "InitiateBucketWorm", "POST", "worm", raises=(BadRetention, RetentionLocked, SuspendedVersions)
)
def initiate_bucket_worm(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[Days, XmlBody("InitiateWormConfiguration"), Doc("1 to 25,550 days.")],
) -> RawAnswer:
    """Make a retention policy; it protects at once, and ends after 24 hours unless it is locked.

    A bucket that keeps versions may have one (documented since 2025); one whose versioning is
    suspended may not. A policy that has ended makes room for the new one.
    """
    days = _checked(configuration.retention_period_in_days)
    if bucket.versioning == "Suspended":
        raise SuspendedVersions(BucketName=bucket.bucket_name)
    before = retention_of(ctx.tx, bucket.bucket_name)
    if before is not None and before.is_in_force(ctx.now):
        raise RetentionLocked if before.locked else BadRetention
    worm_id = random_bytes(_ID_BYTES).hex().upper()
    keep(ctx, bucket, RETENTION, Retention(worm_id=worm_id, days=days, created_at=ctx.now))
    return RawAnswer(headers={"x-oss-worm-id": worm_id}, content_type="application/xml")


@on_bucket("AbortBucketWorm", "DELETE", "worm", raises=(NoRetention, RetentionLocked))
def abort_bucket_worm(ctx: Context, bucket: BucketRow) -> None:
    """Take back a retention policy that is not locked."""
    if RETENTION.needed(ctx.tx, bucket).locked:
        raise RetentionLocked
    drop(ctx, bucket, RETENTION.kind)


@on_bucket(
    "CompleteBucketWorm", "POST", "wormId", raises=(NoRetention, RetentionLocked, BadRetention)
)
def complete_bucket_worm(ctx: Context, bucket: BucketRow, *, worm_id: WormId) -> None:
    """Lock a retention policy within its first 24 hours, for as long as the bucket is there."""
    held = _named(ctx, bucket, worm_id)
    if held.locked:
        raise RetentionLocked
    if held.state(ctx.now) != IN_PROGRESS:
        raise BadRetention
    keep(ctx, bucket, RETENTION, replace(held, locked=True))


@on_bucket("ExtendBucketWorm", "POST", "wormExtend wormId", raises=(NoRetention, BadRetention))
def extend_bucket_worm(
    ctx: Context,
    bucket: BucketRow,
    *,
    worm_id: WormId,
    configuration: Annotated[Days, XmlBody("ExtendWormConfiguration"), Doc("More days.")],
) -> None:
    """Prolong a locked retention policy, for all versions that are there too."""
    days = _checked(configuration.retention_period_in_days)
    held = _named(ctx, bucket, worm_id)
    if held.state(ctx.now) != LOCKED or days <= held.days:
        raise BadRetention
    keep(ctx, bucket, RETENTION, replace(held, days=days))


@on_bucket("GetBucketWorm", "GET", "worm", root="WormConfiguration", raises=(NoRetention,))
def get_bucket_worm(ctx: Context, bucket: BucketRow) -> WormConfiguration:
    """Show the retention policy of a bucket, one that has ended too."""
    held = RETENTION.needed(ctx.tx, bucket)
    return WormConfiguration(
        worm_id=held.worm_id,
        state=held.state(ctx.now),
        retention_period_in_days=held.days,
        creation_date=xml_time(held.created_at),
        expiration_date=msgspec.UNSET if held.locked else xml_time(held.lapses_at),
    )
