"""Network ACLs as answers show them.

Source: VPC API reference, DescribeNetworkAclAttributes, CreateNetworkAcl (documented). No entries
of the system are shown: traffic to the platform's own servers is judged by no ACL (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagParameter
from juyong.services.network.acls.tables import AclEntryRow, AclRow
from juyong.services.network.tables import VSwitchRow
from juyong.services.vpc.acls.entries import EGRESS, INGRESS
from juyong.services.vpc.describing_vpcs import AVAILABLE, shown_tags
from juyong.services.vpc.resources import ACLS

VSWITCH = "VSwitch"


class NewEntry(Shape, frozen=True, kw_only=True):
    """An entry in the answer of CreateNetworkAcl."""

    network_acl_entry_id: Annotated[str, Of("entry_id")]
    network_acl_entry_name: Annotated[str, Of("entry_name")]
    description: str
    policy: str
    protocol: str
    port: str


class NewIngress(NewEntry, frozen=True, kw_only=True):
    """An inbound entry in the answer of CreateNetworkAcl."""

    source_cidr_ip: Annotated[str, Of("peer")]


class NewEgress(NewEntry, frozen=True, kw_only=True):
    """An outbound entry in the answer of CreateNetworkAcl."""

    destination_cidr_ip: Annotated[str, Of("peer")]


class Ingress(NewIngress, frozen=True, kw_only=True):
    """An inbound entry."""

    entry_type: str = "custom"
    ip_version: str


class Egress(NewEgress, frozen=True, kw_only=True):
    """An outbound entry."""

    entry_type: str = "custom"
    ip_version: str


class Bound(Shape, frozen=True, kw_only=True):
    """A vSwitch that the ACL is bound to."""

    resource_id: Annotated[str, Of("vswitch_id")]
    resource_type: str = VSWITCH
    status: str = "BINDED"


class CommonAcl(Shape, frozen=True, kw_only=True):
    """The members of an ACL in every answer, without its entries."""

    network_acl_id: Annotated[str, Of("acl_id")]
    network_acl_name: Annotated[str, Of("acl_name")]
    description: str
    vpc_id: str
    region_id: Annotated[str, Of("region")]
    status: str = AVAILABLE
    resources: Annotated[list[Bound], Within("Resource")]
    creation_time: CreateDate


class NewAcl(CommonAcl, frozen=True, kw_only=True):
    """The ACL just made."""

    ingress_acl_entries: Annotated[list[NewIngress], Within("IngressAclEntry")]
    egress_acl_entries: Annotated[list[NewEgress], Within("EgressAclEntry")]


class ShownAcl(CommonAcl, frozen=True, kw_only=True):
    """An ACL."""

    ingress_acl_entries: Annotated[list[Ingress], Within("IngressAclEntry")]
    egress_acl_entries: Annotated[list[Egress], Within("EgressAclEntry")]
    owner_id: Annotated[int, Of("account_id", int)]
    tags: Annotated[list[TagParameter], Within("Tag")]


def bound_to(ctx: Context, acl: AclRow) -> list[VSwitchRow]:
    """Return the vSwitches that an ACL is bound to."""
    rows = ctx.tx.find(VSwitchRow, order=("vswitch_id",), vpc_id=acl.vpc_id)
    return [row for row in rows if row.acl_id == acl.acl_id]


def shown_acl(ctx: Context, acl: AclRow) -> ShownAcl:
    """Show an ACL with its entries, in the order in which they are tried."""

    def entries(direction: str) -> list[AclEntryRow]:
        return ctx.tx.find(AclEntryRow, order=("position",), acl_id=acl.acl_id, direction=direction)

    return ShownAcl.of(
        acl,
        resources=[Bound.of(row) for row in bound_to(ctx, acl)],
        ingress_acl_entries=[Ingress.of(row) for row in entries(INGRESS)],
        egress_acl_entries=[Egress.of(row) for row in entries(EGRESS)],
        tags=shown_tags(ACLS.tags_of(ctx.tx, acl)),
    )
