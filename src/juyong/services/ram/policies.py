"""Policies: custom ones, those that ship, and the listing of both."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import TagFilter, TagList, bearing, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.content.policies.system import SYSTEM_POLICIES, system_policy_names
from juyong.engines.policy import Kind
from juyong.services.identity.errors import in_use
from juyong.services.identity.fields import Description, PolicyName, PolicyType
from juyong.services.identity.policies.policies import (
    BY_TYPE_AND_NAME,
    CUSTOM,
    CUSTOM_POLICY,
    POLICY,
    SYSTEM,
    AnyPolicy,
    NewPolicy,
    Policy,
    PolicyDocument,
    attachments_of,
    checked,
    shown,
)
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.tagging import RULES, Tags
from juyong.services.ram.policy_versions import PolicyVersion, custom_versions, version_of
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.late import sa, table_of

_CONFLICTS = {
    holder: in_use(
        f"DeleteConflict.Policy.{holder.capitalize()}",
        f"been attached to any {holder}",
        f"Detach it from the {holder}s first.",
    )
    for holder in ("user", "group", "role")
}
PolicyHasVersions = fact(
    "DeleteConflict.Policy.Version",
    409,
    "The policy CAN NOT has any version except the default version.",
    why="Delete the other versions first, or ask for cascading.",
)


class PolicyDetail(Policy, frozen=True, kw_only=True):
    """A policy as GetPolicy returns it; the document is that of the default version."""

    attachment_count: int
    policy_document: str


class GetPolicyAnswer(Shape, frozen=True, kw_only=True):
    """A policy with its default version."""

    policy: PolicyDetail
    default_policy_version: PolicyVersion


class PolicyItem(Policy, frozen=True, kw_only=True):
    """A policy as ListPolicies returns it."""

    attachment_count: int
    tags: TagList


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
    tags = RULES.checked(pairs_of(tag))
    row = POLICY.create(ctx, tags, policy_name=policy_name, description=description)
    ctx.tx.insert(
        PolicyVersionRow(
            account_id=ctx.account_id,
            policy_name=policy_name,
            number=1,
            document=policy_document,
            created_at=ctx.now,
        )
    )
    return NewPolicy.of(shown(row))


@operation(RAM, "GetPolicy", on=BY_TYPE_AND_NAME, reads_only=True)
def get_policy(ctx: Context, found: AnyPolicy) -> GetPolicyAnswer:
    """Return one policy with the document in force."""
    policy, version = shown(found), version_of(ctx, found)
    held = ctx.tx.count(
        AttachmentRow,
        account_id=ctx.account_id,
        policy_type=policy.policy_type,
        policy_name=policy.policy_name,
    )
    detail = PolicyDetail.of(policy, attachment_count=held, policy_document=version.policy_document)
    return GetPolicyAnswer(policy=detail, default_policy_version=version)


@operation(RAM, "UpdatePolicyDescription", on=CUSTOM_POLICY, answers="Policy")
def update_policy_description(
    ctx: Context, policy: PolicyRow, *, new_description: Description
) -> Policy:
    """Change the description of a custom policy."""
    return shown(POLICY.change(ctx, policy, description=new_description, updated_at=ctx.now))


@operation(RAM, "DeletePolicy", on=CUSTOM_POLICY, raises=(*_CONFLICTS.values(), PolicyHasVersions))
def delete_policy(ctx: Context, policy: PolicyRow, *, cascading_delete: bool = False) -> None:
    """Delete a custom policy that is attached to nothing.

    Args:
        cascading_delete: Delete all its versions with it.

    Assumed: DeleteConflict.Policy.Role.
    """
    held_by = {each.entity_type for each in attachments_of(ctx, policy)}
    for holder, conflict in _CONFLICTS.items():
        if holder in held_by:
            raise conflict
    versions = custom_versions(ctx.tx, policy)
    if len(versions) > 1 and not cascading_delete:
        raise PolicyHasVersions
    POLICY.remove(ctx, policy)
    for version in versions:
        ctx.tx.delete(version)


@operation(
    RAM, "ListPolicies", on=POLICY.all, answers="Policies.Policy", reads_only=True, scans=True
)
def list_policies(
    ctx: Context,
    *,
    policy_type: PolicyType | None = None,
    tag: TagFilter | None = None,
    marker: Marker = "",
    max_items: MaxItems = 100,
) -> Listing[PolicyItem, MarkerPage]:
    """List policies by name, the account's own before those that ship.

    Args:
        policy_type: Only `System` or only `Custom` ones.

    Assumed: the order.
    """
    tags = POLICY.tags_by_id(ctx)
    wanted = None if tag is None else bearing(tags, tag)
    position = MARKED.position("policies", marker, "", "")
    listed = _listed(ctx, policy_type, wanted, position, max_items)
    counts = _attachment_counts(ctx)

    def item(policy: Policy) -> PolicyItem:
        kind, name = policy.policy_type, policy.policy_name
        borne = tags.get(name, {}) if kind == CUSTOM else {}
        return PolicyItem.of(
            policy, attachment_count=counts.get((kind, name), 0), tags=tag_list(borne)
        )

    return MARKED.cut(
        "policies",
        [shown(policy) for policy in islice(listed, max_items + 1)],
        key=lambda policy: (policy.policy_type, policy.policy_name),
        limit=max_items,
    ).map(item)


def _counts() -> "sa.Select[Any]":
    attachments = table_of(AttachmentRow)
    return (
        sa.select(attachments.c.policy_type, attachments.c.policy_name, sa.func.count())
        .where(attachments.c.account_id == sa.bindparam("account_id"))
        .group_by(attachments.c.policy_type, attachments.c.policy_name)
    )


def _attachment_counts(ctx: Context) -> dict[tuple[str, str], int]:
    """Return (type, name) to how many users, groups and roles of the account have the policy.

    Cost: one pass over the account's part of an index.
    """
    rows = ctx.tx.query(_counts, account_id=ctx.account_id)
    return {(str(kind), str(name)): int(count) for kind, name, count in rows}


def _listed(
    ctx: Context,
    policy_type: str | None,
    wanted: frozenset[str] | None,
    position: tuple[str, str],
    limit: int,
) -> Iterator[AnyPolicy]:
    """Yield the policies that follow a position; of custom ones at most limit + 1 are read."""
    after_type, after_name = position
    if SYSTEM not in (policy_type, after_type):
        if wanted is None:
            yield from ctx.tx.find(
                PolicyRow,
                order=("policy_name",),
                after=("policy_name", after_name) if after_name else None,
                limit=limit + 1,
                account_id=ctx.account_id,
            )
        else:
            names = sorted(name for name in wanted if name > after_name)[: limit + 1]
            yield from filter(None, (POLICY.find(ctx, name) for name in names))
    if policy_type != CUSTOM and wanted is None:
        after_system = after_name if after_type == SYSTEM else ""
        yield from (SYSTEM_POLICIES[n] for n in system_policy_names() if n > after_system)
