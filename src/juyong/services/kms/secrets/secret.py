"""Secrets: their names in calls, the needs of calls, and the shapes that callers see.

Source: KMS API reference, CreateSecret (documented); ARNs as names (assumed, as with keys).
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also, TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.resource import Documents, Links, Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape, UpdateDate, Within
from juyong.api.tags import TagList
from juyong.base.clock import iso
from juyong.engines.policy import Layer
from juyong.services.kms import shown
from juyong.services.kms.crypto.parameters import symmetric_conditions
from juyong.services.kms.errors import LimitExceeded, NoResource
from juyong.services.kms.instances import IN_INSTANCE
from juyong.services.kms.keys.key import KEY, key_arn, placed
from juyong.services.kms.keys.policy import documents_of, target_policy
from juyong.services.kms.product import ONLY_CHECK, taking
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.tagging import TAGS, need
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

NAME_CHARS = r"A-Za-z0-9_/+=.@\-"
SecretName = Annotated[str, Text(1, 192, chars=NAME_CHARS), Doc("The secret.")]
"""The name of a secret of the caller's account."""
SecretReference = Annotated[
    str, Text(1, 320, chars=NAME_CHARS + ":"), Doc("The secret; an ARN may be another account's.")
]
"""A SecretName parameter that may also be an ARN."""
_SHORT = Text(1, 64, chars=NAME_CHARS)
VersionId = Annotated[
    str, _SHORT, Doc("The version; the stage must be on it. Not for managed secrets.")
]
Stage = Annotated[
    str, _SHORT, Doc("The stage of the version; without stage and version `ACSCurrent`.")
]
_RELATIVE = "secret/"
InDeleteWindow = fact(
    "Rejected.ResourceInDeleteWindow",
    409,
    "The request was rejected because the secret is waiting to be deleted.",
    why="The secret waits to be deleted; its name is taken until then.",
)
SecretExists = fact(
    "Rejected.ResourceExist",
    409,
    "The specified resource already exists.",
    why="The name, or the version with another value, exists already.",
)


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
    """Return the secret that a parameter names, in its deletion window too; raises NoResource."""
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
    return target_policy(row.policy, row.account_id, row.arn)


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

SecretNamed = Annotated[str, Of("name")]
DeleteTime = Annotated[shown.Optional, Of("delete_at", shown.if_set(iso))]


Stages = Annotated[list[str], Within("VersionStage")]


class SecretBase(Shape, frozen=True, kw_only=True):
    """A secret in an answer; configuration and rotation only of secrets that have them."""

    secret_name: SecretNamed
    secret_type: str
    extended_config: shown.IfSet = msgspec.UNSET
    automatic_rotation: Annotated[shown.Optional, Of("rotation", shown.if_set())] = msgspec.UNSET
    rotation_interval: shown.RotationInterval = msgspec.UNSET
    next_rotation_date: shown.NextRotation = msgspec.UNSET


class SecretState(SecretBase, frozen=True, kw_only=True):
    """A secret as DescribeSecret shows it."""

    arn: str
    description: str
    create_time: CreateDate
    update_time: UpdateDate
    last_rotation_date: shown.LastRotation = msgspec.UNSET
    encryption_key_id: shown.IfSet = msgspec.UNSET
    dkms_instance_id: shown.OwnInstance = msgspec.UNSET
    planned_delete_time: DeleteTime = msgspec.UNSET
    tags: TagList | msgspec.UnsetType = msgspec.UNSET
    owing_service: shown.Optional = msgspec.UNSET


class KeptSecret(SecretState, frozen=True, kw_only=True):
    """A secret as the inventory keeps it: without its tags, and with its own policy."""

    policy: shown.IfSet = msgspec.UNSET


def _key(_tx: Transaction, row: SecretRow) -> tuple[Ref]:
    return (KEY.ref_of(row.account_id, row.region, row.key_id),)


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
    quota=Quota("kms.secrets", LimitExceeded),
    state=KeptSecret,
    policy=secret_policy,
    documents=Documents(Layer.RESOURCE, documents_of),
    tags=TAGS,
    links=(Links("encrypted-by", _key), IN_INSTANCE),
)


ONE_SECRET = SECRET.by(secret_name=SecretName)
ANY_SECRET = SECRET.by(secret_name=SecretReference)
_LIVE = SECRET.found(find_live_secret, (NoResource, InDeleteWindow))
LIVE_SECRET = _LIVE.by(secret_name=SecretName)
VALUED = taking(_LIVE.by(secret_name=SecretReference), **ONLY_CHECK)


def change_secret(ctx: Context, row: SecretRow, **changes: object) -> SecretRow:
    """Store changes to a secret, and when it was changed."""
    row = ctx.tx.update(row, updated_at=ctx.now, **changes)
    SECRET.note(ctx.tx, ctx.journal, "updated", row)
    return row
