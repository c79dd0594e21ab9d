"""Make, change, switch and delete flow logs, and open the service.

A logstore that does not exist is no error of CreateFlowLog: DescribeFlowLogs tells that deliveries
fail. The service is open where the account has the role as which logs are written.

Source: VPC API reference, CreateFlowLog, ActiveFlowLog, DeactiveFlowLog, OpenFlowLogService,
GetFlowLogServiceStatus (documented); that CreateFlowLog opens the service too (assumed).
"""

from typing import Annotated

from juyong.api.access import Also, acs
from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported
from juyong.api.fields import Doc
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.services.network.asking import HERE, NO_GROUPS
from juyong.services.network.tables import InterfaceRow, VpcRow, VSwitchRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.vpc.flow_logs import flow_log as asked
from juyong.services.vpc.flow_logs.flow_log import (
    ALL,
    FLOW_LOG,
    INTERFACE,
    ONE_FLOW_LOG,
    PUBLIC,
    VPC,
    VSWITCH,
    BadMinutes,
    BadPath,
    BadStatus,
    NoResource,
)
from juyong.services.vpc.flow_logs.roles import is_open, needed_to_open, open_service
from juyong.services.vpc.flow_logs.tables import FlowLogRow, FlowPartRow, FlowStateRow
from juyong.services.vpc.product import PRODUCT
from juyong.store.chunks import delete_some
from juyong.store.late import sa, table_of

_ROWS: dict[str, type[InterfaceRow | VSwitchRow | VpcRow]] = {
    INTERFACE: InterfaceRow,
    VSWITCH: VSwitchRow,
    VPC: VpcRow,
}
_ARNS = {INTERFACE: "ecs:{}:{}:eni", VSWITCH: "vpc:{}:{}:vswitch", VPC: "vpc:{}:{}:vpc"}
_MOST_PARTS = 100_000
_ONE_FORMAT = {"LogFormat": "every record has all members"}


class Done(Shape, frozen=True, kw_only=True):
    """The call was done."""

    success: str = "true"


class FlowLogMade(Done, frozen=True, kw_only=True):
    """The flow log just made."""

    flow_log_id: str
    resource_group_id: str = ""


def _needed(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the resource whose traffic is logged, and what opening the service needs."""
    kind, named = arguments["resource_type"], arguments["resource_id"]
    found = needed_to_open(ctx, arguments)
    if kind in _ARNS and named:
        label = f"acs:{_ARNS[kind].format(ctx.region, ctx.account_id)}/{named}"
        found = (Also(action="vpc:CreateFlowLog", resource=label), *found)
    return found


@operation(
    PRODUCT,
    "CreateFlowLog",
    gateway=HERE,
    on=FLOW_LOG.new,
    also=_needed,
    unsupported={**NO_GROUPS, **_ONE_FORMAT},
    raises=(BadMinutes, BadPath, NoResource, NotSupported),
)
def create_flow_log(
    ctx: Context,
    *,
    resource_type: asked.ResourceType,
    resource_id: Annotated[str, Doc("The interface, the vSwitch or the VPC.")],
    traffic_type: asked.TrafficType,
    project_name: asked.ProjectName,
    log_store_name: asked.LogStoreName,
    flow_log_name: asked.FlowLogName | None = None,
    description: asked.Description = "",
    aggregation_interval: asked.Minutes = 10,
    traffic_path: asked.TrafficPath | None = None,
    ip_version: asked.IpVersion = "IPV4",
    tag: Tags | None = None,
) -> FlowLogMade:
    """Make a flow log, which is active: records are written when a window of minutes closes."""
    asked.refuse_ipv6(ip_version)
    path = traffic_path[0] if traffic_path else ALL
    if path not in (ALL, PUBLIC):
        raise BadPath
    resource = ctx.tx.get(_ROWS[resource_type], resource_id)
    if resource is None or (resource.account_id, resource.region) != (ctx.account_id, ctx.region):
        raise NoResource
    flow_log_id = new_instance_id("fl")
    row = FLOW_LOG.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        flow_log_id=flow_log_id,
        flow_log_name=flow_log_name or flow_log_id,
        description=description,
        resource_type=resource_type,
        resource_id=resource_id,
        vpc_id=resource.vpc_id,
        traffic_type=traffic_type,
        traffic_path=path,
        project_name=project_name,
        logstore_name=log_store_name,
        aggregation_minutes=asked.checked_minutes(aggregation_interval),
    )
    ctx.tx.insert(FlowStateRow(flow_log_id=flow_log_id))
    open_service(ctx)
    return FlowLogMade.of(row)


@operation(
    PRODUCT,
    "ModifyFlowLogAttribute",
    gateway=HERE,
    on=ONE_FLOW_LOG,
    unsupported=_ONE_FORMAT,
    raises=(BadMinutes, NotSupported),
)
def modify_flow_log_attribute(
    ctx: Context,
    row: FlowLogRow,
    *,
    flow_log_name: asked.FlowLogName | None = None,
    description: asked.Description | None = None,
    aggregation_interval: asked.Minutes | None = None,
    ip_version: asked.IpVersion | None = None,
) -> Done:
    """Change a flow log; what is absent stays, and windows that are open keep their length."""
    asked.refuse_ipv6(ip_version)
    minutes = aggregation_interval and asked.checked_minutes(aggregation_interval)
    FLOW_LOG.change(
        ctx,
        row,
        flow_log_name=flow_log_name,
        description=description,
        aggregation_minutes=minutes,
    )
    return Done()


def _switch(ctx: Context, row: FlowLogRow, status: str) -> Done:
    if row.status == status:
        raise BadStatus
    FLOW_LOG.change(ctx, row, status=status)
    return Done()


@operation(PRODUCT, "ActiveFlowLog", gateway=HERE, on=ONE_FLOW_LOG, raises=(BadStatus,))
def active_flow_log(ctx: Context, row: FlowLogRow) -> Done:
    """Switch a flow log on."""
    return _switch(ctx, row, "Active")


@operation(PRODUCT, "DeactiveFlowLog", gateway=HERE, on=ONE_FLOW_LOG, raises=(BadStatus,))
def deactive_flow_log(ctx: Context, row: FlowLogRow) -> Done:
    """Switch a flow log off; the records that wait are written at once."""
    return _switch(ctx, row, "Inactive")


def _parts() -> "sa.Delete":
    of_log = table_of(FlowPartRow).c.flow_log_id == sa.bindparam("flow_log_id")
    return delete_some(FlowPartRow, of_log)


@operation(PRODUCT, "DeleteFlowLog", gateway=HERE, on=ONE_FLOW_LOG)
def delete_flow_log(ctx: Context, row: FlowLogRow) -> Done:
    """Delete a flow log; the records that wait are dropped, and those written stay."""
    FLOW_LOG.remove(ctx, row)
    state = ctx.tx.get(FlowStateRow, row.flow_log_id)
    if state is not None:
        ctx.tx.delete(state)
    ctx.tx.change(_parts, flow_log_id=row.flow_log_id, most=_MOST_PARTS)
    return Done()


class Opened(Shape, frozen=True, kw_only=True):
    """The service is open."""

    code: str = "Success"
    message: str = "Successful."


@operation(
    PRODUCT,
    "OpenFlowLogService",
    gateway=HERE | ONCE,
    resource=acs("vpc", "flowlog/*", regional=True),
    also=needed_to_open,
)
def open_flow_log_service(ctx: Context) -> Opened:
    """Let the service write logs: make the role of the account, unless there is one."""
    open_service(ctx)
    return Opened()


class ServiceStatus(Shape, frozen=True, kw_only=True):
    """Whether the service may write logs."""

    enabled: bool


@operation(
    PRODUCT,
    "GetFlowLogServiceStatus",
    gateway=HERE | ONCE,
    resource=acs("vpc", "flowlog/*", regional=True),
    reads_only=True,
)
def get_flow_log_service_status(ctx: Context) -> ServiceStatus:
    """Tell whether the role is there as which logs are written, and trusts the service."""
    return ServiceStatus(enabled=is_open(ctx))
