"""A small network by hand: two vSwitches of one VPC, an interface in each, and what tests change."""

from typing import Any

from juyong.engines.packet import (
    Address,
    Cidr,
    Direction,
    Interface,
    Network,
    Ports,
    RouteTable,
    Rule,
    SecurityGroup,
    Vpc,
    VSwitch,
)


def address(text: str) -> Address:
    return Address.parse(text)


def cidr(text: str) -> Cidr:
    return Cidr.parse(text)


def rule(name: str = "sgr-1", **changes: Any) -> Rule:
    fields: dict[str, Any] = {
        "direction": Direction.INGRESS,
        "peer": cidr("0.0.0.0/0"),
        "protocol": 6,
        "ports": Ports(22, 22),
    }
    return Rule(id=name, **(fields | changes))


def group(name: str = "sg-1", **changes: Any) -> SecurityGroup:
    return SecurityGroup(id=name, **({"vpc_id": "vpc-1"} | changes))


def interface(
    name: str, vswitch: str, *texts: str, groups: tuple[str, ...] = ("sg-1",)
) -> Interface:
    return Interface(
        id=name, vswitch_id=vswitch, addresses=tuple(map(address, texts)), group_ids=groups
    )


def vswitch(name: str, block: str, **changes: Any) -> VSwitch:
    fields = {"vpc_id": "vpc-1", "route_table_id": "vtb-1", "cidrs": (cidr(block),)}
    return VSwitch(id=name, **(fields | changes))


def network(**changes: Any) -> Network:
    fields: dict[str, Any] = {
        "vpcs": (Vpc(id="vpc-1", cidrs=(cidr("10.0.0.0/16"),)),),
        "vswitches": (vswitch("vsw-1", "10.0.0.0/24"), vswitch("vsw-2", "10.0.1.0/24")),
        "tables": (RouteTable(id="vtb-1", vpc_id="vpc-1"),),
        "groups": (group(),),
        "interfaces": (
            interface("eni-1", "vsw-1", "10.0.0.1"),
            interface("eni-2", "vsw-2", "10.0.1.1"),
        ),
    }
    return Network(**(fields | changes))
