"""Deletion protection of EIPs and NAT gateways.

Source: VPC API reference, DeletionProtection (documented): the types. A type that the platform does
not have is refused by name.
"""

from typing import Annotated, Any

from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.resource import Resource, Target
from juyong.services.network.asking import HERE
from juyong.services.network.public.eip import EIP
from juyong.services.network.public.nat import NAT_GATEWAY
from juyong.services.vpc.product import PRODUCT as VPC

_TYPES: dict[str, Resource[Any]] = {"EIP": EIP, "NATGW": NAT_GATEWAY}


def _resource(arguments: Arguments) -> Resource[Any]:
    return _TYPES[arguments["type"]]


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    return (_resource(arguments).arn_named(ctx, arguments["instance_id"]),)


def _tags(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    found = (each.tag_conditions(ctx, arn) for each in _TYPES.values())
    return {key: values for each in found for key, values in each.items()}


def _found(ctx: Context, arguments: Arguments) -> tuple[Resource[Any], Any]:
    resource = _resource(arguments)
    return resource, resource.the(ctx, arguments["instance_id"])


_ONE: Target[tuple[Resource[Any], Any]] = Target(
    parameters={
        "type": Annotated[str, OneOf(tuple(_TYPES)), Doc("`EIP` or `NATGW`.")],
        "instance_id": Annotated[str, Doc("The EIP or the NAT gateway.")],
    },
    arn=_named,
    find=_found,
    errors=tuple(error for each in _TYPES.values() for error in each.errors),
    conditions=_tags,
)


@operation(VPC, "DeletionProtection", gateway=HERE | ONCE, on=_ONE)
def deletion_protection(
    ctx: Context,
    found: tuple[Resource[Any], Any],
    *,
    protection_enable: Annotated[bool, Doc("Whether the resource is protected.")],
) -> None:
    """Protect an EIP or a NAT gateway from being deleted, or do so no more."""
    resource, row = found
    resource.change(ctx, row, deletion_protection=protection_enable)
