"""SSH key pairs: made, imported, listed and deleted.

Source: ECS API reference, CreateKeyPair, ImportKeyPair, DescribeKeyPairs, DeleteKeyPairs
(documented). The private key is PKCS#8 PEM as the text says; that the fingerprint has 16 bytes
(MD5, as DescribeKeyPairs says) and not 20, as an example shows, is assumed.
"""

from typing import Annotated, Any

import msgspec

from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Pattern, Raises, Text
from juyong.api.listing import NumberedPage, numbered
from juyong.api.operation import Prepare, operation
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.ids import new_instance_id
from juyong.base.secret import Secret
from juyong.content.regions import is_known_region
from juyong.engines.credentials.ssh_keys import (
    BadPublicKey,
    SshPublicKey,
    new_rsa_key,
    parse_public_key,
)
from juyong.engines.policy.wildcard import matches
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tables import KeyPairRow
from juyong.services.ecs.tags import RULES, TagFilter, Tags
from juyong.services.network.tables import InstanceRow

_MOST_AT_ONCE = 100

Name = Annotated[
    str,
    Pattern(r"(?!https?://)[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff:_\-]{1,127}"),
    Doc("2 to 128 letters, digits, `:`, `_` and `-`, a letter first."),
]
LikeName = Annotated[str, Text(1, 128), Doc("Only those with this name; `*` stands for any text.")]
Fingerprint = Annotated[str, Text(1, 128), Doc("Only those with this fingerprint.")]
NO_RESOURCE_GROUPS = {"ResourceGroupId": "there are no resource groups"}
NoRegion = fact(
    "InvalidRegionId.NotFound",
    404,
    "The specified RegionId does not exist.",
    why="The parameter names another region than the one called, or that one is no region.",
)
Region = Annotated[str, Text(1, 64), Doc("The region."), Raises((NoRegion,))]
NoKeyPair = fact(
    "InvalidKeyPairName.NotFound",
    404,
    "The specified KeyPairName does not exist.",
    why="The region has no key pair of that name.",
)
KeyPairExists = fact(
    "KeyPair.AlreadyExist",
    400,
    "The key pair already exist.",
    why="The region has a key pair of that name.",
)
TooManyKeyPairs = fact(
    "QuotaExceed.KeyPair",
    403,
    "The key pair quota exceeds.",
    why="The region holds the quota `ecs.key-pairs`.",
)
BadPublicKeyBody = fact(
    "InvalidPublicKeyBody.Malformed",
    400,
    "The PublicKeyBody format is not supported.",
    why="The public key cannot be read.",
)
KeyPairInUse = fact(
    "InvalidParameter.KeypairAlreadyAttachedInstance",
    400,
    "The key pair is attached to an instance.",
    why="An instance has the key pair.",
)
BadNames = fact(
    "InvalidKeyPairNames.ValueNotSupported",
    400,
    'The specified parameter "KeyPairNames" is not valid.',
    why="The names are no JSON array of texts, or too many.",
)


class ImportedKeyPair(Shape, frozen=True, kw_only=True):
    """The key pair just stored."""

    key_pair_name: str
    key_pair_finger_print: Annotated[str, Of("fingerprint")]


class NewKeyPair(ImportedKeyPair, frozen=True, kw_only=True):
    """The key pair just made, with the private key, which is shown only here."""

    key_pair_id: str
    private_key_body: Secret


class KeyPair(ImportedKeyPair, frozen=True, kw_only=True):
    """A key pair in a list."""

    creation_time: CreateDate
    tags: TagList
    public_key: str | msgspec.UnsetType = msgspec.UNSET


class KeyPairState(ImportedKeyPair, frozen=True, kw_only=True):
    """The inventory's state of a key pair."""

    key_pair_id: str
    creation_time: CreateDate
    public_key: str


KEY_PAIR = Resource(
    kind="ACS::ECS::KeyPair",
    row=KeyPairRow,
    id="key_pair_name",
    name="key_pair_name",
    arn="ecs:keypair/",
    regional=True,
    find=lambda ctx, name: ctx.tx.get(KeyPairRow, ctx.account_id, ctx.region, name),
    missing=NoKeyPair,
    taken=KeyPairExists,
    quota=Quota("ecs.key-pairs", TooManyKeyPairs),
    state=KeyPairState,
    tags=RULES,
)


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name each key pair to delete."""
    try:
        names = _names(arguments["key_pair_names"])
    except BadNames:
        names = ["*"]
    return tuple(KEY_PAIR.arn_named(ctx, name) for name in names)


def check_region(ctx: Context, region_id: str) -> None:
    """Refuse a call whose address and parameter name different regions, or one that is none."""
    if region_id != ctx.region or not is_known_region(region_id, ctx.platform.region):
        raise NoRegion


def _keep(ctx: Context, name: str, public: SshPublicKey, tags: Tags | None) -> KeyPairRow:
    return KEY_PAIR.create(
        ctx,
        RULES.checked(pairs_of(tags)),
        key_pair_name=name,
        key_pair_id=new_instance_id("ssh"),
        public_key=public.line,
        fingerprint=public.fingerprint,
    )


def _make(_platform: Platform, _arguments: Arguments, _found: Any) -> tuple[Secret, SshPublicKey]:
    private, public = new_rsa_key()
    return Secret(private), public


@operation(
    ECS,
    "CreateKeyPair",
    on=KEY_PAIR.new,
    prepare=Prepare(work=_make),
    unsupported=NO_RESOURCE_GROUPS,
)
def create_key_pair(
    ctx: Context,
    *,
    region_id: Region,
    key_pair_name: Name,
    tag: Tags | None = None,
    prepared: tuple[Secret, SshPublicKey],
) -> NewKeyPair:
    """Make an RSA key pair of 2048 bits and keep its public key.

    Returns:
        The private key (PKCS#8 PEM), which is shown only here, and the fingerprint.
    """
    check_region(ctx, region_id)
    private, public = prepared
    return NewKeyPair.of(_keep(ctx, key_pair_name, public, tag), private_key_body=private)


@operation(
    ECS,
    "ImportKeyPair",
    on=KEY_PAIR.new,
    unsupported=NO_RESOURCE_GROUPS,
    raises=(BadPublicKeyBody,),
)
def import_key_pair(
    ctx: Context,
    *,
    region_id: Region,
    key_pair_name: Name,
    public_key_body: str,
    tag: Tags | None = None,
) -> ImportedKeyPair:
    """Keep a public key that was made elsewhere.

    Args:
        public_key_body: RSA, Ed25519 or ECDSA, in OpenSSH's format.
    """
    check_region(ctx, region_id)
    try:
        public = parse_public_key(public_key_body)
    except BadPublicKey:
        raise BadPublicKeyBody from None
    return ImportedKeyPair.of(_keep(ctx, key_pair_name, public, tag))


@operation(
    ECS,
    "DescribeKeyPairs",
    on=KEY_PAIR.all,
    unsupported=NO_RESOURCE_GROUPS,
    answers="KeyPairs.KeyPair",
    reads_only=True,
    scans=True,
)
def describe_key_pairs(
    ctx: Context,
    *,
    region_id: Region,
    key_pair_name: LikeName | None = None,
    key_pair_finger_print: Fingerprint | None = None,
    include_public_key: Annotated[bool, Doc("Return public keys too.")] = False,
    tag: TagFilter | None = None,
    page_number: Annotated[int, Between(1, 2**31 - 1), Doc("From 1.")] = 1,
    page_size: Annotated[int, Between(1, 50), Doc("1 to 50.")] = 10,
) -> Listing[KeyPair, NumberedPage]:
    """List the key pairs of a region, by name."""
    check_region(ctx, region_id)
    held, wanted = KEY_PAIR.tags_by_id(ctx), pairs_of(tag)
    rows = [
        row
        for row in ctx.tx.find(
            KeyPairRow, order=("key_pair_name",), account_id=ctx.account_id, region=ctx.region
        )
        if (key_pair_name is None or matches(key_pair_name, row.key_pair_name))
        and key_pair_finger_print in (None, row.fingerprint)
        and bears(held.get(row.key_pair_name, {}), wanted)
    ]

    def shown(row: KeyPairRow) -> KeyPair:
        key = row.public_key if include_public_key else msgspec.UNSET
        return KeyPair.of(row, tags=tag_list(held.get(row.key_pair_name, {})), public_key=key)

    return numbered(rows, page_number, page_size).map(shown)


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
    resource_conditions=KEY_PAIR.tag_conditions,
    raises=(BadNames, KeyPairInUse),
)
def delete_key_pairs(ctx: Context, *, region_id: Region, key_pair_names: str) -> None:
    """Delete key pairs; names that no key pair has are passed over.

    Args:
        key_pair_names: A JSON array of up to 100 names; each must be allowed.
    """
    check_region(ctx, region_id)
    instances = ctx.tx.find(InstanceRow, account_id=ctx.account_id, region=ctx.region)
    used = {each.key_pair_name for each in instances}
    for name in _names(key_pair_names):
        row = KEY_PAIR.find(ctx, name)
        if row is not None:
            if name in used:
                raise KeyPairInUse
            KEY_PAIR.remove(ctx, row)
