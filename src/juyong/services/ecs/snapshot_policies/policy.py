"""The policy that makes snapshots by itself: how calls name one, and what the inventory keeps.

Source: ECS API reference, CreateAutoSnapshotPolicy (documented: the codes, 100 policies a region).
"""

from typing import Annotated

from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc, Raises, Text, Wire
from juyong.api.resource import Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.ecs.key_pairs import NoRegion
from juyong.services.ecs.snapshot_policies.tables import SnapshotPolicyRow
from juyong.services.ecs.tags import RULES

MOST_DAYS = 65535
KEPT = -1
"""The days of a snapshot that is kept until a call deletes it."""
RegionId = Annotated[
    str,
    Wire("regionId", "RegionId"),
    Text(1, 64),
    Doc("The region."),
    Raises((NoRegion,)),
]
PolicyId = Annotated[
    str, Wire("autoSnapshotPolicyId", "AutoSnapshotPolicyId"), Text(1, 64), Doc("The policy.")
]
DiskIds = Annotated[
    str, Wire("diskIds", "DiskIds"), Doc("A JSON array of up to 100 disks; each must be allowed.")
]
NoPolicy = fact(
    "ParameterInvalid",
    404,
    "The specified automatic snapshot policy does not exist.",
    why="The region has no such policy.",
)
NoSuchPolicy = fact(
    "InvalidAutoSnapshotPolicyId.NotFound",
    404,
    "Specified parameter AutoSnapshotPolicyId not found.",
    why="The region has no such policy.",
)
TooManyPolicies = fact(
    "AutoSnapshotPolicy.QuotaExceed",
    403,
    "The maximum number of automatic snapshot policy has been reached.",
    why="The region holds the quota `ecs.snapshot-policies`.",
)


class BadSchedule(ApiError):
    """The hours, the weekdays or the days of retention are none that a policy may have."""

    code, status, text = "ParameterInvalid", 403, "The specified {name} parameter is invalid."


class PolicyState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a policy."""

    auto_snapshot_policy_id: Annotated[str, Of("policy_id")]
    auto_snapshot_policy_name: Annotated[str, Of("policy_name")]
    time_points: Annotated[str, Of("hours")]
    repeat_weekdays: Annotated[str, Of("weekdays")]
    retention_days: int
    creation_time: CreateDate


SNAPSHOT_POLICY: Resource[SnapshotPolicyRow] = Resource(
    kind="ACS::ECS::AutoSnapshotPolicy",
    row=SnapshotPolicyRow,
    id="policy_id",
    name="policy_id",
    arn="ecs:snapshotpolicy/",
    regional=True,
    find=found_here(SnapshotPolicyRow),
    missing=NoPolicy,
    quota=Quota("ecs.snapshot-policies", TooManyPolicies),
    state=PolicyState,
    tags=RULES,
)
