"""Trails, and how far each of their targets has been written."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.store.table import table

_LINKED = "role/aliyunserviceroleforactiontrail"


@table("actiontrail_trail", key=("account_id", "name"))
class TrailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One trail.

    region: Where the trail was made, its home. bucket, prefix: The target in OSS; the prefix as it
    was sent. project: The ARN of the target in SLS. bucket_role, project_role: The ARN of the role
    that writes there, empty for the service-linked one. Empty targets are none. trail_region:
    `All`, or regions with commas between them. status: `Fresh`, `Enable` or `Disable`. insights:
    The types of insights that are delivered, with commas between them.
    """

    account_id: AccountId
    name: str
    region: str
    bucket: str = ""
    prefix: str = ""
    bucket_role: str = ""
    project: str = ""
    project_role: str = ""
    event_rw: str
    trail_region: str
    status: str = "Fresh"
    created_at: Instant
    updated_at: Instant
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    insights: str = ""
    version: int = 0

    @property
    def project_writer(self) -> str:
        """The ARN of the role that writes to the project, empty without a project."""
        return self.project and (self.project_role or ram_arn(self.account_id, _LINKED))


@table(
    "actiontrail_delivery",
    key=("account_id", "trail_name", "target"),
    index=(("done", "account_id"),),
)
class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One target of a trail, and the leaf of the ledger that comes next.

    A row outlives its trail, and the target that the trail had, until all is written that was
    recorded before.

    target: `oss://<bucket>/<prefix>` or `sls://<project>`. role, insights: As the trail has them.
    region: The home of the trail. current: Whether the trail has the target now. done: Nothing is
    left to write. since_at, until_at: Events of these seconds and those between go to the target;
    no end while the trail is on. until_event: The event of the call that set the end. origin: The
    log that `position` and `seq` are of; empty for none yet. position: The leaf that comes next.
    seq: The number of the newest event that was passed. event_at: The newest time of an event
    passed. previous: The digest object written last, JSON, empty for none. delivered_at: When
    something was written last. error: Why the newest attempt failed, empty for none; failed_at:
    When it did first. lost, lost_until: How many events expired since then that the target did not
    get, and the time of the newest of these; told_at: When an event told of that.
    """

    account_id: AccountId
    trail_name: str
    target: str
    role: str
    region: str
    event_rw: str
    trail_region: str
    current: bool = True
    done: bool = False
    since_at: Instant
    until_at: Instant | None = None
    until_event: str = ""
    origin: str = ""
    position: int = 0
    seq: int = 0
    event_at: Instant = Instant(0)
    previous: str = ""
    delivered_at: Instant | None = None
    error: str = ""
    failed_at: Instant | None = None
    lost: int = 0
    lost_until: Instant | None = None
    told_at: Instant | None = None
    insights: str = ""
    version: int = 0
