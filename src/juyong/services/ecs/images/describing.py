"""List images: those of the account, and the public ones.

Source: ECS API reference, DescribeImages and DescribeImageFromFamily (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, OneOf, Text, Wire
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.engines.policy.wildcard import matches
from juyong.services.ecs.content.images import IMAGES, SIZE_GIB
from juyong.services.ecs.content.images import Image as Known
from juyong.services.ecs.content.types import TYPES
from juyong.services.ecs.disks.snapshots import PROGRESS
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.images.changing import is_used
from juyong.services.ecs.images.image import (
    CREATING,
    FAILED_TO_COME,
    IMAGE,
    USABLE,
    NoImage,
    disks_in,
    image_named,
    own_images,
    shared_images,
    shares_of,
)
from juyong.services.ecs.images.tables import ImageDiskRow, ImageRow
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.pages import NumberedAnswer, NumberedParameters, by_number
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import TagFilter

_Text = Annotated[str, Text(1, 128)]
_PROGRESS = {CREATING: "0%", FAILED_TO_COME: "0%"}
_OWNERS = ("system", "self", "others", "marketplace")


class Features(Shape, frozen=True, kw_only=True):
    """The features of an image."""

    imds_support: str = "v2"
    nvme_support: str = "unsupported"


class DiskInImage(Shape, frozen=True, kw_only=True):
    """A disk in an image."""

    device: str
    type: Annotated[str, Of("kind")]
    size: Annotated[str, Of("size_gib", str)]
    snapshot_id: str
    encrypted: bool
    format: str = ""
    import_oss_bucket: str = msgspec.field(default="", name="ImportOSSBucket")
    import_oss_object: str = msgspec.field(default="", name="ImportOSSObject")
    progress: str
    remain_time: int = 0


class Image(Shape, frozen=True, kw_only=True):
    """One image."""

    image_id: str
    image_name: str
    image_family: Annotated[str, Of("family")]
    description: str = ""
    image_owner_alias: str = "system"
    image_owner_id: int | msgspec.UnsetType = msgspec.UNSET
    os_name: str = msgspec.field(name="OSName")
    os_name_en: str = msgspec.field(name="OSNameEn")
    os_type: str = msgspec.field(default="linux", name="OSType")
    platform: str
    architecture: str = "x86_64"
    size: int = SIZE_GIB
    status: str = USABLE
    progress: str = "100%"
    usage: str = "none"
    creation_time: str
    image_version: str = ""
    product_code: str = ""
    resource_group_id: str = ""
    boot_mode: str = "BIOS"
    usable: bool = True
    is_public: bool = True
    is_subscribed: bool = False
    is_copied: Annotated[bool, Of("source_id", bool)] = False
    is_self_shared: str = ""
    is_support_cloudinit: bool = False
    is_support_io_optimized: bool = True
    login_as_non_root_supported: bool = False
    features: Features = Features()
    disk_device_mappings: Annotated[list[DiskInImage], Within("DiskDeviceMapping")]
    tags: TagList


class ImageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeImages: only images that meet all of them."""

    image_id: Annotated[str, Text(1, 4096), Doc("Ids, separated by commas.")] | None = None
    image_name: Annotated[_Text, Doc("`*` stands for any text.")] | None = None
    image_family: Annotated[_Text, Doc("The family.")] | None = None
    image_owner_alias: (
        Annotated[str, OneOf(_OWNERS), Doc("Whose images; `others`: shared with the account.")]
        | None
    ) = None
    os_type: (
        Annotated[str, OneOf(("linux", "windows")), Wire("OSType"), Doc("The system.")] | None
    ) = None
    architecture: (
        Annotated[str, OneOf(("x86_64", "arm64", "i386")), Doc("The processor.")] | None
    ) = None
    status: Annotated[str, Text(1, 256), Doc("Separated by commas.")] = "Available"
    usage: (
        Annotated[str, OneOf(("instance", "none")), Doc("Whether an instance is of it.")] | None
    ) = None
    instance_type: Annotated[_Text, Doc("A type that the image runs on.")] | None = None
    is_support_io_optimized: Annotated[bool, Doc("All images are.")] | None = None
    is_support_cloudinit: Annotated[bool, Doc("No image does.")] | None = None
    is_public: Annotated[bool, Doc("Whether the platform brought it.")] | None = None
    usable: Annotated[bool, Doc("All images are.")] | None = None
    image_owner_id: Annotated[int, Doc("The account.")] | None = None
    action_type: Annotated[str, OneOf(("CreateEcs", "ChangeOS")), Doc("The use; any.")] | None = (
        None
    )
    snapshot_id: Annotated[_Text, Doc("A snapshot that is in it.")] | None = None


class ImagePage(NumberedAnswer, frozen=True, kw_only=True):
    """A page of images, and their region."""

    region_id: str


@operation(
    ECS,
    "DescribeImages",
    resource=acs("ecs", "image/*", regional=True),
    answers="Images.Image",
    gateway=CHECKED,
    unsupported={"ResourceGroupId": NO_GROUPS, "Filter": "there are no filters"},
    reads_only=True,
)
def describe_images(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[ImageFilter, Grouped()],
    show_expired: Annotated[bool, Doc("No image expires.")] = False,  # noqa: ARG001
    tag: TagFilter | None = None,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[Image, ImagePage]:
    """List images: the account's own, the newest first, those of others that are shared with the
    account, then the platform's in their order.
    """
    check_region(ctx, region_id)
    made = [
        _made(ctx, row)
        for rows in (own_images(ctx), shared_images(ctx))
        for row in sorted(rows, key=lambda row: (row.created_at, row.image_id), reverse=True)
    ]
    shown = [*made, *map(_public, IMAGES.values())]
    pairs = pairs_of(tag)
    found = [each for each in shown if _meets(each, wanted) and bears(_tags(each), pairs)]
    listed = by_number(found, pages)
    page = ImagePage(region_id=region_id, **msgspec.structs.asdict(listed.page))
    return Listing(listed.items, page)


@operation(
    ECS,
    "DescribeImageFromFamily",
    resource=acs("ecs", "image/*", regional=True),
    answers="Image",
    reads_only=True,
    raises=(NoImage,),
)
def describe_image_from_family(
    ctx: Context,
    *,
    region_id: Region,
    image_family: Annotated[_Text, Doc("The family.")],
) -> Image:
    """Show the newest image of a family, the account's own before the platform's."""
    check_region(ctx, region_id)
    found = image_named(ctx, None, image_family)
    if found is None:
        raise NoImage
    return _made(ctx, found) if isinstance(found, ImageRow) else _public(found)


def _public(image: Known) -> Image:
    return Image.of(
        image,
        image_name=image.image_id,
        creation_time=image.made_at,
        disk_device_mappings=[],
        tags=TagList(tag=[]),
    )


def _made(ctx: Context, row: ImageRow) -> Image:
    disks, is_own = disks_in(ctx.tx, row.image_id), row.account_id == ctx.account_id
    return Image.of(
        row,
        image_owner_alias="self" if is_own else "others",
        image_owner_id=int(row.account_id),
        is_public=False,
        is_self_shared="true" if is_own and shares_of(ctx.tx, row.image_id) else "",
        size=disks[0].size_gib,
        progress=_PROGRESS.get(row.status, "100%"),
        usage="instance" if is_used(ctx, row.image_id) else "none",
        creation_time=iso(row.created_at),
        disk_device_mappings=[_disk(ctx, each) for each in disks],
        tags=tag_list(IMAGE.tags_of(ctx.tx, row) if is_own else {}),
    )


def _disk(ctx: Context, disk: ImageDiskRow) -> DiskInImage:
    snapshot = ctx.tx.get(SnapshotRow, disk.snapshot_id) if disk.snapshot_id else None
    return DiskInImage.of(
        disk,
        encrypted=snapshot is not None and bool(snapshot.data_key),
        progress=PROGRESS[snapshot.status] if snapshot else "100%",
    )


def _tags(image: Image) -> dict[str, str]:
    return {each.tag_key: each.tag_value for each in image.tags.tag}


def _meets(image: Image, wanted: ImageFilter) -> bool:
    equal = (
        (wanted.image_family, image.image_family),
        (wanted.image_owner_alias, image.image_owner_alias),
        (wanted.image_owner_id, image.image_owner_id),
        (wanted.os_type, image.os_type),
        (wanted.architecture, image.architecture),
        (wanted.usage, image.usage),
        (wanted.is_support_io_optimized, image.is_support_io_optimized),
        (wanted.is_support_cloudinit, image.is_support_cloudinit),
        (wanted.is_public, image.is_public),
        (wanted.usable, image.usable),
    )
    held = {each.snapshot_id for each in image.disk_device_mappings}
    return (
        all(asked in (None, shown) for asked, shown in equal)
        and (wanted.image_id is None or image.image_id in wanted.image_id.split(","))
        and (wanted.image_name is None or matches(wanted.image_name, image.image_name))
        and image.status in wanted.status.split(",")
        and wanted.instance_type in (None, *TYPES)
        and wanted.snapshot_id in (None, *held)
    )
