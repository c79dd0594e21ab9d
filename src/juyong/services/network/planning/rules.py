"""Security groups, network ACLs and prefix lists of a plan.

Source: attributes as the provider `aliyun/alicloud` names them (observed).
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from juyong.engines.packet import (
    Acl,
    AclEntry,
    Cidr,
    Direction,
    GroupPeer,
    ListPeer,
    Ports,
    PrefixList,
    Rule,
    SecurityGroup,
    Verdict,
    parse_protocol,
)
from juyong.engines.packet import (
    Kind as GroupKind,
)
from juyong.services.network.planning.item import Item, Kind, written
from juyong.services.network.planning.sketch import Sketch, Unjudged

_READ: dict[str, Callable[[str], Cidr | GroupPeer | ListPeer]] = {
    "cidr_ip": Cidr.around,
    "ipv6_cidr_ip": Cidr.around,
    "prefix_list_id": ListPeer,
    "source_security_group_id": GroupPeer,
}
_WAYS, _POLICIES = {each.value for each in Direction}, {each.value for each in Verdict}
_VERSIONS = {"IPV4": 4, "IPV6": 6}

# -- security groups ---------------------------------------------------------------------------


def _make_group(sketch: Sketch, item: Item) -> Mapping[str, str]:
    kind = GroupKind(item.optional("security_group_type") or GroupKind.BASIC.value)
    made = SecurityGroup(
        id=sketch.new_id("sg"),
        vpc_id=item.text("vpc_id"),
        kind=kind,
        inner_access=kind is GroupKind.BASIC and _inner(item, otherwise=True),
    )
    sketch.put("groups", made)
    sketch.names[made.id] = item.address
    return {"id": made.id, "vpc_id": made.vpc_id}


def _inner(item: Item, *, otherwise: bool) -> bool:
    policy = item.optional("inner_access_policy").lower()
    return policy == "accept" if policy else item.flag("inner_access", otherwise)


def _change_group(sketch: Sketch, item: Item) -> None:
    group = sketch.find("groups", item.text("id"))
    inner = _inner(item, otherwise=group.inner_access)
    sketch.put("groups", replace(group, inner_access=inner))


def _remove_group(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop("groups", written(values, "id"))


def _add_rule(sketch: Sketch, item: Item) -> Mapping[str, str]:
    group = sketch.find("groups", item.text("security_group_id"))
    peers = [(name, item.text(name)) for name in _READ if item.given(name)]
    rule = _rule_of(item.values, peers, sketch.new_id())
    sketch.put("groups", replace(group, rules=(*group.rules, rule)))
    return {}


def _remove_rule(sketch: Sketch, values: Mapping[str, Any]) -> None:
    group = sketch.find("groups", written(values, "security_group_id"))
    peers = [(name, str(values[name])) for name in _READ if values.get(name)]
    rule = _rule_of(values, peers, "plan-0")
    left = tuple(each for each in group.rules if replace(each, id=rule.id) != rule)
    if len(left) == len(group.rules):
        raise Unjudged(f"`{group.id}` has no such rule, so that its end is not judged")
    sketch.put("groups", replace(group, rules=left))


def _rule_of(values: Mapping[str, Any], peers: list[tuple[str, str]], rule_id: str) -> Rule:
    """Return the rule that the attributes of `alicloud_security_group_rule` say."""
    if len(peers) != 1:
        raise Unjudged("the rule names no peer that is known, or several")
    name, peer = peers[0]
    priority = values.get("priority") or 1
    policy, direction = str(values.get("policy") or "accept").lower(), written(values, "type")
    if direction not in _WAYS or policy not in _POLICIES or not isinstance(priority, int):
        raise Unjudged("the rule is none of ingress or egress, accept or drop")
    return Rule(
        id=rule_id,
        direction=Direction(direction),
        peer=_READ[name](peer),
        protocol=parse_protocol(written(values, "ip_protocol")),
        ports=Ports.parse(str(values.get("port_range") or "-1/-1")),
        policy=Verdict(policy),
        priority=priority,
    )


# -- network ACLs ------------------------------------------------------------------------------


def _make_acl(sketch: Sketch, item: Item) -> Mapping[str, str]:
    made = Acl(id=sketch.new_id("nacl"), vpc_id=item.text("vpc_id"))
    sketch.put("acls", made)
    _fill_acl(sketch, item, made)
    return {"id": made.id, "vpc_id": made.vpc_id}


def _change_acl(sketch: Sketch, item: Item) -> None:
    _fill_acl(sketch, item, sketch.find("acls", item.text("id")))


def _fill_acl(sketch: Sketch, item: Item, acl: Acl) -> None:
    ways = {
        way: tuple(_acl_entries(sketch, item, f"{way}_acl_entries", side))
        for way, side in (("ingress", "source_cidr_ip"), ("egress", "destination_cidr_ip"))
        if f"{way}_acl_entries" in item.values
    }
    sketch.put("acls", replace(acl, **ways))
    if "resources" not in item.values:
        return
    bound = item.of_entries("resources", "resource_id")
    for each in sketch.network.vswitches:
        if each.acl_id == acl.id and each.id not in bound:
            sketch.put("vswitches", replace(each, acl_id=""))
    for name in bound:
        _bind(sketch, name, acl.id)


def _acl_entries(sketch: Sketch, item: Item, name: str, side: str) -> list[AclEntry]:
    found = []
    for number, each in enumerate(item.entries(name)):
        if (each.get("entry_type") or "custom") != "custom":
            continue
        policy = str(each.get("policy")).lower()
        if policy not in _POLICIES:
            raise Unjudged("an entry is none of accept or drop")
        peer = item.in_entry(name, number, side)
        found.append(
            AclEntry(
                id=sketch.new_id(),
                policy=Verdict(policy),
                peer=ListPeer(peer) if peer.startswith("pl-") else Cidr.around(peer),
                protocol=parse_protocol(str(each.get("protocol"))),
                ports=Ports.parse(str(each.get("port") or "-1/-1")),
            )
        )
    return found


def _remove_acl(sketch: Sketch, values: Mapping[str, Any]) -> None:
    acl_id = written(values, "id")
    for each in sketch.network.vswitches:
        if each.acl_id == acl_id:
            sketch.put("vswitches", replace(each, acl_id=""))
    sketch.drop("acls", acl_id)


def _bind(sketch: Sketch, vswitch_id: str, acl_id: str) -> None:
    sketch.put("vswitches", replace(sketch.find("vswitches", vswitch_id), acl_id=acl_id))


def _add_binding(sketch: Sketch, item: Item) -> Mapping[str, str]:
    acl = sketch.find("acls", item.text("network_acl_id"))
    _bind(sketch, item.text("resource_id"), acl.id)
    return {}


def _remove_binding(sketch: Sketch, values: Mapping[str, Any]) -> None:
    _bind(sketch, written(values, "resource_id"), "")


# -- prefix lists ------------------------------------------------------------------------------


def _make_list(sketch: Sketch, item: Item) -> Mapping[str, str]:
    made = _filled(item, PrefixList(id=sketch.new_id("pl"), version=_version(item), cidrs=()))
    sketch.put("prefix_lists", made)
    sketch.names[made.id] = item.address
    return {"id": made.id, "prefix_list_id": made.id}


def _change_list(sketch: Sketch, item: Item) -> None:
    sketch.put("prefix_lists", _filled(item, sketch.find("prefix_lists", item.text("id"))))


def _version(item: Item) -> int:
    said = item.optional("address_family") or item.optional("ip_version") or "IPv4"
    if said.upper() not in _VERSIONS:
        raise Unjudged(f"`{said}` is no version of IP")
    return _VERSIONS[said.upper()]


def _filled(item: Item, held: PrefixList) -> PrefixList:
    """Return a list with the blocks that either of the two resources names."""
    name = "entrys" if "entrys" in item.values else "entry"
    return replace(held, cidrs=tuple(map(Cidr.parse, item.of_entries(name, "cidr"))))


def _remove_list(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop("prefix_lists", written(values, "id"))


_LIST = Kind(("entry", "entrys"), _make_list, _remove_list, _change_list)
RULES = {
    "alicloud_ecs_prefix_list": _LIST,
    "alicloud_vpc_prefix_list": _LIST,
    "alicloud_security_group": Kind(
        ("inner_access_policy", "inner_access"), _make_group, _remove_group, _change_group
    ),
    "alicloud_security_group_rule": Kind(
        (*_READ, "security_group_id", "type", "ip_protocol", "port_range", "policy", "priority"),
        _add_rule,
        _remove_rule,
        last=False,
    ),
    "alicloud_network_acl": Kind(
        ("ingress_acl_entries", "egress_acl_entries", "resources"),
        _make_acl,
        _remove_acl,
        _change_acl,
    ),
    "alicloud_vpc_network_acl_attachment": Kind(
        ("network_acl_id", "resource_id"), _add_binding, _remove_binding, last=False
    ),
}
