"""The peering connection as a resource, its parameters and its errors.

The requester owns the connection; the account of the accepting VPC names it by its id as well.

Source: VPC peering API reference (documented); the code of what does not exist, and of a status
(observed in Terraform's provider); other codes, and the ARN (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Doc, Pattern, Text
from juyong.api.resource import Resource
from juyong.api.shape import Of, Shape
from juyong.base.clock import Instant, iso
from juyong.services.network.peering.peerings import ACCEPTING, EXPIRED
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.tags import RULES

PeeringId = Annotated[str, Text(1, 64), Doc("The peering connection.")]
Description = Annotated[
    str,
    Pattern(r"(?!https?://)[^\x00-\x1f\x7f]{0,256}"),
    Clearable(),
    Doc("Up to 256 characters, no link at the start."),
]
NoPeering = fact(
    "ResourceNotFound.InstanceId",
    404,
    "The specified resource of InstanceId is not found.",
    why="There is no such connection, or neither of its VPCs is the caller's.",
)


class PeeringState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a peering connection."""

    instance_id: Annotated[str, Of("peering_id")]
    name: Annotated[str, Of("peering_name")]
    description: str
    vpc_id: str
    region_id: Annotated[str, Of("region")]
    accepting_owner_uid: Annotated[str, Of("accepting_account_id")]
    accepting_region_id: Annotated[str, Of("accepting_region")]
    accepting_vpc_id: str
    status: str
    gmt_create: Annotated[str, Of("created_at", iso)]
    gmt_expired: Annotated[str, Of("expires_at", iso)]


def _find(ctx: Context, peering_id: str) -> PeeringRow | None:
    row = ctx.tx.get(PeeringRow, peering_id)
    sides = (row.account_id, row.accepting_account_id) if row is not None else ()
    return row if ctx.account_id in sides else None


def _arn(ctx: Context, peering_id: str) -> str:
    """Return the ARN that the caller's policies name: in the region of the caller's own VPC."""
    row, region = _find(ctx, peering_id), ctx.region
    if row is not None:
        region = row.region if row.account_id == ctx.account_id else row.accepting_region
    return f"acs:vpc:{region}:{ctx.account_id}:vpcpeer/{peering_id}"


PEERING: Resource[PeeringRow] = Resource(
    kind="ACS::VPC::PeerConnection",
    row=PeeringRow,
    id="peering_id",
    name="peering_id",
    arn="vpc:vpcpeer/",
    regional=True,
    find=_find,
    missing=NoPeering,
    state=PeeringState,
    tags=RULES,
    resolve=_arn,
)
ONE = PEERING.by(instance_id=PeeringId)
"""The connection that a call names."""
RESOURCES = (PEERING,)


def status_at(row: PeeringRow, now: Instant) -> str:
    """Return the status at a time: a request that was not accepted in time has expired."""
    return EXPIRED if row.status == ACCEPTING and now >= row.expires_at else row.status
