"""SetSecretPolicy and GetSecretPolicy."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.errors import InvalidParameter, NoResource
from juyong.services.kms.keys.create import PolicyNotTaken
from juyong.services.kms.keys.policy import check_policy, default_policy
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.find import (
    InDeleteWindow,
    find_live_secret,
    find_secret,
    one_secret,
    secret_policy,
)
from juyong.services.kms.secrets.names import RESOURCE, SecretName
from juyong.services.kms.secrets.shapes import state_of
from juyong.services.kms.tagging import resource_tags

PolicyName = Annotated[str, OneOf(("default",)), Doc("`default`.")]


class PolicyAnswer(Shape, frozen=True, kw_only=True):
    """A policy document."""

    policy: str


@operation(
    KMS,
    "SetSecretPolicy",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(InvalidParameter, NoResource, InDeleteWindow, PolicyNotTaken),
    methods=("POST",),
)
def set_secret_policy(
    ctx: Context,
    *,
    secret_name: SecretName,
    policy: Annotated[str, Text(1, 32_768)],
    policy_name: PolicyName = "default",  # noqa: ARG001  # there is only one
) -> Empty:
    """Say who may use a secret of an instance, beside RAM.

    Args:
        policy: The document, up to 32768 bytes; every action begins with `kms:`.

    Source: KMS API reference, SetSecretPolicy (documented).
    """
    row = find_live_secret(ctx, secret_name)
    if row.instance_id is None:
        raise PolicyNotTaken
    check_policy(policy)
    row = ctx.tx.update(row, policy=policy, updated_at=ctx.now)
    ctx.journal.record("updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
    return Empty()


@operation(
    KMS,
    "GetSecretPolicy",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(NoResource, PolicyNotTaken),
    reads_only=True,
)
def get_secret_policy(
    ctx: Context,
    *,
    secret_name: SecretName,
    policy_name: PolicyName = "default",  # noqa: ARG001  # there is only one
) -> PolicyAnswer:
    """Return the policy of a secret of an instance.

    Returns:
        The document as it was set, or the default one.

    Source: KMS API reference, GetSecretPolicy (documented).
    """
    row = find_secret(ctx, secret_name)
    if row.instance_id is None:
        raise PolicyNotTaken
    return PolicyAnswer(policy=row.policy or default_policy(row.account_id, "secret"))
