"""What callers see of secrets."""

import msgspec

from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.base.secret import Secret
from juyong.services.kms.intervals import interval_text
from juyong.services.kms.secrets.config import shown_config
from juyong.services.kms.secrets.find import arn_of
from juyong.services.kms.secrets.tables import SecretRow

Optional = str | msgspec.UnsetType


class Named(Shape, frozen=True, kw_only=True):
    """The secret that was changed."""

    secret_name: str


class Tag(Shape, frozen=True, kw_only=True):
    """One tag."""

    tag_key: str
    tag_value: str


class TagList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    tag: list[Tag]


class StageList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    version_stage: list[str]


class RotationState(Shape, frozen=True, kw_only=True):
    """How a secret that is rotated by the service stands; nothing of others."""

    automatic_rotation: Optional = msgspec.UNSET
    rotation_interval: Optional = msgspec.UNSET
    last_rotation_date: Optional = msgspec.UNSET
    next_rotation_date: Optional = msgspec.UNSET


class SecretState(RotationState, frozen=True, kw_only=True):
    """A secret as DescribeSecret shows it, and, without its tags, as snapshots keep it."""

    secret_name: str
    arn: str
    secret_type: str
    description: str
    create_time: str
    update_time: str
    encryption_key_id: Optional = msgspec.UNSET
    dkms_instance_id: Optional = msgspec.field(name="DKMSInstanceId", default=msgspec.UNSET)
    planned_delete_time: Optional = msgspec.UNSET
    extended_config: Optional = msgspec.UNSET
    tags: TagList | msgspec.UnsetType = msgspec.UNSET
    owing_service: Optional = msgspec.UNSET


class SecretValue(RotationState, frozen=True, kw_only=True):
    """One version of a secret with its value."""

    secret_name: str
    secret_type: str
    version_id: str
    version_stages: StageList
    secret_data: Secret
    secret_data_type: str
    create_time: str
    extended_config: Optional = msgspec.UNSET


def rotation_fields(row: SecretRow) -> dict[str, Optional]:
    """Return the members of RotationState."""
    if not row.config:
        return {}
    return {
        "automatic_rotation": row.automatic_rotation,
        "rotation_interval": interval_text(row.rotation_seconds)
        if row.rotation_seconds
        else msgspec.UNSET,
        "last_rotation_date": _time(row.last_rotation_at),
        "next_rotation_date": _time(row.next_rotation_at),
    }


def config_field(row: SecretRow) -> Optional:
    """Return the extended configuration, which only some secrets have."""
    return shown_config(row.config, row.custom_data) if row.config else msgspec.UNSET


def state_of(row: SecretRow, tags: dict[str, str] | None = None) -> SecretState:
    """Show a secret without its values."""
    return SecretState(
        secret_name=row.name,
        arn=arn_of(row),
        secret_type=row.secret_type,
        description=row.description,
        create_time=iso(row.created_at),
        update_time=iso(row.updated_at),
        encryption_key_id=row.key_id if row.own_key else msgspec.UNSET,
        dkms_instance_id=row.instance_id or msgspec.UNSET,
        planned_delete_time=_time(row.delete_at),
        extended_config=config_field(row),
        tags=msgspec.UNSET if tags is None else tag_list(tags),
        **rotation_fields(row),
    )


def tag_list(tags: dict[str, str]) -> TagList:
    """Show tags."""
    return TagList(tag=[Tag(tag_key=key, tag_value=value) for key, value in tags.items()])


def _time(at: Instant | None) -> Optional:
    return msgspec.UNSET if at is None else iso(at)
