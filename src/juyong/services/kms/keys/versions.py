"""Versions of a key, its rotation, and the public half of a pair.

Source: KMS API reference, each operation; KMS, "Key rotation" (documented); the order of the list,
and what GetPublicKey refuses for the kind of key (assumed).
"""

import base64
import textwrap
from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant, iso
from juyong.engines.crypto.specs import Family, spec_of
from juyong.services.kms import errors
from juyong.services.kms.intervals import DAY, seconds_between
from juyong.services.kms.keys import key as keys
from juyong.services.kms.keys import material
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow, State
from juyong.services.kms.product import ASYMMETRIC, KEY_WRITES, KMS, LISTS, READS
from juyong.store.transaction import Transaction

VersionId = Annotated[
    str, Text(1, 64, chars=r"A-Za-z0-9\-"), Doc("Which version."), Raises((errors.NoKeyVersion,))
]
LEAST_DAYS = 7
ROTATION = (7 * DAY, 730 * DAY)
Interval = Annotated[
    str,
    Text(1, 16),
    Doc("7 to 730 days, as `365d`, `8760h` or `31536000s`; needed to rotate."),
    Raises((errors.MissingParameter, errors.InvalidParameter)),
]
_KEY_TO_RENEW = keys.key_in(keys.USE)
_RENEWING = (*material.MAKING, errors.RejectedOperation, errors.UnsupportedOrigin)
VersionTooSoon = fact(
    "Rejected.UnsupportedOperation",
    400,
    "A new version can be created 7 days after the last one at the earliest.",
    why="Seven days must pass between two versions of a pair.",
)


class KeyUsed(Shape, frozen=True, kw_only=True):
    """The key, and its version, that an answer is about."""

    key_id: str
    key_version_id: Annotated[str, Of("version_id")]


class KeyVersion(KeyUsed, frozen=True, kw_only=True):
    """A version of a key."""

    creation_date: Annotated[str, Of("created_at", iso)]


class PublicKeyAnswer(KeyUsed, frozen=True, kw_only=True):
    """The public half of one version: PEM SubjectPublicKeyInfo."""

    public_key: str


@operation(
    KMS,
    "CreateKeyVersion",
    on=_KEY_TO_RENEW,
    raises=(*_RENEWING, VersionTooSoon, errors.UnsupportedOperation),
    answers="KeyVersion",
    rate=KEY_WRITES,
)
def create_key_version(ctx: Context, key: KeyRow) -> KeyVersion:
    """Add a version to a symmetric key or a pair.

    The new version of a symmetric key becomes its primary one, as by a rotation: it makes new
    ciphertexts, and the earlier versions go on opening their own. Callers of a pair name the
    version they use, so that nothing else changes for them.

    Source: KMS API reference, CreateKeyVersion (documented): of pairs in all editions, of symmetric
        keys in the newest, which Terraform's provider takes for granted. That the 7 days bind pairs
        only, and the codes for age, number and imported material (assumed).
    """
    family = spec_of(key.spec).family
    keys.refuse_services(key)
    if family is Family.MAC or key.storage is not None:
        raise errors.RejectedOperation
    if key.origin == keys.EXTERNAL:
        raise errors.UnsupportedOrigin
    versions = ctx.tx.find(KeyVersionRow, order=("number",), key_id=key.key_id)
    if len(versions) >= ctx.quota("kms.key-versions"):
        raise errors.LimitExceeded
    symmetric = family is Family.SYMMETRIC
    if not symmetric and versions[-1].created_at + LEAST_DAYS * DAY > ctx.now:
        raise VersionTooSoon
    version = material.new_version(ctx, key, versions[-1].number + 1)
    changes = _turned(key, version, ctx.now) if symmetric else {"last_rotation_at": ctx.now}
    keys.change_key(ctx, key, **changes)
    return KeyVersion.of(version)


@operation(KMS, "DescribeKeyVersion", on=keys.ANY_KEY, answers="KeyVersion", **READS)
def describe_key_version(ctx: Context, key: KeyRow, *, key_version_id: VersionId) -> KeyVersion:
    """Return one version of a key."""
    return KeyVersion.of(material.version_of(ctx, key, key_version_id))


@operation(KMS, "ListKeyVersions", on=keys.ANY_KEY, answers="KeyVersions.KeyVersion", **LISTS)
def list_key_versions(
    ctx: Context, key: KeyRow, *, page_number: PageNumber = 1, page_size: PageSize = 10
) -> Listing[KeyVersion, NumberedPage]:
    """List the versions of a key, the oldest first."""
    rows = ctx.tx.find(KeyVersionRow, order=("number",), key_id=key.key_id)
    return numbered(rows, page_number, page_size).map(KeyVersion.of)


@operation(
    KMS,
    "GetPublicKey",
    on=keys.USABLE_KEY,
    raises=(errors.UnsupportedOperation,),
    rate=ASYMMETRIC,
    reads_only=True,
)
def get_public_key(ctx: Context, key: KeyRow, *, key_version_id: VersionId) -> PublicKeyAnswer:
    """Return the public half of a pair."""
    version = material.version_of(ctx, key, key_version_id)
    return PublicKeyAnswer.of(version, public_key=pem_of(material.public_key_of(ctx, key, version)))


def pem_of(der: bytes, what: str = "PUBLIC KEY") -> str:
    """Return DER bytes under a PEM name, with a newline at the end."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join((f"-----BEGIN {what}-----", *lines, f"-----END {what}-----", ""))


# --- rotation ---


@operation(
    KMS,
    "UpdateRotationPolicy",
    on=_KEY_TO_RENEW,
    raises=_RENEWING,
    rate=KEY_WRITES,
)
def update_rotation_policy(
    ctx: Context,
    key: KeyRow,
    *,
    enable_automatic_rotation: Annotated[bool, Doc("Whether it rotates.")],
    rotation_interval: Interval | None = None,
) -> None:
    """Let a key get new material by itself, or no longer.

    The next rotation is one interval after the last; when that is past already, it is now.
    """
    if key.origin == keys.EXTERNAL:
        raise errors.UnsupportedOrigin
    keys.refuse_services(key)
    if not rotates(key):
        raise errors.RejectedOperation
    if not enable_automatic_rotation:
        keys.change_key(ctx, key, rotation_seconds=None, next_rotation_at=None)
        return
    seconds = seconds_between(rotation_interval, *ROTATION)
    last = key.last_rotation_at or key.created_at
    changes: dict[str, object] = {"next_rotation_at": Instant(last + seconds)}
    if last + seconds <= ctx.now:
        version = material.new_version(ctx, key, _next_number(ctx.tx, key))
        changes = _turned(replace(key, rotation_seconds=seconds), version, ctx.now)
    keys.change_key(ctx, key, rotation_seconds=seconds, **changes)


def rotates(row: KeyRow) -> bool:
    """Say whether a key can rotate: it is symmetric, made here, and may be used in memory."""
    external, inside = row.origin == keys.EXTERNAL, row.storage == keys.HSM_INTERNAL
    return spec_of(row.spec).rotates and not external and not inside


def is_due(row: KeyRow, now: Instant) -> bool:
    """Tell whether a key must be rotated now; a key that cannot be used waits until it can."""
    at = row.next_rotation_at
    return at is not None and at <= now and row.state == State.ENABLED


def rotate(ctx: Context, row: KeyRow, fresh: material.Fresh) -> None:
    """Give a key a new primary version; old versions go on opening their ciphertexts.

    However many dates were missed, it is one version, and the next date counts from now.
    """
    version = material.keep(ctx, row, _next_number(ctx.tx, row), fresh)
    keys.change_key(ctx, row, **_turned(row, version, ctx.now))


def _next_number(tx: Transaction, row: KeyRow) -> int:
    """Return the number of a key's next version; versions of a key are never removed."""
    return tx.count(KeyVersionRow, key_id=row.key_id) + 1


def _turned(row: KeyRow, version: KeyVersionRow, now: Instant) -> dict[str, object]:
    """Return the changes that make a version of a symmetric key its primary one, from now on."""
    seconds = row.rotation_seconds
    return {
        "primary_version": version.version_id,
        "last_rotation_at": now,
        "next_rotation_at": None if seconds is None else Instant(now + seconds),
    }
