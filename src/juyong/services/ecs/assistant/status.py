"""Tell which instances run commands.

Source: ECS API reference, DescribeCloudAssistantStatus (documented).
"""

from typing import TYPE_CHECKING, Annotated, cast

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, Items, OneOf, Wire
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.netplane.door import PLANE
from juyong.services.ecs.assistant.statuses import LIVE
from juyong.services.ecs.assistant.tables import ResultRow
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import INSTANCE, own_instances
from juyong.services.ecs.pages import PageAnswer, PageParameters, paged
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.tables import InstanceRow

if TYPE_CHECKING:
    from juyong.netplane.plane import NetworkPlane

_Instances = Annotated[list[str], Items(1, 100), Doc("Only these.")]

_System = Annotated[str, Wire("OSType"), OneOf(("Linux", "Windows")), Doc("Instances are Linux.")]


class AssistantStatus(Shape, frozen=True, kw_only=True):
    """Whether an instance runs commands.

    CloudAssistantStatus: `true` if the network plane of the server that answers runs the instance.
    """

    instance_id: str
    cloud_assistant_status: str
    ostype: str = msgspec.field(default="Linux", name="OSType")
    invocation_count: int
    active_task_count: int
    last_invoked_time: str
    support_session_manager: bool = False


@operation(
    ECS,
    "DescribeCloudAssistantStatus",
    on=INSTANCE.all,
    answers="InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus",
    reads_only=True,
    scans=True,
)
def describe_cloud_assistant_status(
    ctx: Context,
    *,
    region_id: Region,
    pages: Annotated[PageParameters, Grouped()],
    instance_id: _Instances | None = None,
    os_type: Annotated[
        str, Wire("OSType"), OneOf(("Linux", "Windows")), Doc("Instances are Linux.")
    ]
    | None = None,
) -> Listing[AssistantStatus, PageAnswer]:
    """List the instances of a region, the newest first; ids that none has are passed over."""
    check_region(ctx, region_id)
    rows = [] if os_type == "Windows" else own_instances(ctx)
    found = [row for row in rows if instance_id is None or row.instance_id in instance_id]
    page = paged("assistants", found, lambda row: (row.created_at, row.instance_id), pages)
    plane = cast("NetworkPlane | None", ctx.platform.plane(PLANE))
    return page.map(lambda row: _shown(ctx, row, plane))


def _shown(ctx: Context, row: InstanceRow, plane: "NetworkPlane | None") -> AssistantStatus:
    results = ctx.tx.find(ResultRow, instance_id=row.instance_id)
    runs = plane is not None and plane.runs(row.instance_id)
    last = max((each.created_at for each in results), default=None)
    return AssistantStatus(
        instance_id=row.instance_id,
        cloud_assistant_status="true" if runs else "false",
        invocation_count=len(results),
        active_task_count=sum(each.status in LIVE for each in results),
        last_invoked_time="" if last is None else iso(last),
    )
