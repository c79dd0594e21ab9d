"""SSH key pairs: made, imported, listed and deleted.

Source: ECS API reference, CreateKeyPair, ImportKeyPair, DescribeKeyPairs, DeleteKeyPairs
(documented). The private key is PKCS#8 PEM as the text says; that the fingerprint has 16 bytes
(MD5, as DescribeKeyPairs says) and not 20, as an example shows, is assumed.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ApiError
from juyong.api.fields import Between, Doc, Pattern, Text
from juyong.api.listing import NumberedPage, page_of
from juyong.api.operation import Prepare, operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.base.ids import new_instance_id
from juyong.base.secret import Secret
from juyong.engines.credentials.ssh_keys import (
    BadPublicKey,
    SshPublicKey,
    new_rsa_key,
    parse_public_key,
)
from juyong.engines.policy.wildcard import matches
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tables import KeyPairRow, KeyPairTagRow
from juyong.services.ecs.tags import (
    BadTagKey,
    BadTagValue,
    Tag,
    TagKeysRepeat,
    TagList,
    TagParameter,
    Tags,
    bears,
    check_tags,
    tags_by_name,
    tags_of_resource,
    tags_sent,
)
from juyong.store.errors import Duplicate
from juyong.store.inventory import Change

RESOURCE = "ACS::ECS::KeyPair"
MOST = 500
_MOST_AT_ONCE = 100

Region = Annotated[str, Text(1, 64), Doc("The region.")]
Name = Annotated[
    str,
    Pattern(r"(?!https?://)[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff:_\-]{1,127}"),
    Doc("2 to 128 letters, digits, `:`, `_` and `-`, a letter first."),
]
_NO_GROUPS = "there are no resource groups"


class NoRegion(ApiError):
    """The parameter names another region than the one called."""

    code, status = "InvalidRegionId.NotFound", 404
    text = "The specified RegionId does not exist."


class KeyPairExists(ApiError):
    """The region has a key pair of that name."""

    code, status, text = "KeyPair.AlreadyExist", 400, "The key pair already exist."


class TooManyKeyPairs(ApiError):
    """The region holds the quota `ecs.key-pairs`."""

    code, status, text = "QuotaExceed.KeyPair", 403, "The key pair quota exceeds."


class BadPublicKeyBody(ApiError):
    """The public key cannot be read."""

    code, status = "InvalidPublicKeyBody.Malformed", 400
    text = "The PublicKeyBody format is not supported."


class BadNames(ApiError):
    """The names are no JSON array of texts, or too many."""

    code, status = "InvalidKeyPairNames.ValueNotSupported", 400
    text = 'The specified parameter "KeyPairNames" is not valid.'


class KeyPair(Shape, frozen=True, kw_only=True):
    """A key pair in a list."""

    key_pair_name: str
    key_pair_finger_print: str
    creation_time: str
    tags: TagList
    public_key: str | msgspec.UnsetType = msgspec.UNSET


class KeyPairList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    key_pair: list[KeyPair]


class DescribeKeyPairsAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of key pairs."""

    key_pairs: KeyPairList


class ImportKeyPairAnswer(Shape, frozen=True, kw_only=True):
    """The key pair just stored."""

    key_pair_name: str
    key_pair_finger_print: str


class CreateKeyPairAnswer(ImportKeyPairAnswer, frozen=True, kw_only=True):
    """The key pair just made, with the private key, which is shown only here."""

    key_pair_id: str
    private_key_body: Secret


def _all(ctx: Context, _arguments: Arguments) -> tuple[str, ...]:
    """Name `acs:ecs:<region>:<account>:keypair/*`."""
    return (f"acs:ecs:{ctx.region}:{ctx.account_id}:keypair/*",)


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name `acs:ecs:<region>:<account>:keypair/<name>` of each name."""
    try:
        names = _names(arguments["key_pair_names"])
    except BadNames:
        return _all(ctx, arguments)
    return tuple(f"acs:ecs:{ctx.region}:{ctx.account_id}:keypair/{name}" for name in names)


def _check_region(ctx: Context, region_id: str) -> None:
    """Refuse a call whose address and parameter name different regions."""
    if region_id != ctx.region:
        raise NoRegion


def _store(
    ctx: Context, name: str, public: SshPublicKey, tags: list[TagParameter] | None
) -> KeyPairRow:
    """Keep a public key under a name.

    Raises:
        KeyPairExists, TooManyKeyPairs, TagKeysRepeat, BadTagKey, BadTagValue: it cannot be.
    """
    check_tags(tags or [])
    held = ctx.tx.count(KeyPairRow, account_id=ctx.account_id, region=ctx.region)
    if held >= ctx.quota("ecs.key-pairs", MOST):
        raise TooManyKeyPairs
    row = KeyPairRow(
        account_id=ctx.account_id,
        region=ctx.region,
        key_pair_name=name,
        key_pair_id=new_instance_id("ssh"),
        public_key=public.line,
        fingerprint=public.fingerprint,
        created_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise KeyPairExists from None
    for tag in tags or []:
        ctx.tx.insert(
            KeyPairTagRow(
                account_id=ctx.account_id,
                region=ctx.region,
                key_pair_name=name,
                tag_key=tag.key,
                tag_value=tag.value,
            )
        )
    _note(ctx, "created", row, {tag.key: tag.value for tag in tags or []})
    return row


def _note(ctx: Context, change: Change, row: KeyPairRow, tags: Mapping[str, str]) -> None:
    ctx.journal.record(change, RESOURCE, row.key_pair_name, row.key_pair_name, _shown(row, tags))


def _shown(row: KeyPairRow, tags: Mapping[str, str], *, key: bool = True) -> KeyPair:
    return KeyPair(
        key_pair_name=row.key_pair_name,
        key_pair_finger_print=row.fingerprint,
        creation_time=iso(row.created_at),
        tags=TagList(tag=[Tag(tag_key=k, tag_value=v) for k, v in sorted(tags.items())]),
        public_key=row.public_key if key else msgspec.UNSET,
    )


def _make(_platform: Platform, _arguments: Arguments, _found: Any) -> tuple[Secret, SshPublicKey]:
    private, public = new_rsa_key()
    return Secret(private), public


@operation(
    ECS,
    "CreateKeyPair",
    resource=_all,
    conditions=tags_sent,
    prepare=Prepare(work=_make),
    unsupported={"ResourceGroupId": _NO_GROUPS},
    raises=(NoRegion, KeyPairExists, TooManyKeyPairs, TagKeysRepeat, BadTagKey, BadTagValue),
)
def create_key_pair(
    ctx: Context,
    *,
    region_id: Region,
    key_pair_name: Name,
    tag: Tags | None = None,
    prepared: tuple[Secret, SshPublicKey],
) -> CreateKeyPairAnswer:
    """Make an RSA key pair of 2048 bits and keep its public key.

    Returns:
        The private key (PKCS#8 PEM), which is shown only here, and the fingerprint.
    """
    _check_region(ctx, region_id)
    private, public = prepared
    row = _store(ctx, key_pair_name, public, tag)
    return CreateKeyPairAnswer(
        key_pair_name=row.key_pair_name,
        key_pair_finger_print=row.fingerprint,
        key_pair_id=row.key_pair_id,
        private_key_body=private,
    )


@operation(
    ECS,
    "ImportKeyPair",
    resource=_all,
    conditions=tags_sent,
    unsupported={"ResourceGroupId": _NO_GROUPS},
    raises=(
        NoRegion,
        BadPublicKeyBody,
        KeyPairExists,
        TooManyKeyPairs,
        TagKeysRepeat,
        BadTagKey,
        BadTagValue,
    ),
)
def import_key_pair(
    ctx: Context,
    *,
    region_id: Region,
    key_pair_name: Name,
    public_key_body: str,
    tag: Tags | None = None,
) -> ImportKeyPairAnswer:
    """Keep a public key that was made elsewhere.

    Args:
        public_key_body: RSA, Ed25519 or ECDSA, in OpenSSH's format.

    Returns:
        The fingerprint.
    """
    _check_region(ctx, region_id)
    try:
        public = parse_public_key(public_key_body)
    except BadPublicKey:
        raise BadPublicKeyBody from None
    row = _store(ctx, key_pair_name, public, tag)
    return ImportKeyPairAnswer(
        key_pair_name=row.key_pair_name, key_pair_finger_print=row.fingerprint
    )


@operation(
    ECS,
    "DescribeKeyPairs",
    resource=_all,
    unsupported={"ResourceGroupId": _NO_GROUPS},
    raises=(NoRegion,),
    reads_only=True,
    scans=True,
)
def describe_key_pairs(
    ctx: Context,
    *,
    region_id: Region,
    key_pair_name: Annotated[str, Text(1, 128)] | None = None,
    key_pair_finger_print: Annotated[str, Text(1, 128)] | None = None,
    include_public_key: bool = False,
    tag: Tags | None = None,
    page_number: Annotated[int, Between(1, 2**31 - 1)] = 1,
    page_size: Annotated[int, Between(1, 50)] = 10,
) -> DescribeKeyPairsAnswer:
    """List the key pairs of a region, by name.

    Args:
        key_pair_name: Only those with this name; `*` stands for any text.
        key_pair_finger_print: Only those with this fingerprint.
        include_public_key: Return public keys too.
        tag: Only those that bear all these tags; an empty value means any.
        page_number: From 1.
        page_size: 1 to 50.

    Returns:
        A page of key pairs.
    """
    _check_region(ctx, region_id)
    held = tags_by_name(ctx)
    rows = [
        row
        for row in ctx.tx.find(
            KeyPairRow, order=("key_pair_name",), account_id=ctx.account_id, region=ctx.region
        )
        if (key_pair_name is None or matches(key_pair_name, row.key_pair_name))
        and key_pair_finger_print in (None, row.fingerprint)
        and all(bears(held.get(row.key_pair_name, {}), t) for t in tag or [])
    ]
    return DescribeKeyPairsAnswer(
        key_pairs=KeyPairList(
            key_pair=[
                _shown(row, held.get(row.key_pair_name, {}), key=include_public_key)
                for row in page_of(rows, page_number, page_size)
            ]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(rows),
    )


def _names(text: str) -> list[str]:
    """Read the names to delete: a JSON array, or names separated by commas.

    Raises:
        BadNames: neither, or more than 100.
    """
    if text.startswith("["):
        try:
            names = msgspec.json.decode(text, type=list[str])
        except (msgspec.DecodeError, RecursionError) as bad:
            raise BadNames from bad
    else:
        names = text.split(",")
    if not 1 <= len(names) <= _MOST_AT_ONCE or not all(names):
        raise BadNames
    return list(dict.fromkeys(names))


@operation(
    ECS,
    "DeleteKeyPairs",
    resource=_each,
    resource_conditions=tags_of_resource,
    raises=(NoRegion, BadNames),
)
def delete_key_pairs(ctx: Context, *, region_id: Region, key_pair_names: str) -> Empty:
    """Delete key pairs; names that no key pair has are passed over.

    Args:
        key_pair_names: A JSON array of up to 100 names; each must be allowed.
    """
    _check_region(ctx, region_id)
    held = tags_by_name(ctx)
    for name in _names(key_pair_names):
        row = ctx.tx.get(KeyPairRow, ctx.account_id, ctx.region, name)
        if row is None:
            continue
        for tag in ctx.tx.find(
            KeyPairTagRow, account_id=ctx.account_id, region=ctx.region, key_pair_name=name
        ):
            ctx.tx.delete(tag)
        ctx.tx.delete(row)
        _note(ctx, "deleted", row, held.get(name, {}))
    return Empty()
