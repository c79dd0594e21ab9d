"""Security groups: made, changed and deleted.

Source: ECS API reference, CreateSecurityGroup, ModifySecurityGroupAttribute,
ModifySecurityGroupPolicy, DeleteSecurityGroup (documented). DependencyViolation (observed in the
Terraform provider). The code of a call that names no VPC, and that of a policy that an enterprise
group cannot have, are published without a case (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.engines.packet import Kind
from juyong.services.ecs.groups.group import (
    ONE,
    SECURITY_GROUP,
    Description,
    GroupName,
)
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, Tags
from juyong.services.network.errors import NoVpc
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.tables import GroupRow, MemberRow, VpcRow

NoVpcGiven = fact(
    "InvalidVpcId.NotFound",
    403,
    "The VpcId must not be empty when only VPC is supported.",
    why="No VPC is given: there is no classic network.",
)
BadKind = fact(
    "InvalidParams.GroupType",
    400,
    "The specified SecurityGroupType is not valid.",
    why="The type is neither `normal` nor `enterprise`.",
)
InUse = fact(
    "DependencyViolation",
    403,
    "There is still instance(s) in the specified security group, or other groups authorise it.",
    why="Interfaces are in the group, or rules of other groups name it.",
)
BadPolicy = fact(
    "InvalidPolicy.Malformed",
    400,
    'The specified parameter "InnerAccessPolicy" is not valid.',
    why="The policy is neither `Accept` nor `Drop`.",
)
PolicyIsFixed = fact(
    "InvalidParameter.InnerAccessPolicy",
    404,
    "The specified InnerAccessPolicy is not supported by the security group.",
    why="An enterprise group isolates its members, and never accepts.",
)


class NewGroup(Shape, frozen=True, kw_only=True):
    """The security group just made."""

    security_group_id: Annotated[str, Of("group_id")]


@operation(
    ECS,
    "CreateSecurityGroup",
    on=SECURITY_GROUP.new,
    unsupported={
        **NO_RESOURCE_GROUPS,
        "ServiceManaged": "no group is managed by another service",
    },
    raises=(NoVpc, NoVpcGiven, BadKind),
    gateway=ONCE,
)
def create_security_group(
    ctx: Context,
    *,
    region_id: Region,
    vpc_id: Annotated[str, Doc("The VPC, which is required.")] = "",
    security_group_name: GroupName = "",
    description: Description = "",
    security_group_type: Annotated[str, Doc("`normal` or `enterprise`.")] = "normal",
    tag: Tags | None = None,
) -> NewGroup:
    """Make a security group without rules; members of a basic one reach each other."""
    check_region(ctx, region_id)
    if not vpc_id:
        raise NoVpcGiven
    vpc = ctx.tx.get(VpcRow, vpc_id)
    if vpc is None or (vpc.account_id, vpc.region) != (ctx.account_id, ctx.region):
        raise NoVpc
    if security_group_type not in {kind.value for kind in Kind}:
        raise BadKind
    row = SECURITY_GROUP.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        group_id=new_instance_id("sg"),
        vpc_id=vpc_id,
        group_name=security_group_name,
        description=description,
        kind=security_group_type,
        inner_access=security_group_type == Kind.BASIC.value,
    )
    return NewGroup.of(row)


@operation(ECS, "ModifySecurityGroupAttribute", on=ONE)
def modify_security_group_attribute(
    ctx: Context,
    group: GroupRow,
    *,
    security_group_name: GroupName | None = None,
    description: Description | None = None,
) -> None:
    """Change the name or the description; what is not given stays."""
    SECURITY_GROUP.change(ctx, group, group_name=security_group_name, description=description)


@operation(
    ECS, "ModifySecurityGroupPolicy", on=ONE, raises=(BadPolicy, PolicyIsFixed), gateway=ONCE
)
def modify_security_group_policy(
    ctx: Context,
    group: GroupRow,
    *,
    inner_access_policy: Annotated[str, Doc("`Accept` or `Drop`, in any case.")],
) -> None:
    """Say whether the members of a basic group reach each other ahead of all rules."""
    policy = inner_access_policy.lower()
    if policy not in ("accept", "drop"):
        raise BadPolicy
    if group.kind == Kind.ENTERPRISE.value and policy == "accept":
        raise PolicyIsFixed
    SECURITY_GROUP.change(ctx, group, inner_access=policy == "accept")


@operation(ECS, "DeleteSecurityGroup", on=ONE, raises=(InUse,))
def delete_security_group(ctx: Context, group: GroupRow) -> None:
    """Delete a security group that has no members and that no rule names, with its rules."""
    members = ctx.tx.find_one(MemberRow, group_id=group.group_id)
    if members or ctx.tx.find_one(RuleRow, peer_group_id=group.group_id):
        raise InUse
    SECURITY_GROUP.remove(ctx, group)
    for rule in ctx.tx.find(RuleRow, group_id=group.group_id):
        ctx.tx.delete(rule)
