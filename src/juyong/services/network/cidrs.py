"""Rules of address blocks: which ones VPCs and vSwitches may have, and how blocks relate.

Source: VPC API reference, CreateVpc, CreateVSwitch, AssociateVpcCidrBlock, CreateRouteEntry: the
blocks that are refused, and masks of vSwitches from 16 to 29 bits (documented). That masks of VPCs
may have 8 to 28 bits is documented as a recommendation for 16 to 28.
"""

from collections.abc import Iterable

import msgspec

from juyong.api.errors import InvalidField
from juyong.engines.packet.addresses import BITS, Cidr
from juyong.engines.packet.errors import BadCidr
from juyong.services.network.tables import VpcRow

_IPV4 = 4
_VPC_BITS = range(8, 29)
_VSWITCH_BITS = range(16, 30)
RESERVED = tuple(
    Cidr.parse(text) for text in ("100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")
)
"""Blocks that no VPC and no vSwitch may have an address of."""
SERVICES = RESERVED[0]
"""The block of the cloud's own services, to which every VPC has a route of the system."""


class BlockRefused(Exception):
    """A VPC may not have the block: its mask, or addresses that are reserved."""


class BadMask(Exception):
    """The mask of a vSwitch is shorter than 16 bits or longer than 29."""


class Block(msgspec.Struct, frozen=True):
    """The rule of parameters that hold an IPv4 block in its usual form, refused with `Format`."""

    def check(self, name: str, value: str) -> None:
        """Refuse what is no block, a block of IPv6, and bits behind the prefix."""
        try:
            block = Cidr.parse(value)
        except BadCidr:
            raise InvalidField(name, "Format") from None
        if block.version != _IPV4:
            raise InvalidField(name, "Format")


def vpc_block(text: str) -> Cidr:
    """Return a block that a VPC may have.

    Raises:
        BlockRefused: the mask is too short or too long, or addresses are reserved.
        BadCidr: no block of IPv4.
    """
    block = Cidr.parse(text)
    if block.length not in _VPC_BITS or overlapping(block, RESERVED):
        raise BlockRefused
    return block


def vswitch_block(text: str) -> Cidr:
    """Return a block that a vSwitch may have, by its mask alone.

    Raises:
        BadMask: see there.
        BadCidr: no block.
    """
    block = Cidr.parse(text)
    if block.length not in _VSWITCH_BITS:
        raise BadMask
    return block


def within(block: Cidr, outer: Iterable[Cidr]) -> bool:
    """Tell whether one of the outer blocks holds all of a block."""
    return any(
        each.version == block.version and each.first <= block.first and block.last <= each.last
        for each in outer
    )


def overlapping(block: Cidr, others: Iterable[Cidr]) -> bool:
    """Tell whether a block has an address in common with one of the others."""
    return any(block.overlaps(each) for each in others)


def free_block(
    outer: Iterable[Cidr], taken: Iterable[Cidr], length: int, *, kept_whole: Iterable[Cidr] = ()
) -> Cidr | None:
    """Return the first block with a mask that lies in an outer block and overlaps no taken one.

    kept_whole: Blocks that the free one may lie in, but not hold.

    Cost: at most one step for each block that is taken or kept whole, in each outer block.
    """
    taken, kept_whole = list(taken), list(kept_whole)
    for block in outer:
        size, first = 1 << (BITS[block.version] - length), block.first
        while first + size - 1 <= block.last:
            found = Cidr(block.version, first, length)
            ends = [each.last for each in taken if each.overlaps(found)]
            ends += [each.last for each in kept_whole if within(each, (found,))]
            if not ends:
                return found
            first = (max(ends) // size + 1) * size
    return None


def texts_of(stored: str) -> list[str]:
    """Return the blocks that a column of a VPC holds."""
    return msgspec.json.decode(stored, type=list[str])


def blocks_of(vpc: VpcRow) -> list[Cidr]:
    """Return the blocks of a VPC, the primary one first."""
    return [Cidr.parse(text) for text in (vpc.cidr, *texts_of(vpc.secondary_cidrs))]
