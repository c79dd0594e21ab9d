"""What is attached to a user, group or role."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.identity.fields import GroupName, RoleName, UserName
from juyong.services.identity.policies.catalogue import known
from juyong.services.identity.policies.holders import Holder, group_holder, role_holder, user_holder
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.roles import NoRole
from juyong.services.identity.tagging import resource_tags
from juyong.services.identity.users.groups import NoGroup
from juyong.services.identity.users.users import NoUser
from juyong.services.ram.product import PRODUCT as RAM


class AttachedPolicy(Shape, frozen=True, kw_only=True):
    """A policy and since when it is attached."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str
    attach_date: str


class AttachedPolicyList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of policies."""

    policy: list[AttachedPolicy]


class AttachedPoliciesAnswer(Shape, frozen=True, kw_only=True):
    """Everything attached; there is no paging."""

    policies: AttachedPolicyList


def _attached(ctx: Context, holder: Holder) -> AttachedPoliciesAnswer:
    rows = ctx.tx.find(
        AttachmentRow,
        order=("policy_name", "policy_type"),
        account_id=ctx.account_id,
        entity_type=holder.entity_type,
        entity_id=holder.entity_id,
    )
    return AttachedPoliciesAnswer(
        policies=AttachedPolicyList(policy=[_presented(ctx, row) for row in rows])
    )


def _presented(ctx: Context, row: AttachmentRow) -> AttachedPolicy:
    policy = known(ctx, row.policy_type, row.policy_name)
    return AttachedPolicy(
        policy_name=policy.policy_name,
        policy_type=policy.policy_type,
        description=policy.description,
        default_version=policy.default_version,
        attach_date=iso(row.attached_at),
    )


@operation(
    RAM,
    "ListPoliciesForUser",
    resource=acs("ram", "user/{user_name}"),
    resource_conditions=resource_tags,
    raises=(NoUser,),
    reads_only=True,
)
def list_policies_for_user(ctx: Context, *, user_name: UserName) -> AttachedPoliciesAnswer:
    """List the policies attached to a user itself, without those of its groups.

    Args:
        user_name: Its name.

    Returns:
        All of them, by name.

    Source: RAM API reference, ListPoliciesForUser (documented).
    """
    return _attached(ctx, user_holder(ctx.tx, ctx.account_id, user_name))


@operation(
    RAM,
    "ListPoliciesForGroup",
    resource=acs("ram", "group/{group_name}"),
    raises=(NoGroup,),
    reads_only=True,
)
def list_policies_for_group(ctx: Context, *, group_name: GroupName) -> AttachedPoliciesAnswer:
    """List the policies attached to a group.

    Args:
        group_name: Its name.

    Returns:
        All of them, by name.

    Source: RAM API reference, ListPoliciesForGroup (documented).
    """
    return _attached(ctx, group_holder(ctx.tx, ctx.account_id, group_name))


@operation(
    RAM,
    "ListPoliciesForRole",
    resource=acs("ram", "role/{role_name}"),
    resource_conditions=resource_tags,
    raises=(NoRole,),
    reads_only=True,
)
def list_policies_for_role(ctx: Context, *, role_name: RoleName) -> AttachedPoliciesAnswer:
    """List the policies attached to a role.

    Returns:
        All of them, by name.

    Source: RAM API reference, ListPoliciesForRole (documented).
    """
    return _attached(ctx, role_holder(ctx.tx, ctx.account_id, role_name))
