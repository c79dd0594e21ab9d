"""Policies: those an account writes, and the listing of both types."""

from dataclasses import asdict

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.engines.policy import Kind
from juyong.services.identity.fields import Description, PolicyName, PolicyType
from juyong.services.identity.policies.catalogue import (
    CUSTOM,
    RESOURCE,
    NoPolicy,
    PolicyVersion,
    custom,
    custom_named,
    custom_versions,
    known,
    policy_resource,
    version_id,
    version_of,
)
from juyong.services.identity.policies.documents import (
    MalformedPolicyDocument,
    PolicyDocument,
    checked,
)
from juyong.services.identity.policies.policies import (
    CONFLICTS,
    TAGGED_AS,
    ChangedPolicy,
    NewPolicy,
    PolicyExists,
    PolicyHasVersions,
    PolicyOnGroup,
    PolicyOnRole,
    PolicyOnUser,
    TooManyPolicies,
    note_policy,
    policy_state,
)
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.tagging import (
    BadTag,
    Tags,
    TooManyTags,
    remove_tags,
    request_tags,
    resource_tags,
    set_tags,
)
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.errors import Duplicate


class PolicyDetail(ChangedPolicy, frozen=True, kw_only=True):
    """A policy as GetPolicy returns it; the document is that of the default version."""

    attachment_count: int
    policy_document: str


class CreatePolicyAnswer(Shape, frozen=True, kw_only=True):
    """The policy made."""

    policy: NewPolicy


class UpdatePolicyAnswer(Shape, frozen=True, kw_only=True):
    """The policy as stored."""

    policy: ChangedPolicy


class GetPolicyAnswer(Shape, frozen=True, kw_only=True):
    """A policy with its default version."""

    policy: PolicyDetail
    default_policy_version: PolicyVersion


@operation(
    RAM,
    "CreatePolicy",
    resource=acs("ram", "policy/*"),
    conditions=request_tags,
    raises=(MalformedPolicyDocument, PolicyExists, TooManyPolicies, BadTag, TooManyTags),
)
def create_policy(
    ctx: Context,
    *,
    policy_name: PolicyName,
    policy_document: PolicyDocument,
    description: Description = "",
    tag: Tags | None = None,
) -> CreatePolicyAnswer:
    """Create a custom policy with one version, `v1`.

    Args:
        policy_name: Unique among the account's custom policies.
        tag: Up to 20 tags.

    Returns:
        The stored policy.

    Source: RAM API reference, CreatePolicy (documented).
    """
    checked(policy_document, Kind.IDENTITY)
    if ctx.tx.count(PolicyRow, account_id=ctx.account_id) >= ctx.quota("ram.policies", 1500):
        raise TooManyPolicies
    row = PolicyRow(
        account_id=ctx.account_id,
        policy_name=policy_name,
        description=description,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise PolicyExists from None
    ctx.tx.insert(
        PolicyVersionRow(
            account_id=ctx.account_id,
            policy_name=policy_name,
            number=1,
            document=policy_document,
            created_at=ctx.now,
        )
    )
    set_tags(ctx, TAGGED_AS, policy_name, tag or [])
    ctx.journal.record("created", RESOURCE, policy_name, policy_name, policy_state(ctx, row))
    return CreatePolicyAnswer(
        policy=NewPolicy(
            policy_name=policy_name,
            policy_type=CUSTOM,
            description=description,
            default_version=version_id(row.default_version),
            create_date=iso(row.created_at),
        )
    )


@operation(
    RAM,
    "GetPolicy",
    resource=policy_resource,
    resource_conditions=resource_tags,
    raises=(NoPolicy,),
    reads_only=True,
)
def get_policy(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName
) -> GetPolicyAnswer:
    """Return one policy with the document in force.

    Returns:
        The policy and its default version.

    Source: RAM API reference, GetPolicy (documented).
    """
    ctx.journal.refer(RESOURCE, policy_name)
    policy = known(ctx, policy_type, policy_name)
    version = version_of(ctx, policy_type, policy_name)
    attached = ctx.tx.count(
        AttachmentRow,
        account_id=ctx.account_id,
        policy_type=policy_type,
        policy_name=policy_name,
    )
    return GetPolicyAnswer(
        policy=PolicyDetail(
            **asdict(policy),
            attachment_count=attached,
            policy_document=version.policy_document,
        ),
        default_policy_version=version,
    )


@operation(
    RAM,
    "UpdatePolicyDescription",
    resource=acs("ram", "policy/{policy_name}"),
    resource_conditions=resource_tags,
    raises=(NoPolicy,),
)
def update_policy_description(
    ctx: Context, *, policy_name: PolicyName, new_description: Description
) -> UpdatePolicyAnswer:
    """Change the description of a custom policy.

    Args:
        new_description: Up to 1024 characters; an empty text clears it.

    Returns:
        The policy as stored.

    Source: RAM API reference, UpdatePolicyDescription (documented).
    """
    row = custom_named(ctx.tx, ctx.account_id, policy_name)
    row = ctx.tx.update(row, description=new_description, updated_at=ctx.now)
    note_policy(ctx, row)
    return UpdatePolicyAnswer(policy=ChangedPolicy(**asdict(custom(row))))


@operation(
    RAM,
    "DeletePolicy",
    resource=acs("ram", "policy/{policy_name}"),
    resource_conditions=resource_tags,
    raises=(NoPolicy, PolicyOnUser, PolicyOnGroup, PolicyOnRole, PolicyHasVersions),
)
def delete_policy(
    ctx: Context, *, policy_name: PolicyName, cascading_delete: bool = False
) -> Empty:
    """Delete a custom policy that is attached to nobody.

    Args:
        cascading_delete: Delete all its versions with it.

    Source: RAM API reference, DeletePolicy (documented); DeleteConflict.Policy.Role (assumed).
    """
    row = custom_named(ctx.tx, ctx.account_id, policy_name)
    state = policy_state(ctx, row)
    attached = {
        a.entity_type
        for a in ctx.tx.find(
            AttachmentRow, account_id=ctx.account_id, policy_type=CUSTOM, policy_name=policy_name
        )
    }
    for entity_type, conflict in CONFLICTS.items():
        if entity_type in attached:
            raise conflict
    held = custom_versions(ctx.tx, row)
    if len(held) > 1 and not cascading_delete:
        raise PolicyHasVersions
    for version in held:
        ctx.tx.delete(version)
    remove_tags(ctx, TAGGED_AS, policy_name)
    ctx.tx.delete(row)
    ctx.journal.record("deleted", RESOURCE, policy_name, policy_name, state)
    return Empty()
