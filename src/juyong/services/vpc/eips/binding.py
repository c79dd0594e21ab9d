"""Bind EIPs to instances, interfaces and NAT gateways, and unbind them.

An instance gets the EIP at its primary interface. In the mode NAT, which alone is served for
interfaces, the instance never sees the public address.

Source: VPC API reference, AssociateEipAddress, UnassociateEipAddress (documented); the code when an
address has an EIP or a DNAT entry already (observed in clients); that a primary interface is bound
by its instance alone (documented: `secondary ENI`), and the code of one (assumed).
"""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.services.network.addresses import (
    AddressInvalid,
    AddressTaken,
    NoFreeAddress,
    addresses_of,
    take_address,
)
from juyong.services.network.asking import HERE
from juyong.services.network.public.eip import EIP, unbind
from juyong.services.network.public.eips import (
    INSTANCE,
    INTERFACE,
    NAT,
    eips_bound_to,
    eips_of_interface,
)
from juyong.services.network.public.nat import drop_entries, find_nat
from juyong.services.network.public.nats import AS_NAT, forwards_at, forwards_to, snats_with
from juyong.services.network.public.tables import EipRow, NatRow
from juyong.services.network.tables import InterfaceRow, VSwitchRow
from juyong.services.vpc.eips import fields
from juyong.services.vpc.eips.allocating import EipBusy
from juyong.services.vpc.product import PRODUCT as VPC

_MODES = ("NAT", "MULTI_BINDED", "BINDED")
_TYPES = (INSTANCE, INTERFACE, NAT)
_KINDS = {INSTANCE: "ecs:{}:{}:instance", INTERFACE: "ecs:{}:{}:eni", NAT: "vpc:{}:{}:natgateway"}
_MOST_IN_NAT_MODE = 50
AlreadyBound = fact(
    "InvalidAssociation.Duplicated",
    400,
    "Specified instance already is associated.",
    why="The instance, or the private address, has an EIP.",
)
HasForwardEntry = fact(
    "BIND_INSTANCE_HAVE_PORTMAP_OR_BIND_EIP",
    400,
    "The instance to bind already has port mapping or an EIP.",
    why="A DNAT entry maps ports to the private address.",
)
NoInstance = fact(
    "InvalidInstanId.NotFound",
    404,
    "Specified instance does not exist.",
    why="The region has no such instance, interface or NAT gateway.",
)
BadType = fact(
    "InvalidInstanceType.ValueNotSupported",
    400,
    "The specified value of InstanceType is not supported.",
    why="The type is none that an EIP can be bound to here, or not that of the resource.",
)
BadAddress = fact(
    "InvalidPrivateIpAddress",
    400,
    'Specified value of "PrivateIpAddress" is not valid.',
    why="The resource does not have the private address.",
)
BadBinding = fact(
    "InvalidBindingStatus",
    400,
    "The eip binding status invalid.",
    why="The EIP is bound to another resource, or to none.",
)
NatIsFull = fact(
    "InvalidVSwitchId.IpNotEnough",
    400,
    "The specified VSwitch does not have enough IP addresses.",
    why="The NAT gateway takes an address of its vSwitch for each EIP: none is free, or it has 50.",
)
UsedBySnat = fact(
    "InvalidIpStatus.HasBeenUsedBySnatTable",
    400,
    "The removed ip address has been used by snat table.",
    why="An SNAT entry has the address, and Force is not set.",
)
UsedByForward = fact(
    "InvalidIpStatus.HasBeenUsedByForwardEntry",
    400,
    "The specified address has been used by forwardTable.",
    why="A DNAT entry has the address, and Force is not set.",
)
InstanceType = Annotated[
    str, Doc("`EcsInstance`, `NetworkInterface` (a secondary interface) or `Nat`.")
]


def _with_resource(action: str, ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    kind = _KINDS.get(arguments["instance_type"] or INSTANCE)
    named = arguments["instance_id"]
    if kind is None or not named:
        return ()
    label = f"acs:{kind.format(ctx.region, ctx.account_id)}/{named}"
    return (Also(action=action, resource=label),)


def _to_bind(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    return _with_resource("vpc:AssociateEipAddress", ctx, arguments)


def _to_unbind(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    return _with_resource("vpc:UnassociateEipAddress", ctx, arguments)


@operation(
    VPC,
    "AssociateEipAddress",
    gateway=HERE | ONCE,
    on=EIP.by(allocation_id=fields.AllocationId),
    also=_to_bind,
    unsupported={
        "VpcId": "no EIP is bound to an address that no interface has",
        "InstanceRegionId": "there are no global acceleration instances",
    },
    raises=(
        *(AlreadyBound, BadAddress, BadType, EipBusy, HasForwardEntry, NatIsFull, NoInstance),
        NotSupported,
    ),
)
def associate_eip_address(
    ctx: Context,
    row: EipRow,
    *,
    instance_id: Annotated[str, Doc("What to bind the EIP to.")],
    instance_type: InstanceType = INSTANCE,
    private_ip_address: Annotated[str, Doc("One of its addresses; the primary one.")] | None = None,
    mode: Annotated[str, OneOf(_MODES), Doc("`NAT`; a NAT gateway has its own.")] = "NAT",
) -> None:
    """Bind an EIP, which packets of the Internet reach the resource by from then on."""
    if instance_type not in _TYPES:
        raise BadType
    if mode != "NAT" and instance_type != NAT:
        raise NotSupported(name="Mode", reason="no interface sees its public address here")
    if row.bound_id:
        raise EipBusy
    bind = _bind_nat if instance_type == NAT else _bind_interface
    EIP.change(
        ctx,
        row,
        bound_type=instance_type,
        bound_id=instance_id,
        named_address=private_ip_address or "",
        **bind(ctx, row, instance_type, instance_id, private_ip_address),
    )


def _bind_interface(
    ctx: Context, _row: EipRow, kind: str, instance_id: str, address: str | None
) -> Mapping[str, str]:
    interface = _interface(ctx, kind, instance_id)
    held = eips_bound_to(ctx.tx, instance_id) if kind == INSTANCE else []
    address = address or interface.address
    if address not in (interface.address, *addresses_of(ctx.tx, interface.interface_id)):
        raise BadAddress
    at_interface = eips_of_interface(ctx.tx, interface.interface_id)
    if held or address in [each.private_address for each in at_interface]:
        raise AlreadyBound
    if forwards_to(ctx.tx, interface.vpc_id, address):
        raise HasForwardEntry
    return {
        "interface_id": interface.interface_id,
        "private_address": address,
        "vpc_id": interface.vpc_id,
    }


def _interface(ctx: Context, kind: str, instance_id: str) -> InterfaceRow:
    if kind == INSTANCE:
        found = ctx.tx.find_one(InterfaceRow, instance_id=instance_id, is_primary=True)
    else:
        found = ctx.tx.get(InterfaceRow, instance_id)
    if found is None or (found.account_id, found.region) != (ctx.account_id, ctx.region):
        raise NoInstance
    if kind == INTERFACE and found.is_primary:
        raise BadType
    return found


def _bind_nat(
    ctx: Context, row: EipRow, _kind: str, nat_id: str, address: str | None
) -> Mapping[str, str]:
    nat = find_nat(ctx, nat_id)
    if nat is None:
        raise NoInstance
    if nat.bind_mode != AS_NAT:
        if address is not None:
            raise BadAddress
        return {"vpc_id": nat.vpc_id}
    return {"vpc_id": nat.vpc_id, "private_address": take_of_vswitch(ctx, row, nat, address)}


def take_of_vswitch(ctx: Context, row: EipRow, nat: NatRow, wanted: str | None = None) -> str:
    """Take an address of a gateway's vSwitch for an EIP, which has it in the mode NAT.

    Raises:
        NatIsFull, BadAddress: none is left, or not the one wanted.
    """
    vswitch = ctx.tx.get(VSwitchRow, nat.vswitch_id)
    assert vswitch is not None  # noqa: S101  # a vSwitch with a gateway is not deleted
    held = [each for each in eips_bound_to(ctx.tx, nat.nat_id) if each.private_address]
    if len(held) >= _MOST_IN_NAT_MODE:
        raise NatIsFull
    try:
        return take_address(ctx.tx, vswitch, row.allocation_id, wanted)
    except NoFreeAddress:
        raise NatIsFull from None
    except (AddressInvalid, AddressTaken):
        raise BadAddress from None


@operation(
    VPC,
    "UnassociateEipAddress",
    gateway=HERE | ONCE,
    on=EIP.by(allocation_id=fields.AllocationId),
    also=_to_unbind,
    raises=(BadBinding, BadType, EipBusy, UsedByForward, UsedBySnat),
)
def unassociate_eip_address(
    ctx: Context,
    row: EipRow,
    *,
    instance_id: Annotated[str, Doc("What the EIP must be bound to.")] | None = None,
    instance_type: InstanceType | None = None,
    private_ip_address: Annotated[str, Doc("The address that the EIP must stand for.")]
    | None = None,
    force: Annotated[bool, Doc("Delete the SNAT and DNAT entries that have the address.")] = False,
) -> None:
    """Make an EIP free; an EIP that SNAT or DNAT entries have is refused, unless by force."""
    if instance_type not in (None, *_TYPES):
        raise BadType
    if not row.bound_id:
        raise EipBusy
    if instance_id not in (None, row.bound_id) or instance_type not in (None, row.bound_type):
        raise BadBinding
    if private_ip_address not in (None, row.private_address):
        raise BadBinding
    nat = find_nat(ctx, row.bound_id)
    if nat is not None:
        if force:
            drop_entries(ctx, nat, row.address)
        elif snats_with(ctx.tx, row.bound_id, row.address):
            raise UsedBySnat
        elif forwards_at(ctx.tx, row.bound_id, row.address):
            raise UsedByForward
    unbind(ctx, row)
