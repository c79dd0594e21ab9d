"""NAT gateways: their SNAT and DNAT entries, and what holds between entries and EIPs.

An address of a gateway that a DNAT entry maps as a whole has no SNAT entry, as the packet engine
has it; of other addresses ports may be mapped.
"""

from ipaddress import IPv4Address, ip_network

from juyong.services.network.public.tables import ForwardRow, NatRow, SnatRow
from juyong.store.transaction import Transaction

MULTI, AS_NAT = "MULTI_BINDED", "NAT"
"""The modes in which EIPs are bound to a gateway: without, and with an address of its vSwitch."""


def snats_of(tx: Transaction, nat_id: str) -> list[SnatRow]:
    """Return the SNAT entries of a gateway, the oldest first."""
    return tx.find(SnatRow, order=("created_at", "entry_id"), nat_id=nat_id)


def forwards_of(tx: Transaction, nat_id: str) -> list[ForwardRow]:
    """Return the DNAT entries of a gateway, the oldest first."""
    return tx.find(ForwardRow, order=("created_at", "entry_id"), nat_id=nat_id)


def nats_in_vpc(tx: Transaction, vpc_id: str) -> list[NatRow]:
    """Return the gateways of a VPC, which keep it from being deleted."""
    return tx.find(NatRow, vpc_id=vpc_id)


def nats_in_vswitch(tx: Transaction, vswitch_id: str) -> list[NatRow]:
    """Return the gateways with an address of a vSwitch, which keep it from being deleted."""
    return tx.find(NatRow, vswitch_id=vswitch_id)


def snats_of_vswitch(tx: Transaction, vswitch_id: str) -> list[SnatRow]:
    """Return the SNAT entries that name a vSwitch, which keep it from being deleted."""
    return tx.find(SnatRow, vswitch_id=vswitch_id)


def forwards_to(tx: Transaction, vpc_id: str, block: str) -> list[ForwardRow]:
    """Return the DNAT entries of a VPC's gateways to addresses of a block, or to one address."""
    held = ip_network(block)
    return [
        entry
        for nat in nats_in_vpc(tx, vpc_id)
        for entry in forwards_of(tx, nat.nat_id)
        if IPv4Address(entry.internal_address) in held
    ]


def snats_with(tx: Transaction, nat_id: str, address: str) -> list[SnatRow]:
    """Return the SNAT entries of a gateway that have a public address."""
    return [each for each in snats_of(tx, nat_id) if each.address == address]


def forwards_at(tx: Transaction, nat_id: str, address: str) -> list[ForwardRow]:
    """Return the DNAT entries of a gateway that have a public address."""
    return [each for each in forwards_of(tx, nat_id) if each.external_address == address]
