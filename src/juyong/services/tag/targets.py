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
    """Return what an ARN names; None for another account's, or a type that has no tags."""
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
    """Return what tagging a resource needs: leave of Tag, and of the product whose resource it is.

    SECURITY: policies of the product judge by tags, so who may not set them there may not do so
    here. That the cloud asks for both is assumed.
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
    """Return what an ARN names.

    Raises:
        NoResource: nothing that has tags, or another account's.
        ApiError: it was denied to the caller, as a part of the call.
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
