"""Instances and interfaces of a plan.

A new one gets the lowest free address of its vSwitch, as the platform gives it, where the plan does
not say another.

Source: attributes as the provider `aliyun/alicloud` names them (observed).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from juyong.engines.packet import Address, Interface
from juyong.services.network.planning.item import Item, Kind, written
from juyong.services.network.planning.sketch import Planned, Sketch, Unjudged


class _Names(NamedTuple):
    """How a type of resource names its groups and addresses: the first that is written counts."""

    groups: tuple[str, ...]
    address: tuple[str, ...]
    more: tuple[str, ...]
    counts: tuple[str, ...]
    name: tuple[str, ...]


_OF_INSTANCE = _Names(
    ("security_groups",),
    ("private_ip",),
    ("secondary_private_ips",),
    ("secondary_private_ip_address_count",),
    ("instance_name",),
)
_OF_INTERFACE = _Names(
    ("security_group_ids", "security_groups"),
    ("primary_ip_address", "private_ip"),
    ("private_ip_addresses", "private_ips"),
    ("secondary_private_ip_address_count", "private_ips_count"),
    ("network_interface_name", "name"),
)


def _make_instance(sketch: Sketch, item: Item) -> Mapping[str, str]:
    if item.values.get("internet_max_bandwidth_out"):
        raise Unjudged("a public address of the instance's own is not judged: bind an EIP")
    if item.entries("network_interfaces"):
        raise Unjudged("interfaces that come with an instance are not judged")
    made = _made(sketch, item, _OF_INSTANCE)
    sketch.primaries[item.address] = made.id
    sketch.leaving[item.address] = (made.id,)
    address = str(made.addresses[0])
    return {
        "id": item.address,
        "private_ip": address,
        "primary_ip_address": address,
        "network_interface_id": made.id,
    }


def _make_interface(sketch: Sketch, item: Item) -> Mapping[str, str]:
    made = _made(sketch, item, _OF_INTERFACE)
    address = str(made.addresses[0])
    return {"id": made.id, "private_ip": address, "primary_ip_address": address}


def _made(sketch: Sketch, item: Item, names: _Names) -> Interface:
    vswitch_id, eni_id = item.text("vswitch_id"), sketch.new_id("eni")
    groups = _texts(item, names.groups)
    if not groups:
        raise Unjudged("the security groups are not known before it is made")
    made = Interface(
        id=eni_id,
        vswitch_id=vswitch_id,
        addresses=(_address(sketch, item, names, vswitch_id),),
        group_ids=tuple(groups),
    )
    sketch.put("interfaces", made)
    for text in _texts(item, names.more):
        sketch.put("interfaces", made := _with(made, Address.parse(text)))
    count = next((item.values[each] for each in names.counts if item.values.get(each)), 0)
    for _ in range(count if isinstance(count, int) else 0):
        sketch.put("interfaces", made := _with(made, sketch.free_address(vswitch_id)))
        sketch.assumed[item.address] = "its secondary addresses are the lowest free ones"
    tags = item.values.get("tags")
    name = next((item.values[each] for each in names.name if item.values.get(each)), "")
    planned = Planned(eni_id, str(name), tags if isinstance(tags, Mapping) else {})
    sketch.planned[item.address] = planned
    return made


def _with(interface: Interface, address: Address) -> Interface:
    return replace(interface, addresses=(*interface.addresses, address))


def _address(sketch: Sketch, item: Item, names: _Names, vswitch_id: str) -> Address:
    said = next((item.text(each) for each in names.address if item.given(each)), "")
    if said:
        return Address.parse(said)
    found = sketch.free_address(vswitch_id)
    sketch.assumed[item.address] = f"{found} is its address, the lowest free one"
    return found


def _texts(item: Item, names: tuple[str, ...]) -> list[str]:
    return next((item.texts(each) for each in names if item.given(each)), [])


def _change(sketch: Sketch, item: Item, names: _Names, interface_id: str) -> None:
    held: Interface = sketch.find("interfaces", interface_id)
    groups, vswitch_id = _texts(item, names.groups), item.text("vswitch_id")
    if groups:
        held = replace(held, group_ids=tuple(groups))
    said = next((item.text(each) for each in names.address if item.given(each)), "")
    moved = vswitch_id != held.vswitch_id
    if moved and len(held.addresses) > 1:
        raise Unjudged("the move of an interface with secondary addresses is not judged")
    if said and Address.parse(said) != held.addresses[0]:
        held = replace(held, addresses=(Address.parse(said), *held.addresses[1:]))
    elif moved:
        held = replace(held, addresses=(_address(sketch, item, names, vswitch_id),))
        sketch.planned[item.address] = Planned(held.id, "", {})
    if more := _texts(item, names.more):
        held = replace(held, addresses=(held.addresses[0], *map(Address.parse, more)))
    held = replace(held, vswitch_id=vswitch_id)
    sketch.put("interfaces", held)
    eips = [each for each in sketch.network.eips if each.interface_id == held.id]
    for eip in eips:
        if eip.private not in held.addresses:
            sketch.put("eips", replace(eip, private=held.addresses[0]))


def _change_instance(sketch: Sketch, item: Item) -> None:
    if item.values.get("internet_max_bandwidth_out"):
        raise Unjudged("a public address of the instance's own is not judged: bind an EIP")
    instance_id = item.text("id")
    if instance_id not in sketch.primaries:
        raise Unjudged(f"there is no instance `{instance_id}`")
    _change(sketch, item, _OF_INSTANCE, sketch.primaries[instance_id])


def _change_interface(sketch: Sketch, item: Item) -> None:
    _change(sketch, item, _OF_INTERFACE, item.text("id"))


def _remove_instance(sketch: Sketch, values: Mapping[str, Any]) -> None:
    instance_id = written(values, "id")
    if instance_id not in sketch.leaving:
        raise Unjudged(f"there is no instance `{instance_id}`")
    for each in sketch.leaving[instance_id]:
        sketch.drop_interface(each)


def _remove_interface(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop_interface(sketch.find("interfaces", written(values, "id")).id)


def _matter(names: _Names) -> tuple[str, ...]:
    return ("vswitch_id", *names.groups, *names.address, *names.more, *names.counts)


_INTERFACE = Kind(
    _matter(_OF_INTERFACE), _make_interface, _remove_interface, _change_interface, last=False
)
INTERFACES = {
    "alicloud_instance": Kind(
        (*_matter(_OF_INSTANCE), "internet_max_bandwidth_out"),
        _make_instance,
        _remove_instance,
        _change_instance,
        last=False,
    ),
    "alicloud_ecs_network_interface": _INTERFACE,
    "alicloud_network_interface": _INTERFACE,
}
