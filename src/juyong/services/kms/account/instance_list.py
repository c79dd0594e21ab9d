"""ListKmsInstances and GetDefaultKmsInstance."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.kms.errors import InvalidParameter, NoInstance
from juyong.services.kms.filters import parse_filters
from juyong.services.kms.instances import (
    Instance,
    default_instance,
    every_instance,
    instance_arn,
)
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS

_ID = "KmsInstanceId"


class ListedInstance(Shape, frozen=True, kw_only=True):
    """An instance in a list."""

    kms_instance_id: str
    kms_instance_arn: str


class InstanceList(Shape, frozen=True, kw_only=True):
    """The wrapper around a list of instances."""

    kms_instance: list[ListedInstance]


class ListInstancesAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of instances."""

    kms_instances: InstanceList


class DefaultInstanceAnswer(Shape, frozen=True, kw_only=True):
    """The account's instance; left out where it was released."""

    default_kms_instance_id: str | msgspec.UnsetType = msgspec.UNSET


@operation(
    KMS,
    "ListKmsInstances",
    resource=every_instance,
    raises=(InvalidParameter,),
    rate=KEY_READS,
    reads_only=True,
    scans=True,
)
def list_kms_instances(
    ctx: Context,
    *,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
    filters: Annotated[str, Text(0, 16_384)] = "",
) -> ListInstancesAnswer:
    """List the account's instances: one, or none once it is released.

    Args:
        filters: JSON, `[{"Key":"KmsInstanceId","Values":["kst-…"]}]`.

    Returns:
        A page of instances.

    Source: KMS API reference, ListKmsInstances (documented); the filter's key (assumed).
    """
    wanted = parse_filters(filters, frozenset({_ID})).get(_ID)
    found = [i for i in _instances(ctx) if wanted is None or i.instance_id in wanted]
    return ListInstancesAnswer(
        kms_instances=InstanceList(
            kms_instance=[
                ListedInstance(
                    kms_instance_id=each.instance_id,
                    kms_instance_arn=instance_arn(each.account_id, ctx.region, each.instance_id),
                )
                for each in page_of(found, page_number, page_size)
            ]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(found),
    )


@operation(KMS, "GetDefaultKmsInstance", resource=every_instance, rate=KEY_READS, reads_only=True)
def get_default_kms_instance(ctx: Context) -> DefaultInstanceAnswer:
    """Name the account's instance.

    Returns:
        Its id, or nothing once it is released.

    Source: official SDK, GetDefaultKmsInstance (documented).
    """
    for instance in _instances(ctx):
        return DefaultInstanceAnswer(default_kms_instance_id=instance.instance_id)
    return DefaultInstanceAnswer()


def _instances(ctx: Context) -> list[Instance]:
    try:
        return [default_instance(ctx)]
    except NoInstance:
        return []
