"""Rows of small networks, made directly, for tests of what is read from them."""

from typing import Any, TypeVar

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.network.acls.tables import AclEntryRow, AclRow
from juyong.services.network.public.tables import EipRow, ForwardRow, NatRow, SnatRow
from juyong.services.network.routes.tables import RouteRow
from juyong.services.network.rules.tables import (
    PortListRow,
    PortsRow,
    PrefixListRow,
    PrefixRow,
    RuleRow,
)
from juyong.services.network.tables import (
    AddressRow,
    GroupRow,
    InterfaceRow,
    MemberRow,
    VpcRow,
    VSwitchRow,
)
from juyong.store.transaction import Transaction

ACCOUNT = AccountId("1000000000000001")
REGION = "cn-hangzhou"
NOW = Instant(1_790_000_000)
OWN = {"account_id": ACCOUNT, "region": REGION}
T = TypeVar("T")


def vpc(tx: Transaction, name: str = "vpc-a", cidr: str = "10.0.0.0/16", **changes: Any) -> None:
    """Insert a VPC with its system route table, such as `vtb-a`."""
    letter = name.partition("-")[2]
    fields = {"vpc_name": "", "description": "", "vrouter_id": f"vrt-{letter}"} | OWN | changes
    tx.insert(
        VpcRow(
            vpc_id=name,
            cidr=cidr,
            table_id=f"vtb-{letter}",
            created_at=NOW,
            **fields,
        )
    )


def vswitch(tx: Transaction, name: str, cidr: str, vpc_id: str = "vpc-a", **changes: Any) -> None:
    """Insert a vSwitch with the system route table of its VPC."""
    letter = vpc_id.partition("-")[2]
    fields = {"vswitch_name": "", "description": "", "table_id": f"vtb-{letter}"} | changes
    tx.insert(
        VSwitchRow(
            vswitch_id=name,
            account_id=ACCOUNT,
            region=REGION,
            vpc_id=vpc_id,
            zone_id=f"{REGION}-h",
            cidr=cidr,
            created_at=NOW,
            **fields,
        )
    )


def group(tx: Transaction, name: str, vpc_id: str = "vpc-a", **changes: Any) -> None:
    """Insert a security group without rules."""
    fields = {"group_name": "", "kind": "normal", "inner_access": False} | changes
    tx.insert(
        GroupRow(
            group_id=name,
            account_id=ACCOUNT,
            region=REGION,
            vpc_id=vpc_id,
            description="",
            created_at=NOW,
            **fields,
        )
    )


def interface(
    tx: Transaction, name: str, vswitch_id: str, address: str, *groups: str, **changes: Any
) -> None:
    """Insert an interface with one address, in groups."""
    number = int.from_bytes(bytes(int(part) for part in address.split(".")))
    fields = {"interface_name": "", "vpc_id": "vpc-a", "status": "InUse"} | changes
    tx.insert(
        InterfaceRow(
            interface_id=name,
            account_id=ACCOUNT,
            region=REGION,
            vswitch_id=vswitch_id,
            zone_id=f"{REGION}-h",
            description="",
            mac="00:16:3e:00:00:01",
            address=address,
            created_at=NOW,
            **fields,
        )
    )
    tx.insert(AddressRow(vswitch_id=vswitch_id, address=address, number=number, owner_id=name))
    for each in groups:
        tx.insert(MemberRow(group_id=each, interface_id=name))


def two_tiers(tx: Transaction) -> None:
    """Insert a web and a db instance in two vSwitches, with a group each."""
    vpc(tx, vpc_name="shop")
    vswitch(tx, "vsw-web", "10.0.0.0/24")
    vswitch(tx, "vsw-db", "10.0.1.0/24")
    group(tx, "sg-web", group_name="web")
    group(tx, "sg-db", group_name="db")
    interface(tx, "eni-web", "vsw-web", "10.0.0.5", "sg-web", instance_id="i-web", is_primary=True)
    interface(tx, "eni-db", "vsw-db", "10.0.1.5", "sg-db", instance_id="i-db", is_primary=True)


def route(tx: Transaction, name: str, table_id: str, destination: str, hop_id: str) -> None:
    """Insert a route entry; the id of the next hop says its kind."""
    kinds = {"ngw": "NatGateway", "eni": "NetworkInterface", "i": "Instance", "vpc": "VpcPeer"}
    kind = kinds[hop_id.partition("-")[0]]
    entry = {"table_id": table_id, "destination": destination, "hop_kind": kind, "hop_id": hop_id}
    tx.insert(make(RouteRow, entry_id=name, **entry))


def acl(tx: Transaction, name: str, *entries: str, vpc_id: str = "vpc-a") -> None:
    """Insert an ACL; an entry is `ingress accept tcp 22/22 0.0.0.0/0`."""
    tx.insert(make(AclRow, acl_id=name, vpc_id=vpc_id))
    for position, text in enumerate(entries, start=1):
        direction, policy, protocol, port, peer = text.split()
        tx.insert(
            AclEntryRow(
                acl_id=name,
                direction=direction,
                position=position,
                entry_id=f"nae-{name.partition('-')[2]}{position}",
                policy=policy,
                protocol=protocol,
                port=port,
                peer=peer,
            )
        )


def rule(tx: Transaction, name: str, group_id: str, **changes: Any) -> None:
    """Insert a rule: TCP, ingress, accept at priority 1 unless changed."""
    fields: dict[str, Any] = {"direction": "ingress", "protocol": "TCP", "port_range": "-1/-1"}
    fields |= {"accepts": True, "priority": 1}
    fields |= changes
    tx.insert(make(RuleRow, rule_id=name, group_id=group_id, **fields))


def prefix_list(tx: Transaction, name: str, *blocks: str) -> None:
    """Insert a prefix list of IPv4."""
    tx.insert(make(PrefixListRow, list_id=name, ip_version=4))
    for block in blocks:
        tx.insert(make(PrefixRow, list_id=name, cidr=block))


def port_list(tx: Transaction, name: str, *ranges: str) -> None:
    """Insert a port list."""
    tx.insert(make(PortListRow, list_id=name))
    for each in ranges:
        tx.insert(make(PortsRow, list_id=name, port_range=each))


def eip(tx: Transaction, name: str, address: str, interface_id: str, private: str) -> None:
    """Insert an EIP that is bound to an address of an interface."""
    tx.insert(
        make(
            EipRow,
            allocation_id=name,
            address=address,
            interface_id=interface_id,
            private_address=private,
            bound_id=interface_id,
        )
    )


def nat(tx: Transaction, name: str, vswitch_id: str, vpc_id: str = "vpc-a", **changes: Any) -> None:
    """Insert a NAT gateway."""
    tx.insert(make(NatRow, nat_id=name, vpc_id=vpc_id, vswitch_id=vswitch_id, **changes))


def snat(tx: Transaction, name: str, nat_id: str, source: str, address: str) -> None:
    """Insert a SNAT entry."""
    tx.insert(make(SnatRow, entry_id=name, nat_id=nat_id, source=source, address=address))


def forward(tx: Transaction, name: str, nat_id: str, *ends: str) -> None:
    """Insert a DNAT entry: external address and port, internal ones, and the protocol if not tcp."""
    external, external_port, internal, internal_port, *protocol = ends
    tx.insert(
        make(
            ForwardRow,
            entry_id=name,
            nat_id=nat_id,
            external_address=external,
            external_port=external_port,
            internal_address=internal,
            internal_port=internal_port,
            protocol=protocol[0] if protocol else "tcp",
        )
    )


def make(row_type: type[T], **fields: Any) -> T:
    """Make a row; text columns that are not given are empty, numbers are 0."""
    empty: dict[Any, Any] = {str: "", int: 0, bool: False}
    for field in msgspec.structs.fields(row_type):  # type: ignore[arg-type]  # rows are structs
        if field.name not in fields and field.required:
            fields[field.name] = OWN.get(field.name, empty.get(field.type, NOW))
    return row_type(**fields)
