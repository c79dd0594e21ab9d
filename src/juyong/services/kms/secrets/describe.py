"""Operations on secrets as they are: show, list, describe, own policy; and random passwords."""

import string
from typing import Annotated

import msgspec

from juyong.api.access import Entry, acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Raises, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Shape, UpdateDate
from juyong.api.tags import TagList, tag_list
from juyong.api.wrapping import Listing
from juyong.base.ids import new_password
from juyong.base.secret import Secret
from juyong.services.kms.errors import InvalidParameter, RejectedOperation
from juyong.services.kms.filters import Filters, fits_tags, parse_filters
from juyong.services.kms.keys.policy import (
    PolicyName,
    PolicyNotTaken,
    PolicyText,
    checked_policy,
    default_policy,
)
from juyong.services.kms.product import KMS, NewDescription, taking
from juyong.services.kms.secrets.config import read_pairs
from juyong.services.kms.secrets.secret import (
    ANY_SECRET,
    LIVE_SECRET,
    ONE_SECRET,
    SECRET,
    DeleteTime,
    SecretNamed,
    SecretState,
    change_secret,
)
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.shown import Optional

_EXACTLY = {"SecretType": "secret_type", "DKMSInstanceId": "instance_id", "Creator": "account_id"}
_AS_IT_BEGINS = {"SecretName": "name", "Description": "description"}
_FILTERS = frozenset({*_EXACTLY, *_AS_IT_BEGINS, "TagKey", "TagValue"})
Excluded = Annotated[
    str, Text(0, 128), Raises((InvalidParameter,)), Doc("Characters it must not have.")
]
SecretFilters = Annotated[
    str,
    Text(0, 8192),
    Raises((InvalidParameter,)),
    Doc(
        "JSON, at most 10 of Key and Values: SecretName and Description (as they begin),"
        " SecretType, DKMSInstanceId, Creator, TagKey, TagValue."
    ),
]


class ListedSecret(Shape, frozen=True, kw_only=True):
    """A secret in a list."""

    secret_name: SecretNamed
    secret_type: str
    create_time: CreateDate
    update_time: UpdateDate
    planned_delete_time: DeleteTime = msgspec.UNSET
    tags: TagList | msgspec.UnsetType = msgspec.UNSET
    owing_service: Optional = msgspec.UNSET


class ConfigChange(Shape, frozen=True, kw_only=True):
    """CustomData, as JSON or a parameter for each of at most ten pairs, in place of the old."""

    custom_data: str | dict[str, str]


@operation(KMS, "DescribeSecret", on=ANY_SECRET, reads_only=True)
def describe_secret(
    ctx: Context,
    secret: SecretRow,
    *,
    fetch_tags: Annotated[bool, Doc("Also answer its tags.")] = False,
) -> SecretState:
    """Describe a secret, also one that waits to be deleted; never its value.

    Source: KMS API reference, DescribeSecret (documented); EncryptionKeyId only where the owner
        named a key (observed: a value would make the Terraform provider replace the secret).
    """
    return SecretState.of(secret, tags=_tags(ctx, secret, wanted=fetch_tags))


@operation(
    KMS,
    "ListSecrets",
    resource=acs("kms", "secret", regional=True),
    answers="SecretList.Secret",
    reads_only=True,
    scans=True,
)
def list_secrets(
    ctx: Context,
    *,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
    fetch_tags: Annotated[bool, Doc("Also answer their tags.")] = False,
    filters: SecretFilters = "",
) -> Listing[ListedSecret, NumberedPage]:
    """List the account's secrets in the region, by name, those that wait to be deleted too.

    Assumed: that names and descriptions are compared by how they begin.
    """
    wanted = parse_filters(filters, _FILTERS)
    rows = ctx.tx.find(SecretRow, order=("name",), account_id=ctx.account_id, region=ctx.region)
    found = [
        row
        for row in rows
        if (row.delete_at is None or row.delete_at > ctx.now) and _fits(ctx, row, wanted)
    ]
    return numbered(found, page_number, page_size).map(
        lambda row: ListedSecret.of(row, tags=_tags(ctx, row, wanted=fetch_tags))
    )


def _tags(ctx: Context, row: SecretRow, *, wanted: bool) -> TagList | msgspec.UnsetType:
    return tag_list(SECRET.tags_of(ctx.tx, row)) if wanted else msgspec.UNSET


def _fits(ctx: Context, row: SecretRow, wanted: Filters) -> bool:
    for key, column in (_EXACTLY | _AS_IT_BEGINS).items():
        found, values = getattr(row, column) or "", wanted.get(key)
        if values is None:
            continue
        if not (found.startswith(tuple(values)) if key in _AS_IT_BEGINS else found in values):
            return False
    return fits_tags(wanted, lambda: SECRET.tags_of(ctx.tx, row))


@operation(KMS, "UpdateSecret", on=LIVE_SECRET, answers="SecretName")
def update_secret(
    ctx: Context,
    secret: SecretRow,
    *,
    description: NewDescription | None = None,
    extended_config: Annotated[ConfigChange, Raises((InvalidParameter, RejectedOperation))]
    | None = None,
) -> str:
    """Change the description of a secret, or its custom data; plain generic ones have none."""
    changes: dict[str, object] = {}
    if description is not None:
        changes["description"] = description
    if extended_config is not None:
        if not secret.config:
            raise RejectedOperation
        changes["custom_data"] = read_pairs(extended_config.custom_data)
    if changes:
        change_secret(ctx, secret, **changes)
    return secret.name


_NAMED = {"policy_name": PolicyName | None}


@operation(KMS, "SetSecretPolicy", on=taking(LIVE_SECRET, **_NAMED), methods=("POST",))
def set_secret_policy(ctx: Context, secret: SecretRow, *, policy: PolicyText) -> None:
    """Set the policy of a secret of an instance, which counts in addition to RAM's policies."""
    checked_policy(policy, secret.instance_id)
    change_secret(ctx, secret, policy=policy)


@operation(
    KMS, "GetSecretPolicy", on=taking(ONE_SECRET, **_NAMED), answers="Policy", reads_only=True
)
def get_secret_policy(_ctx: Context, secret: SecretRow) -> str:
    """Return the policy of a secret of an instance: as it was set, or the default policy."""
    if secret.instance_id is None:
        raise PolicyNotTaken
    return secret.policy or default_policy(secret.account_id, "secret")


@operation(
    KMS, "GetRandomPassword", entry=Entry.IDENTIFIED, answers="RandomPassword", reads_only=True
)
def get_random_password(
    _ctx: Context,
    *,
    password_length: Annotated[int, Between(8, 128), Doc("In characters.")] = 32,
    exclude_characters: Excluded = "",
    exclude_lowercase: Annotated[bool, Doc("No small letters.")] = False,
    exclude_uppercase: Annotated[bool, Doc("No capital letters.")] = False,
    exclude_numbers: Annotated[bool, Doc("No digits.")] = False,
    exclude_punctuation: Annotated[bool, Doc("None of the 32 signs of ASCII.")] = False,
    require_each_included_type: Annotated[bool, Doc("At least one of each type.")] = True,
) -> Secret:
    """Draw a password that is not kept; needs no permission.

    Assumed: a type of which every character is excluded counts as excluded.
    """
    excluded = set(exclude_characters)
    types = (
        (string.ascii_lowercase, exclude_lowercase),
        (string.ascii_uppercase, exclude_uppercase),
        (string.digits, exclude_numbers),
        (string.punctuation, exclude_punctuation),
    )
    left = [set(chars) - excluded for chars, without in types if not without]
    classes = ["".join(sorted(chars)) for chars in left if chars]
    if not classes:
        raise InvalidParameter(name="ExcludeCharacters")
    return new_password(password_length, classes, each=require_each_included_type)
