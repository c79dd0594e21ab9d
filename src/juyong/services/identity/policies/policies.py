"""Policies that an account writes."""

from dataclasses import asdict

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.shape import Shape
from juyong.services.identity.policies.catalogue import (
    RESOURCE,
    custom,
)
from juyong.services.identity.policies.tables import PolicyRow, PolicyVersionRow
from juyong.services.identity.tagging import (
    TagList,
    tag_list,
    tags_of,
)

TAGGED_AS = "policy"


class PolicyExists(ApiError):
    """The name is taken."""

    code, status, text = "EntityAlreadyExists.Policy", 409, "The policy does already EXIST."


class TooManyPolicies(ApiError):
    """The account holds its quota `ram.policies`."""

    code, status = "LimitExceeded.Policy", 409
    text = "The count of policy beyond the current limits."


class PolicyOnUser(ApiError):
    """Detach it from the users first."""

    code, status = "DeleteConflict.Policy.User", 409
    text = "The policy CAN NOT been attached to any user while deleting the policy."


class PolicyOnGroup(ApiError):
    """Detach it from the groups first."""

    code, status = "DeleteConflict.Policy.Group", 409
    text = "The policy CAN NOT been attached to any group while deleting the policy."


class PolicyOnRole(ApiError):
    """Detach it from the roles first."""

    code, status = "DeleteConflict.Policy.Role", 409
    text = "The policy CAN NOT been attached to any role while deleting the policy."


class PolicyHasVersions(ApiError):
    """Delete the other versions first, or ask for cascading."""

    code, status = "DeleteConflict.Policy.Version", 409
    text = "The policy CAN NOT has any version except the default version."


class NewPolicy(Shape, frozen=True, kw_only=True):
    """A policy as CreatePolicy returns it."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str
    create_date: str


class ChangedPolicy(NewPolicy, frozen=True, kw_only=True):
    """A policy as UpdatePolicyDescription returns it."""

    update_date: str


class PolicyState(ChangedPolicy, frozen=True, kw_only=True):
    """What the inventory keeps of a custom policy."""

    policy_document: str
    tags: TagList


def policy_state(ctx: Context, row: PolicyRow) -> PolicyState:
    """Describe a custom policy for the inventory."""
    policy = custom(row)
    document = ctx.tx.get(PolicyVersionRow, row.account_id, row.policy_name, row.default_version)
    return PolicyState(
        **asdict(policy),
        policy_document=document.document if document else "",
        tags=tag_list(tags_of(ctx.tx, row.account_id, TAGGED_AS, row.policy_name)),
    )


def note_policy(ctx: Context, row: PolicyRow) -> None:
    """Record the state a custom policy was changed to."""
    ctx.journal.record(
        "updated", RESOURCE, row.policy_name, row.policy_name, policy_state(ctx, row)
    )


CONFLICTS: dict[str, type[ApiError]] = {
    "user": PolicyOnUser,
    "group": PolicyOnGroup,
    "role": PolicyOnRole,
}
