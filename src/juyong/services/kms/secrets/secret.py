"""Secrets: their names in calls, the needs of calls, and the shapes that callers see.

Source: KMS API reference, CreateSecret (documented); ARNs as names (assumed, as with keys).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec

from juyong.api.access import Also, TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.resource import Links, Quota, Resource
from juyong.api.shape import Shape
from juyong.api.tags import TagList, tag_list
from juyong.base.clock import Instant, iso
from juyong.services.kms.crypto.parameters import symmetric_conditions
from juyong.services.kms.errors import LimitExceeded, NoResource
from juyong.services.kms.instances import instance_ref
from juyong.services.kms.intervals import interval_text
from juyong.services.kms.keys.key import KEY, key_arn, placed
from juyong.services.kms.keys.policy import target_policy
from juyong.services.kms.secrets.config import shown_config
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.tagging import TAGS, need
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

NAME_CHARS = r"A-Za-z0-9_/+=.@\-"
SecretName = Annotated[str, Text(1, 192, chars=NAME_CHARS), Doc("The secret.")]
"""The name of a secret of the caller's account."""
SecretReference = Annotated[
    str,
    Text(1, 320, chars=NAME_CHARS + ":"),
    Doc("The secret; its ARN can name one of another account."),
]
"""A SecretName parameter that may also be an ARN."""
VersionId = Annotated[
    str,
    Text(1, 64, chars=NAME_CHARS),
    Doc("The version; the stage must be on it. Not for managed secrets."),
]
Stage = Annotated[
    str,
    Text(1, 64, chars=NAME_CHARS),
    Doc("The stage of the version; without stage and version `ACSCurrent`."),
]
_RELATIVE = "secret/"
MOST_SECRETS = 1000


class InDeleteWindow(ApiError):
    """The secret waits to be deleted; its name is taken until then."""

    code, status = "Rejected.ResourceInDeleteWindow", 409
    text = "The request was rejected because the secret is waiting to be deleted."


class SecretExists(ApiError):
    """The name, or the version with another value, exists already."""

    code, status, text = "Rejected.ResourceExist", 409, "The specified resource already exists."


# --- names and finding ---


def secret_name_of(ctx: Context, name: str) -> str:
    """Return the ARN of the secret that a SecretName parameter names."""
    account_id, region, name = placed(ctx, name, _RELATIVE)
    return f"acs:kms:{region}:{account_id}:{_RELATIVE}{name}"


def row_of(ctx: Context, name: str) -> SecretRow | None:
    """Return the row that a SecretName parameter names, unless its deletion window is over."""
    account_id, region, name = placed(ctx, name, _RELATIVE)
    row = ctx.tx.find_one(SecretRow, account_id=account_id, region=region, name=name)
    return row if row is None or row.delete_at is None or row.delete_at > ctx.now else None


def find_secret(ctx: Context, name: str) -> SecretRow:
    """Return the secret that a SecretName parameter names, in its deletion window too.

    Raises NoResource (there is none, or its window is over).
    """
    row = row_of(ctx, name)
    if row is None:
        raise NoResource
    ctx.journal.refer(SECRET.kind, row.name, row.account_id)
    return row


def find_live_secret(ctx: Context, name: str) -> SecretRow:
    """Return a secret to use or change; raises as find_secret, InDeleteWindow while it waits."""
    row = find_secret(ctx, name)
    if row.delete_at is not None:
        raise InDeleteWindow
    return row


# --- what a call on it must be allowed ---


def secret_policy(ctx: Context, name: str) -> TargetPolicy | None:
    """Return the policy of the secret that a SecretName parameter names, if it carries a policy."""
    row = row_of(ctx, name)
    if row is None or row.policy is None:
        return None
    return target_policy(row.policy, row.account_id, SECRET.arn_of(row))


def seals_with_own_key(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name kms:GenerateDataKey on the secret's key, where it has one of its owner's."""
    return own_key_needs(ctx, "kms:GenerateDataKey", arguments["secret_name"])


def opens_with_own_key(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name kms:Decrypt on the secret's key, where it has one of its owner's."""
    return own_key_needs(ctx, "kms:Decrypt", arguments["secret_name"])


def own_key_needs(ctx: Context, action: str, name: str) -> tuple[Also, ...]:
    """Return the needs of using a secret's own key; the service itself uses its service key."""
    row = row_of(ctx, name)
    if row is None or not row.own_key:
        return ()
    arn = key_arn(row.account_id, row.region, row.key_id)
    return (need(ctx, action, KEY, arn, symmetric_conditions(None)),)


def sealing_need(ctx: Context, key_name: str) -> Also:
    """Return the needs of making a secret under a key of the caller."""
    return need(ctx, "kms:GenerateDataKey", KEY, key_name, symmetric_conditions(None))


# --- what callers and the inventory see of it ---

Optional = str | msgspec.UnsetType


class Named(Shape, frozen=True, kw_only=True):
    """The secret that was changed."""

    secret_name: str


class StageList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    version_stage: list[str]


class RotationState(Shape, frozen=True, kw_only=True):
    """The state of a secret that the service rotates; other secrets have no such members."""

    automatic_rotation: Optional = msgspec.UNSET
    rotation_interval: Optional = msgspec.UNSET
    last_rotation_date: Optional = msgspec.UNSET
    next_rotation_date: Optional = msgspec.UNSET


class SecretState(RotationState, frozen=True, kw_only=True):
    """A secret as DescribeSecret shows it, and, without its tags, as the inventory keeps it."""

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


def rotation_fields(row: SecretRow) -> dict[str, Optional]:
    """Return the members of RotationState."""
    if not row.config:
        return {}
    seconds = row.rotation_seconds
    return {
        "automatic_rotation": row.automatic_rotation,
        "rotation_interval": interval_text(seconds) if seconds else msgspec.UNSET,
        "last_rotation_date": _time(row.last_rotation_at),
        "next_rotation_date": _time(row.next_rotation_at),
    }


def config_field(row: SecretRow) -> Optional:
    """Return the extended configuration, which only some secrets have."""
    return shown_config(row.config, row.custom_data) if row.config else msgspec.UNSET


def state_of(row: SecretRow, tags: Mapping[str, str] | None = None) -> SecretState:
    """Show a secret without its values."""
    return SecretState(
        secret_name=row.name,
        arn=SECRET.arn_of(row),
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


def _time(at: Instant | None) -> Optional:
    return msgspec.UNSET if at is None else iso(at)


def _key(_tx: Transaction, row: SecretRow) -> Iterable[Ref]:
    yield KEY.ref_of(row.account_id, row.region, row.key_id)


def _instance(_tx: Transaction, row: SecretRow) -> Iterable[Ref]:
    if row.instance_id is not None:
        yield instance_ref(row.account_id, row.instance_id)


SECRET = Resource(
    kind="ACS::KMS::Secret",
    row=SecretRow,
    id="name",
    name="name",
    arn="kms:secret/",
    resolve=secret_name_of,
    regional=True,
    find=find_secret,
    missing=NoResource,
    taken=SecretExists,
    quota=Quota("kms.secrets", MOST_SECRETS, LimitExceeded),
    state=lambda _tx, row: state_of(row),
    policy=secret_policy,
    tags=TAGS,
    links=(Links("encrypted-by", _key), Links("in", _instance)),
)
ONE_SECRET = SECRET.by(secret_name=SecretName)
ANY_SECRET = SECRET.by(secret_name=SecretReference)
_LIVE = SECRET.found(find_live_secret, (NoResource, InDeleteWindow))
LIVE_SECRET = _LIVE.by(secret_name=SecretName)
LIVE_ANY_SECRET = _LIVE.by(secret_name=SecretReference)


def change_secret(ctx: Context, row: SecretRow, **changes: object) -> SecretRow:
    """Store changes to a secret, and when it was changed."""
    row = ctx.tx.update(row, updated_at=ctx.now, **changes)
    SECRET.note(ctx.tx, ctx.journal, "updated", row)
    return row
