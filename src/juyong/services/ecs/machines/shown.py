"""Instances as answers show them.

Source: ECS API reference, DescribeInstances and DescribeInstanceAttribute (documented). Members
about things that this platform does not have are present and empty: clients rely on these members.
"""

from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import TagList, tag_list
from juyong.services.ecs.content.types import TYPES
from juyong.services.ecs.images.image import image_named
from juyong.services.ecs.interfaces.interface import interfaces_of
from juyong.services.ecs.interfaces.shown import PrivateIp, groups_of, kind_of, private_ips
from juyong.services.ecs.machines.machine import INSTANCE, STOPPED
from juyong.services.ecs.moments import NEVER, minute
from juyong.services.network.public.eips import eips_bound_to
from juyong.services.network.tables import InstanceRow

NO_ADDRESSES: list[str] = []


class Addresses(Shape, frozen=True, kw_only=True):
    """A list of addresses."""

    ip_address: list[str] = NO_ADDRESSES


class EipAddress(Shape, frozen=True, kw_only=True):
    """The EIP of an instance, empty where none is associated."""

    allocation_id: str = ""
    ip_address: str = ""
    internet_charge_type: str = ""
    bandwidth: int | msgspec.UnsetType = msgspec.UNSET


class ListedEip(EipAddress, frozen=True, kw_only=True):
    """The EIP of an instance in a list."""

    is_support_unassociate: bool | msgspec.UnsetType = msgspec.UNSET


class ReasonedLock(Shape, frozen=True, kw_only=True):
    """A lock of an instance; this platform has no locks."""

    lock_reason: str


class Lock(ReasonedLock, frozen=True, kw_only=True):
    """A lock of an instance in a list."""

    lock_msg: str


class VpcAttributes(Shape, frozen=True, kw_only=True):
    """The place of an instance in its VPC."""

    vpc_id: str
    v_switch_id: Annotated[str, Of("vswitch_id")]
    nat_ip_address: str = ""
    private_ip_address: Addresses = Addresses()


class InstanceInterface(Shape, frozen=True, kw_only=True):
    """One interface of an instance."""

    network_interface_id: Annotated[str, Of("interface_id")]
    mac_address: Annotated[str, Of("mac")]
    primary_ip_address: Annotated[str, Of("address")]
    type: Annotated[str, Of("is_primary", lambda is_primary: kind_of(is_primary=is_primary))]
    private_ip_sets: Annotated[list[PrivateIp], Within("PrivateIpSet")]
    ipv6_sets: Annotated[list[str], Within("Ipv6Set")] = NO_ADDRESSES


class MetadataOptions(Shape, frozen=True, kw_only=True):
    """The settings of an instance's metadata service."""

    http_endpoint: Annotated[str, Of("metadata_enabled", lambda on: _switch(on=on))]
    http_tokens: Annotated[str, Of("metadata_token", lambda on: "required" if on else "optional")]
    http_put_response_hop_limit: int = 0
    instance_metadata_tags: Annotated[str, Of("metadata_tags", lambda on: _switch(on=on))]


def _switch(*, on: bool) -> str:
    return "enabled" if on else "disabled"


class CpuOptions(Shape, frozen=True, kw_only=True):
    """The processors of an instance."""

    core_count: int
    threads_per_core: int = 1
    numa: str = ""


class HostAttribute(Shape, frozen=True, kw_only=True):
    """The dedicated host of an instance; this platform has no such hosts."""

    dedicated_host_id: str = ""
    dedicated_host_name: str = ""


class ListedHost(HostAttribute, frozen=True, kw_only=True):
    """The dedicated host of an instance in a list."""

    dedicated_host_cluster_id: str = ""


class DedicatedAttribute(Shape, frozen=True, kw_only=True):
    """How an instance keeps to a dedicated host; this platform has no such hosts."""

    affinity: str = ""
    tenancy: str = ""


class Hibernation(Shape, frozen=True, kw_only=True):
    """Whether an instance hibernates: none does."""

    configured: bool = False


class Common(Shape, frozen=True, kw_only=True):
    """The members that an instance has in every answer."""

    instance_id: str
    instance_name: str
    description: str
    host_name: str
    region_id: Annotated[str, Of("region")]
    zone_id: str
    cluster_id: str = ""
    image_id: str
    instance_type: str
    cpu: int
    memory: int
    status: str
    stopped_mode: str
    serial_number: str
    instance_charge_type: str = "PostPaid"
    instance_network_type: str = "vpc"
    internet_charge_type: str = "PayByTraffic"
    internet_max_bandwidth_in: int = 0
    internet_max_bandwidth_out: int = 0
    creation_time: Annotated[str, Of("created_at", minute)]
    expired_time: str = NEVER
    vlan_id: str = ""
    vpc_attributes: VpcAttributes
    security_group_ids: Annotated[list[str], Within("SecurityGroupId")]
    public_ip_address: Addresses = Addresses()
    inner_ip_address: Addresses = Addresses()
    credit_specification: str = ""


class Instance(Common, frozen=True, kw_only=True):
    """One instance in a list."""

    instance_type_family: str
    gpu_amount: int = msgspec.field(default=0, name="GPUAmount")
    gpu_spec: str = msgspec.field(default="", name="GPUSpec")
    os_name: str = msgspec.field(name="OSName")
    os_name_en: str = msgspec.field(name="OSNameEn")
    os_type: str = msgspec.field(default="linux", name="OSType")
    io_optimized: bool = True
    device_available: bool = True
    recyclable: bool = False
    start_time: Annotated[str, Of("started_at", minute)]
    auto_release_time: str = ""
    spot_strategy: str = "NoSpot"
    spot_price_limit: float = 0.0
    spot_duration: int = 0
    sale_cycle: str = ""
    key_pair_name: str
    deletion_protection: bool
    resource_group_id: str = ""
    deployment_set_id: str = ""
    hpc_cluster_id: str = ""
    local_storage_amount: int = 0
    local_storage_capacity: int = 0
    metadata_options: MetadataOptions
    cpu_options: CpuOptions
    eip_address: ListedEip
    dedicated_host_attribute: ListedHost = ListedHost()
    operation_locks: Annotated[list[Lock], Within("LockReason")] = msgspec.field(
        default_factory=list
    )
    dedicated_instance_attribute: DedicatedAttribute = DedicatedAttribute()
    hibernation_options: Hibernation = Hibernation()
    rdma_ip_address: Addresses = Addresses()
    network_interfaces: Annotated[list[InstanceInterface], Within("NetworkInterface")]
    tags: TagList


class InstanceAttribute(Common, frozen=True, kw_only=True):
    """One instance, described by itself."""

    io_optimized: str = "optimized"
    eip_address: EipAddress
    dedicated_host_attribute: HostAttribute = HostAttribute()
    operation_locks: Annotated[list[ReasonedLock], Within("LockReason")] = msgspec.field(
        default_factory=list
    )
    enable_jumbo_frame: bool = False
    enable_network_encryption: bool = False


def _common(ctx: Context, row: InstanceRow) -> dict[str, Any]:
    interfaces = interfaces_of(ctx, row.instance_id)
    kind = TYPES[row.instance_type]
    ips = Addresses(ip_address=[each.address for each in interfaces[:1]])
    mode = "StopCharging" if row.stops_charging else "KeepCharging"
    return {
        "cpu": kind.cores,
        "memory": kind.memory_mib,
        "stopped_mode": mode if row.status == STOPPED else "Not-applicable",
        "eip_address": _eip_of(ctx, row),
        "vpc_attributes": VpcAttributes.of(row, private_ip_address=ips),
        "security_group_ids": [
            group for each in interfaces[:1] for group in groups_of(ctx.tx, each.interface_id)
        ],
    }


def _eip_of(ctx: Context, row: InstanceRow) -> ListedEip:
    """Return the EIP that is bound to an instance, which is one at most."""
    found = eips_bound_to(ctx.tx, row.instance_id)
    if not found:
        return ListedEip()
    eip = found[0]
    return ListedEip(
        allocation_id=eip.allocation_id,
        ip_address=eip.address,
        internet_charge_type=eip.internet_charge_type,
        bandwidth=eip.bandwidth,
        is_support_unassociate=True,
    )


def instance_of(ctx: Context, row: InstanceRow) -> Instance:
    """Show an instance of a list."""
    kind, image = TYPES[row.instance_type], image_named(ctx, row.image_id, None)
    return Instance.of(
        row,
        **_common(ctx, row),
        instance_type_family=kind.family,
        os_name=image.os_name if image else "",
        os_name_en=image.os_name_en if image else "",
        cpu_options=CpuOptions(core_count=kind.cores),
        network_interfaces=[
            InstanceInterface.of(each, private_ip_sets=private_ips(ctx.tx, each))
            for each in interfaces_of(ctx, row.instance_id)
        ],
        tags=tag_list(INSTANCE.tags_of(ctx.tx, row)),
    )


def attribute_of(ctx: Context, row: InstanceRow) -> InstanceAttribute:
    """Show an instance that is described by itself."""
    common = _common(ctx, row)
    common["eip_address"] = EipAddress(
        **{name: getattr(common["eip_address"], name) for name in EipAddress.__struct_fields__}
    )
    return InstanceAttribute.of(row, **common)
