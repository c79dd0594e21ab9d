"""The contents of an instance's metadata, as the rows have them now.

Source: ECS, "Instance metadata" and "Instance identity" (documented). There are no mirrors, no time
servers and no signed documents here, so their paths do not exist.
"""

import base64
from ipaddress import IPv4Network

import msgspec

from juyong.services.ecs.disks.tables import DiskRow
from juyong.services.ecs.machines.machine import INSTANCE
from juyong.services.ecs.metadata.tree import Leaf, Tree
from juyong.services.ecs.tables import KeyPairRow
from juyong.services.network.addresses import addresses_of
from juyong.services.network.public.eips import eips_bound_to
from juyong.services.network.tables import InstanceRow, InterfaceRow, VpcRow, VSwitchRow
from juyong.store.transaction import Transaction

_NAMESERVERS = "100.100.2.136\n100.100.2.138"
_GATEWAY = -3
"""The gateway is the third address from the end of a block."""


def contents(tx: Transaction, row: InstanceRow, roles: Tree) -> Tree:
    """Return the tree of an instance.

    roles: The role's name and credentials, below `ram/`; empty for an instance without one.
    """
    cards = tx.find(InterfaceRow, order=("device_index",), instance_id=row.instance_id)
    latest: dict[str, Leaf | Tree] = {
        "dynamic": {"instance-identity": {"document": _document(row, cards[0])}},
        "meta-data": _metadata(tx, row, cards, roles),
    }
    if row.user_data.reveal():
        latest["user-data"] = base64.b64decode(row.user_data.reveal())
    return {"2016-01-01": latest, "latest": latest}


def _metadata(
    tx: Transaction, row: InstanceRow, cards: list[InterfaceRow], roles: Tree
) -> dict[str, Leaf | Tree]:
    primary = cards[0]
    place = _place(tx, primary)
    found: dict[str, Leaf | Tree] = {
        "disks": _disks(tx, row.instance_id),
        "dns-conf": {"nameservers": _NAMESERVERS},
        "hostname": row.host_name,
        "image-id": row.image_id,
        "instance": {"instance-name": row.instance_name, "instance-type": row.instance_type},
        "instance-id": row.instance_id,
        "mac": primary.mac,
        "network": {"interfaces": {"macs": {card.mac: _card(tx, card) for card in cards}}},
        "network-type": "vpc",
        "owner-account-id": row.account_id,
        "private-ipv4": primary.address,
        "region-id": row.region,
        "serial-number": row.serial_number,
        **{name: place[name] for name in _PLACES},
        "zone-id": row.zone_id,
    }
    if eips := eips_bound_to(tx, row.instance_id):
        found["eipv4"] = eips[0].address
    if pair := tx.get(KeyPairRow, row.account_id, row.region, row.key_pair_name):
        found["public-keys"] = {"0": {"openssh-key": pair.public_key}}
    if row.metadata_tags:
        found["tags"] = {"instance": dict(INSTANCE.tags_of(tx, row))}
    if roles:
        found["ram"] = roles
    return dict(sorted(found.items()))


_PLACES = ("vpc-id", "vpc-cidr-block", "vswitch-id", "vswitch-cidr-block")


def _place(tx: Transaction, card: InterfaceRow) -> dict[str, str]:
    vpc, vswitch = tx.get(VpcRow, card.vpc_id), tx.get(VSwitchRow, card.vswitch_id)
    # No call deletes the VPC or the vSwitch while an interface is in it.
    return {
        "vpc-id": card.vpc_id,
        "vpc-cidr-block": vpc.cidr if vpc else "",
        "vswitch-id": card.vswitch_id,
        "vswitch-cidr-block": vswitch.cidr if vswitch else "",
    }


def _card(tx: Transaction, card: InterfaceRow) -> Tree:
    place = _place(tx, card)
    block = IPv4Network(place["vswitch-cidr-block"])
    return {
        "gateway": str(block[_GATEWAY]),
        "netmask": str(block.netmask),
        "network-interface-id": card.interface_id,
        "primary-ip-address": card.address,
        "private-ipv4s": msgspec.json.encode(addresses_of(tx, card.interface_id)),
        **place,
    }


def _disks(tx: Transaction, instance_id: str) -> Tree:
    return {
        disk.disk_id.removeprefix("d-"): {"id": disk.disk_id, "name": disk.disk_name}
        for disk in tx.find(DiskRow, order=("device",), instance_id=instance_id)
    }


def _document(row: InstanceRow, primary: InterfaceRow) -> bytes:
    """Return the identity document: the same bytes as long as the instance is the same."""
    return msgspec.json.encode(
        {
            "zone-id": row.zone_id,
            "serial-number": row.serial_number,
            "instance-id": row.instance_id,
            "region-id": row.region,
            "private-ipv4": primary.address,
            "owner-account-id": row.account_id,
            "mac": primary.mac,
            "image-id": row.image_id,
            "instance-type": row.instance_type,
        }
    )
