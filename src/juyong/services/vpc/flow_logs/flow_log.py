"""The flow log as a resource, its parameters, and its errors.

Source: VPC API reference, CreateFlowLog, DescribeFlowLogs (documented); the code of a wrong status
(observed in Terraform's provider), and the codes of what does not exist (assumed).
"""

from typing import Annotated

from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Between, Clearable, Doc, Items, OneOf, Pattern
from juyong.api.resource import Quota, Resource, found_here
from juyong.api.shape import Of, Shape
from juyong.base.clock import iso
from juyong.services.network.asking import NO_IPV6
from juyong.services.network.tags import RULES
from juyong.services.vpc.flow_logs.tables import FlowLogRow

ALL, PUBLIC = "all", "internetGateway"
INTERFACE, VSWITCH, VPC = "NetworkInterface", "VSwitch", "VPC"
NoFlowLog = fact(
    "InvalidFlowLogId.NotFound",
    404,
    "The specified FlowLogId does not exist.",
    why="The region has no such flow log.",
)
TooManyFlowLogs = fact(
    "QuotaExceeded.FlowLog",
    400,
    "The maximum number of flow logs is exceeded.",
    why="The region holds the quota `vpc.flow-logs`.",
)
NoResource = fact(
    "InvalidResourceId.NotFound",
    404,
    "The specified ResourceId is not found.",
    why="The region has no such interface, vSwitch or VPC.",
)
BadStatus = fact(
    "IncorrectStatus.flowlog",
    400,
    "The status of the flow log does not support this operation.",
    why="The flow log has that status already.",
)
_NO_LINK = r"(?s)(?!https?://)"
FlowLogId = Annotated[str, Doc("The flow log.")]
FlowLogName = Annotated[
    str, Pattern(_NO_LINK + r".{1,128}"), Doc("1 to 128 characters, no link at the start.")
]
Description = Annotated[
    str,
    Pattern(_NO_LINK + r".{0,256}"),
    Clearable(),
    Doc("Up to 256 characters, no link at the start."),
]
ResourceType = Annotated[str, OneOf((INTERFACE, VSWITCH, VPC)), Doc("What is logged.")]
TrafficType = Annotated[
    str, OneOf(("All", "Allow", "Drop")), Doc("All traffic, what passed, or what was dropped.")
]
TrafficPath = Annotated[
    list[str],
    Items(1, 1),
    Doc("`all`, or `internetGateway`: traffic with public addresses alone."),
]
Minutes = Annotated[
    int, Between(1, 10), Doc("1, 5 or 10 minutes, over which packets are added up.")
]
ProjectName = Annotated[
    str, Pattern(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"), Doc("A project of the account.")
]
LogStoreName = Annotated[
    str, Pattern(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]"), Doc("A logstore of the project.")
]
IpVersion = Annotated[str, OneOf(("IPV4", "DualStack")), Doc("`IPV4`.")]
BadMinutes = fact(
    "IllegalParam.AggregationInterval",
    400,
    "The specified AggregationInterval is invalid.",
    why="The interval is not 1, 5 or 10.",
)
BadPath = fact(
    "IllegalParam.TrafficPath",
    400,
    "The specified TrafficPath is invalid.",
    why="The path is neither `all` nor `internetGateway`.",
)


class FlowLogState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a flow log."""

    flow_log_id: str
    flow_log_name: str
    description: str
    region_id: Annotated[str, Of("region")]
    resource_type: str
    resource_id: str
    vpc_id: str
    traffic_type: str
    traffic_path: str
    project_name: str
    log_store_name: Annotated[str, Of("logstore_name")]
    aggregation_interval: Annotated[int, Of("aggregation_minutes")]
    status: str
    creation_time: Annotated[str, Of("created_at", iso)]


FLOW_LOG: Resource[FlowLogRow] = Resource(
    kind="ACS::VPC::FlowLog",
    row=FlowLogRow,
    id="flow_log_id",
    name="flow_log_id",
    arn="vpc:flowlog/",
    regional=True,
    find=found_here(FlowLogRow),
    missing=NoFlowLog,
    quota=Quota("vpc.flow-logs", TooManyFlowLogs),
    state=FlowLogState,
    tags=RULES,
)
ONE_FLOW_LOG = FLOW_LOG.by(flow_log_id=FlowLogId)


def checked_minutes(minutes: int) -> int:
    """Return an interval.

    Raises:
        BadMinutes: it is not 1, 5 or 10.
    """
    if minutes not in (1, 5, 10):
        raise BadMinutes
    return minutes


def refuse_ipv6(ip_version: str | None) -> None:
    """Refuse records of IPv6.

    Raises:
        NotSupported: always for `DualStack`.
    """
    if ip_version == "DualStack":
        raise NotSupported(name="IpVersion", reason=NO_IPV6)
