"""Policies: custom ones, and the operations that both types share."""

from dataclasses import asdict

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import pairs_of
from juyong.base.clock import iso
from juyong.engines.policy import Kind
from juyong.services.identity.fields import Description, PolicyName, PolicyType
from juyong.services.identity.policies.catalogue import (
    CUSTOM,
    NoPolicy,
    PolicyVersion,
    custom,
    custom_versions,
    known,
    policy_resource,
    version_id,
    version_of,
)
from juyong.services.identity.policies.documents import (
    PolicyDocument,
    checked,
)
from juyong.services.identity.policies.policies import (
    CONFLICTS,
    CUSTOM_POLICY,
    POLICY,
    ChangedPolicy,
    NewPolicy,
    PolicyHasVersions,
    PolicyOnGroup,
    PolicyOnRole,
    PolicyOnUser,
)
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.tagging import RULES, Tags
from juyong.services.ram.product import PRODUCT as RAM


class PolicyDetail(ChangedPolicy, frozen=True, kw_only=True):
    """A policy as GetPolicy returns it; the document is that of the default version."""

    attachment_count: int
    policy_document: str


class GetPolicyAnswer(Shape, frozen=True, kw_only=True):
    """A policy with its default version."""

    policy: PolicyDetail
    default_policy_version: PolicyVersion


@operation(
    RAM,
    "CreatePolicy",
    on=POLICY.new,
    answers="Policy",
)
def create_policy(
    ctx: Context,
    *,
    policy_name: PolicyName,
    policy_document: PolicyDocument,
    description: Description = "",
    tag: Tags | None = None,
) -> NewPolicy:
    """Create a custom policy with one version, `v1`.

    Args:
        policy_name: Unique among the account's custom policies.
    """
    checked(policy_document, Kind.IDENTITY)
    row = PolicyRow(
        account_id=ctx.account_id,
        policy_name=policy_name,
        description=description,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    POLICY.add(ctx, row, RULES.checked(pairs_of(tag)))
    ctx.tx.insert(
        PolicyVersionRow(
            account_id=ctx.account_id,
            policy_name=policy_name,
            number=1,
            document=policy_document,
            created_at=ctx.now,
        )
    )
    return NewPolicy(
        policy_name=policy_name,
        policy_type=CUSTOM,
        description=description,
        default_version=version_id(row.default_version),
        create_date=iso(row.created_at),
    )


@operation(
    RAM,
    "GetPolicy",
    resource=policy_resource,
    resource_conditions=POLICY.tag_conditions,
    raises=(NoPolicy,),
    reads_only=True,
)
def get_policy(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName
) -> GetPolicyAnswer:
    """Return one policy with the document in force.

    Returns:
        The policy and its default version.
    """
    ctx.journal.refer(POLICY.kind, policy_name)
    policy = known(ctx, policy_type, policy_name)
    version = version_of(ctx, policy_type, policy_name)
    attached = ctx.tx.count(
        AttachmentRow, account_id=ctx.account_id, policy_type=policy_type, policy_name=policy_name
    )
    return GetPolicyAnswer(
        policy=PolicyDetail(
            **asdict(policy), attachment_count=attached, policy_document=version.policy_document
        ),
        default_policy_version=version,
    )


@operation(RAM, "UpdatePolicyDescription", on=CUSTOM_POLICY, answers="Policy")
def update_policy_description(
    ctx: Context, policy: PolicyRow, *, new_description: Description
) -> ChangedPolicy:
    """Change the description of a custom policy.

    Args:
        new_description: Up to 1024 characters; an empty text clears it.
    """
    row = POLICY.change(ctx, policy, description=new_description, updated_at=ctx.now)
    return ChangedPolicy(**asdict(custom(row)))


@operation(
    RAM,
    "DeletePolicy",
    on=CUSTOM_POLICY,
    raises=(PolicyOnUser, PolicyOnGroup, PolicyOnRole, PolicyHasVersions),
)
def delete_policy(ctx: Context, policy: PolicyRow, *, cascading_delete: bool = False) -> None:
    """Delete a custom policy that is attached to nothing.

    Args:
        cascading_delete: Delete all its versions with it.

    Assumed: DeleteConflict.Policy.Role.
    """
    attached = ctx.tx.find(
        AttachmentRow, account_id=ctx.account_id, policy_type=CUSTOM, policy_name=policy.policy_name
    )
    held_by = {each.entity_type for each in attached}
    for entity_type, conflict in CONFLICTS.items():
        if entity_type in held_by:
            raise conflict
    versions = custom_versions(ctx.tx, policy)
    if len(versions) > 1 and not cascading_delete:
        raise PolicyHasVersions
    POLICY.remove(ctx, policy)
    for version in versions:
        ctx.tx.delete(version)
