"""Flow logs, how their deliveries stand, and the records that wait for their window to close."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import UNASSIGNED, Serial, table


@table(
    "network_flow_log",
    key=("flow_log_id",),
    index=(("account_id", "region"), ("resource_id",)),
)
class FlowLogRow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow log.

    resource_type: `NetworkInterface`, `VSwitch` or `VPC`. vpc_id: The VPC that the resource is in.
    traffic_type: `All`, `Allow` or `Drop`. traffic_path: `all`, or `internetGateway` for traffic
    with public addresses alone. status: `Active` or `Inactive`.
    """

    flow_log_id: str
    account_id: AccountId
    region: str
    flow_log_name: str
    description: str
    resource_type: str
    resource_id: str
    vpc_id: str
    traffic_type: str
    traffic_path: str
    project_name: str
    logstore_name: str
    aggregation_minutes: int
    status: str = "Active"
    created_at: Instant
    version: int = 0


@table("network_flow_state", key=("flow_log_id",))
class FlowStateRow(msgspec.Struct, frozen=True, kw_only=True):
    """How the delivery of a flow log stands; the row is as old as the flow log.

    waiting: How many records wait. lost: How many were dropped since the last delivery, since too
    many waited. error: Why the newest attempt failed, empty for none. delivered_at: When records
    were written last.
    """

    flow_log_id: str
    waiting: int = 0
    lost: int = 0
    error: str = ""
    delivered_at: Instant | None = None
    version: int = 0


@table("network_flow_part", key=("seq",), index=(("flow_log_id", "window_at", "seq"),))
class FlowPartRow(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one flow log and one window that came in one batch.

    window_at: The begin of the window. records: How many. body: The records, JSON (records.py). The
    row goes with the commit that writes its records into the logstore.
    """

    seq: Serial = UNASSIGNED
    flow_log_id: str
    window_at: int
    records: int
    body: bytes
