"""DescribeSecret, ListSecrets and UpdateSecret."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Clearable, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.kms.errors import InvalidParameter, NoResource, RejectedOperation
from juyong.services.kms.filters import Filters, parse_filters
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.config import read_pairs
from juyong.services.kms.secrets.create import Description
from juyong.services.kms.secrets.find import (
    InDeleteWindow,
    find_live_secret,
    find_secret,
    one_secret,
    secret_policy,
)
from juyong.services.kms.secrets.names import RESOURCE, SecretName, SecretReference
from juyong.services.kms.secrets.shapes import (
    Named,
    Optional,
    SecretState,
    TagList,
    state_of,
    tag_list,
)
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.secrets.tagged import tagged
from juyong.services.kms.tagging import resource_tags, tags_of

_FILTERS = frozenset(
    {
        *("SecretName", "Description", "SecretType", "DKMSInstanceId", "Creator"),
        *("TagKey", "TagValue"),
    }
)


class ListedSecret(Shape, frozen=True, kw_only=True):
    """A secret in a list."""

    secret_name: str
    secret_type: str
    create_time: str
    update_time: str
    planned_delete_time: Optional = msgspec.UNSET
    tags: TagList | msgspec.UnsetType = msgspec.UNSET
    owing_service: Optional = msgspec.UNSET


class SecretList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    secret: list[ListedSecret]


class ListSecretsAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of secrets."""

    secret_list: SecretList


class ConfigChange(Shape, frozen=True, kw_only=True):
    """The part of an extended configuration that can be changed."""

    custom_data: str | dict[str, str]


@operation(
    KMS,
    "DescribeSecret",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(NoResource,),
    reads_only=True,
)
def describe_secret(
    ctx: Context, *, secret_name: SecretReference, fetch_tags: bool = False
) -> SecretState:
    """Describe a secret, also one that waits to be deleted; never its value.

    Args:
        fetch_tags: Also answer its tags.

    Returns:
        The secret. EncryptionKeyId only where its owner named a key.

    Source: KMS API reference, DescribeSecret (documented); EncryptionKeyId of others (observed: a
        value would make the Terraform provider replace the secret).
    """
    row = find_secret(ctx, secret_name)
    return state_of(row, tags_of(ctx.tx, tagged(row)) if fetch_tags else None)


@operation(
    KMS,
    "ListSecrets",
    resource=acs("kms", "secret", regional=True),
    raises=(InvalidParameter,),
    reads_only=True,
    scans=True,
)
def list_secrets(
    ctx: Context,
    *,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
    fetch_tags: bool = False,
    filters: Annotated[str, Text(0, 8192)] = "",
) -> ListSecretsAnswer:
    """List the account's secrets in the region, by name, those that wait to be deleted too.

    Args:
        fetch_tags: Also answer their tags.
        filters: JSON, at most 10 of Key and Values: SecretName and Description (as they begin),
            SecretType, DKMSInstanceId, Creator, TagKey, TagValue.

    Returns:
        A page of secrets.

    Source: KMS API reference, ListSecrets (documented); that names and descriptions are compared
        by how they begin (assumed).
    """
    wanted = parse_filters(filters, _FILTERS)
    rows = ctx.tx.find(SecretRow, order=("name",), account_id=ctx.account_id, region=ctx.region)
    found = [
        row
        for row in rows
        if (row.delete_at is None or row.delete_at > ctx.now) and _fits(ctx, row, wanted)
    ]
    shown = page_of(found, page_number, page_size)
    return ListSecretsAnswer(
        secret_list=SecretList(secret=[_listed(ctx, row, fetch_tags=fetch_tags) for row in shown]),
        page_number=page_number,
        page_size=page_size,
        total_count=len(found),
    )


@operation(
    KMS,
    "UpdateSecret",
    resource=one_secret,
    resource_conditions=resource_tags,
    resource_policy=secret_policy,
    raises=(InvalidParameter, NoResource, InDeleteWindow, RejectedOperation),
)
def update_secret(
    ctx: Context,
    *,
    secret_name: SecretName,
    description: Annotated[Description, Clearable()] | None = None,
    extended_config: ConfigChange | None = None,
) -> Named:
    """Change what is said of a secret.

    Args:
        description: What it is for; empty clears it.
        extended_config: `ExtendedConfig.CustomData`, as JSON or a parameter for each of at most
            ten pairs, which take the place of those there are; not of plain generic secrets.

    Returns:
        Its name.

    Source: KMS API reference, UpdateSecret (documented).
    """
    row = find_live_secret(ctx, secret_name)
    if description is not None:
        row = ctx.tx.update(row, description=description, updated_at=ctx.now)
    if extended_config is not None:
        if not row.config:
            raise RejectedOperation
        pairs = read_pairs(extended_config.custom_data)
        row = ctx.tx.update(row, custom_data=pairs, updated_at=ctx.now)
    ctx.journal.record("updated", RESOURCE, row.name, row.name, state_of(row), owner=row.account_id)
    return Named(secret_name=row.name)


def _listed(ctx: Context, row: SecretRow, *, fetch_tags: bool) -> ListedSecret:
    return ListedSecret(
        secret_name=row.name,
        secret_type=row.secret_type,
        create_time=iso(row.created_at),
        update_time=iso(row.updated_at),
        planned_delete_time=iso(row.delete_at) if row.delete_at else msgspec.UNSET,
        tags=tag_list(tags_of(ctx.tx, tagged(row))) if fetch_tags else msgspec.UNSET,
    )


def _fits(ctx: Context, row: SecretRow, wanted: Filters) -> bool:
    exact: dict[str, set[str]] = {
        "SecretType": {row.secret_type},
        "DKMSInstanceId": {row.instance_id or ""},
        "Creator": {row.account_id},
    }
    if not all(wanted[key] & exact[key] for key in exact if key in wanted):
        return False
    begins = {"SecretName": row.name, "Description": row.description}
    if not all(begins[key].startswith(tuple(wanted[key])) for key in begins if key in wanted):
        return False
    if not {"TagKey", "TagValue"} & wanted.keys():
        return True
    return any(
        key in wanted.get("TagKey", {key}) and value in wanted.get("TagValue", {value})
        for key, value in tags_of(ctx.tx, tagged(row)).items()
    )
