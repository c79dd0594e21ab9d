"""ConnectKmsInstance and UpdateKmsInstanceBindVpc: the networks an instance is said to be in."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import OneOf, Text, Wire
from juyong.api.operation import operation
from juyong.api.shape import Empty
from juyong.services.kms.account.instance_details import MOST_NETWORKS, note_instance
from juyong.services.kms.account.networks import (
    parse_networks,
    parse_switches,
    parse_vpc,
    parse_zones,
    stored_networks,
)
from juyong.services.kms.errors import InvalidParameter, NoInstance, RejectedOperation
from juyong.services.kms.instances import (
    HARDWARE,
    InstanceId,
    change_instance,
    find_instance,
    one_instance,
)
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import CREATE_KEY as INSTANCE_WRITES
from juyong.services.kms.tagging import resource_tags

Ids = Annotated[str, Text(1, 256)]


@operation(
    KMS,
    "ConnectKmsInstance",
    resource=one_instance,
    resource_conditions=resource_tags,
    raises=(InvalidParameter, NoInstance, RejectedOperation),
    rate=INSTANCE_WRITES,
    methods=("POST",),
)
def connect_kms_instance(
    ctx: Context,
    *,
    kms_instance_id: InstanceId,
    vpc_id: Ids,
    zone_ids: Ids,
    vswitch_ids: Annotated[Ids, Wire("VSwitchIds")],
    km_provider: Annotated[str, OneOf(("Aliyun",)), Wire("KMProvider")],  # noqa: ARG001  # the one
) -> Empty:
    """Say in which VPC a software instance is.

    Args:
        kms_instance_id: Its id.
        vpc_id: The VPC.
        zone_ids: Two zones, with a comma between.
        vswitch_ids: One or two switches, with a comma between.
        km_provider: `Aliyun`.

    Returns:
        Nothing, also where it was in another VPC before.

    Raises:
        InvalidParameter: an id has another form, or there are too few or many.
        NoInstance: the account has no such instance.
        RejectedOperation: it is a hardware instance, which is connected otherwise.

    Source: KMS API reference, ConnectKmsInstance (documented). Assumed: that it may be repeated.
        The VPC is kept and shown; an instance is used from anywhere.
    """
    instance = find_instance(ctx, kms_instance_id)
    if instance.kind == HARDWARE:
        raise RejectedOperation
    change_instance(
        ctx,
        instance,
        vpc_id=parse_vpc(vpc_id),
        zones=parse_zones(zone_ids),
        vswitches=parse_switches(vswitch_ids),
        connected_at=ctx.now,
    )
    note_instance(ctx, find_instance(ctx, kms_instance_id))
    return Empty()


@operation(
    KMS,
    "UpdateKmsInstanceBindVpc",
    resource=one_instance,
    resource_conditions=resource_tags,
    raises=(InvalidParameter, NoInstance),
    rate=INSTANCE_WRITES,
)
def update_kms_instance_bind_vpc(
    ctx: Context, *, kms_instance_id: InstanceId, bind_vpcs: Annotated[str, Text(2, 16_384)]
) -> Empty:
    """Say from which VPCs an instance is used besides; those named before are forgotten.

    Args:
        kms_instance_id: Its id.
        bind_vpcs: JSON, `[{"VpcId":"vpc-…","VSwitchId":"vsw-…","RegionId":"…","VpcOwnerId":…}]`.

    Returns:
        Nothing.

    Raises:
        InvalidParameter: the list has another form, names a VPC twice, or is longer than the quota
            `kms.networks` (10).
        NoInstance: the account has no such instance.

    Source: KMS API reference, UpdateKmsInstanceBindVpc (documented). The VPCs are kept and shown;
        an instance is used from anywhere.
    """
    instance = find_instance(ctx, kms_instance_id)
    networks = parse_networks(bind_vpcs, most=ctx.quota("kms.networks", MOST_NETWORKS))
    change_instance(ctx, instance, bound=stored_networks(networks))
    note_instance(ctx, find_instance(ctx, kms_instance_id))
    return Empty()
