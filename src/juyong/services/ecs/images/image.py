"""The image of a customer: how calls name one, when it is there, and what the inventory keeps.

The content of an image is in snapshots, which stay as long as the image does.

Source: ECS API reference, CreateImage, DescribeImages and RunInstances (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Pattern, Text
from juyong.api.resource import Links, Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.ecs.content.images import FAMILIES, IMAGES
from juyong.services.ecs.content.images import Image as Known
from juyong.services.ecs.disks.keys import sealing_keys
from juyong.services.ecs.disks.snapshot import ACCOMPLISHED, FAILED
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.images.tables import ImageDiskRow, ImageRow, ImageShareRow
from juyong.services.ecs.tags import RULES
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

CREATING, USABLE, FAILED_TO_COME, DEPRECATED = (
    "Creating",
    "Available",
    "CreateFailed",
    "Deprecated",
)
NAME = r"(?!https?://|aliyun|acs:)[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff:.\-]{1,127}"
ImageId = Annotated[str, Text(1, 128), Doc("The image.")]
ImageName = Annotated[
    str,
    Pattern(NAME),
    Doc("2 to 128 letters, digits, `:`, `_`, `.` and `-`; a letter first. Its id if absent."),
]
NoImage = fact(
    "InvalidImageId.NotFound",
    404,
    "The specified ImageId does not exist.",
    why="There is no such image.",
)
NameTaken = fact(
    "InvalidImageName.Duplicated",
    400,
    "The specified Image name has already been used.",
    why="The region has an image of that name.",
)
TooManyImages = fact(
    "QuotaExceed.Image",
    403,
    "The Image Quota exceeds.",
    why="The region holds the quota `ecs.images`.",
)
WrongImageStatus = fact(
    "IncorrectImageStatus",
    403,
    "The current status of the image does not support this operation.",
    why="The image is not there yet, failed, or is deprecated.",
)


class ImageState(Shape, frozen=True, kw_only=True):
    """The inventory's state of an image."""

    image_id: str
    image_name: str
    image_family: Annotated[str, Of("family")]
    description: str
    status: str
    shared_with: list[str] | msgspec.UnsetType = msgspec.UNSET
    creation_time: CreateDate


def _state(tx: Transaction, row: ImageRow) -> ImageState:
    """Return the state of an image; that of an image which is not shared tells of no accounts."""
    accounts: list[str] = [each.account_id for each in shares_of(tx, row.image_id)]
    return ImageState.of(row, shared_with=accounts or msgspec.UNSET)


def disks_in(tx: Transaction, image_id: str) -> list[ImageDiskRow]:
    """Return the disks in an image, the system disk first."""
    return tx.find(ImageDiskRow, order=("device",), image_id=image_id)


def _keys(tx: Transaction, row: ImageRow) -> tuple[Ref, ...]:
    held = snapshots_in(tx, row.image_id)
    return tuple(dict.fromkeys(key for each in held for key in sealing_keys(tx, each)))


IMAGE: Resource[ImageRow] = Resource(
    kind="ACS::ECS::Image",
    row=ImageRow,
    id="image_id",
    name="image_id",
    arn="ecs:image/",
    regional=True,
    find=found_here(ImageRow),
    missing=NoImage,
    taken=NameTaken,
    quota=Quota("ecs.images", TooManyImages),
    state=_state,
    tags=RULES,
    links=(Links("encrypted-by", _keys),),
)


def image_named(ctx: Context, image_id: str | None, family: str | None) -> Known | ImageRow | None:
    """Return the image of an id, or the newest image of a family; the customer's own come first."""
    if image_id is not None:
        return IMAGES.get(image_id) or made_image(ctx, image_id)
    if family is None:
        return None
    own = [row for row in own_images(ctx) if (row.family, row.status) == (family, USABLE)]
    newest = max(own, key=lambda row: (row.created_at, row.image_id), default=None)
    return newest or FAMILIES.get(family)


def made_image(ctx: Context, image_id: str) -> ImageRow | None:
    """Return an image of the account, or one that another account shares with the account."""
    row = ctx.tx.get(ImageRow, image_id)
    if row is None or row.region != ctx.region:
        return None
    return row if row.account_id == ctx.account_id or is_shared(ctx, image_id) else None


def is_shared(ctx: Context, image_id: str) -> bool:
    """Tell whether an image is shared with the account."""
    return ctx.tx.get(ImageShareRow, image_id, ctx.account_id) is not None


def shared_images(ctx: Context) -> list[ImageRow]:
    """Return all images that are shared with the account in the region called."""
    shares = ctx.tx.find(ImageShareRow, account_id=ctx.account_id)
    found = (ctx.tx.get(ImageRow, each.image_id) for each in shares)
    return [row for row in found if row is not None and row.region == ctx.region]


def shares_of(tx: Transaction, image_id: str) -> list[ImageShareRow]:
    """Return the accounts that an image is shared with."""
    return tx.find(ImageShareRow, order=("account_id",), image_id=image_id)


def snapshots_in(tx: Transaction, image_id: str) -> list[SnapshotRow]:
    """Return the snapshots that an image holds."""
    held = (tx.get(SnapshotRow, disk.snapshot_id) for disk in disks_in(tx, image_id))
    return [row for row in held if row is not None]


def own_images(ctx: Context) -> list[ImageRow]:
    """Return all images of the account in the region called."""
    return ctx.tx.find(ImageRow, account_id=ctx.account_id, region=ctx.region)


def images_of(tx: Transaction, snapshot_id: str) -> list[ImageRow]:
    """Return the images that a snapshot is in."""
    held = tx.find(ImageDiskRow, order=("image_id",), snapshot_id=snapshot_id)
    return [row for each in held if (row := tx.get(ImageRow, each.image_id)) is not None]


def settled(tx: Transaction, snapshot_id: str) -> list[ImageRow]:
    """Give the images of a snapshot, which was taken or failed, their status.

    Returns:
        Those that changed; the caller notes them.
    """
    changed = []
    for row in images_of(tx, snapshot_id):
        status = status_of(tx, disks_in(tx, row.image_id))
        if row.status == CREATING and status != CREATING:
            changed.append(tx.update(row, status=status))
    return changed


def status_of(tx: Transaction, disks: list[ImageDiskRow]) -> str:
    """Return the status of an image just made of disks."""
    held = [tx.get(SnapshotRow, disk.snapshot_id) for disk in disks if disk.snapshot_id]
    statuses = {FAILED if each is None else each.status for each in held}
    if FAILED in statuses:
        return FAILED_TO_COME
    return USABLE if statuses <= {ACCOMPLISHED} else CREATING
