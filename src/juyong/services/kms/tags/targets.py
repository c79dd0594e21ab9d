"""What tags are put on: how a call names it, what it must be allowed, and how it is found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from juyong.api.access import Also, TargetPolicy
from juyong.api.context import Context
from juyong.services.kms.account.instance_details import KmsInstance, shown
from juyong.services.kms.instances import RESOURCE as INSTANCE_RESOURCE
from juyong.services.kms.instances import find_instance, instance_arn
from juyong.services.kms.keys.create import tagged as tagged_key
from juyong.services.kms.keys.find import RESOURCE as KEY_RESOURCE
from juyong.services.kms.keys.find import find_managed_key, key_name_of, key_policy
from juyong.services.kms.keys.noting import KeySnapshot, snapshot_of
from juyong.services.kms.keys.states import LABEL, refuse
from juyong.services.kms.secrets.find import find_live_secret, policy_of, row_of, secret_name_of
from juyong.services.kms.secrets.names import RESOURCE as SECRET_RESOURCE
from juyong.services.kms.secrets.names import refer
from juyong.services.kms.secrets.shapes import TagList, state_of, tag_list
from juyong.services.kms.secrets.tagged import tagged as tagged_secret
from juyong.services.kms.tagging import (
    INSTANCE,
    KEY,
    Tagged,
    instance_tagged,
    resource_tags,
    tags_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Something that bears tags. state: Shows it with them, as snapshots keep it."""

    tagged: Tagged
    resource: str
    state: Callable[[Mapping[str, str]], object]


class TaggedInstance(KmsInstance, frozen=True, kw_only=True):
    """An instance with its tags, as snapshots keep it."""

    tags: TagList


class TaggedKey(KeySnapshot, frozen=True, kw_only=True):
    """A key with its tags, as snapshots keep it."""

    tags: TagList


def name_of(ctx: Context, resource_type: str, resource_id: str) -> str:
    """Return the ARN of what a call names."""
    if resource_type == KEY:
        return key_name_of(ctx, resource_id)
    if resource_type == INSTANCE:
        return instance_arn(ctx.account_id, ctx.region, resource_id)
    return secret_name_of(ctx, resource_id)


def policy_on(ctx: Context, resource_type: str, resource_id: str) -> TargetPolicy | None:
    """Return the policy that what a call names carries, if any."""
    if resource_type == KEY:
        return key_policy(ctx, {"key_id": resource_id})
    if resource_type == INSTANCE:
        return None
    return policy_of(row_of(ctx, refer(ctx, resource_id)))


def need(ctx: Context, action: str, resource_type: str, resource_id: str) -> Also:
    """Return what an action on something with tags needs."""
    name = name_of(ctx, resource_type, resource_id)
    return Also(
        action=action,
        resource=name,
        conditions=resource_tags(ctx, name),
        policy=policy_on(ctx, resource_type, resource_id),
    )


def bearer(ctx: Context, resource_type: str, resource_id: str) -> Bearer:
    """Find what tags are put on or taken off, in a state that allows it.

    Raises:
        NoKey, AliasNotTaken, NoResource, NoInstance: there is none.
        KeyPendingDeletion, InDeleteWindow: it waits to be deleted.
    """
    if resource_type == KEY:
        return _key(ctx, resource_id)
    if resource_type == INSTANCE:
        return _instance(ctx, resource_id)
    row = find_live_secret(ctx, resource_id)
    return Bearer(
        tagged=tagged_secret(row),
        resource=SECRET_RESOURCE,
        state=lambda tags: state_of(row, dict(tags)),
    )


def note(ctx: Context, changed: Bearer) -> None:
    """Journal what has become of something whose tags changed."""
    resource_id = changed.tagged.resource_id
    state = changed.state(tags_of(ctx.tx, changed.tagged))
    ctx.journal.record(
        "updated",
        changed.resource,
        resource_id,
        resource_id,
        state,
        owner=changed.tagged.account_id,
    )


def _key(ctx: Context, name: str) -> Bearer:
    row = find_managed_key(ctx, name)
    refuse(row, LABEL)
    return Bearer(
        tagged=tagged_key(row),
        resource=KEY_RESOURCE,
        state=lambda tags: TaggedKey(
            **msgspec.structs.asdict(snapshot_of(ctx.tx, row)), tags=tag_list(dict(tags))
        ),
    )


def _instance(ctx: Context, instance_id: str) -> Bearer:
    instance = find_instance(ctx, instance_id)
    return Bearer(
        tagged=instance_tagged(ctx.account_id, instance.instance_id),
        resource=INSTANCE_RESOURCE,
        state=lambda tags: TaggedInstance(
            **msgspec.structs.asdict(shown(ctx, instance)), tags=tag_list(dict(tags))
        ),
    )
