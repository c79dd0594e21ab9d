"""The packet engine: values of a network, compiled once, asked about packets. Pure and total.

compiled = Compiled(network)
path = compiled.explain(Packet.of("tcp", "10.0.0.1", "10.0.1.1", target_port=22), "eni-1")
path.end, path.deciding, path.hops
"""

from juyong.engines.packet.addresses import Address, Cidr, Ports, check_id, parse_protocol
from juyong.engines.packet.errors import (
    BadAddress,
    BadCidr,
    BadId,
    BadPacket,
    BadPorts,
    BadPriority,
    BadProtocol,
    BadRule,
    Duplicate,
    Mismatch,
    NotFound,
    PacketError,
)
from juyong.engines.packet.match import Because, FirstMatch, Line
from juyong.engines.packet.nft import nft_table, nft_text
from juyong.engines.packet.nft_table import Table
from juyong.engines.packet.path import Conversation, Hop, Path, Stage
from juyong.engines.packet.reach import Reach, reach
from juyong.engines.packet.rules import (
    Acl,
    AclEntry,
    Direction,
    GroupPeer,
    Kind,
    ListPeer,
    Packet,
    PortList,
    PrefixList,
    Rule,
    SecurityGroup,
    Verdict,
)
from juyong.engines.packet.topology import (
    INTERNET,
    PLATFORM,
    Eip,
    ForwardEntry,
    HopKind,
    Interface,
    NatGateway,
    Network,
    Route,
    RouteTable,
    SnatEntry,
    Vpc,
    VSwitch,
    is_public_block,
)
from juyong.engines.packet.walk import Compiled

__all__ = [
    "INTERNET",
    "PLATFORM",
    "Acl",
    "AclEntry",
    "Address",
    "BadAddress",
    "BadCidr",
    "BadId",
    "BadPacket",
    "BadPorts",
    "BadPriority",
    "BadProtocol",
    "BadRule",
    "Because",
    "Cidr",
    "Compiled",
    "Conversation",
    "Direction",
    "Duplicate",
    "Eip",
    "FirstMatch",
    "ForwardEntry",
    "GroupPeer",
    "Hop",
    "HopKind",
    "Interface",
    "Kind",
    "Line",
    "ListPeer",
    "Mismatch",
    "NatGateway",
    "Network",
    "NotFound",
    "Packet",
    "PacketError",
    "Path",
    "PortList",
    "Ports",
    "PrefixList",
    "Reach",
    "Route",
    "RouteTable",
    "Rule",
    "SecurityGroup",
    "SnatEntry",
    "Stage",
    "Table",
    "VSwitch",
    "Verdict",
    "Vpc",
    "check_id",
    "is_public_block",
    "nft_table",
    "nft_text",
    "parse_protocol",
    "reach",
]
