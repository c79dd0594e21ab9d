"""Users, groups and roles as holders of policies; attaching and detaching take effect at once."""

from typing import Any, NamedTuple

from juyong.api.access import each
from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.api.operation import Options, operation
from juyong.api.resource import Resource, Target
from juyong.base.clock import iso
from juyong.services.identity.fields import PolicyName, PolicyType
from juyong.services.identity.policies.policies import (
    CUSTOM,
    POLICY,
    SYSTEM,
    NoPolicy,
    PolicyBase,
    attached,
    known,
    policy_resource,
    shown,
)
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.roles import BY_NAME as ROLE_NAME
from juyong.services.identity.roles.roles import ROLE, LinkedToService, changeable
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.groups import BY_NAME as GROUP_NAME
from juyong.services.identity.users.groups import GROUP
from juyong.services.identity.users.naming import BY_NAME as USER_NAME
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.identity.users.users import USER
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.errors import Duplicate

_QUOTAS = {
    CUSTOM: "ram.attached-custom-policies",
    SYSTEM: "ram.attached-system-policies",
}
_NO_GROUPS = {
    "ResourceGroupId": "permissions within a resource group are not part of this platform"
}
Holder = UserRow | GroupRow | RoleRow


class _Kind(NamedTuple):
    """One type of holder: how a call names one, and why attaching or detaching is refused."""

    entity_type: str
    resource: Resource[Any]
    target: Target[Any]
    held: type[ApiError]
    lacking: type[ApiError]
    full: type[ApiError]

    def changed(self, *refusals: type[ApiError]) -> Options:
        """Return what attaching and detaching share: holder and policy must both be allowed."""
        return {
            "resource": each(self.target.arn, policy_resource),
            "resource_conditions": resource_tags,
            "raises": (NoPolicy, *refusals),
            "unsupported": _NO_GROUPS,
        }


def _kind(resource: Resource[Any], target: Target[Any], *, lacking: str, full: str) -> _Kind:
    """Declare a type of holder, with the texts of two refusals, which differ by type."""
    title = resource.kind.rpartition(":")[2]
    word = title.lower()
    return _Kind(
        word,
        resource,
        target,
        held=fact(
            f"EntityAlreadyExists.{title}.Policy",
            409,
            f"The {word} has already been attached this policy.",
            why="It is attached already.",
        ),
        lacking=fact(f"EntityNotExist.{title}.Policy", 404, lacking, why="It is not attached."),
        full=fact(
            f"LimitExceeded.{title}.Policy",
            409,
            full,
            why=f"The {word} holds its quota of policies of that type.",
        ),
    )


_USER = _kind(
    USER,
    USER_NAME,
    lacking="The indicate policy of the user does not exist.",
    full="The policy count of the user attached policies beyond the current limits.",
)
_GROUP = _kind(
    GROUP,
    GROUP_NAME,
    lacking="The indicate policy attached to the group does not exist.",
    full="The policy count of the group beyond the current limits.",
)
_ROLE = _kind(
    ROLE,
    ROLE_NAME,
    lacking="The indicate policy attached to the role does not exist.",
    full="The count of policies attached to the role beyond the current limits.",
)
_KINDS: dict[type[Holder], _Kind] = {UserRow: _USER, GroupRow: _GROUP, RoleRow: _ROLE}


class AttachedPolicy(PolicyBase, frozen=True, kw_only=True):
    """A policy and since when it is attached."""

    attach_date: str


def policies_of(ctx: Context, holder: Holder) -> list[AttachmentRow]:
    """Return the policies that are attached to a holder itself, by name."""
    kind = _KINDS[type(holder)]
    return attached(ctx.tx, ctx.account_id, kind.entity_type, getattr(holder, kind.resource.id))


def detach(ctx: Context, holder: Holder, policy_type: str, policy_name: str) -> None:
    """Detach a policy.

    Raises:
        NoPolicy: there is no such policy.
        ApiError: the holder does not have it.
    """
    kind = _KINDS[type(holder)]
    key = (policy_type, policy_name, kind.entity_type, getattr(holder, kind.resource.id))
    row = ctx.tx.get(AttachmentRow, ctx.account_id, *key)
    if row is None:
        known(ctx, policy_type, policy_name)
        raise kind.lacking
    ctx.tx.delete(row)
    _note(ctx, holder, policy_name)


def _note(ctx: Context, holder: Holder, policy_name: str) -> None:
    """Note that a holder's policies changed; the event names both."""
    _KINDS[type(holder)].resource.note(ctx.tx, ctx.journal, "updated", holder)
    ctx.journal.refer(POLICY.kind, policy_name)


def resource_tags(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return acs:ResourceTag/<key> of one user, role or policy of the caller's account.

    Cost: one or two indexed reads.
    """
    return {
        **USER.tag_conditions(ctx, arn),
        **ROLE.tag_conditions(ctx, arn),
        **POLICY.tag_conditions(ctx, arn),
    }


@operation(RAM, "AttachPolicyToUser", on=_USER.target, **_USER.changed(_USER.held, _USER.full))
@operation(RAM, "AttachPolicyToGroup", on=_GROUP.target, **_GROUP.changed(_GROUP.held, _GROUP.full))
@operation(
    RAM,
    "AttachPolicyToRole",
    on=_ROLE.target,
    **_ROLE.changed(LinkedToService, _ROLE.held, _ROLE.full),
)
def attach_policy(
    ctx: Context, holder: Holder, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Attach a policy to a user, to a group for every member, or to a role for every session."""
    if isinstance(holder, RoleRow):
        changeable(holder)
    known(ctx, policy_type, policy_name)
    kind = _KINDS[type(holder)]
    entity = {"entity_type": kind.entity_type, "entity_id": getattr(holder, kind.resource.id)}
    of_type = {"account_id": ctx.account_id, "policy_type": policy_type, **entity}
    others = ctx.tx.count(AttachmentRow, **of_type)
    try:
        ctx.tx.insert(AttachmentRow(**of_type, policy_name=policy_name, attached_at=ctx.now))
    except Duplicate:
        raise kind.held from None
    if others >= ctx.quota(_QUOTAS[policy_type]):
        raise kind.full
    _note(ctx, holder, policy_name)


@operation(RAM, "DetachPolicyFromUser", on=_USER.target, **_USER.changed(_USER.lacking))
@operation(RAM, "DetachPolicyFromGroup", on=_GROUP.target, **_GROUP.changed(_GROUP.lacking))
@operation(
    RAM,
    "DetachPolicyFromRole",
    on=_ROLE.target,
    **_ROLE.changed(LinkedToService, _ROLE.lacking),
)
def detach_policy(
    ctx: Context, holder: Holder, *, policy_type: PolicyType, policy_name: PolicyName
) -> None:
    """Detach a policy from a user, group or role."""
    if isinstance(holder, RoleRow):
        changeable(holder)
    detach(ctx, holder, policy_type, policy_name)


@operation(RAM, "ListPoliciesForUser", on=_USER.target, answers="Policies.Policy", reads_only=True)
@operation(
    RAM, "ListPoliciesForGroup", on=_GROUP.target, answers="Policies.Policy", reads_only=True
)
@operation(RAM, "ListPoliciesForRole", on=_ROLE.target, answers="Policies.Policy", reads_only=True)
def list_policies_for_holder(ctx: Context, holder: Holder) -> list[AttachedPolicy]:
    """List the policies attached to a user, group or role.

    Returns:
        All of them, by name, without those of a user's groups; there is no paging.
    """
    return [
        AttachedPolicy.of(
            shown(known(ctx, row.policy_type, row.policy_name)), attach_date=iso(row.attached_at)
        )
        for row in policies_of(ctx, holder)
    ]
