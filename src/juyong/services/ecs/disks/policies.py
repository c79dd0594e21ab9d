"""The policies that make snapshots by themselves: there are none, and none can be made.

Scanners ask for the policy of each disk that they list, and cannot show the disk without an answer.

Source: ECS API reference, DescribeAutoSnapshotPolicyEx (documented); that Steampipe asks for every
disk, also for one without a policy (observed).
"""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.pages import NumberedAnswer, NumberedParameters, by_number
from juyong.services.ecs.product import PRODUCT as ECS

_Text = Annotated[str, Text(0, 128)]


class SnapshotPolicy(Shape, frozen=True, kw_only=True):
    """One policy."""

    auto_snapshot_policy_id: str
    auto_snapshot_policy_name: str


@operation(
    ECS,
    "DescribeAutoSnapshotPolicyEx",
    resource=acs("ecs", "snapshotpolicy/*", regional=True),
    answers="AutoSnapshotPolicies.AutoSnapshotPolicy",
    unsupported={"ResourceGroupId": NO_GROUPS, "Tag": "there is no policy that has tags"},
    reads_only=True,
)
def describe_auto_snapshot_policy_ex(
    ctx: Context,
    *,
    region_id: Region,
    auto_snapshot_policy_id: Annotated[_Text, Doc("An id, which no policy has.")] = "",  # noqa: ARG001
    auto_snapshot_policy_name: Annotated[_Text, Doc("A name, which no policy has.")] = "",  # noqa: ARG001
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[SnapshotPolicy, NumberedAnswer]:
    """List the policies that make snapshots by themselves: there are none."""
    check_region(ctx, region_id)
    none: list[SnapshotPolicy] = []
    return by_number(none, pages)
