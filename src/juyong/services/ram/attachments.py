"""Attach policies to users, groups and roles, and detach them; both take effect at once."""

from juyong.api.access import each
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.services.identity.fields import PolicyName, PolicyType
from juyong.services.identity.policies.catalogue import NoPolicy, policy_resource
from juyong.services.identity.policies.holders import (
    GroupHasPolicyAlready,
    GroupLacksPolicy,
    RoleHasPolicyAlready,
    RoleLacksPolicy,
    TooManyGroupPolicies,
    TooManyRolePolicies,
    TooManyUserPolicies,
    UserHasPolicyAlready,
    UserLacksPolicy,
    attach,
    detach,
    resource_tags,
)
from juyong.services.identity.roles.roles import BY_NAME as ROLE
from juyong.services.identity.roles.roles import LinkedToService, changeable
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.groups import BY_NAME as GROUP
from juyong.services.identity.users.naming import BY_NAME as USER
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.ram.product import PRODUCT as RAM

_NO_GROUPS = {
    "ResourceGroupId": "permissions within a resource group are not part of this platform"
}


@operation(
    RAM,
    "AttachPolicyToUser",
    on=USER,
    resource=each(USER.arn, policy_resource),
    resource_conditions=resource_tags,
    raises=(NoPolicy, UserHasPolicyAlready, TooManyUserPolicies),
    unsupported=_NO_GROUPS,
)
def attach_policy_to_user(
    ctx: Context, user: UserRow, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Attach a policy to a user."""
    attach(ctx, user, policy_type, policy_name)


@operation(
    RAM,
    "DetachPolicyFromUser",
    on=USER,
    resource=each(USER.arn, policy_resource),
    resource_conditions=resource_tags,
    raises=(NoPolicy, UserLacksPolicy),
    unsupported=_NO_GROUPS,
)
def detach_policy_from_user(
    ctx: Context, user: UserRow, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Detach a policy from a user."""
    detach(ctx, user, policy_type, policy_name)


@operation(
    RAM,
    "AttachPolicyToGroup",
    on=GROUP,
    resource=each(GROUP.arn, policy_resource),
    resource_conditions=resource_tags,
    raises=(NoPolicy, GroupHasPolicyAlready, TooManyGroupPolicies),
    unsupported=_NO_GROUPS,
)
def attach_policy_to_group(
    ctx: Context, group: GroupRow, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Attach a policy to a group; it then applies to every member of the group."""
    attach(ctx, group, policy_type, policy_name)


@operation(
    RAM,
    "DetachPolicyFromGroup",
    on=GROUP,
    resource=each(GROUP.arn, policy_resource),
    resource_conditions=resource_tags,
    raises=(NoPolicy, GroupLacksPolicy),
    unsupported=_NO_GROUPS,
)
def detach_policy_from_group(
    ctx: Context, group: GroupRow, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Detach a policy from a group."""
    detach(ctx, group, policy_type, policy_name)


@operation(
    RAM,
    "AttachPolicyToRole",
    on=ROLE,
    resource=each(ROLE.arn, policy_resource),
    resource_conditions=resource_tags,
    raises=(NoPolicy, LinkedToService, RoleHasPolicyAlready, TooManyRolePolicies),
    unsupported=_NO_GROUPS,
)
def attach_policy_to_role(
    ctx: Context, role: RoleRow, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Attach a policy to a role; it then applies to every session of the role."""
    attach(ctx, changeable(role), policy_type, policy_name)


@operation(
    RAM,
    "DetachPolicyFromRole",
    on=ROLE,
    resource=each(ROLE.arn, policy_resource),
    resource_conditions=resource_tags,
    raises=(NoPolicy, LinkedToService, RoleLacksPolicy),
    unsupported=_NO_GROUPS,
)
def detach_policy_from_role(
    ctx: Context, role: RoleRow, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Detach a policy from a role."""
    detach(ctx, changeable(role), policy_type, policy_name)
