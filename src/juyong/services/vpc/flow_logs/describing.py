"""Flow logs described.

Source: VPC API reference, DescribeFlowLogs (documented): counts are texts; `SUCCESS` and `FAILED`,
and how the text of a failure begins (observed in the official SDK).
"""

from typing import Annotated, Any

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf
from juyong.api.listing import PageNumber, page_of
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagParameter
from juyong.api.wrapping import Listing
from juyong.services.network.asking import HERE, NO_GROUPS, PageSize
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.describing_vpcs import shown_tags
from juyong.services.vpc.flow_logs import flow_log as asked
from juyong.services.vpc.flow_logs.flow_log import FLOW_LOG
from juyong.services.vpc.flow_logs.tables import FlowLogRow, FlowStateRow
from juyong.services.vpc.naming import tagged
from juyong.services.vpc.product import PRODUCT

Status = Annotated[
    str,
    OneOf(("Active", "Activating", "Inactive", "Deactivating")),
    Doc("Only those of a status; a switch takes no time here."),
]


class FlowLog(Shape, frozen=True, kw_only=True):
    """A flow log in a list.

    FlowLogDeliverStatus: `FAILED` while the newest attempt failed or records are dropped.
    """

    flow_log_id: str
    flow_log_name: str
    description: str
    region_id: Annotated[str, Of("region")]
    resource_type: str
    resource_id: str
    traffic_type: str
    traffic_path: Annotated[
        list[str], Within("TrafficPathList"), Of("traffic_path", lambda path: [path])
    ]
    project_name: str
    log_store_name: Annotated[str, Of("logstore_name")]
    aggregation_interval: Annotated[int, Of("aggregation_minutes")]
    status: str
    business_status: str = "Normal"
    ip_version: str = "IPV4"
    service_type: str = "sls"
    resource_group_id: str = ""
    flow_log_deliver_status: str
    flow_log_deliver_error_message: str
    creation_time: CreateDate
    tags: Annotated[list[TagParameter], Within("Tag")]


class FlowLogPage(Shape, frozen=True, kw_only=True):
    """A page that has a number; all of it is text."""

    page_number: str
    page_size: str
    total_count: str
    success: str = "true"


def _told(state: FlowStateRow | None) -> str:
    """Return what is wrong with the delivery of a flow log; empty for nothing."""
    if state is None:
        return ""
    lost = f"{state.lost} records were dropped" if state.lost else ""
    return "; ".join(filter(None, (state.error, lost)))


@operation(
    PRODUCT,
    "DescribeFlowLogs",
    gateway=HERE,
    on=FLOW_LOG.all,
    unsupported=NO_GROUPS,
    answers="FlowLogs.FlowLog",
    reads_only=True,
    scans=True,
)
def describe_flow_logs(
    ctx: Context,
    *,
    flow_log_id: Annotated[str, Doc("Only this one.")] | None = None,
    flow_log_name: Annotated[str, Doc("Only those of a name.")] | None = None,
    description: Annotated[str, Doc("Only those of a description.")] | None = None,
    resource_type: asked.ResourceType | None = None,
    resource_id: Annotated[str, Doc("Only those of a resource.")] | None = None,
    vpc_id: Annotated[str, Doc("Only those of resources in a VPC.")] | None = None,
    traffic_type: asked.TrafficType | None = None,
    project_name: Annotated[str, Doc("Only those into a project.")] | None = None,
    log_store_name: Annotated[str, Doc("Only those into a logstore.")] | None = None,
    status: Status | None = None,
    tags: TagFilter | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Listing[FlowLog, FlowLogPage]:
    """List the flow logs of a region, the oldest first."""
    wanted = {
        "flow_log_id": flow_log_id,
        "flow_log_name": flow_log_name,
        "description": description,
        "resource_type": resource_type,
        "resource_id": resource_id,
        "vpc_id": vpc_id,
        "traffic_type": traffic_type,
        "project_name": project_name,
        "logstore_name": log_store_name,
        "status": status,
    }
    given: dict[str, Any] = {name: each for name, each in wanted.items() if each is not None}
    rows = ctx.tx.find(
        FlowLogRow,
        order=("created_at", "flow_log_id"),
        account_id=ctx.account_id,
        region=ctx.region,
        **given,
    )
    found = tagged(ctx, FLOW_LOG, rows, tags)

    def shown(row: FlowLogRow) -> FlowLog:
        told = _told(ctx.tx.get(FlowStateRow, row.flow_log_id))
        return FlowLog.of(
            row,
            flow_log_deliver_status="FAILED" if told else "SUCCESS",
            flow_log_deliver_error_message=told,
            tags=shown_tags(FLOW_LOG.tags_of(ctx.tx, row)),
        )

    page = FlowLogPage(
        page_number=str(page_number), page_size=str(page_size), total_count=str(len(found))
    )
    return Listing(page_of(found, page_number, page_size), page).map(shown)
