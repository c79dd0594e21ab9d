"""Rules by their sides, so that each case is tried in both directions."""

INGRESS, EGRESS = "ingress", "egress"
DIRECTIONS = (INGRESS, EGRESS)
_SIDES = {
    "cidr": "{}CidrIp",
    "cidr6": "Ipv6{}CidrIp",
    "group": "{}GroupId",
    "list": "{}PrefixListId",
    "owner": "{}GroupOwnerId",
    "account": "{}GroupOwnerAccount",
}
ACTIONS = {
    "add": ("AuthorizeSecurityGroup", "AuthorizeSecurityGroupEgress"),
    "drop": ("RevokeSecurityGroup", "RevokeSecurityGroupEgress"),
    "change": ("ModifySecurityGroupRule", "ModifySecurityGroupEgressRule"),
}
SSH = {"IpProtocol": "tcp", "PortRange": "22/22", "peer_cidr": "10.0.0.0/8"}


def action(kind, direction):
    """Return the operation that adds, drops or changes a rule."""
    return ACTIONS[kind][DIRECTIONS.index(direction)]


def named(direction, rule):
    """Return a rule as a call writes it: `peer_cidr`, `own_cidr6` … by the direction's names."""
    sides = ("Source", "Dest") if direction == INGRESS else ("Dest", "Source")
    found = {}
    for name, value in rule.items():
        side, _, what = name.partition("_")
        if side in ("peer", "own"):
            found[_SIDES[what].format(sides[side == "own"])] = value
        else:
            found[name] = value
    return found


TOO_LONG = "d" * 513
MALFORMED = (
    ({"IpProtocol": ""}, "MissingParameter"),
    ({"IpProtocol": "sctp"}, "InvalidIpProtocol.ValueNotSupported"),
    ({"IpProtocol": "256"}, "InvalidIpProtocol.ValueNotSupported"),
    ({"PortRange": ""}, "InvalidPortRange.Malformed"),
    ({"IpProtocol": "all", "PortRange": ""}, "InvalidPortRange.Malformed"),
    ({"SourcePortRange": "1"}, "InvalidSourcePortRange.Malformed"),
    ({"SourcePortRange": "-1/-1"}, "InvalidSourcePortRange.Malformed"),
    (
        {"IpProtocol": "all", "PortRange": "-1/-1", "SourcePortRange": "1/2"},
        "InvalidSourcePortRange.Malformed",
    ),
    (
        {"IpProtocol": "gre", "PortRange": "", "PortRangeListId": "prl-1"},
        "InvalidParam.ProtocolNotSupportPortRangeList",
    ),
    ({"own_cidr6": "2001:db8::/32"}, "InvalidParameter.Conflict"),
    ({"own_cidr": "10.0.0.0/8"}, "InvalidParamter.Conflict"),
    ({"Policy": "reject"}, "InvalidPolicy.Malformed"),
    ({"Priority": "first"}, "InvalidPriority.Malformed"),
    ({"Priority": "-1"}, "InvalidPriority.Malformed"),
    ({"Priority": "0"}, "InvalidPriority.ValueNotSupported"),
    ({"Priority": "101"}, "InvalidPriority.ValueNotSupported"),
    ({"Priority": "1" * 5000}, "InvalidPriority.ValueNotSupported"),
    ({"Description": TOO_LONG}, "InvalidSecurityGroupDiscription.Malformed"),
)
"""What is changed in the rule SSH, and the code."""
MALFORMED_BY_SIDE = (
    ({"cidr": "10.0.0"}, "Invalid{}CidrIp.Malformed"),
    ({"cidr": "2001:db8::/32"}, "Invalid{}CidrIp.Malformed"),
    ({"cidr": "10.0.0.0/33"}, "Invalid{}CidrIp.Malformed"),
    ({"cidr": "", "cidr6": "10.0.0.0/8"}, "InvalidParam.Ipv6{}CidrIp"),
    ({"cidr": "", "cidr6": "2001:db8::1/32"}, "InvalidParam.Ipv6{}CidrIp"),
    ({"cidr": "172.16.0.0/12", "cidr6": "2001:db8::/32"}, "InvalidParam.{}Ip"),
)
"""Blocks of one side, and the code by the side's name."""
PORTS_OF_ANOTHER_PROTOCOL = (
    {"PortRange": "-1/-1"},
    {"IpProtocol": "icmp"},
    {"IpProtocol": "all"},
    {"IpProtocol": "132"},
)
BAD_PORTS = ("22", "0/22", "22/65536", "23/22", "a/b", "1/2/3", "-1/22", "٢/٣")
OTHER_VERSIONS = (
    (
        {
            "IpProtocol": "icmp",
            "PortRange": "-1/-1",
            "peer_cidr": "",
            "peer_cidr6": "2001:db8::/32",
        },
        "InvalidParam.Ipv4ProtocolConflictWithIpv6Address",
    ),
    (
        {"IpProtocol": "icmpv6", "PortRange": "-1/-1"},
        "InvalidParam.Ipv6ProtocolConflictWithIpv4Address",
    ),
)
