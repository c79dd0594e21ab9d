"""The listing of policies: the account's own, then those that ship."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from juyong.api.context import Context
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.tags import TagFilter, TagList, bearing, tag_list
from juyong.api.wrapping import Listing
from juyong.content.policies.system import system_policy_names
from juyong.services.identity.fields import PolicyType
from juyong.services.identity.policies.catalogue import (
    CUSTOM,
    SYSTEM,
    KnownPolicy,
    attachment_counts,
    custom,
    shipped,
)
from juyong.services.identity.policies.policies import POLICY, ChangedPolicy
from juyong.services.identity.policies.tables import PolicyRow
from juyong.services.ram.product import PRODUCT as RAM


class PolicyItem(ChangedPolicy, frozen=True, kw_only=True):
    """A policy as ListPolicies returns it."""

    attachment_count: int
    tags: TagList


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
    found = MARKED.cut(
        "policies",
        list(islice(listed, max_items + 1)),
        key=lambda policy: (policy.policy_type, policy.policy_name),
        limit=max_items,
    )
    counts = attachment_counts(ctx)

    def item(policy: KnownPolicy) -> PolicyItem:
        named = (policy.policy_type, policy.policy_name)
        borne = tags.get(policy.policy_name, {}) if policy.policy_type == CUSTOM else {}
        return PolicyItem(
            **asdict(policy), attachment_count=counts.get(named, 0), tags=tag_list(borne)
        )

    return found.map(item)


def _listed(
    ctx: Context,
    policy_type: str | None,
    wanted: frozenset[str] | None,
    position: tuple[str, str],
    limit: int,
) -> Iterator[KnownPolicy]:
    """Yield the policies that follow a position; of custom ones at most limit + 1 are read."""
    after_type, after_name = position
    if SYSTEM not in (policy_type, after_type):
        if wanted is None:
            rows = ctx.tx.find(
                PolicyRow,
                order=("policy_name",),
                after=("policy_name", after_name) if after_name else None,
                limit=limit + 1,
                account_id=ctx.account_id,
            )
        else:
            names = sorted(name for name in wanted if name > after_name)[: limit + 1]
            found = [ctx.tx.get(PolicyRow, ctx.account_id, name) for name in names]
            rows = [row for row in found if row is not None]
        yield from map(custom, rows)
    if policy_type != CUSTOM and wanted is None:
        after_system = after_name if after_type == SYSTEM else ""
        yield from (shipped(n) for n in system_policy_names() if n > after_system)
