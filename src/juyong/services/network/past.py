"""The networks as they were at an instant, from the states that the inventory keeps.

States become the rows that they were made of, so that one reading of rows serves present and past.
Columns that judge and carry no packet, and that no state tells, are empty.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from juyong.api.command import OperatorError
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.services.network.acls.tables import AclEntryRow, AclRow
from juyong.services.network.lists.prefix_lists import MOST_KEPT, NAMES
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.public.tables import EipRow, ForwardRow, NatRow, SnatRow
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
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
    InstanceRow,
    InterfaceRow,
    MemberRow,
    VpcRow,
    VSwitchRow,
)
from juyong.store.inventory import ResourceEventRow
from juyong.store.inventory_reads import NOT_YET, Unknown, accounts, as_of
from juyong.store.transaction import Transaction

_R = TypeVar("_R")
State = Mapping[str, Any]
_Made = Iterator[object]
_EMPTY: dict[object, object] = {str: "", int: 0, bool: False, Instant: Instant(0)}


class NotKept(Exception):
    """A state was written by a version that kept less of it."""


class Then:
    """The rows of an instant."""

    def __init__(self, made: Mapping[type[object], list[object]]) -> None:
        self._made = made

    def find(self, row_type: type[_R], *, order: tuple[str, ...] = ()) -> list[_R]:
        """Return all rows of a type."""
        found: list[Any] = list(self._made.get(row_type, ()))
        return sorted(found, key=lambda row: [getattr(row, name) for name in order])


def then(tx: Transaction, at: Instant) -> Then:
    """Return the rows of the networks of all accounts at an instant.

    Raises:
        OperatorError: states of that time have expired, or were never kept; the text says from when
            on they are.

    Cost: one read of the index of the whole history, and the states of all resources.
    """
    made: dict[type[object], list[object]] = defaultdict(list)
    for account_id in accounts(tx):
        for event in _events(tx, account_id, at):
            read = _READ.get(event.resource_type)
            if read is None:
                continue
            state: State = msgspec.json.decode(event.snapshot)
            try:
                for row in read(event, state):
                    made[type(row)].append(row)
            except NotKept:
                raise OperatorError(
                    f"the networks of {iso(at)} cannot be told: the state that"
                    f" `{event.resource_id}` took at {iso(event.at)} is of a version that kept no"
                    " groups of interfaces and no entries of lists"
                ) from None
    return Then(made)


def _events(tx: Transaction, account_id: AccountId, at: Instant) -> list[ResourceEventRow]:
    try:
        return as_of(tx, account_id, at)
    except Unknown as unknown:
        known = unknown.known_from
        since = "" if known in (None, NOT_YET) else f": they are kept from {iso(known or at)} on"
        raise OperatorError(f"the networks of {iso(at)} cannot be told{since}") from None


def _row(row_type: type[_R], event: ResourceEventRow, **columns: object) -> _R:
    """Make a row; its account and region are those of the event, the rest is empty."""
    named: dict[str, Any] = {"account_id": event.account_id, "region": event.region}
    for name, empty in _required(cast("Hashable", row_type)):
        columns.setdefault(name, named.get(name, empty))
    return row_type(**columns)


@cache
def _required(row_type: Hashable) -> tuple[tuple[str, object], ...]:
    fields = msgspec.structs.fields(row_type)  # type: ignore[arg-type]  # rows are structs
    return tuple(
        (each.name, Secret("") if each.type is Secret else _EMPTY.get(each.type, ""))
        for each in fields
        if each.required
    )


def _vpc(event: ResourceEventRow, state: State) -> _Made:
    yield _row(
        VpcRow,
        event,
        vpc_id=event.resource_id,
        vpc_name=state["VpcName"],
        cidr=state["CidrBlock"],
        secondary_cidrs=msgspec.json.encode(state["SecondaryCidrBlocks"]).decode(),
        # The state of the system table names its VPC.
        table_id=f"vtb-of{event.resource_id.partition('-')[2]}",
    )


def _vswitch(event: ResourceEventRow, state: State) -> _Made:
    yield _row(
        VSwitchRow,
        event,
        vswitch_id=event.resource_id,
        vpc_id=state["VpcId"],
        vswitch_name=state["VSwitchName"],
        cidr=state["CidrBlock"],
        table_id=state["RouteTableId"],
        acl_id=state["NetworkAclId"],
    )


def _table(event: ResourceEventRow, state: State) -> _Made:
    vpc_id, table_id = state["VpcId"], event.resource_id
    kind = state["RouteTableType"]
    yield _row(RouteTableRow, event, table_id=table_id, vpc_id=vpc_id, kind=kind)
    for each in state["RouteEntries"]:
        yield _row(
            RouteRow,
            event,
            entry_id=each["RouteEntryId"],
            table_id=table_id,
            vpc_id=vpc_id,
            destination=each["DestinationCidrBlock"],
            hop_kind=each["NextHopType"],
            hop_id=each["NextHopId"],
        )


def _acl(event: ResourceEventRow, state: State) -> _Made:
    acl_id = event.resource_id
    yield _row(AclRow, event, acl_id=acl_id, vpc_id=state["VpcId"])
    places: Counter[str] = Counter()
    for each in state["Entries"]:
        direction = each["Direction"]
        places[direction] += 1
        yield _row(
            AclEntryRow,
            event,
            acl_id=acl_id,
            direction=direction,
            position=places[direction],
            # A state tells no ids, which are drawn anew whenever entries are replaced.
            entry_id=f"{direction}-{places[direction]}of{acl_id.partition('-')[2][:32]}",
            policy=each["Policy"],
            protocol=each["Protocol"],
            port=each["Port"],
            peer=each["Peer"],
        )


def _group(event: ResourceEventRow, state: State) -> _Made:
    yield _row(
        GroupRow,
        event,
        group_id=event.resource_id,
        vpc_id=state["VpcId"],
        group_name=state["SecurityGroupName"],
        kind=state["SecurityGroupType"],
        inner_access=state["InnerAccess"],
    )
    for each in state["Rules"]:
        told = {name: value for name, value in each.items() if name != "policy"}
        accepts = each["policy"] == "Accept"
        yield _row(RuleRow, event, group_id=event.resource_id, accepts=accepts, **told)


def _interface(event: ResourceEventRow, state: State) -> _Made:
    if "SecurityGroupIds" not in state:
        raise NotKept
    interface_id, vswitch_id = event.resource_id, state["VSwitchId"]
    yield _row(
        InterfaceRow,
        event,
        interface_id=interface_id,
        interface_name=state["NetworkInterfaceName"],
        vpc_id=state["VpcId"],
        vswitch_id=vswitch_id,
        address=state["PrivateIpAddress"],
        instance_id=state["InstanceId"],
        is_primary=state["Primary"],
        mac=state["MacAddress"],
        status=state["Status"],
    )
    for group_id in state["SecurityGroupIds"]:
        yield MemberRow(group_id=group_id, interface_id=interface_id)
    for number, address in enumerate(state["PrivateIpAddresses"]):
        # Numbers order addresses; those of the state are in order.
        yield AddressRow(
            vswitch_id=vswitch_id, address=address, number=number, owner_id=interface_id
        )


def _instance(event: ResourceEventRow, state: State) -> _Made:
    name = state["InstanceName"]
    yield _row(InstanceRow, event, instance_id=event.resource_id, instance_name=name)


def _prefix_list(event: ResourceEventRow, state: State) -> _Made:
    version = {name: number for number, name in NAMES.items()}[state["AddressFamily"]]
    most = state["MaxEntries"]
    if "Entries" not in state:
        if most <= MOST_KEPT:
            raise NotKept
        return  # Without the list, what names it is refused, and denies.
    yield _row(
        PrefixListRow, event, list_id=event.resource_id, ip_version=version, max_entries=most
    )
    for each in state.get("Entries", ()):
        yield _row(PrefixRow, event, list_id=event.resource_id, cidr=each)


def _port_list(event: ResourceEventRow, state: State) -> _Made:
    if "PortRanges" not in state:
        raise NotKept
    yield _row(PortListRow, event, list_id=event.resource_id)
    for each in state["PortRanges"]:
        yield _row(PortsRow, event, list_id=event.resource_id, port_range=each)


def _eip(event: ResourceEventRow, state: State) -> _Made:
    yield _row(
        EipRow,
        event,
        allocation_id=event.resource_id,
        address=state["IpAddress"],
        bound_type=state["InstanceType"],
        bound_id=state["InstanceId"],
        interface_id=state["NetworkInterfaceId"],
        private_address=state["PrivateIpAddress"],
        vpc_id=state["VpcId"],
    )


def _nat(event: ResourceEventRow, state: State) -> _Made:
    nat_id = event.resource_id
    yield _row(NatRow, event, nat_id=nat_id, vpc_id=state["VpcId"])
    for each in state["SnatEntries"]:
        yield _row(
            SnatRow,
            event,
            entry_id=each["SnatEntryId"],
            nat_id=nat_id,
            source=each["SourceCidr"],
            address=each["SnatIp"],
        )
    for each in state["ForwardEntries"]:
        yield _row(
            ForwardRow,
            event,
            entry_id=each["ForwardEntryId"],
            nat_id=nat_id,
            external_address=each["ExternalIp"],
            external_port=each["ExternalPort"],
            internal_address=each["InternalIp"],
            internal_port=each["InternalPort"],
            protocol=each["IpProtocol"],
        )


def _peering(event: ResourceEventRow, state: State) -> _Made:
    yield _row(
        PeeringRow,
        event,
        peering_id=event.resource_id,
        vpc_id=state["VpcId"],
        accepting_vpc_id=state["AcceptingVpcId"],
        status=state["Status"],
    )


_READ: dict[str, Callable[[ResourceEventRow, State], _Made]] = {
    "ACS::VPC::VPC": _vpc,
    "ACS::VPC::VSwitch": _vswitch,
    "ACS::VPC::RouteTable": _table,
    "ACS::VPC::NetworkAcl": _acl,
    "ACS::VPC::PeerConnection": _peering,
    "ACS::ECS::SecurityGroup": _group,
    "ACS::ECS::NetworkInterface": _interface,
    "ACS::ECS::Instance": _instance,
    "ACS::ECS::PrefixList": _prefix_list,
    "ACS::ECS::PortRangeList": _port_list,
    "ACS::EIP::EipAddress": _eip,
    "ACS::NAT::NatGateway": _nat,
}
