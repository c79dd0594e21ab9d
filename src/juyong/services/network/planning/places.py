"""VPCs, vSwitches, route tables and routes of a plan.

Source: attributes as the provider `aliyun/alicloud` names them (observed).
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from juyong.engines.packet import Cidr, HopKind, Route, RouteTable, Vpc, VSwitch
from juyong.services.network.planning.item import Item, Kind, written
from juyong.services.network.planning.sketch import Sketch, Unjudged


def _make_vpc(sketch: Sketch, item: Item) -> Mapping[str, str]:
    vpc_id, table_id = sketch.new_id("vpc"), sketch.new_id("vtb")
    blocks = (item.text("cidr_block"), *item.texts("secondary_cidr_blocks"))
    sketch.put("vpcs", Vpc(id=vpc_id, cidrs=tuple(map(Cidr.parse, blocks))))
    sketch.put("tables", RouteTable(id=table_id, vpc_id=vpc_id))
    sketch.system_tables[vpc_id] = table_id
    sketch.names[vpc_id] = item.address
    return {"id": vpc_id, "route_table_id": table_id, "router_table_id": table_id}


def _remove_vpc(sketch: Sketch, values: Mapping[str, Any]) -> None:
    vpc_id = written(values, "id")
    sketch.drop("vpcs", vpc_id)
    sketch.drop("tables", sketch.system_tables.get(vpc_id, ""))


def _add_block(sketch: Sketch, item: Item) -> Mapping[str, str]:
    vpc = sketch.find("vpcs", item.text("vpc_id"))
    block = Cidr.parse(item.text("secondary_cidr_block"))
    sketch.put("vpcs", replace(vpc, cidrs=(*vpc.cidrs, block)))
    return {}


def _remove_block(sketch: Sketch, values: Mapping[str, Any]) -> None:
    vpc = sketch.find("vpcs", written(values, "vpc_id"))
    block = Cidr.parse(written(values, "secondary_cidr_block"))
    sketch.put("vpcs", replace(vpc, cidrs=tuple(each for each in vpc.cidrs if each != block)))


def _make_vswitch(sketch: Sketch, item: Item) -> Mapping[str, str]:
    vpc_id = item.text("vpc_id")
    table_id = _system_table(sketch, vpc_id)
    made = VSwitch(
        id=sketch.new_id("vsw"),
        vpc_id=vpc_id,
        cidrs=(Cidr.parse(item.text("cidr_block")),),
        route_table_id=table_id,
    )
    sketch.put("vswitches", made)
    sketch.names[made.id] = item.address
    return {"id": made.id, "vpc_id": vpc_id}


def _remove_vswitch(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop("vswitches", written(values, "id"))


def _make_table(sketch: Sketch, item: Item) -> Mapping[str, str]:
    made = RouteTable(id=sketch.new_id("vtb"), vpc_id=item.text("vpc_id"))
    sketch.put("tables", made)
    return {"id": made.id, "route_table_id": made.id}


def _remove_table(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop("tables", written(values, "id"))


def _attach(sketch: Sketch, item: Item) -> Mapping[str, str]:
    vswitch = sketch.find("vswitches", item.text("vswitch_id"))
    table = sketch.find("tables", item.text("route_table_id"))
    sketch.put("vswitches", replace(vswitch, route_table_id=table.id))
    return {}


def _detach(sketch: Sketch, values: Mapping[str, Any]) -> None:
    vswitch = sketch.find("vswitches", written(values, "vswitch_id"))
    table_id = _system_table(sketch, vswitch.vpc_id)
    sketch.put("vswitches", replace(vswitch, route_table_id=table_id))


def _system_table(sketch: Sketch, vpc_id: str) -> str:
    found = sketch.system_tables.get(vpc_id)
    if found is None:
        raise Unjudged(f"there is no VPC `{vpc_id}`")
    return found


def _add_route(sketch: Sketch, item: Item) -> Mapping[str, str]:
    table_id, hop_id = item.text("route_table_id"), ""
    destination = Cidr.parse(item.text("destination_cidrblock"))
    kind, hop_id = item.text("nexthop_type"), item.text("nexthop_id")
    table = sketch.find("tables", table_id)
    if kind == "Instance":
        kind, hop_id = HopKind.INTERFACE.value, sketch.interface(hop_id)
    elif kind == HopKind.PEER.value and hop_id in sketch.peerings:
        one, other = sketch.peerings[hop_id]
        hop_id = other if one == table.vpc_id else one
    if kind not in {each.value for each in HopKind}:
        raise Unjudged(f"routes to `{kind}` are not judged")
    route = Route(id=sketch.new_id(), destination=destination, hop=HopKind(kind), hop_id=hop_id)
    left = tuple(each for each in table.routes if each.destination != destination)
    sketch.put("tables", replace(table, routes=(*left, route)))
    return {}


def _remove_route(sketch: Sketch, values: Mapping[str, Any]) -> None:
    table = sketch.find("tables", written(values, "route_table_id"))
    destination = Cidr.parse(written(values, "destination_cidrblock"))
    left = tuple(each for each in table.routes if each.destination != destination)
    if len(left) == len(table.routes):
        raise Unjudged(f"`{table.id}` has no route to {destination}")
    sketch.put("tables", replace(table, routes=left))


def _join(sketch: Sketch, item: Item) -> Mapping[str, str]:
    """Join two VPCs. Between those of one account, a connection is activated at once.

    Another account accepts first: the plan shows what follows when that account does, and tells so,
    unless the plan accepts by itself.

    Source: VPC peering documentation (documented).
    """
    ends = item.text("vpc_id"), item.text("accepting_vpc_id")
    own, other = (sketch.accounts.get(each, "") for each in ends)
    said = str(item.values.get("accepting_ali_uid") or "")
    if said and said != other and ends[1] not in {each.id for each in sketch.network.vpcs}:
        raise Unjudged(f"the VPC `{ends[1]}` of the account `{said}` is not of this platform")
    if said and other and said != other:
        raise Unjudged(f"`{ends[1]}` is a VPC of the account `{other}`, and not of `{said}`")
    peering_id, accepting = sketch.new_id("pcc"), other or said
    _set_peers(sketch, ends, lambda peers, other: peers | {other})
    sketch.peerings[peering_id] = ends
    if not own and not other:
        sketch.assumed[item.address] = "both VPCs are of one account, so that both are joined"
    elif accepting != own:
        who = f"`{accepting}`" if accepting else f"of `{ends[1]}`"
        sketch.assumed[item.address] = f"the account {who} accepts the connection"
        sketch.awaited[peering_id] = item.address
    return {"id": peering_id}


def _accept(sketch: Sketch, item: Item) -> Mapping[str, str]:
    """Activate a connection, which may stand in the same plan.

    Source: the provider's resource, which calls AcceptVpcPeerConnection, and when it is destroyed
    DeleteVpcPeerConnection (observed).
    """
    peering_id = item.text("instance_id")
    if peering_id not in sketch.peerings:
        raise Unjudged(f"there is no peering connection `{peering_id}`")
    _set_peers(sketch, sketch.peerings[peering_id], lambda peers, other: peers | {other})
    if (address := sketch.awaited.pop(peering_id, None)) is not None:
        del sketch.assumed[address]
    return {"id": peering_id}


def _part(sketch: Sketch, values: Mapping[str, Any]) -> None:
    peering_id = written(values, "id")
    if peering_id not in sketch.peerings:
        raise Unjudged(f"there is no peering connection `{peering_id}`")
    _set_peers(sketch, sketch.peerings[peering_id], lambda peers, other: peers - {other})


def _set_peers(
    sketch: Sketch,
    ends: tuple[str, str],
    changed: Callable[[frozenset[str], str], frozenset[str]],
) -> None:
    for one, other in (ends, ends[::-1]):
        vpc: Vpc = sketch.find("vpcs", one)
        sketch.put("vpcs", replace(vpc, peers=changed(vpc.peers, other)))


PLACES = {
    "alicloud_vpc": Kind(("cidr_block", "secondary_cidr_blocks"), _make_vpc, _remove_vpc),
    "alicloud_vpc_ipv4_cidr_block": Kind(
        ("vpc_id", "secondary_cidr_block"), _add_block, _remove_block
    ),
    "alicloud_vpc_peer_connection": Kind(("vpc_id", "accepting_vpc_id"), _join, _part),
    "alicloud_vpc_peer_connection_accepter": Kind(("instance_id",), _accept, _part),
    "alicloud_vswitch": Kind(("vpc_id", "cidr_block"), _make_vswitch, _remove_vswitch),
    "alicloud_route_table": Kind(("vpc_id",), _make_table, _remove_table),
    "alicloud_route_table_attachment": Kind(
        ("vswitch_id", "route_table_id"), _attach, _detach, last=False
    ),
}
ROUTES = {
    "alicloud_route_entry": Kind(
        ("route_table_id", "destination_cidrblock", "nexthop_type", "nexthop_id"),
        _add_route,
        _remove_route,
        last=False,
    ),
}
