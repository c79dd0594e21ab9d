"""Policies that an account writes."""

from dataclasses import asdict
from typing import Any

from juyong.api.errors import ApiError, fact
from juyong.api.resource import Links, Quota, Resource
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.services.identity.fields import PolicyName
from juyong.services.identity.policies.catalogue import SYSTEM, NoPolicy, custom
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.tagging import RULES
from juyong.store.inventory import GLOBAL, Ref
from juyong.store.transaction import Transaction

PolicyExists = fact(
    "EntityAlreadyExists.Policy", 409, "The policy does already EXIST.", why="The name is taken."
)
TooManyPolicies = fact(
    "LimitExceeded.Policy",
    409,
    "The count of policy beyond the current limits.",
    why="The account holds its quota `ram.policies`.",
)
PolicyOnUser = fact(
    "DeleteConflict.Policy.User",
    409,
    "The policy CAN NOT been attached to any user while deleting the policy.",
    why="Detach it from the users first.",
)
PolicyOnGroup = fact(
    "DeleteConflict.Policy.Group",
    409,
    "The policy CAN NOT been attached to any group while deleting the policy.",
    why="Detach it from the groups first.",
)
PolicyOnRole = fact(
    "DeleteConflict.Policy.Role",
    409,
    "The policy CAN NOT been attached to any role while deleting the policy.",
    why="Detach it from the roles first.",
)
PolicyHasVersions = fact(
    "DeleteConflict.Policy.Version",
    409,
    "The policy CAN NOT has any version except the default version.",
    why="Delete the other versions first, or ask for cascading.",
)


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
    """The inventory's state of a custom policy."""

    policy_document: str


def _state(tx: Transaction, row: PolicyRow) -> PolicyState:
    document = tx.get(PolicyVersionRow, row.account_id, row.policy_name, row.default_version)
    return PolicyState(**asdict(custom(row)), policy_document=document.document if document else "")


POLICY = Resource(
    kind="ACS::RAM::Policy",
    row=PolicyRow,
    id="policy_name",
    name="policy_name",
    arn="ram:policy/",
    find=lambda ctx, name: ctx.tx.get(PolicyRow, ctx.account_id, name),
    missing=NoPolicy,
    taken=PolicyExists,
    quota=Quota("ram.policies", 1500, TooManyPolicies),
    state=_state,
    tags=RULES,
)
CUSTOM_POLICY = POLICY.by(policy_name=PolicyName)
CONFLICTS: dict[str, type[ApiError]] = {
    "user": PolicyOnUser,
    "group": PolicyOnGroup,
    "role": PolicyOnRole,
}


def attached(
    tx: Transaction, account_id: AccountId, entity_type: str, entity_id: str
) -> list[AttachmentRow]:
    """Return the policies that are attached to a user, group or role."""
    return tx.find(
        AttachmentRow,
        order=("policy_name", "policy_type"),
        account_id=account_id,
        entity_type=entity_type,
        entity_id=entity_id,
    )


def policy_links(entity_type: str, id_column: str, *, at_once: bool = False) -> Links[Any]:
    """Declare the policies of a type's resources as links; system policies belong to `system`."""

    def targets(tx: Transaction, row: Any) -> list[Ref]:
        held = attached(tx, row.account_id, entity_type, getattr(row, id_column))
        return [
            POLICY.ref_of(
                AccountId("system") if each.policy_type == SYSTEM else row.account_id,
                GLOBAL,
                each.policy_name,
            )
            for each in held
        ]

    return Links("attached-to", targets, at_once=at_once)
