"""Users, groups and roles as holders of policies: attaching, detaching, and what stands against."""

from dataclasses import dataclass

from juyong.api.context import Context, Snapshot
from juyong.api.errors import ApiError
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.ids import AccountId
from juyong.services.identity.policies.catalogue import CUSTOM, RESOURCE, SYSTEM, known
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.roles import role_named
from juyong.services.identity.users.groups import group_named
from juyong.services.identity.users.users import user_named
from juyong.store.errors import Duplicate
from juyong.store.inventory import Change
from juyong.store.transaction import Transaction

ATTACHMENT = "ACS::RAM::PolicyAttachment"


_QUOTAS = {
    CUSTOM: ("ram.attached-custom-policies", 10),
    SYSTEM: ("ram.attached-system-policies", 20),
}


class UserHasPolicyAlready(ApiError):
    """It is attached already."""

    code, status = "EntityAlreadyExists.User.Policy", 409
    text = "The user has already been attached this policy."


class GroupHasPolicyAlready(ApiError):
    """It is attached already."""

    code, status = "EntityAlreadyExists.Group.Policy", 409
    text = "The group has already been attached this policy."


class RoleHasPolicyAlready(ApiError):
    """It is attached already."""

    code, status = "EntityAlreadyExists.Role.Policy", 409
    text = "The role has already been attached this policy."


class UserLacksPolicy(ApiError):
    """It is not attached."""

    code, status = "EntityNotExist.User.Policy", 404
    text = "The indicate policy of the user does not exist."


class GroupLacksPolicy(ApiError):
    """It is not attached."""

    code, status = "EntityNotExist.Group.Policy", 404
    text = "The indicate policy attached to the group does not exist."


class RoleLacksPolicy(ApiError):
    """It is not attached."""

    code, status = "EntityNotExist.Role.Policy", 404
    text = "The indicate policy attached to the role does not exist."


class TooManyUserPolicies(ApiError):
    """The user holds its quota of policies of that type."""

    code, status = "LimitExceeded.User.Policy", 409
    text = "The policy count of the user attached policies beyond the current limits."


class TooManyGroupPolicies(ApiError):
    """The group holds its quota of policies of that type."""

    code, status = "LimitExceeded.Group.Policy", 409
    text = "The policy count of the group beyond the current limits."


class TooManyRolePolicies(ApiError):
    """The role holds its quota of policies of that type."""

    code, status = "LimitExceeded.Role.Policy", 409
    text = "The count of policies attached to the role beyond the current limits."


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What a policy is attached to, by the id that outlives renaming."""

    entity_type: str
    entity_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    resource_type: str
    held: type[ApiError]
    lacking: type[ApiError]
    full: type[ApiError]


_WORDINGS = {
    "user": _Wording(
        resource_type="ACS::RAM::User",
        held=UserHasPolicyAlready,
        lacking=UserLacksPolicy,
        full=TooManyUserPolicies,
    ),
    "group": _Wording(
        resource_type="ACS::RAM::Group",
        held=GroupHasPolicyAlready,
        lacking=GroupLacksPolicy,
        full=TooManyGroupPolicies,
    ),
    "role": _Wording(
        resource_type="ACS::RAM::Role",
        held=RoleHasPolicyAlready,
        lacking=RoleLacksPolicy,
        full=TooManyRolePolicies,
    ),
}


class AttachmentState(Shape, frozen=True, kw_only=True):
    """What the inventory keeps of an attachment."""

    policy_type: str
    policy_name: str
    entity_type: str
    entity_id: str
    entity_name: str
    attach_date: str


def user_holder(tx: Transaction, account_id: AccountId, user_name: str) -> Holder:
    """Return a user as a holder of policies.

    Raises:
        NoUser: there is none.
    """
    row = user_named(tx, account_id, user_name)
    return Holder(entity_type="user", entity_id=row.user_id, name=row.user_name)


def group_holder(tx: Transaction, account_id: AccountId, group_name: str) -> Holder:
    """Return a group as a holder of policies.

    Raises:
        NoGroup: there is none.
    """
    row = group_named(tx, account_id, group_name)
    return Holder(entity_type="group", entity_id=row.group_id, name=row.group_name)


def role_holder(tx: Transaction, account_id: AccountId, role_name: str) -> Holder:
    """Return a role as a holder of policies.

    Raises:
        NoRole: there is none.
    """
    row = role_named(tx, account_id, role_name)
    return Holder(entity_type="role", entity_id=row.role_id, name=row.role_name)


def attach(ctx: Context, holder: Holder, policy_type: str, policy_name: str) -> None:
    """Attach a policy.

    Raises:
        NoPolicy: there is no such policy.
        ApiError: the holder has it already, or as many as its quota allows.
    """
    known(ctx, policy_type, policy_name)
    wording = _WORDINGS[holder.entity_type]
    row = AttachmentRow(
        account_id=ctx.account_id,
        policy_type=policy_type,
        policy_name=policy_name,
        entity_type=holder.entity_type,
        entity_id=holder.entity_id,
        attached_at=ctx.now,
    )
    quota = ctx.quota(*_QUOTAS[policy_type])
    others = ctx.tx.count(
        AttachmentRow,
        account_id=ctx.account_id,
        entity_type=holder.entity_type,
        entity_id=holder.entity_id,
        policy_type=policy_type,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise wording.held from None
    if others >= quota:
        raise wording.full
    _note(ctx, "created", holder, row)


def detach(ctx: Context, holder: Holder, policy_type: str, policy_name: str) -> None:
    """Detach a policy.

    Raises:
        NoPolicy: there is no such policy.
        ApiError: the holder does not have it.
    """
    row = ctx.tx.get(
        AttachmentRow,
        ctx.account_id,
        policy_type,
        policy_name,
        holder.entity_type,
        holder.entity_id,
    )
    if row is None:
        known(ctx, policy_type, policy_name)
        raise _WORDINGS[holder.entity_type].lacking
    ctx.tx.delete(row)
    _note(ctx, "deleted", holder, row)


def _note(ctx: Context, change: Change, holder: Holder, row: AttachmentRow) -> None:
    """Keep a snapshot of the attachment; the event names the two things it joins."""
    ctx.journal.refer(_WORDINGS[holder.entity_type].resource_type, holder.name)
    ctx.journal.refer(RESOURCE, row.policy_name)
    ctx.journal.snapshots.append(
        Snapshot(
            resource_type=ATTACHMENT,
            resource_id=f"{row.policy_type}/{row.policy_name}/{row.entity_type}/{row.entity_id}",
            name=row.policy_name,
            change=change,
            state=AttachmentState(
                policy_type=row.policy_type,
                policy_name=row.policy_name,
                entity_type=row.entity_type,
                entity_id=row.entity_id,
                entity_name=holder.name,
                attach_date=iso(row.attached_at),
            ),
        )
    )
