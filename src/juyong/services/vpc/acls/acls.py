"""Network ACLs: made, changed, filled, listed and deleted.

A new ACL has no entries, and so lets nothing pass.

Source: VPC API reference, CreateNetworkAcl, UpdateNetworkAclEntries, CopyNetworkAclEntries,
DeleteNetworkAcl (documented), the code of one that is bound (observed in the Terraform provider).
"""

from typing import Annotated

from juyong.api.access import each
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, OneOf, Text
from juyong.api.listing import PageNumber, page_of
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Shape
from juyong.api.tags import pairs_of
from juyong.api.wrapping import Listing
from juyong.base.ids import new_instance_id
from juyong.services.network.acls.tables import AclEntryRow, AclRow
from juyong.services.network.asking import HERE, Description, Name, PageSize
from juyong.services.network.tables import VpcRow
from juyong.services.network.tags import RULES, TagFilter, Tags
from juyong.services.vpc.acls.entries import (
    EGRESS,
    ENTRY_ERRORS,
    INGRESS,
    AskedEgress,
    AskedIngress,
    copy_entries,
    replace_entries,
)
from juyong.services.vpc.acls.shown import (
    VSWITCH,
    NewAcl,
    ShownAcl,
    bound_to,
    shown_acl,
)
from juyong.services.vpc.naming import IN_VPC, OfName, OfVpc, new_in_vpc, of_vpc, tagged
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ACLS, TooManyAcls

AclId = Annotated[str, Text(1, 64), Doc("The network ACL.")]
BY_ACL = ACLS.by(network_acl_id=AclId)
Update = Annotated[bool, Doc("Replace all entries of the direction by those given.")]
IsBound = fact(
    "NetworkAclExistBinding",
    400,
    "The network ACL is associated with resources.",
    why="The ACL is bound to a vSwitch.",
)
NoSourceAcl = fact(
    "InvalidSourceNetworkAcl.NotFound",
    400,
    "The specified source network ACL does not exist.",
    why="The region has no network ACL of the id whose entries are to be copied.",
)
NoResourceType = fact(
    "ParameterMissing.ResourceType",
    400,
    "ResourceType and ResourceId must be specified together.",
    why="One of ResourceType and ResourceId is given without the other, and no ACL is named.",
)


class Made(Shape, frozen=True, kw_only=True):
    """The ACL just made: its id, and the whole of it."""

    network_acl_id: str
    network_acl_attribute: NewAcl


class CountedPage(Shape, frozen=True, kw_only=True):
    """A page that has a number, whose counts are texts."""

    page_number: str
    page_size: str
    total_count: str


@operation(
    VPC,
    "CreateNetworkAcl",
    on=IN_VPC,
    resource=new_in_vpc(ACLS),
    conditions=of_vpc,
    gateway=HERE | ONCE | CHECKED,
    raises=(TooManyAcls,),
)
def create_network_acl(
    ctx: Context,
    vpc: VpcRow,
    *,
    network_acl_name: Name = "",
    description: Description = "",
    tag: Tags | None = None,
) -> Made:
    """Make an ACL without entries, bound to nothing; it is Available at once."""
    row = ACLS.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        acl_id=new_instance_id("nacl"),
        vpc_id=vpc.vpc_id,
        acl_name=network_acl_name,
        description=description,
    )
    shown = NewAcl.of(row, resources=[], ingress_acl_entries=[], egress_acl_entries=[])
    return Made(network_acl_id=row.acl_id, network_acl_attribute=shown)


@operation(VPC, "ModifyNetworkAclAttributes", on=BY_ACL, gateway=HERE | ONCE | CHECKED)
def modify_network_acl_attributes(
    ctx: Context,
    acl: AclRow,
    *,
    network_acl_name: Name | None = None,
    description: Description | None = None,
) -> None:
    """Change the name or the description of an ACL."""
    ACLS.change(ctx, acl, acl_name=network_acl_name, description=description)


@operation(
    VPC,
    "UpdateNetworkAclEntries",
    on=BY_ACL,
    gateway=HERE | ONCE | CHECKED,
    raises=ENTRY_ERRORS,
)
def update_network_acl_entries(
    ctx: Context,
    acl: AclRow,
    *,
    update_ingress_acl_entries: Update = False,
    update_egress_acl_entries: Update = False,
    ingress_acl_entries: Annotated[list[AskedIngress], Items(0, 100)] | None = None,
    egress_acl_entries: Annotated[list[AskedEgress], Items(0, 100)] | None = None,
) -> None:
    """Replace all entries of a direction; without a list, the direction has none any more.

    Args:
        ingress_acl_entries: The inbound entries, in the order in which they are tried.
        egress_acl_entries: The outbound entries, likewise.
    """
    if update_ingress_acl_entries:
        replace_entries(ctx, acl, INGRESS, ingress_acl_entries or [])
    if update_egress_acl_entries:
        replace_entries(ctx, acl, EGRESS, egress_acl_entries or [])
    ACLS.note(ctx.tx, ctx.journal, "updated", acl)


def _source(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    return (ACLS.arn_named(ctx, arguments.get("source_network_acl_id") or "*"),)


@operation(
    VPC,
    "CopyNetworkAclEntries",
    on=BY_ACL,
    resource=each(BY_ACL.arn, _source),
    gateway=HERE | ONCE | CHECKED,
    raises=(NoSourceAcl,),
)
def copy_network_acl_entries(ctx: Context, acl: AclRow, *, source_network_acl_id: AclId) -> None:
    """Replace all entries of an ACL by copies of another's."""
    source = ACLS.found(ACLS.find, NoSourceAcl).the(ctx, source_network_acl_id)
    if source.acl_id != acl.acl_id:
        copy_entries(ctx, source, acl)
        ACLS.note(ctx.tx, ctx.journal, "updated", acl)


@operation(VPC, "DeleteNetworkAcl", on=BY_ACL, gateway=HERE | ONCE | CHECKED, raises=(IsBound,))
def delete_network_acl(ctx: Context, acl: AclRow) -> None:
    """Delete an ACL that is bound to nothing, with its entries."""
    if bound_to(ctx, acl):
        raise IsBound
    ACLS.remove(ctx, acl)
    for row in ctx.tx.find(AclEntryRow, acl_id=acl.acl_id):
        ctx.tx.delete(row)


@operation(
    VPC,
    "DescribeNetworkAclAttributes",
    on=BY_ACL,
    gateway=HERE,
    answers="NetworkAclAttribute",
    reads_only=True,
    scans=True,
)
def describe_network_acl_attributes(ctx: Context, acl: AclRow) -> ShownAcl:
    """Describe an ACL with its entries."""
    return shown_acl(ctx, acl)


@operation(
    VPC,
    "DescribeNetworkAcls",
    on=ACLS.all,
    gateway=HERE,
    raises=(NoResourceType,),
    answers="NetworkAcls.NetworkAcl",
    reads_only=True,
    scans=True,
)
def describe_network_acls(
    ctx: Context,
    *,
    network_acl_id: Annotated[str, Text(1, 64), Doc("Only this one.")] | None = None,
    network_acl_name: OfName | None = None,
    vpc_id: OfVpc | None = None,
    resource_id: Annotated[str, Text(1, 64), Doc("Only the one bound to this.")] | None = None,
    resource_type: Annotated[str, OneOf((VSWITCH,)), Doc("With ResourceId.")] | None = None,
    tags: TagFilter | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[ShownAcl, CountedPage]:
    """List the ACLs of a region, in the order in which they were made."""
    alone = (resource_id is None) != (resource_type is None)
    if alone and not (resource_id and network_acl_id):
        raise NoResourceType
    rows = [
        row
        for row in ctx.tx.find(
            AclRow, order=("created_at", "acl_id"), account_id=ctx.account_id, region=ctx.region
        )
        if network_acl_id in (None, row.acl_id)
        and network_acl_name in (None, row.acl_name)
        and vpc_id in (None, row.vpc_id)
        and (
            resource_id is None
            or resource_id in {vswitch.vswitch_id for vswitch in bound_to(ctx, row)}
        )
    ]
    found = tagged(ctx, ACLS, rows, tags)
    page = CountedPage(
        page_number=str(page_number), page_size=str(page_size), total_count=str(len(found))
    )
    shown = [shown_acl(ctx, row) for row in page_of(found, page_number, page_size)]
    return Listing(shown, page)
