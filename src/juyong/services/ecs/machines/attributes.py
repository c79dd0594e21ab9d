"""Describe one instance, and change it.

Source: ECS API reference, DescribeInstanceAttribute, ModifyInstanceAttribute,
ModifyInstanceMetadataOptions and DescribeUserData (documented).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Clearable, Doc, Text
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.shape import Of, Shape
from juyong.base.secret import Secret
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.interfaces.interface import INTERFACE, GroupIds, interfaces_of
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.asked import UserData
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    ONE,
    RUNNING,
    HostName,
    Name,
    Switch,
    Tokens,
    WrongStatus,
)
from juyong.services.ecs.machines.shown import InstanceAttribute, attribute_of
from juyong.services.ecs.machines.unsupported import NO_PASSWORDS, NOT_SOLD
from juyong.services.ecs.machines.wanted import checked_user_data
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.membership import JOIN_ERRORS, NoGroup, replace
from juyong.services.network.tables import InstanceRow

_NOT_HERE = because(
    {
        NO_PASSWORDS: "Password",
        NOT_SOLD: "CreditSpecification",
        "no instance goes to a recycle bin": "Recyclable",
        "an instance has the processors of the machine that the platform runs on": ("CpuOptions"),
        "interfaces have one queue": "NetworkInterfaceQueueNumber",
        "names of instances are their own": "PrivateDnsNameOptions",
        "an instance has no console": "RemoteConnectionOptions",
        "packets stay on the machine that the platform runs on": "EnableNetworkEncryption",
    }
)


class InstanceUserData(Shape, frozen=True, kw_only=True):
    """The user data of an instance."""

    instance_id: str
    region_id: Annotated[str, Of("region")]
    user_data: Annotated[Secret, Of("user_data")]


@operation(ECS, "DescribeInstanceAttribute", on=ONE, reads_only=True)
def describe_instance_attribute(ctx: Context, row: InstanceRow) -> InstanceAttribute:
    """Describe one instance."""
    return attribute_of(ctx, row)


@operation(ECS, "DescribeUserData", on=ONE, reads_only=True)
def describe_user_data(ctx: Context, row: InstanceRow, *, region_id: Region) -> InstanceUserData:
    """Return the user data of an instance, in Base64; empty where it has none."""
    check_region(ctx, region_id)
    return InstanceUserData.of(row)


@operation(
    ECS,
    "ModifyInstanceAttribute",
    on=ONE,
    unsupported=_NOT_HERE,
    raises=(NoGroup, WrongStatus, *JOIN_ERRORS),
)
def modify_instance_attribute(
    ctx: Context,
    row: InstanceRow,
    *,
    instance_name: Name | None = None,
    description: Annotated[str, Text(0, 256), Clearable(), Doc("Up to 256.")] | None = None,
    host_name: Annotated[HostName, Doc("Seen at the next start.")] | None = None,
    user_data: Annotated[UserData, Clearable()] | None = None,
    security_group_ids: GroupIds | None = None,
    deletion_protection: bool | None = None,
    enable_jumbo_frame: OffAlone = False,
) -> None:
    """Change an instance; of one that runs, not its user data.

    Args:
        deletion_protection: Whether the instance is kept from deletion.
        security_group_ids: In place of those that its primary interface is in.
    """
    refuse_on({"EnableJumboFrame": enable_jumbo_frame}, "frames have 1500 bytes")
    if user_data is not None and row.status == RUNNING:
        raise WrongStatus
    if security_group_ids is not None:
        for each in interfaces_of(ctx, row.instance_id)[:1]:
            replace(ctx, each, security_group_ids)
            INTERFACE.note(ctx.tx, ctx.journal, "updated", each)
    INSTANCE.change(
        ctx,
        row,
        instance_name=instance_name,
        description=description,
        host_name=host_name,
        user_data=None if user_data is None else Secret(checked_user_data(user_data)),
        deletion_protection=deletion_protection,
    )


@operation(
    ECS,
    "ModifyInstanceMetadataOptions",
    on=ONE,
    unsupported={"HttpPutResponseHopLimit": "its effect is not published"},
)
def modify_instance_metadata_options(
    ctx: Context,
    row: InstanceRow,
    *,
    region_id: Region,
    http_endpoint: Switch,
    http_tokens: Tokens | None = None,
    instance_metadata_tags: Switch | None = None,
) -> None:
    """Change whether and how the metadata service answers an instance, from the next request on.

    Args:
        http_endpoint: Whether the metadata service answers.
        http_tokens: Whether a request needs a token.
        instance_metadata_tags: Whether the service tells the tags of the instance.
    """
    check_region(ctx, region_id)
    INSTANCE.change(
        ctx,
        row,
        metadata_enabled=http_endpoint == "enabled",
        metadata_token=None if http_tokens is None else http_tokens == "required",
        metadata_tags=None
        if instance_metadata_tags is None
        else instance_metadata_tags == "enabled",
    )
