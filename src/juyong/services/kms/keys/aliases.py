"""Aliases: names of keys that can be pointed elsewhere."""

from typing import Annotated

from juyong.api.access import Also, AlsoRule, TargetPolicy, acs
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Pattern, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyPendingDeletion,
    LimitExceeded,
    NoAlias,
    NoKey,
    StateNotModified,
)
from juyong.services.kms.keys.find import (
    as_of,
    find_managed_key,
    key_name_of,
    key_policy,
    key_resource,
)
from juyong.services.kms.keys.names import KeyName, alias_arn
from juyong.services.kms.keys.shapes import Alias, alias_shape
from juyong.services.kms.keys.states import NAME, RENAME, refuse
from juyong.services.kms.keys.tables import AliasRow, KeyRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS, KEY_WRITES
from juyong.services.kms.tagging import resource_tags
from juyong.store.errors import Duplicate

RESOURCE = "ACS::KMS::Alias"
MOST_ALIASES = 300
_RESERVED = "alias/acs"
AliasName = Annotated[str, Text(7, 255), Pattern(r"alias/[A-Za-z0-9_/\-]+"), Doc("The name.")]
_CREATE, _UPDATE, _DELETE = "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"


class AliasExists(ApiError):
    """The name is taken."""

    code, status, text = "AliasAlreadyExists", 400, "The alias already exists."


class AliasList(Shape, frozen=True, kw_only=True):
    """The wrapper around a list of aliases."""

    alias: list[Alias]


class ListAliasesAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of aliases."""

    aliases: AliasList


def _aliased_key(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the key an alias points at."""
    return (key_name_of(ctx, arguments["alias_name"]),)


def _aliased_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the policy of the key an alias points at."""
    return key_policy(ctx, {"key_id": arguments["alias_name"]})


def _alias_itself(action: str) -> AlsoRule:
    """Name the alias of a call.

    SECURITY: a need of its own, since the policy of a key has no say about an alias.
    """

    def rule(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
        name = alias_arn(ctx.account_id, ctx.region, arguments["alias_name"])
        return (Also(action=action, resource=name),)

    return rule


def _alias_and_its_key(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the alias, and the key that it is taken from."""
    (key,) = _aliased_key(ctx, arguments)
    taken_from = Also(
        action=_UPDATE,
        resource=key,
        conditions=resource_tags(ctx, key),
        policy=_aliased_policy(ctx, arguments),
    )
    return (*_alias_itself(_UPDATE)(ctx, arguments), taken_from)


@operation(
    KMS,
    "CreateAlias",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    also=_alias_itself(_CREATE),
    raises=(AliasNotTaken, InvalidParameter, NoKey, AliasExists, LimitExceeded, StateNotModified),
    rate=KEY_WRITES,
)
def create_alias(ctx: Context, *, alias_name: AliasName, key_id: KeyName) -> Empty:
    """Give a key a name; it may have many.

    Args:
        alias_name: `alias/` and up to 249 letters, digits, `_`, `-`, `/`. Names that begin with
            `alias/acs` are the platform's.

    Source: KMS API reference, CreateAlias (documented).
    """
    _refuse_reserved(alias_name)
    row = _own_key(ctx, key_id)
    refuse(row, NAME)
    if ctx.tx.get(AliasRow, ctx.account_id, ctx.region, alias_name) is not None:
        raise AliasExists
    held = ctx.tx.count(AliasRow, account_id=ctx.account_id, region=ctx.region)
    if held >= ctx.quota("kms.aliases", MOST_ALIASES):
        raise LimitExceeded
    alias = AliasRow(
        account_id=ctx.account_id,
        region=ctx.region,
        alias_name=alias_name,
        key_id=row.key_id,
        created_at=ctx.now,
    )
    try:
        ctx.tx.insert(alias)
    except Duplicate:
        raise AliasExists from None
    ctx.journal.record("created", RESOURCE, alias_name, alias_name, alias_shape(alias))
    return Empty()


@operation(
    KMS,
    "UpdateAlias",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    also=_alias_and_its_key,
    raises=(AliasNotTaken, InvalidParameter, NoKey, NoAlias, KeyPendingDeletion),
    rate=KEY_WRITES,
)
def update_alias(ctx: Context, *, alias_name: AliasName, key_id: KeyName) -> Empty:
    """Point a name at another key.

    Args:
        key_id: The key's id or ARN.

    Source: KMS API reference, UpdateAlias (documented).
    """
    _refuse_reserved(alias_name)
    row = _own_key(ctx, key_id)
    alias = _alias(ctx, alias_name)
    refuse(row, RENAME)
    alias = ctx.tx.update(alias, key_id=row.key_id)
    ctx.journal.record("updated", RESOURCE, alias_name, alias_name, alias_shape(alias))
    return Empty()


@operation(
    KMS,
    "DeleteAlias",
    resource=_aliased_key,
    resource_conditions=resource_tags,
    resource_policy=_aliased_policy,
    also=_alias_itself(_DELETE),
    raises=(InvalidParameter, NoAlias),
    rate=KEY_WRITES,
)
def delete_alias(ctx: Context, *, alias_name: AliasName) -> Empty:
    """Take a name off its key; the key stays.

    Source: KMS API reference, DeleteAlias (documented).
    """
    _refuse_reserved(alias_name)
    alias = _alias(ctx, alias_name)
    ctx.tx.delete(alias)
    ctx.journal.record("deleted", RESOURCE, alias_name, alias_name, alias_shape(alias))
    return Empty()


@operation(
    KMS,
    "ListAliases",
    resource=acs("kms", "alias", regional=True),
    rate=KEY_READS,
    reads_only=True,
    scans=True,
)
def list_aliases(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 10
) -> ListAliasesAnswer:
    """List the aliases of the account in the region, by name.

    Returns:
        A page of aliases.

    Source: KMS API reference, ListAliases (documented).
    """
    rows = ctx.tx.find(
        AliasRow, order=("alias_name",), account_id=ctx.account_id, region=ctx.region
    )
    return _page([row for row in rows if not _is_over(ctx, row.key_id)], page_number, page_size)


@operation(
    KMS,
    "ListAliasesByKeyId",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey),
    rate=KEY_READS,
    reads_only=True,
)
def list_aliases_by_key_id(
    ctx: Context, *, key_id: KeyName, page_number: PageNumber = 1, page_size: PageSize = 10
) -> ListAliasesAnswer:
    """List the aliases of one key, by name.

    Returns:
        A page of aliases.

    Source: KMS API reference, ListAliasesByKeyId (documented).
    """
    row = find_managed_key(ctx, key_id)
    rows = ctx.tx.find(AliasRow, order=("alias_name",), key_id=row.key_id)
    return _page(rows, page_number, page_size)


def _page(rows: list[AliasRow], page_number: int, page_size: int) -> ListAliasesAnswer:
    return ListAliasesAnswer(
        aliases=AliasList(
            alias=[alias_shape(row) for row in page_of(rows, page_number, page_size)]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(rows),
    )


def _refuse_reserved(alias_name: str) -> None:
    if alias_name.startswith(_RESERVED):
        raise InvalidParameter(name="AliasName")


def _own_key(ctx: Context, key_id: str) -> KeyRow:
    """Return a key that an alias of the caller may name: one account's, and one region's."""
    row = find_managed_key(ctx, key_id)
    if (row.account_id, row.region) != (ctx.account_id, ctx.region):
        raise NoKey
    return row


def _alias(ctx: Context, alias_name: str) -> AliasRow:
    alias = ctx.tx.get(AliasRow, ctx.account_id, ctx.region, alias_name)
    if alias is None or _is_over(ctx, alias.key_id):
        raise NoAlias
    return alias


def _is_over(ctx: Context, key_id: str) -> bool:
    """Say whether a key's waiting for deletion is over; its aliases go with it."""
    row = ctx.tx.get(KeyRow, key_id)
    return row is None or as_of(row, ctx.now) is None
