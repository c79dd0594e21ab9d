"""Attach key pairs to instances and detach them.

Source: ECS API reference, AttachKeyPair and DetachKeyPair (documented). The metadata service hands
the public key to the instance.
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc
from juyong.api.operation import operation
from juyong.api.shape import Shape, Within
from juyong.services.ecs.key_pairs import KEY_PAIR, Name, NoKeyPair, Region, check_region
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    NoInstance,
    conditions_of_instance,
    each_of,
    the_instances,
)
from juyong.services.ecs.pages import texts_of
from juyong.services.ecs.product import PRODUCT as ECS

_Ids = Annotated[str, Doc("A JSON array of 1 to 100 instances; each must be allowed.")]
_EACH = each_of("instance_ids", "InstanceIds")


class KeyPairResult(Shape, frozen=True, kw_only=True):
    """The outcome for one instance."""

    instance_id: str
    code: str = "200"
    message: str = "success"
    success: str = "true"


class KeyPairResults(Shape, frozen=True, kw_only=True):
    """The outcomes for all instances."""

    results: Annotated[list[KeyPairResult], Within("Result")]
    total_count: str
    fail_count: str
    key_pair_name: str


def _both(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the key pair and each instance."""
    return (KEY_PAIR.arn_named(ctx, arguments["key_pair_name"]), *_EACH(ctx, arguments))


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**conditions_of_instance(ctx, arn), **KEY_PAIR.tag_conditions(ctx, arn)}


@operation(
    ECS,
    "AttachKeyPair",
    resource=_both,
    resource_conditions=_conditions,
    raises=(NoInstance, NoKeyPair),
)
def attach_key_pair(
    ctx: Context, *, region_id: Region, key_pair_name: Name, instance_ids: _Ids
) -> KeyPairResults:
    """Give instances a key pair, in place of the one that they have."""
    check_region(ctx, region_id)
    KEY_PAIR.the(ctx, key_pair_name)
    rows = the_instances(ctx, texts_of("InstanceIds", instance_ids))
    for row in rows:
        INSTANCE.change(ctx, row, key_pair_name=key_pair_name)
    return _answer(key_pair_name, [KeyPairResult(instance_id=row.instance_id) for row in rows])


@operation(
    ECS,
    "DetachKeyPair",
    resource=_both,
    resource_conditions=_conditions,
    raises=(NoInstance, NoKeyPair),
)
def detach_key_pair(
    ctx: Context, *, region_id: Region, key_pair_name: Name, instance_ids: _Ids
) -> KeyPairResults:
    """Take a key pair off instances; those that have another one, or none, refuse."""
    check_region(ctx, region_id)
    KEY_PAIR.the(ctx, key_pair_name)
    results = []
    for row in the_instances(ctx, texts_of("InstanceIds", instance_ids)):
        if row.key_pair_name == key_pair_name:
            INSTANCE.change(ctx, row, key_pair_name="")
            results.append(KeyPairResult(instance_id=row.instance_id))
        else:
            results.append(_not_attached(row.instance_id))
    return _answer(key_pair_name, results)


def _not_attached(instance_id: str) -> KeyPairResult:
    return KeyPairResult(
        instance_id=instance_id,
        code="InvalidKeyPair.NotAttached",
        message="The specified key pair is not attached to the instance.",
        success="false",
    )


def _answer(name: str, results: list[KeyPairResult]) -> KeyPairResults:
    return KeyPairResults(
        results=results,
        total_count=str(len(results)),
        fail_count=str(sum(each.success == "false" for each in results)),
        key_pair_name=name,
    )
