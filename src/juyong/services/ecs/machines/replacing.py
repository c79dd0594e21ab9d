"""ReplaceSystemDisk: a new system disk, of another image, in the place of the one there is.

Source: ECS API reference, ReplaceSystemDisk (documented: the instance is stopped, the disk has a
new id and keeps its category, and the old one is gone).
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Between, Doc, OneOf
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import ONCE
from juyong.api.shape import Shape
from juyong.services.ecs.disks.disk import (
    SYSTEM,
    BadSize,
    OtherEncryption,
    WantedDisk,
    disks_of,
    make_disk,
    remove_disk,
)
from juyong.services.ecs.disks.filling import SETTLED, settled_instance
from juyong.services.ecs.disks.keys import DRAWING, KeyId, needs_of, needs_to_open
from juyong.services.ecs.disks.restoring import LOGIN, Agent
from juyong.services.ecs.images.image import (
    IMAGE,
    USABLE,
    ImageId,
    NoImage,
    WrongImageStatus,
    disks_in,
    image_named,
    snapshots_in,
)
from juyong.services.ecs.images.tables import ImageRow
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    InstanceId,
    NoInstance,
    conditions_of_instance,
)
from juyong.services.ecs.product import PRODUCT as ECS

_RAISES: tuple[type[ApiError], ...] = (
    *(NoInstance, NoImage, WrongImageStatus, OtherEncryption),
    *(*SETTLED, BadSize[SYSTEM], *DRAWING),
)


class SizedDisk(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True
):
    """The size of the new disk; at least that of the old one."""

    size: Annotated[int | None, Between(1, 65536)] = None


class Replaced(Shape, frozen=True, kw_only=True):
    """The new system disk."""

    disk_id: str


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the instance, and an image that is not public: each must be allowed."""
    image = image_named(ctx, arguments["image_id"], None)
    own = (IMAGE.arn_named(ctx, image.image_id),) if isinstance(image, ImageRow) else ()
    return (INSTANCE.arn_named(ctx, arguments["instance_id"]), *own)


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**conditions_of_instance(ctx, arn), **IMAGE.tag_conditions(ctx, arn)}


def _keys(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    image = image_named(ctx, arguments["image_id"], None)
    held = snapshots_in(ctx.tx, image.image_id) if image else []
    return (*needs_of(ctx, [arguments["kms_key_id"]]), *needs_to_open(ctx, held[:1]))


@operation(
    ECS,
    "ReplaceSystemDisk",
    resource=_named,
    resource_conditions=_conditions,
    also=_keys,
    gateway=ONCE,
    unsupported={
        **LOGIN,
        **because(
            {
                "an instance has no login that takes a password": "PasswordInherit",
                "no further services come with an instance": "UseAdditionalService",
                "keys of disks are AES keys of the KMS": "EncryptAlgorithm",
                "no call is made for another account": "Arn",
                "an image says what it is of": "Platform",
                "a disk that was a system disk goes with its instance": "DiskId",
            }
        ),
    },
    raises=_RAISES,
)
def replace_system_disk(
    ctx: Context,
    *,
    instance_id: InstanceId,
    image_id: ImageId,
    system_disk: SizedDisk | None = None,
    encrypted: Annotated[bool, Doc("Whether the KMS decides on its use.")] = False,
    kms_key_id: KeyId | None = None,
    architecture: Annotated[str, OneOf(("x86_64",)), Doc("`x86_64` alone.")] = "x86_64",  # noqa: ARG001  # as its type says
    security_enhancement_strategy: Agent = "Deactive",  # noqa: ARG001  # alone
) -> Replaced:
    """Give an instance that is stopped a new system disk, made of an image."""
    instance = INSTANCE.the(ctx, instance_id)
    old = next(disk for disk in disks_of(ctx, instance_id) if disk.kind == SYSTEM)
    image = image_named(ctx, image_id, None)
    if image is None:
        raise NoImage
    if isinstance(image, ImageRow) and image.status != USABLE:
        raise WrongImageStatus
    settled_instance(ctx, old)
    source = next(iter(disks_in(ctx.tx, image_id)), None)
    remove_disk(ctx, old)
    wanted = WantedDisk(
        kind=SYSTEM,
        zone_id=old.zone_id,
        category=old.category,
        level=old.performance_level or None,
        size_gib=system_disk.size if system_disk else None,
        name=old.disk_name,
        description=old.description,
        encrypted=encrypted,
        key_id=kms_key_id,
        instance_id=instance_id,
        image_id=image_id,
        delete_with_instance=old.delete_with_instance,
        snapshot_id=source.snapshot_id if source else "",
        of_image=True,
        least_gib=max(old.size_gib, source.size_gib if source else 0),
    )
    made = make_disk(ctx, wanted)
    INSTANCE.change(ctx, instance, image_id=image_id)
    return Replaced(disk_id=made.disk_id)
