"""Records of flows: added up over a window, and written as logs.

Source: VPC documentation, flow log: the topic, the members and their units (documented). The plane
tells neither flags of TCP nor the path of traffic, so `tcp-flags` and `traffic_path` are `-`, as a
member without a value is (documented of records without data).
"""

from collections.abc import Iterable

import msgspec

from juyong.engines.logsearch.log import Log
from juyong.netplane.desired import Flow
from juyong.services.network.tables import InterfaceRow
from juyong.services.vpc.flow_logs.tables import FlowLogRow

TOPIC = "flow_log"
_VERSION, _NONE = "1", "-"
Key = tuple[str, str, str, str, bool, bool, int, str, int, str, int]


class Record(msgspec.Struct, frozen=True, array_like=True):
    """The packets of one flow at one interface, in one direction and with one verdict.

    start_s, end_s: Of the first and the last packet, in seconds since 1970.
    """

    interface_id: str
    vswitch_id: str
    vpc_id: str
    instance_id: str
    ingress: bool
    accepted: bool
    protocol: int
    source: str
    source_port: int
    target: str
    target_port: int
    packets: int
    bytes: int
    start_s: int
    end_s: int

    @classmethod
    def of(cls, flow: Flow, interface: InterfaceRow) -> "Record":
        """Return the record of a flow at an interface, as the interface is placed now."""
        return cls(
            interface.interface_id,
            interface.vswitch_id,
            interface.vpc_id,
            interface.instance_id,
            flow.ingress,
            flow.accepted,
            flow.protocol,
            flow.source,
            flow.source_port,
            flow.target,
            flow.target_port,
            flow.packets,
            flow.bytes,
            flow.start_s,
            flow.end_s,
        )

    @property
    def key(self) -> Key:
        """The members by which flows differ."""
        return (
            *(self.interface_id, self.vswitch_id, self.vpc_id, self.instance_id),
            *(self.ingress, self.accepted, self.protocol),
            *(self.source, self.source_port, self.target, self.target_port),
        )

    def plus(self, other: "Record") -> "Record":
        """Return both records of one flow as one."""
        return msgspec.structs.replace(
            self,
            packets=self.packets + other.packets,
            bytes=self.bytes + other.bytes,
            start_s=min(self.start_s, other.start_s),
            end_s=max(self.end_s, other.end_s),
        )


_READER = msgspec.json.Decoder(list[Record])


def added_up(records: Iterable[Record]) -> list[Record]:
    """Return one record for each flow, in the order in which the flows came."""
    found: dict[Key, Record] = {}
    for record in records:
        held = found.get(record.key)
        found[record.key] = record if held is None else held.plus(record)
    return list(found.values())


def to_body(records: list[Record]) -> bytes:
    """Write records as a row keeps them."""
    return msgspec.json.encode(records)


def from_body(body: bytes) -> list[Record]:
    """Read the records of a row."""
    return _READER.decode(body)


def log_of(record: Record, row: FlowLogRow) -> Log:
    """Return the log of a record."""
    known = {
        "vswitch-id": record.vswitch_id,
        "vm-id": record.instance_id or _NONE,
        "vpc-id": record.vpc_id,
        "eni-id": record.interface_id,
        "srcaddr": record.source,
        "srcport": str(record.source_port),
        "dstaddr": record.target,
        "dstport": str(record.target_port),
        "protocol": str(record.protocol),
        "direction": "in" if record.ingress else "out",
        "packets": str(record.packets),
        "bytes": str(record.bytes),
        "start": str(record.start_s),
        "end": str(record.end_s),
        "action": "ACCEPT" if record.accepted else "REJECT",
    }
    return _log(row, record.end_s, "OK", known)


def log_of_lost(row: FlowLogRow, at: int) -> Log:
    """Return the log that tells of records that were dropped."""
    return _log(row, at, "SKIPDATA", {"vpc-id": row.vpc_id, "start": str(at), "end": str(at)})


_MEMBERS = (
    *("version", "vswitch-id", "vm-id", "vpc-id", "account-id", "eni-id", "region"),
    *("srcaddr", "srcport", "dstaddr", "dstport", "protocol", "direction", "packets", "bytes"),
    *("start", "end", "log-status", "action", "tcp-flags", "traffic_path"),
)


def _log(row: FlowLogRow, at: int, status: str, known: dict[str, str]) -> Log:
    members = {
        **dict.fromkeys(_MEMBERS, _NONE),
        **known,
        "version": _VERSION,
        "account-id": row.account_id,
        "region": row.region,
        "log-status": status,
    }
    return Log(time=at, topic=TOPIC, contents=tuple(members.items()))
