"""Find the resources that calls name by ARN: `arn:acs:kms:cn-hangzhou:<account>:key/<id>`.

A region or account `*` is the one called (documented).
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from juyong.api import registry
from juyong.api.access import Also
from juyong.api.context import Context
from juyong.api.resource import Resource
from juyong.base.names import BadResourceName, ResourceName, parse_resource_name
from juyong.services.tag.errors import NoResource

_PREFIX = "arn:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A resource that a call names. ctx: The call, in the region of the resource."""

    ctx: Context
    resource: Resource[Any]
    label: str
    arn: str

    def row(self) -> Any:
        """Return the row.

        Raises:
            ApiError: what the product answers when there is none.
        """
        return self.resource.the(self.ctx, self.label)


def target_of(ctx: Context, sent: str) -> Target | None:
    """Return the resource of an ARN; None for another account, or a type without tags."""
    named = _parsed(sent)
    if named is None or named.account_id not in (ctx.account_id, "*", ""):
        return None
    for resource in registry.resources().values():
        service, _, path = resource.arn.partition(":")
        label = named.relative.removeprefix(path)
        if resource.tags is None or service != named.service or label == named.relative:
            continue
        region = ctx.region if named.region in ("", "*") else named.region
        there = msgspec.structs.replace(ctx, region=region)
        return Target(
            ctx=there, resource=resource, label=label, arn=resource.arn_named(there, label)
        )
    return None


def needs(ctx: Context, sent: str, action: str) -> tuple[Also, ...]:
    """Return the permissions to tag a resource: one of Tag, and one of the resource's product.

    SECURITY: policies of the product judge by tags, so a caller who may not set tags there may not
    set them here. That the cloud asks for both is assumed.
    """
    target = target_of(ctx, sent)
    if target is None:
        return (Also(action=f"tag:{action}", resource=sent.removeprefix(_PREFIX)),)
    conditions = target.resource.tag_conditions(target.ctx, target.arn)
    policy = target.resource.policy
    return (
        Also(action=f"tag:{action}", resource=target.arn, conditions=conditions),
        Also(
            action=f"{target.resource.arn.partition(':')[0]}:{action}",
            resource=target.arn,
            conditions=conditions,
            policy=policy(target.ctx, target.label) if policy else None,
        ),
    )


def found(ctx: Context, sent: str) -> Target:
    """Return the resource of an ARN.

    Raises:
        NoResource: the ARN is of a type without tags, or of another account.
        ApiError: this part of the call was denied to the caller.
    """
    if sent in ctx.denied:
        raise ctx.denied[sent]
    target = target_of(ctx, sent)
    if target is None:
        raise NoResource
    return target


def shown_arn(arn: str) -> str:
    """Return an ARN as this product writes it."""
    return f"{_PREFIX}{arn}"


def _parsed(sent: str) -> ResourceName | None:
    try:
        return parse_resource_name(sent.removeprefix(_PREFIX))
    except BadResourceName:
        return None
