"""Attach policies to users, groups and roles, and detach them; both take effect at once."""

from juyong.api.access import ResourceRule, acs, each
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.services.identity.fields import GroupName, PolicyName, PolicyType, RoleName, UserName
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
    group_holder,
    role_holder,
    user_holder,
)
from juyong.services.identity.roles.roles import LinkedToService, NoRole, changeable, role_named
from juyong.services.identity.tagging import resource_tags
from juyong.services.identity.users.groups import NoGroup
from juyong.services.identity.users.users import NoUser
from juyong.services.ram.product import PRODUCT as RAM

_NO_GROUPS = {
    "ResourceGroupId": "permissions within a resource group are not part of this platform"
}


def _both(relative: str) -> ResourceRule:
    """Name the entity and the policy: a caller needs both."""
    return each(acs("ram", relative), policy_resource)


@operation(
    RAM,
    "AttachPolicyToUser",
    resource=_both("user/{user_name}"),
    resource_conditions=resource_tags,
    raises=(NoUser, NoPolicy, UserHasPolicyAlready, TooManyUserPolicies),
    unsupported=_NO_GROUPS,
)
def attach_policy_to_user(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName, user_name: UserName
) -> Empty:
    """Attach a policy to a user.

    Args:
        user_name: The user's name.

    Source: RAM API reference, AttachPolicyToUser (documented).
    """
    holder = user_holder(ctx.tx, ctx.account_id, user_name)
    attach(ctx, holder, policy_type, policy_name)
    return Empty()


@operation(
    RAM,
    "DetachPolicyFromUser",
    resource=_both("user/{user_name}"),
    resource_conditions=resource_tags,
    raises=(NoUser, NoPolicy, UserLacksPolicy),
    unsupported=_NO_GROUPS,
)
def detach_policy_from_user(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName, user_name: UserName
) -> Empty:
    """Detach a policy from a user.

    Args:
        user_name: The user's name.

    Source: RAM API reference, DetachPolicyFromUser (documented).
    """
    holder = user_holder(ctx.tx, ctx.account_id, user_name)
    detach(ctx, holder, policy_type, policy_name)
    return Empty()


@operation(
    RAM,
    "AttachPolicyToGroup",
    resource=_both("group/{group_name}"),
    resource_conditions=resource_tags,
    raises=(NoGroup, NoPolicy, GroupHasPolicyAlready, TooManyGroupPolicies),
    unsupported=_NO_GROUPS,
)
def attach_policy_to_group(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName, group_name: GroupName
) -> Empty:
    """Attach a policy to a group, which is to say to every member of the group.

    Args:
        group_name: The group's name.

    Source: RAM API reference, AttachPolicyToGroup (documented).
    """
    holder = group_holder(ctx.tx, ctx.account_id, group_name)
    attach(ctx, holder, policy_type, policy_name)
    return Empty()


@operation(
    RAM,
    "DetachPolicyFromGroup",
    resource=_both("group/{group_name}"),
    resource_conditions=resource_tags,
    raises=(NoGroup, NoPolicy, GroupLacksPolicy),
    unsupported=_NO_GROUPS,
)
def detach_policy_from_group(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName, group_name: GroupName
) -> Empty:
    """Detach a policy from a group.

    Args:
        group_name: The group's name.

    Source: RAM API reference, DetachPolicyFromGroup (documented).
    """
    holder = group_holder(ctx.tx, ctx.account_id, group_name)
    detach(ctx, holder, policy_type, policy_name)
    return Empty()


@operation(
    RAM,
    "AttachPolicyToRole",
    resource=_both("role/{role_name}"),
    resource_conditions=resource_tags,
    raises=(NoRole, NoPolicy, LinkedToService, RoleHasPolicyAlready, TooManyRolePolicies),
    unsupported=_NO_GROUPS,
)
def attach_policy_to_role(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName, role_name: RoleName
) -> Empty:
    """Attach a policy to a role, which is to say to every session of the role.

    Args:
        role_name: The role's name.

    Source: RAM API reference, AttachPolicyToRole (documented).
    """
    changeable(role_named(ctx.tx, ctx.account_id, role_name))
    holder = role_holder(ctx.tx, ctx.account_id, role_name)
    attach(ctx, holder, policy_type, policy_name)
    return Empty()


@operation(
    RAM,
    "DetachPolicyFromRole",
    resource=_both("role/{role_name}"),
    resource_conditions=resource_tags,
    raises=(NoRole, NoPolicy, LinkedToService, RoleLacksPolicy),
    unsupported=_NO_GROUPS,
)
def detach_policy_from_role(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName, role_name: RoleName
) -> Empty:
    """Detach a policy from a role.

    Args:
        role_name: The role's name.

    Source: RAM API reference, DetachPolicyFromRole (documented).
    """
    changeable(role_named(ctx.tx, ctx.account_id, role_name))
    holder = role_holder(ctx.tx, ctx.account_id, role_name)
    detach(ctx, holder, policy_type, policy_name)
    return Empty()
