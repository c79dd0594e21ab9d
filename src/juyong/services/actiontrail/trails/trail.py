"""Trails: how calls name one, what the inventory keeps, and how one is shown."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.api.resource import Links, Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.actiontrail.trails.errors import NameTaken, NoTrail, TooManyTrails
from juyong.services.actiontrail.trails.roles import role_name
from juyong.services.actiontrail.trails.settings import project_of
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.identity.facade import ROLE, find_role
from juyong.services.oss.facade import BUCKET
from juyong.services.sls.facade import PROJECT
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

Name = Annotated[str, Doc("Unique in the account; 6 to 36 characters.")]


class TrailState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a trail."""

    name: str
    home_region: Annotated[str, Of("region")]
    trail_region: str
    event_rw: str = msgspec.field(name="EventRW")
    status: str
    oss_bucket_name: Annotated[str, Of("bucket")]
    oss_key_prefix: Annotated[str, Of("prefix")]
    oss_write_role_arn: Annotated[str, Of("bucket_role")]
    sls_project_arn: Annotated[str, Of("project")]
    sls_write_role_arn: Annotated[str, Of("project_role")]
    create_date: CreateDate


def _buckets(tx: Transaction, row: TrailRow) -> tuple[Ref, ...]:
    found = tx.get(BUCKET.row, row.bucket) if row.bucket else None
    return () if found is None else (BUCKET.ref(found),)


def _projects(tx: Transaction, row: TrailRow) -> tuple[Ref, ...]:
    found = tx.get(PROJECT.row, project_of(row)) if row.project else None
    return () if found is None else (PROJECT.ref(found),)


def _roles(tx: Transaction, row: TrailRow) -> tuple[Ref, ...]:
    used = ((row.bucket, row.bucket_role), (row.project, row.project_role))
    names = {role_name(arn) for target, arn in used if target}
    found = [find_role(tx, row.account_id, name) for name in sorted(names)]
    return tuple(ROLE.ref(each) for each in found if each is not None)


def _find_at_home(ctx: Context, name: str) -> TrailRow | None:
    row = find_trail(ctx, name)
    return row if row is not None and row.region == ctx.region else None


def find_trail(ctx: Context, name: str) -> TrailRow | None:
    """Return a trail of the account, whatever region is its home."""
    return ctx.tx.get(TrailRow, ctx.account_id, name)


TRAIL: Resource[TrailRow] = Resource(
    kind="ACS::ActionTrail::Trail",
    row=TrailRow,
    id="name",
    name="name",
    arn="actiontrail:trail/",
    regional=True,
    find=_find_at_home,
    missing=NoTrail,
    taken=NameTaken,
    quota=Quota("actiontrail.trails", TooManyTrails),
    state=TrailState,
    links=(
        Links("delivers-to", _buckets),
        Links("delivers-to", _projects),
        Links("writes-as", _roles),
    ),
)
ONE_TRAIL = TRAIL.by(name=Name)
_ANYWHERE = TRAIL.found(find_trail, NoTrail)
ANY_TRAIL = _ANYWHERE.by(name=Name)
"""A trail that is only looked at, which other regions than its home may do."""
NAMED_TRAIL = TRAIL.by(trail_name=Name)
ANY_NAMED_TRAIL = _ANYWHERE.by(trail_name=Name)
