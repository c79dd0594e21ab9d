"""EIPs: addresses are drawn, bound to an interface or a NAT gateway, and unbound.

No address of an EIP is one of the Internet: they come from the blocks of the setting `eip_blocks`,
by default 198.18.0.0/15, which RFC 2544 keeps for tests and no network announces.

Source: VPC API reference, AssociateEipAddress (documented); that an address is drawn by chance
(observed).
"""

from ipaddress import IPv4Address, IPv4Network

from juyong.base.chance import spread
from juyong.services.network.public.tables import EipRow
from juyong.store.transaction import Transaction

INSTANCE, INTERFACE, NAT = "EcsInstance", "NetworkInterface", "Nat"
"""The types of resources that an EIP is bound to, as calls name them."""
FREE = {
    "bound_type": "",
    "bound_id": "",
    "interface_id": "",
    "private_address": "",
    "named_address": "",
    "vpc_id": "",
}
"""The columns of an EIP that is bound to nothing."""
_DRAWS = 32
_LAST_BYTE = 255


class NoPublicAddress(Exception):
    """All addresses of the blocks are taken."""


def draw_address(tx: Transaction, blocks: tuple[str, ...]) -> str:
    """Return an address that no EIP has; the first and the last of each 256 are left out.

    Raises:
        NoPublicAddress: none is left.

    Cost: a few reads; as many as the blocks have addresses when almost all are taken.
    """
    networks = [IPv4Network(each) for each in blocks]
    total = sum(each.num_addresses for each in networks)
    drawn = (int(spread(0, total)) % total for _ in range(_DRAWS))
    for number in (*drawn, *range(total)):
        address = _address(networks, number)
        if int(address) % (_LAST_BYTE + 1) in (0, _LAST_BYTE):
            continue
        if tx.find_one(EipRow, address=str(address)) is None:
            return str(address)
    raise NoPublicAddress


def eips_of_interface(tx: Transaction, interface_id: str) -> list[EipRow]:
    """Return the EIPs that stand for addresses of an interface."""
    return tx.find(EipRow, order=("address",), interface_id=interface_id)


def eips_bound_to(tx: Transaction, resource_id: str) -> list[EipRow]:
    """Return the EIPs that are bound to an instance, an interface or a NAT gateway."""
    return tx.find(EipRow, order=("address",), bound_id=resource_id)


def _address(networks: list[IPv4Network], number: int) -> IPv4Address:
    for each in networks:
        if number < each.num_addresses:
            return each[number]
        number -= each.num_addresses
    raise IndexError(number)
