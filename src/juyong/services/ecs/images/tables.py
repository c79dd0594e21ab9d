"""Images that customers made, the disks that are in them, and the accounts that share them."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table(
    "ecs_image",
    key=("image_id",),
    unique=(("account_id", "region", "image_name"),),
    index=(("account_id", "region"),),
)
class ImageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One image of a customer.

    status: The value that DescribeImages shows. family: Empty for none. platform, os_name,
    os_name_en: The values of the image that the system disk was made from. source_id: The image
    that it was copied from; empty for none.
    """

    image_id: str
    account_id: AccountId
    region: str
    image_name: str
    description: str
    family: str
    image_version: str
    platform: str
    os_name: str
    os_name_en: str
    status: str
    source_id: str = ""
    created_at: Instant
    version: int = 0


@table("ecs_image_disk", key=("image_id", "device"), index=(("snapshot_id",),))
class ImageDiskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A disk in an image.

    kind: `system` or `data`. size_gib: The least of a disk made of it. snapshot_id: The content;
    empty for none.
    """

    image_id: str
    device: str
    kind: str
    size_gib: int
    snapshot_id: str


@table("ecs_image_share", key=("image_id", "account_id"), index=(("account_id",),))
class ImageShareRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account that an image of another one is shared with, in the region of the image."""

    image_id: str
    account_id: AccountId
    shared_at: Instant
