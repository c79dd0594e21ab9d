"""Describe launch templates and their versions.

Source: ECS API reference, DescribeLaunchTemplates and DescribeLaunchTemplateVersions (documented);
the members of the system disk under names with a dot, and the newest version first (observed in the
Terraform provider, which reads the first page alone); who made a template (assumed: the account).
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, Items
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.asked import AskedInterface, DataDisk
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.pages import NumberedAnswer, NumberedParameters, by_number
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import PlainTag, TagFilter
from juyong.services.ecs.templates.kept import Kept, kept_of
from juyong.services.ecs.templates.tables import TemplateRow, TemplateVersionRow
from juyong.services.ecs.templates.template import ONE, TEMPLATE, versions_of

_Ids = Annotated[list[str], Items(1, 100), Doc("Only those of these ids.")]
_Names = Annotated[list[str], Items(1, 100), Doc("Only those of these names.")]
_Numbers = Annotated[list[int], Items(1, 30), Doc("Only these versions.")]
_Text = str | UnsetType
_Bool = bool | UnsetType
_Int = int | UnsetType


class LaunchTemplate(Shape, frozen=True, kw_only=True):
    """A launch template, without what its versions say."""

    launch_template_id: Annotated[str, Of("template_id")]
    launch_template_name: Annotated[str, Of("template_name")]
    default_version_number: Annotated[int, Of("default_number")]
    latest_version_number: int
    created_by: Annotated[str, Of("account_id")]
    create_time: CreateDate
    modified_time: Annotated[str, Of("modified_at", iso)]
    resource_group_id: str = ""
    tags: TagList


class SystemDiskOf(Shape, frozen=True, kw_only=True):
    """The system disk that a version asks for."""

    category: _Text = UNSET
    size: _Int = UNSET
    disk_name: _Text = UNSET
    description: _Text = UNSET
    performance_level: _Text = UNSET
    encrypted: _Bool = UNSET
    kms_key_id: _Text = msgspec.field(default=UNSET, name="KMSKeyId")
    auto_snapshot_policy_id: _Text = UNSET
    delete_with_instance: _Bool = UNSET


class DataDiskOf(SystemDiskOf, frozen=True, kw_only=True):
    """A data disk that a version asks for."""

    snapshot_id: _Text = UNSET


class InterfaceOf(Shape, frozen=True, kw_only=True):
    """An interface that a version asks for."""

    instance_type: str
    v_switch_id: _Text = UNSET
    primary_ip_address: _Text = UNSET
    security_group_id: _Text = UNSET
    security_group_ids: Annotated[list[str], Within("SecurityGroupId")]
    network_interface_name: _Text = UNSET
    description: _Text = UNSET
    delete_on_release: bool
    network_interface_traffic_mode: str


class TemplateData(Shape, frozen=True, kw_only=True):
    """The parameters of instances that a version keeps; those that it does not have are absent.

    The system disk is shown as an object and, once more, by names with a dot.
    """

    instance_type: _Text = UNSET
    image_id: _Text = UNSET
    image_owner_alias: _Text = UNSET
    v_switch_id: _Text = UNSET
    vpc_id: _Text = UNSET
    zone_id: _Text = UNSET
    network_type: _Text = UNSET
    security_group_id: _Text = UNSET
    security_group_ids: Annotated[list[str], Within("SecurityGroupId")]
    private_ip_address: _Text = UNSET
    instance_name: _Text = UNSET
    description: _Text = UNSET
    host_name: _Text = UNSET
    key_pair_name: _Text = UNSET
    ram_role_name: _Text = UNSET
    user_data: Secret | UnsetType = UNSET
    deletion_protection: _Bool = UNSET
    http_endpoint: _Text = UNSET
    http_tokens: _Text = UNSET
    internet_max_bandwidth_out: _Int = UNSET
    internet_charge_type: _Text = UNSET
    instance_charge_type: _Text = UNSET
    spot_strategy: _Text = UNSET
    spot_duration: _Int = UNSET
    io_optimized: _Text = UNSET
    security_enhancement_strategy: _Text = UNSET
    password_inherit: _Bool = UNSET
    enable_vm_os_config: _Bool = UNSET
    system_disk: SystemDiskOf
    system_disk_category: _Text = msgspec.field(default=UNSET, name="SystemDisk.Category")
    system_disk_size: _Int = msgspec.field(default=UNSET, name="SystemDisk.Size")
    system_disk_name: _Text = msgspec.field(default=UNSET, name="SystemDisk.DiskName")
    system_disk_description: _Text = msgspec.field(default=UNSET, name="SystemDisk.Description")
    system_disk_level: _Text = msgspec.field(default=UNSET, name="SystemDisk.PerformanceLevel")
    system_disk_encrypted: _Bool = msgspec.field(default=UNSET, name="SystemDisk.Encrypted")
    system_disk_key: _Text = msgspec.field(default=UNSET, name="SystemDisk.KMSKeyId")
    system_disk_goes: _Bool = msgspec.field(default=UNSET, name="SystemDisk.DeleteWithInstance")
    data_disks: Annotated[list[DataDiskOf], Within("DataDisk")]
    network_interfaces: Annotated[list[InterfaceOf], Within("NetworkInterface")]
    tags: Annotated[list[PlainTag], Within("InstanceTag")]


class TemplateVersion(Shape, frozen=True, kw_only=True):
    """A version of a launch template."""

    launch_template_id: Annotated[str, Of("template_id")]
    launch_template_name: str
    version_number: Annotated[int, Of("number")]
    version_description: Annotated[str, Of("description")]
    default_version: bool
    created_by: str
    create_time: CreateDate
    modified_time: Annotated[str, Of("created_at", iso)]
    launch_template_data: TemplateData | UnsetType = UNSET


@operation(
    ECS,
    "DescribeLaunchTemplates",
    on=TEMPLATE.all,
    answers="LaunchTemplateSets.LaunchTemplateSet",
    unsupported={"TemplateResourceGroupId": NO_GROUPS},
    reads_only=True,
    scans=True,
)
def describe_launch_templates(
    ctx: Context,
    *,
    region_id: Region,
    launch_template_id: _Ids | None = None,
    launch_template_name: _Names | None = None,
    template_tag: TagFilter | None = None,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[LaunchTemplate, NumberedAnswer]:
    """List the launch templates of a region, the newest first."""
    check_region(ctx, region_id)
    held, wanted = TEMPLATE.tags_by_id(ctx), pairs_of(template_tag)
    rows = [
        row
        for row in ctx.tx.find(TemplateRow, account_id=ctx.account_id, region=ctx.region)
        if (launch_template_id is None or row.template_id in launch_template_id)
        and (launch_template_name is None or row.template_name in launch_template_name)
        and bears(held.get(row.template_id, {}), wanted)
    ]
    rows.sort(key=lambda row: (row.created_at, row.template_id), reverse=True)

    def shown(row: TemplateRow) -> LaunchTemplate:
        return LaunchTemplate.of(
            row,
            latest_version_number=versions_of(ctx, row)[0].number,
            tags=tag_list(held.get(row.template_id, {})),
        )

    return by_number(rows, pages).map(shown)


class VersionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeLaunchTemplateVersions: only versions that meet all of them."""

    launch_template_version: _Numbers | None = None
    default_version: Annotated[bool, Doc("Only the default one.")] = False
    min_version: Annotated[int, Doc("From this one.")] | None = None
    max_version: Annotated[int, Doc("Up to this one.")] | None = None

    def holds(self, number: int, *, is_default: bool) -> bool:
        """Whether a version meets the filters."""
        return (
            (self.launch_template_version is None or number in self.launch_template_version)
            and (is_default or not self.default_version)
            and (self.min_version is None or number >= self.min_version)
            and (self.max_version is None or number <= self.max_version)
        )


@operation(
    ECS,
    "DescribeLaunchTemplateVersions",
    on=ONE,
    answers="LaunchTemplateVersionSets.LaunchTemplateVersionSet",
    reads_only=True,
    scans=True,
)
def describe_launch_template_versions(
    ctx: Context,
    row: TemplateRow,
    *,
    wanted: Annotated[VersionFilter, Grouped()],
    detail_flag: Annotated[bool, Doc("Show the parameters too.")] = True,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[TemplateVersion, NumberedAnswer]:
    """List the versions of a launch template, the newest first."""
    found = [
        each
        for each in versions_of(ctx, row)
        if wanted.holds(each.number, is_default=each.number == row.default_number)
    ]

    def shown(version: TemplateVersionRow) -> TemplateVersion:
        return TemplateVersion.of(
            version,
            launch_template_name=row.template_name,
            default_version=version.number == row.default_number,
            created_by=row.account_id,
            launch_template_data=_data(kept_of(version.asked)) if detail_flag else UNSET,
        )

    return by_number(found, pages).map(shown)


def _data(kept: Kept) -> TemplateData:
    template = kept.template
    given = _given(template)
    for name in ("network_interface", "data_disk"):
        given.pop(name, None)
    data = template.user_data
    # Terraform sends what is shown back with the next version.
    disk = {**_given(template.system_disk), "delete_with_instance": True}
    return TemplateData(
        **{
            **given,
            "security_group_ids": template.security_group_ids or [],
            "user_data": UNSET if data is None else Secret(data),
            "system_disk": SystemDiskOf(**disk),
            **{DOTTED[name]: value for name, value in disk.items() if name in DOTTED},
        },
        data_disks=[_disk(each) for each in template.data_disk or ()],
        network_interfaces=[_interface(each) for each in template.network_interface or ()],
        tags=[PlainTag(key=each.key, value=each.value) for each in kept.tags],
    )


DOTTED = {
    "category": "system_disk_category",
    "size": "system_disk_size",
    "disk_name": "system_disk_name",
    "description": "system_disk_description",
    "performance_level": "system_disk_level",
    "encrypted": "system_disk_encrypted",
    "kms_key_id": "system_disk_key",
    "delete_with_instance": "system_disk_goes",
}
"""The member of a system disk to the field that shows the member under a name with a dot."""


def _disk(disk: DataDisk) -> DataDiskOf:
    return DataDiskOf(**_given(disk))


def _interface(card: AskedInterface) -> InterfaceOf:
    given = _given(card)
    del given["network_card_index"]
    return InterfaceOf(**given)


def _given(parameters: msgspec.Struct) -> dict[str, Any]:
    """Return the parameters that a version has, by their names."""
    names = parameters.__struct_fields__
    found = {name: getattr(parameters, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}
