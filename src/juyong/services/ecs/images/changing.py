"""Change and delete images.

Source: ECS API reference, ModifyImageAttribute and DeleteImage (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Doc, Grouped, OneOf, Pattern, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.services.ecs.images.image import (
    CREATING,
    DEPRECATED,
    IMAGE,
    NAME,
    USABLE,
    ImageId,
    ImageName,
    NameTaken,
    WrongImageStatus,
    disks_in,
    shares_of,
)
from juyong.services.ecs.images.tables import ImageRow
from juyong.services.ecs.key_pairs import NoRegion
from juyong.services.ecs.places import in_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.tables import InstanceRow

_ONE = in_region(IMAGE.by(image_id=ImageId))
InUse = fact(
    "ImageUsingByInstance",
    403,
    "The specified image has been used to create instances.",
    why="There is an instance of the image, and Force is not given.",
)
IsShared = fact(
    "ImageUseShared",
    403,
    "The specified image has been shared to others.",
    why="The image is shared with another account, whether Force is given or not.",
)
StillCopying = fact(
    "OperationDenied.ImageCopying",
    403,
    "The image is being copied. Please use the CancelCopyImage API.",
    why="The image is a copy that is not there yet.",
)
StillCreating = fact(
    "ImageIsCreating",
    403,
    "The specified image is being created.",
    why="A snapshot of the image is not taken yet.",
)


class Features(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True
):
    """The features of an image, which are as they are."""

    imds_support: Annotated[str, OneOf(("v2",))] = "v2"
    nvme_support: Annotated[str, OneOf(("unsupported",))] = "unsupported"


class ImageChange(msgspec.Struct, frozen=True, kw_only=True):
    """The words about an image; what is absent stays."""

    image_name: ImageName | None = None
    description: Annotated[str, Text(0, 256), Clearable(), Doc("Up to 256.")] | None = None
    image_family: (
        Annotated[str, Pattern(rf"({NAME})?"), Clearable(), Doc("Empty for none.")] | None
    ) = None
    status: (
        Annotated[str, OneOf((USABLE, DEPRECATED)), Doc("A deprecated image starts nothing.")]
        | None
    ) = None
    boot_mode: Annotated[str, OneOf(("BIOS",)), Doc("`BIOS` alone.")] = "BIOS"
    features: Annotated[Features, Doc("Those that DescribeImages shows.")] = Features()


@operation(
    ECS,
    "ModifyImageAttribute",
    on=_ONE,
    gateway=CHECKED,
    unsupported={"LicenseType": "nothing is licensed here"},
    raises=(NoRegion, NameTaken, WrongImageStatus),
)
def modify_image_attribute(
    ctx: Context, row: ImageRow, *, wanted: Annotated[ImageChange, Grouped()]
) -> None:
    """Change an image, or deprecate one that is there."""
    if wanted.status and row.status not in (USABLE, DEPRECATED):
        raise WrongImageStatus
    IMAGE.change(
        ctx,
        row,
        image_name=wanted.image_name,
        description=wanted.description,
        family=wanted.image_family,
        status=wanted.status,
    )


@operation(
    ECS,
    "DeleteImage",
    on=_ONE,
    gateway=CHECKED,
    raises=(NoRegion, InUse, IsShared, StillCreating, StillCopying),
)
def delete_image(
    ctx: Context,
    row: ImageRow,
    *,
    force: Annotated[bool, Doc("Whether there may be instances of the image.")] = False,
) -> None:
    """Delete an image; its snapshots, and disks that were made of it, stay."""
    if row.status == CREATING:
        raise StillCopying if row.source_id else StillCreating
    if shares_of(ctx.tx, row.image_id):
        raise IsShared
    if not force and is_used(ctx, row.image_id):
        raise InUse
    remove_image(ctx, row)


def remove_image(ctx: Context, row: ImageRow) -> None:
    """Delete an image; its snapshots stay."""
    for disk in disks_in(ctx.tx, row.image_id):
        ctx.tx.delete(disk)
    IMAGE.remove(ctx, row)


def is_used(ctx: Context, image_id: str) -> bool:
    """Tell whether there is an instance of an image."""
    return bool(
        ctx.tx.find(
            InstanceRow, account_id=ctx.account_id, region=ctx.region, image_id=image_id, limit=1
        )
    )
