"""DescribeImages: the public images; there are no others.

Source: ECS API reference, DescribeImages (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, OneOf, Text, Wire
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import TagList
from juyong.api.wrapping import Listing
from juyong.engines.policy.wildcard import matches
from juyong.services.ecs.content.images import IMAGES, SIZE_GIB
from juyong.services.ecs.content.images import Image as Known
from juyong.services.ecs.content.types import TYPES
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.pages import NumberedAnswer, NumberedParameters, by_number
from juyong.services.ecs.product import PRODUCT as ECS

_Text = Annotated[str, Text(1, 128)]
NONE: list[str] = []
_OWNERS = ("system", "self", "others", "marketplace")


class Features(Shape, frozen=True, kw_only=True):
    """The features of an image."""

    imds_support: str = "v2"
    nvme_support: str = "unsupported"


class Image(Shape, frozen=True, kw_only=True):
    """One image."""

    image_id: str
    image_name: Annotated[str, Of("image_id")]
    image_family: Annotated[str, Of("family")]
    description: str = ""
    image_owner_alias: str = "system"
    os_name: str = msgspec.field(name="OSName")
    os_name_en: str = msgspec.field(name="OSNameEn")
    os_type: str = msgspec.field(default="linux", name="OSType")
    platform: str
    architecture: str = "x86_64"
    size: int = SIZE_GIB
    status: str = "Available"
    progress: str = "100%"
    usage: str = "none"
    creation_time: Annotated[str, Of("made_at")]
    image_version: str = ""
    product_code: str = ""
    resource_group_id: str = ""
    boot_mode: str = "BIOS"
    usable: bool = True
    is_public: bool = True
    is_subscribed: bool = False
    is_copied: bool = False
    is_self_shared: str = ""
    is_support_cloudinit: bool = False
    is_support_io_optimized: bool = True
    login_as_non_root_supported: bool = False
    features: Features = Features()
    disk_device_mappings: Annotated[list[str], Within("DiskDeviceMapping")] = NONE
    tags: TagList


class ImageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeImages: only images that meet all of them."""

    image_id: Annotated[str, Text(1, 4096), Doc("Ids, separated by commas.")] | None = None
    image_name: Annotated[_Text, Doc("`*` stands for any text.")] | None = None
    image_family: Annotated[_Text, Doc("The family.")] | None = None
    image_owner_alias: (
        Annotated[str, OneOf(_OWNERS), Doc("Whose images; all are `system`.")] | None
    ) = None
    os_type: (
        Annotated[str, OneOf(("linux", "windows")), Wire("OSType"), Doc("The system.")] | None
    ) = None
    architecture: (
        Annotated[str, OneOf(("x86_64", "arm64", "i386")), Doc("The processor.")] | None
    ) = None
    status: Annotated[str, Text(1, 256), Doc("Separated by commas.")] = "Available"
    usage: Annotated[str, OneOf(("instance", "none")), Doc("No image is in use.")] | None = None
    instance_type: Annotated[_Text, Doc("A type that the image runs on.")] | None = None
    is_support_io_optimized: Annotated[bool, Doc("All images are.")] | None = None
    is_support_cloudinit: Annotated[bool, Doc("No image does.")] | None = None
    is_public: Annotated[bool, Doc("All images are.")] | None = None
    usable: Annotated[bool, Doc("All images are.")] | None = None
    action_type: Annotated[str, OneOf(("CreateEcs", "ChangeOS")), Doc("The use; any.")] | None = (
        None
    )
    snapshot_id: Annotated[_Text, Doc("No image is of a snapshot.")] | None = None


class ImagePage(NumberedAnswer, frozen=True, kw_only=True):
    """A page of images, and their region."""

    region_id: str


@operation(
    ECS,
    "DescribeImages",
    resource=acs("ecs", "image/*", regional=True),
    answers="Images.Image",
    gateway=CHECKED,
    unsupported={
        "ResourceGroupId": NO_GROUPS,
        "ImageOwnerId": "public images have no owner",
        "Filter": "there are no filters",
        "Tag": "public images have no tags",
    },
    reads_only=True,
)
def describe_images(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[ImageFilter, Grouped()],
    show_expired: Annotated[bool, Doc("No image expires.")] = False,  # noqa: ARG001
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[Image, ImagePage]:
    """List images, in the order of the platform's own list."""
    check_region(ctx, region_id)
    found = [image for image in IMAGES.values() if _meets(image, wanted)]
    listed = by_number(found, pages)
    page = ImagePage(region_id=region_id, **msgspec.structs.asdict(listed.page))
    none = TagList(tag=[])
    return Listing([Image.of(each, tags=none) for each in listed.items], page)


def _meets(image: Known, wanted: ImageFilter) -> bool:
    ids = wanted.image_id
    return (
        (ids is None or image.image_id in ids.split(","))
        and (wanted.image_name is None or matches(wanted.image_name, image.image_id))
        and wanted.image_family in (None, image.family)
        and wanted.image_owner_alias in (None, "system")
        and wanted.os_type in (None, "linux")
        and wanted.architecture in (None, "x86_64")
        and "Available" in wanted.status.split(",")
        and wanted.usage in (None, "none")
        and wanted.instance_type in (None, *TYPES)
        and wanted.is_support_io_optimized in (None, True)
        and wanted.is_support_cloudinit in (None, False)
        and wanted.is_public in (None, True)
        and wanted.usable in (None, True)
        and wanted.snapshot_id is None
    )
