"""A Terraform plan, in the form of `terraform show -json`, applied to a network.

Judged are rules of security groups, inner access, routes, and the binding of EIPs, of things that
exist already. A change that may open or close a flow and is not judged is named, never passed over:
the address of a new instance is not known before it is made, for one.

Source: Terraform, JSON output format, plan representation (documented); attributes as the provider
`aliyun/alicloud` names them (observed).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from juyong.engines.packet import (
    Address,
    Cidr,
    Compiled,
    Direction,
    Eip,
    GroupPeer,
    HopKind,
    ListPeer,
    Network,
    PacketError,
    Ports,
    Route,
    Rule,
    SecurityGroup,
    Verdict,
    parse_protocol,
)


class BadPlan(Exception):
    """The bytes are no Terraform plan in JSON."""


class Change(msgspec.Struct, frozen=True):
    """A change: `delete` with `create` is a replacement."""

    actions: list[str]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class ResourceChange(msgspec.Struct, frozen=True):
    """The change of one resource."""

    address: str
    type: str
    change: Change
    mode: str = "managed"


class Plan(msgspec.Struct, frozen=True):
    """A plan."""

    format_version: str
    resource_changes: list[ResourceChange] = []


class World(NamedTuple):
    """The things that a plan names: the primary interfaces of instances, the addresses of EIPs."""

    primaries: Mapping[str, str]
    eip_addresses: Mapping[str, str]


class Applied(NamedTuple):
    """The network after a plan, and the changes that are not judged, each with the reason."""

    compiled: Compiled
    unknown: tuple[str, ...]


def plan_of(data: bytes) -> Plan:
    """Read a plan.

    Raises:
        BadPlan: the bytes are something else, such as the file that `terraform plan -out` writes.
    """
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadPlan("no plan: write one with `terraform show -json PLANFILE`") from None
    if not plan.format_version.startswith("1."):
        raise BadPlan(f"a plan of the form `{plan.format_version}`, which is not known")
    return plan


def applied(network: Network, plan: Plan, world: World) -> Applied:
    """Apply a plan to a network; what is refused or not judged is left as it was, and named."""
    applying = _Applying(network, world)
    unknown = list(applying.apply(plan))
    return Applied(Compiled(applying.network), tuple(unknown))


_HARMLESS = (
    *("alicloud_ram_", "alicloud_oss_", "alicloud_kms_", "alicloud_log_", "alicloud_actiontrail"),
    *("alicloud_ecs_key_pair", "alicloud_key_pair", "alicloud_resource_manager_", "alicloud_cms_"),
)
"""Beginnings of types that carry and judge no packet."""
_EMPTY_WHEN_MADE = (
    *("alicloud_vpc", "alicloud_vswitch", "alicloud_security_group", "alicloud_eip"),
    *("alicloud_eip_address", "alicloud_nat_gateway", "alicloud_route_table"),
    "alicloud_ecs_prefix_list",
)
"""Types of which a new one opens nothing until something else names it."""
_NOTHING = frozenset({"no-op", "read"})


class _Unjudged(Exception):
    """A change cannot be judged; the text says why."""


class _Applying:
    def __init__(self, network: Network, world: World) -> None:
        self.network, self.world = network, world
        self._made = 0
        self._judges: dict[str, Callable[[dict[str, Any], bool], Network]] = {
            "alicloud_security_group_rule": self._rule,
            "alicloud_route_entry": self._route,
            "alicloud_eip_association": self._eip,
        }

    def apply(self, plan: Plan) -> Iterator[str]:
        """Apply all changes, deletions first, as a replacement has the old thing go first."""
        for delete in (True, False):
            for each in plan.resource_changes:
                try:
                    self._apply(each, delete=delete)
                except (_Unjudged, PacketError) as reason:
                    yield f"{each.address}: {reason}"

    def _apply(self, each: ResourceChange, *, delete: bool) -> None:
        actions = set(each.change.actions) - _NOTHING
        if not actions or each.mode != "managed" or not each.type.startswith("alicloud_"):
            return
        if each.type.startswith(_HARMLESS):
            return
        if each.type in self._judges:
            values = each.change.before if delete else each.change.after
            wanted = {"delete", "update"} if delete else {"create", "update"}
            if actions & wanted:
                self._keep(self._judges[each.type](values or {}, delete))
        elif not delete:
            self._other(each, actions)

    def _other(self, each: ResourceChange, actions: set[str]) -> None:
        if each.type in _EMPTY_WHEN_MADE and actions == {"create"}:
            return
        if each.type == "alicloud_security_group" and actions == {"update"}:
            self._keep(self._inner_access(each.change.after or {}))
            return
        raise _Unjudged(f"`{' and '.join(sorted(actions))}` of `{each.type}` is not judged")

    def _keep(self, network: Network) -> None:
        Compiled(network)  # raises where the parts do not fit, and the change is not kept
        self.network = network

    def _new_id(self) -> str:
        self._made += 1
        return f"plan-{self._made}"

    # -- kinds of changes ------------------------------------------------------------------------

    def _rule(self, values: dict[str, Any], delete: bool) -> Network:
        group_id = values.get("security_group_id")
        if group_id is None:
            return self.network  # a rule of a group that is new, and has no members
        group = self._group(group_id)
        if _names_new_group(values):
            return self.network
        rule = _rule_of(values, self._new_id())
        if not delete:
            return self._with_group(replace(group, rules=(*group.rules, rule)))
        left = [each for each in group.rules if replace(each, id=rule.id) != rule]
        if len(left) == len(group.rules):
            raise _Unjudged(f"`{group_id}` has no such rule, so that its end is not judged")
        return self._with_group(replace(group, rules=tuple(left)))

    def _inner_access(self, after: dict[str, Any]) -> Network:
        group = self._group(_text(after, "id"))
        inner = str(after.get("inner_access_policy") or "Accept").lower() == "accept"
        return self._with_group(replace(group, inner_access=inner))

    def _route(self, values: dict[str, Any], delete: bool) -> Network:
        table_id = _text(values, "route_table_id")
        destination = Cidr.parse(_text(values, "destination_cidrblock"))
        tables = {each.id: each for each in self.network.tables}
        if table_id not in tables:
            raise _Unjudged(f"there is no route table `{table_id}`")
        table = tables[table_id]
        left = tuple(each for each in table.routes if each.destination != destination)
        if not delete:
            left = (*left, self._route_of(values, destination))
        elif len(left) == len(table.routes):
            raise _Unjudged(f"`{table_id}` has no route to {destination}")
        tables[table_id] = replace(table, routes=left)
        return replace(self.network, tables=tuple(tables.values()))

    def _route_of(self, values: dict[str, Any], destination: Cidr) -> Route:
        kind, hop = _text(values, "nexthop_type"), _text(values, "nexthop_id")
        if kind == "Instance":
            kind, hop = "NetworkInterface", self.world.primaries.get(hop, hop)
        try:
            return Route(id=self._new_id(), destination=destination, hop=HopKind(kind), hop_id=hop)
        except PacketError:
            raise
        except ValueError:
            raise _Unjudged(f"routes to `{kind}` are not judged") from None

    def _eip(self, values: dict[str, Any], delete: bool) -> Network:
        allocation_id, target = _text(values, "allocation_id"), _text(values, "instance_id")
        left = tuple(each for each in self.network.eips if each.id != allocation_id)
        if delete:
            return replace(self.network, eips=left)
        name = self.world.primaries.get(target, target)
        interface = next((each for each in self.network.interfaces if each.id == name), None)
        address = self.world.eip_addresses.get(allocation_id)
        if interface is None or address is None:
            raise _Unjudged(f"there is no EIP `{allocation_id}`, or no interface of `{target}`")
        eip = Eip(
            id=allocation_id,
            address=Address.parse(address),
            interface_id=name,
            private=interface.addresses[0],
        )
        return replace(self.network, eips=(*left, eip))

    def _group(self, group_id: object) -> SecurityGroup:
        found = next((each for each in self.network.groups if each.id == group_id), None)
        if found is None:
            raise _Unjudged(f"there is no security group `{group_id}`")
        return found

    def _with_group(self, group: SecurityGroup) -> Network:
        groups = tuple(group if each.id == group.id else each for each in self.network.groups)
        return replace(self.network, groups=groups)


_READ: dict[str, Callable[[str], Cidr | GroupPeer | ListPeer]] = {
    "cidr_ip": Cidr.parse,
    "ipv6_cidr_ip": Cidr.parse,
    "prefix_list_id": ListPeer,
    "source_security_group_id": GroupPeer,
}
_PEERS = tuple(_READ)


def _names_new_group(values: dict[str, Any]) -> bool:
    """Tell whether the peer of a rule is a group that is new, and has no members.

    A plan leaves out what is not known yet; an attribute that is not given is null.
    """
    left_out = {name for name in _PEERS if name not in values}
    given = any(values.get(name) for name in _PEERS)
    return left_out == {"source_security_group_id"} and not given


def _rule_of(values: dict[str, Any], rule_id: str) -> Rule:
    """Return the rule that the attributes of `alicloud_security_group_rule` say."""
    peers = [(name, str(values[name])) for name in _PEERS if values.get(name)]
    if len(peers) != 1:
        raise _Unjudged("the rule names no peer that is known, or several")
    name, peer = peers[0]
    priority = values.get("priority") or 1
    policy, direction = str(values.get("policy") or "accept").lower(), _text(values, "type")
    ways, policies = {each.value for each in Direction}, {each.value for each in Verdict}
    if direction not in ways or policy not in policies or not isinstance(priority, int):
        raise _Unjudged("the rule is none of ingress or egress, accept or drop")
    return Rule(
        id=rule_id,
        direction=Direction(direction),
        peer=_READ[name](peer),
        protocol=parse_protocol(_text(values, "ip_protocol")),
        ports=Ports.parse(str(values.get("port_range") or "-1/-1")),
        policy=Verdict(policy),
        priority=priority,
    )


def _text(values: dict[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str) or not found:
        raise _Unjudged(f"`{name}` is not known before it is made")
    return found
