"""GetKmsInstanceQuotaInfos."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import OneOf
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.kms.account.instance_details import CALLS_PER_SECOND
from juyong.services.kms.errors import NoInstance
from juyong.services.kms.instances import (
    InstanceId,
    default_instance,
    find_instance,
    instance_or_default,
)
from juyong.services.kms.keys.create import MOST_KEYS
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS
from juyong.services.kms.secrets.create import MOST_SECRETS
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.tagging import resource_tags


class QuotaInfo(Shape, frozen=True, kw_only=True):
    """One quota; what is used of calls a second is not measured, and left out."""

    resource_type: str
    resource_quota: int
    used_quantity: int | msgspec.UnsetType = msgspec.UNSET


class QuotaAnswer(Shape, frozen=True, kw_only=True):
    """The quotas of an instance."""

    kms_instance_id: str
    kms_instance_quota_infos: list[QuotaInfo]


@operation(
    KMS,
    "GetKmsInstanceQuotaInfos",
    resource=instance_or_default,
    resource_conditions=resource_tags,
    raises=(NoInstance,),
    rate=KEY_READS,
    reads_only=True,
    scans=True,
)
def get_kms_instance_quota_infos(
    ctx: Context,
    *,
    kms_instance_id: InstanceId | None = None,
    resource_type: Annotated[str, OneOf(("key", "secret", "qps", "vpc"))] | None = None,
) -> QuotaAnswer:
    """Return what an instance may hold, and what counts against it.

    Args:
        kms_instance_id: Its id; the account's without it.
        resource_type: Only this one; `vpc` has none, since an instance is in no network.

    Returns:
        Its quotas. Keys and secrets without an instance count too: the quotas are the account's in
        the region called.

    Source: official SDK, GetKmsInstanceQuotaInfos (documented); what counts (assumed).
    """
    instance = find_instance(ctx, kms_instance_id) if kms_instance_id else default_instance(ctx)
    held = {"account_id": ctx.account_id, "region": ctx.region}
    infos = [
        _info("key", ctx.quota("kms.keys", MOST_KEYS), ctx.tx.count(KeyRow, **held)),
        _info("secret", ctx.quota("kms.secrets", MOST_SECRETS), ctx.tx.count(SecretRow, **held)),
        QuotaInfo(resource_type="qps", resource_quota=CALLS_PER_SECOND),
    ]
    return QuotaAnswer(
        kms_instance_id=instance.instance_id,
        kms_instance_quota_infos=[i for i in infos if resource_type in (None, i.resource_type)],
    )


def _info(resource_type: str, quota: int, used: int) -> QuotaInfo:
    return QuotaInfo(resource_type=resource_type, resource_quota=quota, used_quantity=used)
