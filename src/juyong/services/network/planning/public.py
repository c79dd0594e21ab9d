"""EIPs, NAT gateways and their entries, of a plan.

Source: attributes as the provider `aliyun/alicloud` names them (observed).
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from juyong.engines.packet import (
    Address,
    Cidr,
    Eip,
    ForwardEntry,
    NatGateway,
    Ports,
    SnatEntry,
    parse_protocol,
)
from juyong.services.network.planning.item import Item, Kind, written
from juyong.services.network.planning.sketch import Sketch, Unjudged


def _make_eip(sketch: Sketch, item: Item) -> Mapping[str, str]:
    eip_id, address = sketch.new_id("eip"), item.optional("ip_address")
    if not address:
        address = str(sketch.new_eip_address())
        sketch.assumed[item.address] = f"{address} stands for its address, of {eip_id}"
    sketch.eip_addresses[eip_id] = address
    return {"id": eip_id, "allocation_id": eip_id, "ip_address": address}


def _remove_eip(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop("eips", written(values, "id"))


def _associate(sketch: Sketch, item: Item) -> Mapping[str, str]:
    allocation_id, target = item.text("allocation_id"), item.text("instance_id")
    if any(nat.id == target for nat in sketch.network.nats):
        return {}  # Entries of the gateway say what its address means.
    name, address = sketch.interface(target), sketch.eip_addresses.get(allocation_id)
    if address is None:
        raise Unjudged(f"there is no EIP `{allocation_id}`")
    interface = sketch.find("interfaces", name)
    private = item.optional("private_ip_address")
    eip = Eip(
        id=allocation_id,
        address=Address.parse(address),
        interface_id=name,
        private=Address.parse(private) if private else interface.addresses[0],
    )
    sketch.put("eips", eip)
    return {}


def _unbind(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop("eips", written(values, "allocation_id"))


def _make_nat(sketch: Sketch, item: Item) -> Mapping[str, str]:
    made = NatGateway(id=sketch.new_id("ngw"), vpc_id=item.text("vpc_id"))
    sketch.put("nats", made)
    snat, forward = sketch.new_id("stb"), sketch.new_id("ftb")
    sketch.snat_tables[snat] = sketch.forward_tables[forward] = made.id
    return {"id": made.id, "snat_table_ids": snat, "forward_table_ids": forward}


def _remove_nat(sketch: Sketch, values: Mapping[str, Any]) -> None:
    sketch.drop("nats", written(values, "id"))


def _gateway(sketch: Sketch, tables: Mapping[str, str], table_id: str) -> NatGateway:
    if table_id not in tables:
        raise Unjudged(f"there is no table `{table_id}` of a NAT gateway")
    found: NatGateway = sketch.find("nats", tables[table_id])
    return found


def _add_snat(sketch: Sketch, item: Item) -> Mapping[str, str]:
    nat = _gateway(sketch, sketch.snat_tables, item.text("snat_table_id"))
    if item.given("source_vswitch_id"):
        source = sketch.find("vswitches", item.text("source_vswitch_id")).cidrs[0]
    else:
        source = Cidr.parse(item.text("source_cidr"))
    entry = SnatEntry(
        id=sketch.new_id(),
        nat_id=nat.id,
        source=source,
        address=Address.parse(item.text("snat_ip")),
    )
    sketch.put("nats", replace(nat, snat=(*nat.snat, entry)))
    return {"snat_entry_id": entry.id}


def _remove_snat(sketch: Sketch, values: Mapping[str, Any]) -> None:
    nat = _gateway(sketch, sketch.snat_tables, written(values, "snat_table_id"))
    entry_id = written(values, "snat_entry_id")
    left = tuple(each for each in nat.snat if each.id != entry_id)
    if len(left) == len(nat.snat):
        raise Unjudged(f"`{nat.id}` has no SNAT entry `{entry_id}`")
    sketch.put("nats", replace(nat, snat=left))


def _add_forward(sketch: Sketch, item: Item) -> Mapping[str, str]:
    nat = _gateway(sketch, sketch.forward_tables, item.text("forward_table_id"))
    protocol = item.text("ip_protocol").lower()
    whole = protocol == "any"
    entry = ForwardEntry(
        id=sketch.new_id(),
        nat_id=nat.id,
        external=Address.parse(item.text("external_ip")),
        internal=Address.parse(item.text("internal_ip")),
        protocol=None if whole else parse_protocol(protocol),
        external_ports=None if whole else _ports(item.text("external_port")),
        internal_ports=None if whole else _ports(item.text("internal_port")),
    )
    sketch.put("nats", replace(nat, forwards=(*nat.forwards, entry)))
    return {"forward_entry_id": entry.id}


def _ports(text: str) -> Ports | None:
    """Read `80` or `80/90`."""
    return Ports.parse(text if "/" in text else f"{text}/{text}")


def _remove_forward(sketch: Sketch, values: Mapping[str, Any]) -> None:
    nat = _gateway(sketch, sketch.forward_tables, written(values, "forward_table_id"))
    entry_id = written(values, "forward_entry_id")
    left = tuple(each for each in nat.forwards if each.id != entry_id)
    if len(left) == len(nat.forwards):
        raise Unjudged(f"`{nat.id}` has no DNAT entry `{entry_id}`")
    sketch.put("nats", replace(nat, forwards=left))


_EIP = Kind((), _make_eip, _remove_eip)
GATEWAYS = {
    "alicloud_eip_address": _EIP,
    "alicloud_eip": _EIP,
    "alicloud_nat_gateway": Kind((), _make_nat, _remove_nat),
}
PUBLIC = {
    "alicloud_eip_association": Kind(
        ("allocation_id", "instance_id", "private_ip_address"), _associate, _unbind, last=False
    ),
    "alicloud_snat_entry": Kind(
        ("snat_table_id", "source_cidr", "source_vswitch_id", "snat_ip"),
        _add_snat,
        _remove_snat,
        last=False,
    ),
    "alicloud_forward_entry": Kind(
        (
            *("forward_table_id", "external_ip", "external_port"),
            *("internal_ip", "internal_port", "ip_protocol"),
        ),
        _add_forward,
        _remove_forward,
        last=False,
    ),
}
