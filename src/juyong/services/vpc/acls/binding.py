"""Network ACLs are bound to vSwitches and taken off.

Source: VPC API reference, AssociateNetworkAcl, UnassociateNetworkAcl with their codes (documented).
"""

from collections.abc import Sequence
from typing import Annotated

from juyong.api.access import each
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Shape
from juyong.services.network.acls.tables import AclRow
from juyong.services.network.asking import HERE
from juyong.services.network.tables import VSwitchRow
from juyong.services.vpc.acls.acls import BY_ACL
from juyong.services.vpc.acls.shown import VSWITCH
from juyong.services.vpc.naming import tags_of_each
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ACLS, VSWITCHES

NoType = fact(
    "ParameterIllegal.ResourceType",
    400,
    'The specified parameter "ResourceType" is not valid.',
    why="A resource is of another type than VSwitch.",
)
NoResource = fact(
    "InvalidResource.NotFound",
    400,
    "The specified resource is not found.",
    why="The region has no vSwitch of an id.",
)
OtherVpc = fact(
    "InvalidResource.VpcError",
    400,
    "The specified resource and the network ACL do not belong to the same VPC.",
    why="A vSwitch is of another VPC.",
)
HasAcl = fact(
    "InvalidResource.BindingExist",
    400,
    "The specified resource is already associated with a network ACL.",
    why="A network ACL is bound to a vSwitch.",
)
NotBound = fact(
    "InvalidResource.NotBinding",
    400,
    "The specified resource is not associated with the network ACL.",
    why="The ACL is not bound to a vSwitch.",
)


class AskedResource(Shape, frozen=True, kw_only=True):
    """One vSwitch that a call names."""

    resource_type: Annotated[str, Text(1, 64)]
    resource_id: Annotated[str, Text(1, 64)]


Resources = Annotated[list[AskedResource], Items(1, 30), Doc("1 to 30 vSwitches.")]


def _vswitches(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name each vSwitch of a call; each must be allowed."""
    asked = dict.fromkeys(one.resource_id for one in arguments.get("resource") or ())
    return tuple(VSWITCHES.arn_named(ctx, label) for label in asked or ["*"])


_CONDITIONS = tags_of_each(ACLS, VSWITCHES)


def _named(ctx: Context, acl: AclRow, asked: Sequence[AskedResource]) -> list[VSwitchRow]:
    """Return the vSwitches of a call, each once.

    Raises:
        NoType, NoResource, OtherVpc: see there.
    """
    if any(one.resource_type != VSWITCH for one in asked):
        raise NoType
    known = VSWITCHES.found(VSWITCHES.find, NoResource)
    rows = [known.the(ctx, label) for label in dict.fromkeys(one.resource_id for one in asked)]
    if any(row.vpc_id != acl.vpc_id for row in rows):
        raise OtherVpc
    return rows


@operation(
    VPC,
    "AssociateNetworkAcl",
    on=BY_ACL,
    resource=each(BY_ACL.arn, _vswitches),
    resource_conditions=_CONDITIONS,
    gateway=HERE | ONCE | CHECKED,
    raises=(NoType, NoResource, OtherVpc, HasAcl),
)
def associate_network_acl(ctx: Context, acl: AclRow, *, resource: Resources) -> None:
    """Bind an ACL to vSwitches of its VPC, none of which has an ACL."""
    rows = _named(ctx, acl, resource)
    if any(row.acl_id for row in rows):
        raise HasAcl
    for row in rows:
        VSWITCHES.change(ctx, row, acl_id=acl.acl_id)


@operation(
    VPC,
    "UnassociateNetworkAcl",
    on=BY_ACL,
    resource=each(BY_ACL.arn, _vswitches),
    resource_conditions=_CONDITIONS,
    gateway=HERE | ONCE | CHECKED,
    raises=(NoType, NoResource, OtherVpc, NotBound),
)
def unassociate_network_acl(ctx: Context, acl: AclRow, *, resource: Resources) -> None:
    """Take an ACL off vSwitches, which then have none."""
    rows = _named(ctx, acl, resource)
    if any(row.acl_id != acl.acl_id for row in rows):
        raise NotBound
    for row in rows:
        VSWITCHES.change(ctx, row, acl_id="")
