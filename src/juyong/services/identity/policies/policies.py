"""Policies: custom ones, which an account writes, and those that ship with the platform.

A document is checked when it is written, never later.
"""

from typing import Annotated, Any

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises, Text
from juyong.api.resource import Documents, Links, Quota, Resource, Target
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.ids import AccountId
from juyong.content.policies.recorded import Dates
from juyong.content.policies.system import SystemPolicy, system_policy
from juyong.engines.policy import Document, Kind, Layer, Malformed, parse
from juyong.services.identity.errors import full, missing, taken
from juyong.services.identity.fields import PolicyName, PolicyType
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.tagging import RULES
from juyong.store.inventory import GLOBAL, Ref
from juyong.store.transaction import Transaction

SYSTEM = "System"
CUSTOM = "Custom"
AnyPolicy = PolicyRow | SystemPolicy
NoPolicy = missing("EntityNotExist.Policy", "policy", "No such policy of that type.")
PolicyExists = taken("EntityAlreadyExists.Policy", "policy")
TooManyPolicies = full("LimitExceeded.Policy", "policy", "ram.policies")
MalformedPolicyDocument = fact(
    "MalformedPolicyDocument",
    400,
    "{reason}",
    why="The document is not one that could be enforced; the message names the place at fault.",
)
PolicyDocument = Annotated[
    str,
    Text(1, 6144),
    Doc("JSON text, 1 to 6144 characters."),
    Raises((MalformedPolicyDocument,)),
]


class PolicyBase(Shape, frozen=True, kw_only=True):
    """The members that every answer about a policy has."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str


class NewPolicy(PolicyBase, frozen=True, kw_only=True):
    """A policy as CreatePolicy returns it."""

    create_date: str


class Policy(NewPolicy, frozen=True, kw_only=True):
    """A policy as UpdatePolicyDescription returns it."""

    update_date: str


class PolicyState(Policy, frozen=True, kw_only=True):
    """The inventory's state of a custom policy."""

    policy_document: str


def checked(text: str, kind: Kind) -> Document:
    """Read a document of a kind.

    Raises:
        MalformedPolicyDocument: the grammar of the kind does not allow it.
    """
    try:
        return parse(text, kind)
    except Malformed as bad:
        raise MalformedPolicyDocument(reason=bad.reason) from bad


def shown(policy: AnyPolicy) -> Policy:
    """Present a policy of either type."""
    dates: PolicyRow | Dates
    if isinstance(policy, PolicyRow):
        kind, name, dates = CUSTOM, policy.policy_name, policy
        version = f"v{policy.default_version}"
    else:
        kind, name, dates = SYSTEM, policy.name, policy.dates
        version = policy.default_version
    return Policy(
        policy_name=name,
        policy_type=kind,
        description=policy.description,
        default_version=version,
        create_date=iso(dates.created_at),
        update_date=iso(dates.updated_at),
    )


def _state(tx: Transaction, row: PolicyRow) -> PolicyState:
    version = tx.get(PolicyVersionRow, row.account_id, row.policy_name, row.default_version)
    return PolicyState.of(shown(row), policy_document=version.document if version else "")


POLICY = Resource(
    kind="ACS::RAM::Policy",
    row=PolicyRow,
    id="policy_name",
    name="policy_name",
    arn="ram:policy/",
    find=lambda ctx, name: ctx.tx.get(PolicyRow, ctx.account_id, name),
    missing=NoPolicy,
    taken=PolicyExists,
    quota=Quota("ram.policies", TooManyPolicies),
    state=_state,
    documents=Documents(Layer.IDENTITY, lambda state, _owner: (state["PolicyDocument"],)),
    tags=RULES,
)
CUSTOM_POLICY = POLICY.by(policy_name=PolicyName)


def policy_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the policy of a call; a system policy belongs to the account `system`."""
    owner = "system" if arguments.get("policy_type") == SYSTEM else ctx.account_id
    return (f"acs:ram:*:{owner}:policy/{arguments['policy_name']}",)


def known(ctx: Context, policy_type: str, policy_name: str) -> AnyPolicy:
    """Return a policy of either type.

    Raises:
        NoPolicy: there is none.
    """
    found: AnyPolicy | None = (
        system_policy(policy_name) if policy_type == SYSTEM else POLICY.find(ctx, policy_name)
    )
    if found is None:
        raise NoPolicy
    return found


def _found(ctx: Context, arguments: Arguments) -> AnyPolicy:
    ctx.journal.refer(POLICY.kind, arguments["policy_name"])
    return known(ctx, arguments["policy_type"], arguments["policy_name"])


BY_TYPE_AND_NAME = Target(
    parameters={"policy_type": PolicyType, "policy_name": PolicyName},
    arn=policy_resource,
    find=_found,
    errors=(NoPolicy,),
    conditions=POLICY.tag_conditions,
)


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


def attachments_of(ctx: Context, policy: AnyPolicy) -> list[AttachmentRow]:
    """Return the attachments of a policy to users, groups and roles of the account."""
    named = shown(policy)
    return ctx.tx.find(
        AttachmentRow,
        account_id=ctx.account_id,
        policy_type=named.policy_type,
        policy_name=named.policy_name,
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
