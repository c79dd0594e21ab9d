"""Aliases: names of keys that can be pointed elsewhere."""

from collections.abc import Iterable
from typing import Annotated, Any

from juyong.api.access import Also, AlsoRule, acs
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Pattern, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.resource import Links, Quota, Resource
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.errors import (
    InvalidParameter,
    KeyPendingDeletion,
    LimitExceeded,
    NoAlias,
    NoKey,
    StateNotModified,
)
from juyong.services.kms.keys import key as keys
from juyong.services.kms.keys.tables import AliasRow, KeyRow
from juyong.services.kms.product import KEY_WRITES, KMS, LISTS, READS
from juyong.services.kms.tagging import need
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

_RESERVED = "alias/acs"
AliasName = Annotated[
    str,
    Text(7, 255),
    Pattern(r"alias/[A-Za-z0-9_/\-]+"),
    Doc(
        "`alias/` and up to 249 letters, digits, `_`, `-`, `/`. Names that begin with `alias/acs`"
        " are the platform's."
    ),
]
AliasExists = fact("AliasAlreadyExists", 400, "The alias already exists.", why="The name is taken.")


class Alias(Shape, frozen=True, kw_only=True):
    """A name of a key."""

    alias_name: str
    alias_arn: str
    key_id: str


def _shown(row: AliasRow) -> Alias:
    return Alias.of(row, alias_arn=ALIAS.arn_of(row))


def find_alias(ctx: Context, alias_name: str) -> AliasRow | None:
    """Return an alias of the caller; an alias goes when its key's waiting for deletion is over."""
    if alias_name.startswith(_RESERVED):
        raise InvalidParameter(name="AliasName")
    alias = ctx.tx.get(AliasRow, ctx.account_id, ctx.region, alias_name)
    return None if alias is None or _is_over(ctx, alias) else alias


def _key(_tx: Transaction, alias: AliasRow) -> Iterable[Ref]:
    yield keys.KEY.ref_of(alias.account_id, alias.region, alias.key_id)


ALIAS = Resource(
    kind="ACS::KMS::Alias",
    row=AliasRow,
    id="alias_name",
    name="alias_name",
    arn="kms:",
    regional=True,
    find=find_alias,
    missing=(NoAlias, InvalidParameter),
    taken=AliasExists,
    quota=Quota("kms.aliases", LimitExceeded),
    state=lambda _tx, row: _shown(row),
    links=(Links("attached-to", _key),),
)


def _needs(action: str, *named: Resource[Any]) -> AlsoRule:
    """Name the alias of a call, and what else is named so, such as the key that has the alias.

    SECURITY: a need of its own, since the policy of a key has no say about an alias.
    """

    def rule(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
        return tuple(need(ctx, action, each, arguments["alias_name"]) for each in named)

    return rule


@operation(
    KMS,
    "CreateAlias",
    on=keys.MANAGED_KEY,
    also=_needs("kms:CreateAlias", ALIAS),
    raises=(InvalidParameter, *ALIAS.new.errors, StateNotModified),
    rate=KEY_WRITES,
)
def create_alias(ctx: Context, key: KeyRow, *, alias_name: AliasName) -> None:
    """Give a key a name; it may have many."""
    if alias_name.startswith(_RESERVED):
        raise InvalidParameter(name="AliasName")
    _refuse_others(ctx, key)
    keys.refuse(key, keys.CHANGE)
    if ctx.tx.get(AliasRow, ctx.account_id, ctx.region, alias_name) is not None:
        raise AliasExists
    ALIAS.create(ctx, alias_name=alias_name, key_id=key.key_id)


@operation(
    KMS,
    "UpdateAlias",
    on=keys.MANAGED_KEY,
    also=_needs("kms:UpdateAlias", ALIAS, keys.KEY),
    raises=(InvalidParameter, NoAlias, KeyPendingDeletion),
    rate=KEY_WRITES,
)
def update_alias(ctx: Context, key: KeyRow, *, alias_name: AliasName) -> None:
    """Point a name at another key."""
    _refuse_others(ctx, key)
    alias = ALIAS.the(ctx, alias_name)
    keys.refuse(key, keys.LABEL)
    ALIAS.change(ctx, alias, key_id=key.key_id)


@operation(
    KMS,
    "DeleteAlias",
    on=ALIAS.by(alias_name=AliasName),
    resource=lambda ctx, arguments: (keys.key_name_of(ctx, arguments["alias_name"]),),
    resource_conditions=keys.KEY.tag_conditions,
    resource_policy=lambda ctx, arguments: keys.key_policy(ctx, arguments["alias_name"]),
    also=_needs("kms:DeleteAlias", ALIAS),
    rate=KEY_WRITES,
)
def delete_alias(ctx: Context, alias: AliasRow) -> None:
    """Take a name off its key; the key stays."""
    ALIAS.remove(ctx, alias)


@operation(
    KMS,
    "ListAliases",
    resource=acs("kms", "alias", regional=True),
    answers="Aliases.Alias",
    **LISTS,
)
def list_aliases(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 10
) -> Listing[Alias, NumberedPage]:
    """List the aliases of the account in the region, by name."""
    held = ctx.tx.find(
        AliasRow, order=("alias_name",), account_id=ctx.account_id, region=ctx.region
    )
    return numbered([row for row in held if not _is_over(ctx, row)], page_number, page_size).map(
        _shown
    )


@operation(KMS, "ListAliasesByKeyId", on=keys.MANAGED_KEY, answers="Aliases.Alias", **READS)
def list_aliases_by_key_id(
    ctx: Context, key: KeyRow, *, page_number: PageNumber = 1, page_size: PageSize = 10
) -> Listing[Alias, NumberedPage]:
    """List the aliases of one key, by name."""
    rows = ctx.tx.find(AliasRow, order=("alias_name",), key_id=key.key_id)
    return numbered(rows, page_number, page_size).map(_shown)


def _refuse_others(ctx: Context, key: KeyRow) -> None:
    """Refuse a key that an alias of the caller cannot name: another account's or region's."""
    if (key.account_id, key.region) != (ctx.account_id, ctx.region):
        raise NoKey


def _is_over(ctx: Context, alias: AliasRow) -> bool:
    """Say whether the key's waiting for deletion is over."""
    row = ctx.tx.get(KeyRow, alias.key_id)
    return row is None or keys.as_of(row, ctx.now) is None
