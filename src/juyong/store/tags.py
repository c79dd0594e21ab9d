"""The tags of all resources, in one table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from juyong.base.ids import AccountId
from juyong.store.inventory import Ref
from juyong.store.table import table
from juyong.store.transaction import Transaction


@table("store_tag", key=("account_id", "resource_type", "region", "resource_id", "tag_key"))
class TagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tag of a resource; conditions of policies read it."""

    account_id: AccountId
    resource_type: str
    region: str
    resource_id: str
    tag_key: str
    tag_value: str


def tags_of(tx: Transaction, ref: Ref) -> dict[str, str]:
    """Return the tags of a resource, by key."""
    return {row.tag_key: row.tag_value for row in _rows(tx, ref)}


def tags_by_id(
    tx: Transaction, account_id: AccountId, resource_type: str, region: str
) -> Mapping[str, Mapping[str, str]]:
    """Return resource id to tags for the tagged resources of a type, in an account and region.

    Cost: one indexed read of all those tags.
    """
    held: defaultdict[str, dict[str, str]] = defaultdict(dict)
    rows = tx.find(TagRow, account_id=account_id, resource_type=resource_type, region=region)
    for row in rows:
        held[row.resource_id][row.tag_key] = row.tag_value
    return held


def put_tags(tx: Transaction, ref: Ref, tags: Mapping[str, str]) -> None:
    """Add tags to a resource, or change their values."""
    held = {row.tag_key: row for row in _rows(tx, ref)}
    for key, value in tags.items():
        if key in held:
            tx.update(held[key], tag_value=value)
        else:
            tx.insert(TagRow(**ref._asdict(), tag_key=key, tag_value=value))


def drop_tags(tx: Transaction, ref: Ref, keys: Iterable[str] | None = None) -> bool:
    """Take tags off a resource, all of them without keys; False if nothing was taken."""
    wanted = None if keys is None else frozenset(keys)
    gone = [row for row in _rows(tx, ref) if wanted is None or row.tag_key in wanted]
    for row in gone:
        tx.delete(row)
    return bool(gone)


def _rows(tx: Transaction, ref: Ref) -> list[TagRow]:
    return tx.find(TagRow, order=("tag_key",), **ref._asdict())
