"""Private addresses of vSwitches: taken, given back, and counted.

Source: VPC documentation, vSwitch: the first address and the last three of a block are the
system's (documented). That the lowest free address is taken is assumed.
"""

from collections.abc import Set as AbstractSet
from ipaddress import IPv4Address, IPv4Network, ip_network

from juyong.services.network.tables import AddressRow, VSwitchRow
from juyong.store.transaction import Transaction

_FIRST = 1
_LAST = 3


class NoFreeAddress(Exception):
    """All addresses of the vSwitch are in use."""


class AddressInvalid(Exception):
    """The address is not one that the vSwitch gives out."""


class AddressTaken(Exception):
    """Another interface has the address."""


def take_address(
    tx: Transaction, vswitch: VSwitchRow, owner_id: str, wanted: str | None = None
) -> str:
    """Take an address for an owner: the wanted one, or the lowest that is free.

    Raises:
        NoFreeAddress, AddressInvalid, AddressTaken: see there.
    """
    first, last = _bounds(vswitch.cidr)
    used = {row.number for row in tx.find(AddressRow, vswitch_id=vswitch.vswitch_id)}
    if wanted is None:
        number = lowest_free(vswitch.cidr, used)
        if number is None:
            raise NoFreeAddress
    else:
        number = _number(wanted)
        if not first <= number <= last:
            raise AddressInvalid
        if number in used:
            raise AddressTaken
    address = str(IPv4Address(number))
    tx.insert(
        AddressRow(vswitch_id=vswitch.vswitch_id, address=address, number=number, owner_id=owner_id)
    )
    return address


def lowest_free(
    cidr: str, used: AbstractSet[int], *, within: tuple[int, int] = (0, (1 << 32) - 1)
) -> int | None:
    """Return the lowest address of a vSwitch's block that is not in use; None if all are."""
    first, last = _bounds(cidr)
    numbers = range(max(first, within[0]), min(last, within[1]) + 1)
    return next((each for each in numbers if each not in used), None)


def give_back(tx: Transaction, owner_id: str) -> None:
    """Free all addresses of an owner."""
    for row in tx.find(AddressRow, owner_id=owner_id):
        tx.delete(row)


def addresses_of(tx: Transaction, owner_id: str) -> list[str]:
    """Return the addresses of an owner, in their order."""
    return [row.address for row in tx.find(AddressRow, order=("number",), owner_id=owner_id)]


def free_count(tx: Transaction, vswitch: VSwitchRow) -> int:
    """Return how many addresses of a vSwitch are free."""
    first, last = _bounds(vswitch.cidr)
    return last - first + 1 - tx.count(AddressRow, vswitch_id=vswitch.vswitch_id)


def _bounds(cidr: str) -> tuple[int, int]:
    block = ip_network(cidr)
    if not isinstance(block, IPv4Network):
        raise TypeError(cidr)
    return int(block.network_address) + _FIRST, int(block.broadcast_address) - _LAST


def _number(text: str) -> int:
    try:
        return int(IPv4Address(text))
    except ValueError:
        raise AddressInvalid from None
