"""The policies that are attached to a user, group or role."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.identity.policies.catalogue import known
from juyong.services.identity.policies.holders import Holder, policies_of
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.roles import BY_NAME as ROLE
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.groups import BY_NAME as GROUP
from juyong.services.identity.users.naming import BY_NAME as USER
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.ram.product import PRODUCT as RAM


class AttachedPolicy(Shape, frozen=True, kw_only=True):
    """A policy and since when it is attached."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str
    attach_date: str


def _attached(ctx: Context, holder: Holder) -> list[AttachedPolicy]:
    return [_presented(ctx, row) for row in policies_of(ctx, holder)]


def _presented(ctx: Context, row: AttachmentRow) -> AttachedPolicy:
    policy = known(ctx, row.policy_type, row.policy_name)
    return AttachedPolicy(
        policy_name=policy.policy_name,
        policy_type=policy.policy_type,
        description=policy.description,
        default_version=policy.default_version,
        attach_date=iso(row.attached_at),
    )


@operation(RAM, "ListPoliciesForUser", on=USER, answers="Policies.Policy", reads_only=True)
def list_policies_for_user(ctx: Context, user: UserRow) -> list[AttachedPolicy]:
    """List the policies attached to a user itself, without those of its groups.

    Returns:
        All of them, by name; there is no paging.
    """
    return _attached(ctx, user)


@operation(RAM, "ListPoliciesForGroup", on=GROUP, answers="Policies.Policy", reads_only=True)
def list_policies_for_group(ctx: Context, group: GroupRow) -> list[AttachedPolicy]:
    """List the policies attached to a group.

    Returns:
        All of them, by name; there is no paging.
    """
    return _attached(ctx, group)


@operation(RAM, "ListPoliciesForRole", on=ROLE, answers="Policies.Policy", reads_only=True)
def list_policies_for_role(ctx: Context, role: RoleRow) -> list[AttachedPolicy]:
    """List the policies attached to a role.

    Returns:
        All of them, by name; there is no paging.
    """
    return _attached(ctx, role)
