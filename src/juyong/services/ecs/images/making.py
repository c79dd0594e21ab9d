"""CreateImage: of an instance, of snapshots for disks, or of the snapshot of a system disk.

Each disk of an instance gets a snapshot; a disk without any writes becomes an empty disk of the
image. The image is there as soon as its snapshots are.

Source: ECS API reference, CreateImage (documented: an instance goes before disks, and disks before
a snapshot).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Grouped, Items, OneOf, Pattern, Text
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.services.ecs.disks.disk import MOST_DISKS
from juyong.services.ecs.disks.snapshot import SNAPSHOT
from juyong.services.ecs.images.image import (
    IMAGE,
    NAME,
    ImageName,
    NameTaken,
    TooManyImages,
    disks_in,
    image_named,
    status_of,
)
from juyong.services.ecs.images.parts import (
    COLLECTING,
    SYSTEM_DEVICE,
    DiskOfImage,
    base_of,
    parts_of,
    parts_of_instance,
)
from juyong.services.ecs.images.tables import ImageDiskRow
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import INSTANCE, Description
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, Tags

_PLATFORMS = (
    *("Aliyun", "Anolis", "CentOS", "Ubuntu", "CoreOS", "SUSE", "Debian", "OpenSUSE", "RedHat"),
    *("Kylin", "UOS", "Fedora", "Fedora CoreOS", "CentOS Stream", "AlmaLinux", "Rocky Linux"),
    *("Gentoo", "Customized Linux", "Others Linux"),
)
_UNKNOWN = "Others Linux"
_NOT_MADE = because(
    {
        NO_GROUPS: "ResourceGroupId",
        "an image is taken as it is, without a check": "DetectionStrategy",
        "instances read the metadata service with a token and without": "Features",
        "an instance has no firmware that checks signatures": "SecureBootOptions",
    }
)
NothingNamed = fact(
    "MissingParameter",
    400,
    "The input parameter InstanceId, SnapshotId or DiskDeviceMapping must be given.",
    why="No instance, no snapshot and no disk is named.",
)
Family = Annotated[
    str,
    Pattern(NAME),
    Doc("A family, which stands for its newest image."),
]


class WantedImage(msgspec.Struct, frozen=True, kw_only=True):
    """The words about an image to make."""

    image_name: ImageName | None = None
    description: Description | None = None
    image_family: Family | None = None
    image_version: Annotated[str, Text(1, 40), Doc("A text for people.")] | None = None
    platform: Annotated[str, OneOf(_PLATFORMS), Doc("The system; that of the disk if absent.")] | (
        None
    ) = None
    architecture: Annotated[str, OneOf(("x86_64",)), Doc("`x86_64` alone.")] = "x86_64"
    boot_mode: Annotated[str, OneOf(("BIOS",)), Doc("`BIOS` alone.")] = "BIOS"


class NewImage(Shape, frozen=True, kw_only=True):
    """The image just begun."""

    image_id: str


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the image to make, and what it is made of: each must be allowed."""
    instance_id, snapshot_id = arguments["instance_id"], arguments["snapshot_id"]
    disks: list[DiskOfImage] = arguments["disk_device_mapping"] or []
    if instance_id:
        of = [INSTANCE.arn_named(ctx, instance_id)]
    else:
        ids = [each.snapshot_id for each in disks] or [snapshot_id or ""]
        of = [SNAPSHOT.arn_named(ctx, each) for each in dict.fromkeys(ids) if each]
    return (IMAGE.arn_named(ctx, "*"), *of)


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**INSTANCE.tag_conditions(ctx, arn), **SNAPSHOT.tag_conditions(ctx, arn)}


@operation(
    ECS,
    "CreateImage",
    resource=_named,
    resource_conditions=_conditions,
    gateway=ONCE | CHECKED,
    unsupported=_NOT_MADE,
    raises=(NothingNamed, NameTaken, TooManyImages, *COLLECTING),
)
def create_image(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: Annotated[str, Text(1, 64), Doc("An instance, running or not.")] | None = None,
    snapshot_id: Annotated[str, Text(1, 64), Doc("A snapshot of a system disk.")] | None = None,
    disk_device_mapping: Annotated[list[DiskOfImage], Items(1, MOST_DISKS), Doc("Up to 17 disks.")]
    | None = None,
    wanted: Annotated[WantedImage, Grouped()],
    tag: Tags | None = None,
) -> NewImage:
    """Make an image of what is given: an instance goes before disks, disks before a snapshot.

    Args:
        platform: The system that is shown.
    """
    check_region(ctx, region_id)
    tags = RULES.checked(pairs_of(tag))
    if instance_id:
        parts, base = parts_of_instance(ctx, instance_id)
    else:
        one = DiskOfImage(snapshot_id=snapshot_id or "", device=SYSTEM_DEVICE)
        disks = disk_device_mapping or ([one] if snapshot_id else [])
        if not disks:
            raise NothingNamed
        parts = parts_of(ctx, disks)
        base = base_of(ctx, parts)
    image_id = new_instance_id("m")
    for part in parts:
        held = part.snapshot.snapshot_id if part.snapshot else ""
        ctx.tx.insert(
            ImageDiskRow(
                image_id=image_id,
                device=part.device,
                kind=part.kind,
                size_gib=part.size_gib,
                snapshot_id=held,
            )
        )
    row = IMAGE.create(
        ctx,
        tags,
        image_id=image_id,
        image_name=wanted.image_name or image_id,
        description=wanted.description or "",
        family=wanted.image_family or "",
        image_version=wanted.image_version or "",
        status=status_of(ctx.tx, disks_in(ctx.tx, image_id)),
        **_system_of(ctx, wanted.platform, base),
    )
    return NewImage(image_id=row.image_id)


def _system_of(ctx: Context, platform: str | None, base: str) -> dict[str, str]:
    """Return the columns of the system of an image, made of an instance of another image."""
    known = image_named(ctx, base or None, None)
    if platform in (None, known and known.platform) and known is not None:
        names = ("platform", "os_name", "os_name_en")
        return {name: getattr(known, name) for name in names}
    shown = platform or _UNKNOWN
    return {"platform": shown, "os_name": shown, "os_name_en": shown}
