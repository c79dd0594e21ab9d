"""List instances: DescribeInstances and DescribeInstanceStatus.

Source: ECS API reference (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, Items, OneOf, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import Shape
from juyong.api.tags import bears, pairs_of
from juyong.api.wrapping import Listing
from juyong.engines.policy.wildcard import matches
from juyong.services.ecs.interfaces.interface import interfaces_of
from juyong.services.ecs.interfaces.shown import groups_of, private_ips
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import INSTANCE, InstanceIds, own_instances
from juyong.services.ecs.machines.shown import Instance, instance_of
from juyong.services.ecs.machines.unsupported import NO_GROUPS, NO_IPV6, NO_TIMES, NOT_SOLD
from juyong.services.ecs.pages import (
    NumberedAnswer,
    NumberedParameters,
    PageAnswer,
    PageParameters,
    by_number,
    paged,
    texts_of,
)
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import TagFilter
from juyong.services.network.public.eips import eips_bound_to
from juyong.services.network.tables import InstanceRow

_STATUSES = ("Pending", "Running", "Starting", "Stopped", "Stopping")
_Text = Annotated[str, Text(1, 128)]
_Additional = Annotated[list[str], Items(1, 20), Doc("All are shown without, too.")]
_JsonTexts = Annotated[str, Doc("A JSON array of up to 100 texts.")]


class InstanceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeInstances: only instances that meet all of them."""

    instance_ids: _JsonTexts | None = None
    instance_name: Annotated[_Text, Doc("Only those; `*` stands for any text.")] | None = None
    status: Annotated[str, OneOf(_STATUSES)] | None = None
    vpc_id: _Text | None = None
    v_switch_id: _Text | None = None
    zone_id: _Text | None = None
    security_group_id: _Text | None = None
    private_ip_addresses: _JsonTexts | None = None
    eip_addresses: _JsonTexts | None = None
    image_id: _Text | None = None
    instance_type: _Text | None = None
    instance_type_family: _Text | None = None
    key_pair_name: _Text | None = None
    http_endpoint: _Text | None = None
    http_tokens: _Text | None = None
    instance_charge_type: Annotated[str, OneOf(("PostPaid", "PrePaid"))] | None = None
    io_optimized: bool | None = None
    device_available: bool | None = None
    instance_network_type: Annotated[str, OneOf(("vpc", "classic"))] | None = None


class InstanceStatus(Shape, frozen=True, kw_only=True):
    """The status of one instance."""

    instance_id: str
    status: str


@operation(
    ECS,
    "DescribeInstances",
    on=INSTANCE.all,
    answers="Instances.Instance",
    gateway=CHECKED,
    unsupported={
        "ResourceGroupId": NO_GROUPS,
        "Ipv6Address": NO_IPV6,
        "PublicIpAddresses": "the public address of an instance is an EIP: see EipAddresses",
        "Filter": NO_TIMES,
        "HpcClusterId": "there are no clusters",
        "HttpPutResponseHopLimit": "hop limits are not published",
        "InnerIpAddresses": "there are no other networks than VPCs",
        "RdmaIpAddresses": "there are no other networks than VPCs",
        "InternetChargeType": NOT_SOLD,
        "NeedSaleCycle": NOT_SOLD,
        "LockReason": "no instance is locked",
    },
    reads_only=True,
    scans=True,
)
def describe_instances(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[InstanceFilter, Grouped()],
    pages: Annotated[PageParameters, Grouped()],
    tag: TagFilter | None = None,
    additional_attributes: _Additional | None = None,  # noqa: ARG001  # every answer has them
) -> Listing[Instance, PageAnswer]:
    """List the instances of a region, the newest first; ids that none has are passed over.

    Args:
        status, vpc_id, v_switch_id, zone_id, security_group_id, image_id, instance_type:
            Only what has this value.
        instance_type_family, key_pair_name, http_endpoint, http_tokens, instance_charge_type:
            Only what has this value.
        io_optimized, device_available, instance_network_type: Only what has this value.
    """
    check_region(ctx, region_id)
    held, pairs = INSTANCE.tags_by_id(ctx), pairs_of(tag)
    rows = [
        row
        for row in _meeting(ctx, wanted, own_instances(ctx))
        if bears(held.get(row.instance_id, {}), pairs)
    ]
    found = paged("instances", rows, lambda row: (row.created_at, row.instance_id), pages)
    return found.map(lambda row: instance_of(ctx, row))


@operation(
    ECS,
    "DescribeInstanceStatus",
    on=INSTANCE.all,
    answers="InstanceStatuses.InstanceStatus",
    unsupported={"ClusterId": "there are no clusters"},
    reads_only=True,
    scans=True,
)
def describe_instance_status(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: InstanceIds | None = None,
    zone_id: _Text | None = None,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[InstanceStatus, NumberedAnswer]:
    """List the status of instances, by id.

    Args:
        zone_id: Only what has this value.
    """
    check_region(ctx, region_id)
    rows = [
        row
        for row in own_instances(ctx)
        if zone_id in (None, row.zone_id)
        and (instance_id is None or row.instance_id in instance_id)
    ]
    rows.sort(key=lambda row: row.instance_id)
    return by_number(rows, pages).map(InstanceStatus.of)


def _meeting(ctx: Context, wanted: InstanceFilter, rows: list[InstanceRow]) -> list[InstanceRow]:
    ids = wanted.instance_ids and texts_of("InstanceIds", wanted.instance_ids)
    equal = {
        "status": wanted.status,
        "vpc_id": wanted.vpc_id,
        "vswitch_id": wanted.v_switch_id,
        "zone_id": wanted.zone_id,
        "image_id": wanted.image_id,
        "instance_type": wanted.instance_type,
        "key_pair_name": wanted.key_pair_name,
    }
    asked = {name: value for name, value in equal.items() if value is not None}
    if wanted.instance_charge_type == "PrePaid" or wanted.instance_network_type == "classic":
        return []
    if False in (wanted.io_optimized, wanted.device_available):
        return []
    name, family = wanted.instance_name, wanted.instance_type_family
    found = [
        row
        for row in rows
        if (not ids or row.instance_id in ids)
        and all(getattr(row, column) == value for column, value in asked.items())
        and (name is None or matches(name, row.instance_name))
        and family in (None, row.instance_type.rpartition(".")[0])
        and wanted.http_endpoint in (None, "enabled" if row.metadata_enabled else "disabled")
        and wanted.http_tokens in (None, "required" if row.metadata_token else "optional")
    ]
    return _in_network(ctx, wanted, found)


def _in_network(ctx: Context, wanted: InstanceFilter, rows: list[InstanceRow]) -> list[InstanceRow]:
    """Keep the instances with an interface that has the addresses, and is in the group, wanted."""
    if wanted.eip_addresses is not None:
        public = texts_of("EipAddresses", wanted.eip_addresses)
        rows = [
            row
            for row in rows
            if any(eip.address in public for eip in eips_bound_to(ctx.tx, row.instance_id))
        ]
    group = wanted.security_group_id
    given = wanted.private_ip_addresses
    if group is None and given is None:
        return rows
    addresses = texts_of("PrivateIpAddresses", given) if given else ()

    def is_wanted(row: InstanceRow) -> bool:
        return any(
            (group is None or group in groups_of(ctx.tx, each.interface_id))
            and (
                not addresses
                or any(ip.private_ip_address in addresses for ip in private_ips(ctx.tx, each))
            )
            for each in interfaces_of(ctx, row.instance_id)
        )

    return [row for row in rows if is_wanted(row)]
