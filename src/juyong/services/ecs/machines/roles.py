"""The roles of instances: attach, detach and list them.

Source: ECS API reference, AttachInstanceRamRole, DetachInstanceRamRole and DescribeInstanceRamRole
(documented). That an instance with a role refuses another, with a code of its own in the answer, is
documented; which code is assumed.
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Grouped
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.asked import RoleName
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    NoInstance,
    conditions_of_instance,
    each_of,
    own_instances,
    the_instances,
)
from juyong.services.ecs.machines.passing import NoRole, NotEcsRole, passing, the_role
from juyong.services.ecs.pages import (
    NumberedParameters,
    by_number,
    texts_of,
)
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.tables import InstanceRow

_Ids = Annotated[str, Doc("A JSON array of 1 to 100 instances; each must be allowed.")]
_EACH = each_of("instance_ids", "InstanceIds")
NothingAsked = fact(
    "InvalidParameter.AllEmpty",
    403,
    "The parameters InstanceIds and RamRoleName must not be all empty.",
    why="Neither instances nor a role is named.",
)


class RoleResult(Shape, frozen=True, kw_only=True):
    """The outcome for one instance."""

    instance_id: str
    code: str = "200"
    message: str = "success"
    success: bool = True


class Counted(Shape, frozen=True, kw_only=True):
    """How many instances a call named, and how many refused."""

    total_count: int
    fail_count: int
    ram_role_name: str


class AttachAnswer(Counted, frozen=True, kw_only=True):
    """The outcomes of AttachInstanceRamRole."""

    attach_instance_ram_role_results: Annotated[
        list[RoleResult], Within("AttachInstanceRamRoleResult")
    ]


class InstanceRole(Shape, frozen=True, kw_only=True):
    """The role of one instance, empty for none."""

    instance_id: str
    ram_role_name: Annotated[str, Of("role_name")]


class RolePage(Shape, frozen=True, kw_only=True):
    """A page of roles."""

    region_id: str
    total_count: int


class DetachedResult(RoleResult, frozen=True, kw_only=True):
    """The outcome for one instance that loses a role."""

    instance_ram_role_sets: Annotated[list[InstanceRole], Within("InstanceRamRoleSet")] = (
        msgspec.field(default_factory=list)
    )


class DetachAnswer(Counted, frozen=True, kw_only=True):
    """The outcomes of DetachInstanceRamRole."""

    detach_instance_ram_role_results: Annotated[
        list[DetachedResult], Within("DetachInstanceRamRoleResult")
    ]


def _passing(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    return passing(ctx, arguments["ram_role_name"])


@operation(
    ECS,
    "AttachInstanceRamRole",
    resource=_EACH,
    resource_conditions=conditions_of_instance,
    also=_passing,
    unsupported={"Policy": "the role's own policies say what its sessions may do"},
    raises=(NoInstance, NoRole, NotEcsRole),
)
def attach_instance_ram_role(
    ctx: Context, *, region_id: Region, instance_ids: _Ids, ram_role_name: RoleName
) -> AttachAnswer:
    """Give instances a role, whose credentials their metadata service then hands out.

    Returns:
        An outcome for each instance; an instance that has a role keeps it.
    """
    check_region(ctx, region_id)
    role = the_role(ctx, ram_role_name)
    rows = the_instances(ctx, texts_of("InstanceIds", instance_ids))
    results = [_attach(ctx, row, role.role_name) for row in rows]
    return AttachAnswer(
        attach_instance_ram_role_results=results,
        total_count=len(results),
        fail_count=sum(not each.success for each in results),
        ram_role_name=role.role_name,
    )


def _attach(ctx: Context, row: InstanceRow, role_name: str) -> RoleResult:
    if row.role_name:
        return RoleResult(
            instance_id=row.instance_id,
            code="InvalidInstance.RoleAlreadyExist",
            message="The specified instance has a role.",
            success=False,
        )
    INSTANCE.change(ctx, row, role_name=role_name)
    return RoleResult(instance_id=row.instance_id)


@operation(
    ECS,
    "DetachInstanceRamRole",
    resource=_EACH,
    resource_conditions=conditions_of_instance,
    raises=(NoInstance,),
)
def detach_instance_ram_role(
    ctx: Context, *, region_id: Region, instance_ids: _Ids, ram_role_name: RoleName | None = None
) -> DetachAnswer:
    """Take the role off instances; sessions that were handed out last until they expire.

    Args:
        ram_role_name: Only this role; any if absent.
    """
    check_region(ctx, region_id)
    rows = the_instances(ctx, texts_of("InstanceIds", instance_ids))
    results = [_detach(ctx, row, ram_role_name) for row in rows]
    return DetachAnswer(
        detach_instance_ram_role_results=results,
        total_count=len(results),
        fail_count=sum(not each.success for each in results),
        ram_role_name=ram_role_name or "",
    )


def _detach(ctx: Context, row: InstanceRow, role_name: str | None) -> DetachedResult:
    if not row.role_name or role_name not in (None, row.role_name):
        return DetachedResult(
            instance_id=row.instance_id,
            code="InvalidRamRole.NotAttached",
            message="The specified role is not attached to the instance.",
            success=False,
        )
    INSTANCE.change(ctx, row, role_name="")
    return DetachedResult(instance_id=row.instance_id)


@operation(
    ECS,
    "DescribeInstanceRamRole",
    on=INSTANCE.all,
    answers="InstanceRamRoleSets.InstanceRamRoleSet",
    raises=(NothingAsked,),
    reads_only=True,
    scans=True,
)
def describe_instance_ram_role(
    ctx: Context,
    *,
    region_id: Region,
    instance_ids: Annotated[str, Doc("A JSON array of up to 100 instances.")] | None = None,
    ram_role_name: RoleName | None = None,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[InstanceRole, RolePage]:
    """List the roles of instances, or the instances of a role, by id."""
    check_region(ctx, region_id)
    if instance_ids is None and ram_role_name is None:
        raise NothingAsked
    ids = None if instance_ids is None else texts_of("InstanceIds", instance_ids)
    rows = [
        row
        for row in own_instances(ctx)
        if (ids is None or row.instance_id in ids) and ram_role_name in (None, row.role_name)
    ]
    rows.sort(key=lambda row: row.instance_id)
    found = by_number(rows, pages).map(InstanceRole.of)
    return Listing(found.items, RolePage(region_id=region_id, total_count=found.page.total_count))
