"""CopyImage and CancelCopyImage: an image once more, in its region or in another one.

A snapshot that is not encrypted, and stays so, shares its blobs with the copy, and the copy is
there at once. For an encrypted snapshot, the key of each blob is resealed to the key of the copy
(docs/adr/0089). A job writes anew only the snapshots that the copy encrypts for the first time;
meanwhile the copy is being created.

Source: ECS API reference, CopyImage and CancelCopyImage (documented: the codes; that an image of
another account is copied in its region alone; that a copy of encrypted content is encrypted).
"""

from typing import Annotated

from msgspec.structs import replace

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Pattern, Text
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.blobs import blob as blobs
from juyong.content.regions import regions_with
from juyong.services.ecs.disks.keys import (
    DRAWING,
    KeyId,
    NotEncrypted,
    draw_key,
    needs_of,
    needs_to_open,
    resealed,
)
from juyong.services.ecs.disks.snapshot import (
    ACCOMPLISHED,
    PROGRESSING,
    SNAPSHOT,
    TooManySnapshots,
    remove_snapshot,
)
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.images.changing import remove_image
from juyong.services.ecs.images.image import (
    CREATING,
    IMAGE,
    NAME,
    USABLE,
    ImageId,
    NameTaken,
    NoImage,
    TooManyImages,
    disks_in,
    made_image,
    snapshots_in,
    status_of,
)
from juyong.services.ecs.images.tables import ImageRow
from juyong.services.ecs.key_pairs import NoRegion, Region, check_region
from juyong.services.ecs.machines.machine import Description
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.places import in_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, Tags
from juyong.store.queue import put

COPY = "ecs.copy-snapshot"
"""The job that writes the content of a snapshot of a copy."""
NotAvailable = fact(
    "IncorrectImageStatus",
    400,
    "The image not available.",
    why="The image is not there yet, failed, or is deprecated.",
)
NoDestination = fact(
    "DestinationRegion.NotFound",
    400,
    "The destination region not found.",
    why="DescribeRegions lists no such region.",
)
SameRegionOnly = fact(
    "OperationDenied.SameRegionOnly",
    403,
    "The image shared from others can not be copied to another region directly.",
    why="The image is another account's, and the destination is another region.",
)
NoCopy = fact(
    "ImageCreatedNotFromCopy",
    400,
    "The specified image is not the target image of a copy action.",
    why="The image was not made by CopyImage.",
)
NotCopying = fact(
    "IncorrectImageStatus",
    400,
    "The specified snapshot is not coping.",
    why="The copy is there, or failed.",
)
_Name = Annotated[
    str,
    Pattern(NAME),
    Doc("2 to 128 letters, digits, `:`, `_`, `.` and `-`; a letter first. Its id if absent."),
]


class NewCopy(Shape, frozen=True, kw_only=True):
    """The copy just begun."""

    image_id: str


def _place(ctx: Context, region: str | None) -> Context:
    """Return the same call as it is in the region of the copy."""
    return ctx if region in (None, ctx.region) else replace(ctx, region=region, cache={})


def _source(ctx: Context, arguments: Arguments) -> ImageRow | None:
    return made_image(ctx, arguments["image_id"])


def _both(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the image, and the copy to make in its region: each must be allowed."""
    there = _place(ctx, arguments["destination_region_id"])
    return IMAGE.arn_named(ctx, arguments["image_id"]), IMAGE.arn_named(there, "*")


def _keys(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Return what the caller needs on the key of the copy, and on that of another account."""
    there, row = _place(ctx, arguments["destination_region_id"]), _source(ctx, arguments)
    held = snapshots_in(ctx.tx, row.image_id) if row else []
    return (*needs_of(there, [arguments["kms_key_id"]]), *needs_to_open(ctx, held))


@operation(
    ECS,
    "CopyImage",
    resource=_both,
    resource_conditions=IMAGE.tag_conditions,
    also=_keys,
    gateway=ONCE | CHECKED,
    unsupported=because(
        {NO_GROUPS: "ResourceGroupId", "keys of disks are AES keys of the KMS": "EncryptAlgorithm"}
    ),
    raises=(
        *(NoImage, NotAvailable, NoDestination, SameRegionOnly),
        *(NameTaken, TooManyImages, TooManySnapshots, *DRAWING),
    ),
)
def copy_image(
    ctx: Context,
    *,
    region_id: Region,
    image_id: ImageId,
    destination_region_id: Annotated[
        str, Text(1, 64), Doc("The region of the copy; that of the image if absent.")
    ]
    | None = None,
    destination_image_name: _Name | None = None,
    destination_description: Description | None = None,
    encrypted: Annotated[bool, Doc("Whether all disks of the copy are encrypted.")] = False,
    kms_key_id: KeyId | None = None,
    tag: Tags | None = None,
) -> NewCopy:
    """Copy an image of the account, or one that is shared with the account."""
    check_region(ctx, region_id)
    known = {each.region_id for each in regions_with(ctx.platform.region)}
    if destination_region_id is not None and destination_region_id not in known:
        raise NoDestination
    row, there = made_image(ctx, image_id), _place(ctx, destination_region_id)
    if row is None:
        raise NoImage
    if row.status != USABLE:
        raise NotAvailable
    if row.account_id != ctx.account_id and there.region != ctx.region:
        raise SameRegionOnly
    if kms_key_id and not encrypted:
        raise NotEncrypted
    copy_id = new_instance_id("m")
    for disk in disks_in(ctx.tx, image_id):
        source = ctx.tx.get(SnapshotRow, disk.snapshot_id) if disk.snapshot_id else None
        made = _copied(ctx, there, source, encrypted=encrypted, key_id=kms_key_id)
        held = replace(disk, image_id=copy_id, snapshot_id=made.snapshot_id if made else "")
        ctx.tx.insert(held)
    words = {name: getattr(row, name) for name in ("platform", "os_name", "os_name_en")}
    made_of = disks_in(ctx.tx, copy_id)
    IMAGE.create(
        there,
        RULES.checked(pairs_of(tag)),
        image_id=copy_id,
        image_name=destination_image_name or copy_id,
        description=destination_description or "",
        family="",
        image_version=row.image_version,
        status=status_of(ctx.tx, made_of),
        source_id=image_id,
        **words,
    )
    return NewCopy(image_id=copy_id)


def _copied(
    ctx: Context,
    there: Context,
    source: SnapshotRow | None,
    *,
    encrypted: bool,
    key_id: str | None,
) -> SnapshotRow | None:
    """Make the snapshot of a disk of a copy, where the disk has content.

    Raises:
        ApiError: TooManySnapshots, or of DRAWING.
    """
    if source is None:
        return None
    drawn = draw_key(there, key_id) if encrypted or source.data_key else None
    is_new = drawn is not None and not source.data_key
    blob_key = resealed(ctx, source, drawn.seal_key) if drawn and not is_new else None
    blobs.share(ctx.tx, source.blob_id)
    made = SNAPSHOT.create(
        there,
        snapshot_id=new_instance_id("s"),
        snapshot_name="",
        description="",
        disk_id="",
        kind=source.kind,
        size_gib=source.size_gib,
        key_id=(key_id or "") if drawn else "",
        data_key=drawn.data_key if drawn else b"",
        seal_key=drawn.seal_key if drawn else None,
        blob_id=source.blob_id,
        blob_key=blob_key,
        status=PROGRESSING if is_new else ACCOMPLISHED,
        changed_at=ctx.now,
    )
    if is_new:
        put(ctx.tx, COPY, made.snapshot_id, now=ctx.now)
        ctx.platform.wake_worker()
    return made


@operation(
    ECS,
    "CancelCopyImage",
    on=in_region(IMAGE.by(image_id=ImageId)),
    raises=(NoRegion, NoCopy, NotCopying),
)
def cancel_copy_image(ctx: Context, row: ImageRow) -> None:
    """Delete a copy that is not there yet, with its snapshots."""
    if not row.source_id:
        raise NoCopy
    if row.status != CREATING:
        raise NotCopying
    held = snapshots_in(ctx.tx, row.image_id)
    remove_image(ctx, row)
    for snapshot in held:
        remove_snapshot(ctx, snapshot)
