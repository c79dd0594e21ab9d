"""Versions of a key, and the public half of a pair."""

import base64
import textwrap
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.engines.crypto.specs import Family, spec_of
from juyong.services.kms.errors import (
    USABLE,
    AliasNotTaken,
    KeyUnavailable,
    LimitExceeded,
    NoAlias,
    NoKey,
    NoKeyVersion,
    RejectedOperation,
    UnsupportedOperation,
    UnsupportedOrigin,
    UnsupportedProtection,
)
from juyong.services.kms.intervals import DAY
from juyong.services.kms.keys.create import EXTERNAL
from juyong.services.kms.keys.find import (
    find_key,
    find_managed_key,
    find_usable_key,
    key_policy,
    key_resource,
    refuse_unusable,
)
from juyong.services.kms.keys.material import Vault, new_version, public_key_of, version_of
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.rotation import turned
from juyong.services.kms.keys.shapes import (
    KeyVersion,
    KeyVersionAnswer,
    version_shape,
)
from juyong.services.kms.keys.tables import KeyVersionRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import ASYMMETRIC, KEY_READS, KEY_WRITES
from juyong.services.kms.tagging import resource_tags

VersionId = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9\-"), Doc("Which version.")]
MOST_PER_KEY = 50
LEAST_DAYS = 7


class VersionTooSoon(ApiError):
    """Seven days must pass between two versions of a pair."""

    code, status = "Rejected.UnsupportedOperation", 400
    text = "A new version can be created 7 days after the last one at the earliest."


class KeyVersionList(Shape, frozen=True, kw_only=True):
    """The wrapper around a list of versions."""

    key_version: list[KeyVersion]


class ListKeyVersionsAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of versions."""

    key_versions: KeyVersionList


class PublicKeyAnswer(Shape, frozen=True, kw_only=True):
    """The public half of one version."""

    key_id: str
    key_version_id: str
    public_key: str


@operation(
    KMS,
    "CreateKeyVersion",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(
        *USABLE,
        AliasNotTaken,
        NoKey,
        RejectedOperation,
        UnsupportedOrigin,
        VersionTooSoon,
        LimitExceeded,
        UnsupportedOperation,
        UnsupportedProtection,
        KeyUnavailable,
    ),
    rate=KEY_WRITES,
)
def create_key_version(ctx: Context, *, key_id: KeyName) -> KeyVersionAnswer:
    """Add a version to a symmetric key or a pair.

    The new version of a symmetric key becomes its primary one, as by a rotation: it makes new
    ciphertexts, and the earlier versions go on opening theirs. Callers of a pair name the version
    they use, so that nothing else changes for them.

    Returns:
        The version.

    Source: KMS API reference, CreateKeyVersion (documented): of pairs in all editions, of symmetric
        keys in the newest, which Terraform's provider takes for granted. That the 7 days bind
        pairs alone, and the codes for age, number and imported material (assumed).
    """
    row = find_managed_key(ctx, key_id)
    refuse_unusable(row)
    family = spec_of(row.spec).family
    if family is Family.MAC or row.storage is not None or row.owner_service is not None:
        raise RejectedOperation
    if row.origin == EXTERNAL:
        raise UnsupportedOrigin
    versions = ctx.tx.find(KeyVersionRow, order=("number",), key_id=row.key_id)
    if len(versions) >= ctx.quota("kms.key-versions", MOST_PER_KEY):
        raise LimitExceeded
    symmetric = family is Family.SYMMETRIC
    if not symmetric and versions[-1].created_at + LEAST_DAYS * DAY > ctx.now:
        raise VersionTooSoon
    version = new_version(ctx, row, versions[-1].number + 1)
    if symmetric:
        row = turned(Vault.of(ctx), row, version)
    else:
        row = ctx.tx.update(row, last_rotation_at=ctx.now)
    note_key(ctx.tx, ctx.journal, "updated", row)
    return KeyVersionAnswer(key_version=version_shape(version))


@operation(
    KMS,
    "DescribeKeyVersion",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(NoKey, NoAlias, NoKeyVersion),
    rate=KEY_READS,
    reads_only=True,
)
def describe_key_version(
    ctx: Context, *, key_id: KeyName, key_version_id: VersionId
) -> KeyVersionAnswer:
    """Return one version of a key.

    Args:
        key_id: Its id, an alias of it, or the ARN of either.
        key_version_id: The version.

    Returns:
        The version.

    Source: KMS API reference, DescribeKeyVersion (documented).
    """
    row = find_key(ctx, key_id)
    return KeyVersionAnswer(key_version=version_shape(version_of(ctx, row, key_version_id)))


@operation(
    KMS,
    "ListKeyVersions",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(NoKey, NoAlias),
    rate=KEY_READS,
    reads_only=True,
    scans=True,
)
def list_key_versions(
    ctx: Context,
    *,
    key_id: KeyName,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> ListKeyVersionsAnswer:
    """List the versions of a key, the oldest first.

    Args:
        key_id: Its id, an alias of it, or the ARN of either.

    Returns:
        A page of versions.

    Source: KMS API reference, ListKeyVersions (documented); the order (assumed).
    """
    row = find_key(ctx, key_id)
    rows = ctx.tx.find(KeyVersionRow, order=("number",), key_id=row.key_id)
    return ListKeyVersionsAnswer(
        key_versions=KeyVersionList(
            key_version=[version_shape(one) for one in page_of(rows, page_number, page_size)]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(rows),
    )


@operation(
    KMS,
    "GetPublicKey",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(*USABLE, NoKey, NoAlias, NoKeyVersion, UnsupportedOperation),
    rate=ASYMMETRIC,
    reads_only=True,
)
def get_public_key(
    ctx: Context,
    *,
    key_id: KeyName,
    key_version_id: VersionId,
    dry_run: bool = False,  # noqa: ARG001  # the gateway's
) -> PublicKeyAnswer:
    """Return the public half of a pair.

    Args:
        key_id: Its id, an alias of it, or the ARN of either.
        key_version_id: The version.
        dry_run: Only check.

    Returns:
        PEM SubjectPublicKeyInfo.

    Source: KMS API reference, GetPublicKey (documented); the last refusal (assumed).
    """
    row = find_usable_key(ctx, key_id)
    version = version_of(ctx, row, key_version_id)
    return PublicKeyAnswer(
        key_id=row.key_id,
        key_version_id=version.version_id,
        public_key=pem_of(public_key_of(ctx, row, version)),
    )


def pem_of(der: bytes, what: str = "PUBLIC KEY") -> str:
    """Return a public key, or what else is named, as PEM with a newline at its end."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join((f"-----BEGIN {what}-----", *lines, f"-----END {what}-----", ""))
