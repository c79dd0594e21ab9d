"""Tags of every product's resources, in one table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from juyong.base.ids import AccountId
from juyong.store.table import table
from juyong.store.transaction import Transaction


@table(
    "store_tag",
    key=("account_id", "region", "resource_type", "resource_id", "tag_key"),
    index=(("account_id", "tag_key", "tag_value"),),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """One tag of one resource. Only api.resource writes it."""

    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What names one resource in the inventory and among tags; region is empty for a global one."""

    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str


def tags_of(tx: Transaction, place: Place) -> dict[str, str]:
    """Return the tags of one resource, by key and in its order."""
    return {row.tag_key: row.tag_value for row in _rows(tx, place)}


def tags_of_type(
    tx: Transaction, account_id: AccountId, resource_type: str, *, region: str = ""
) -> dict[str, dict[str, str]]:
    """Return resource id to tags, of every tagged resource of a type in one region.

    Cost: one indexed read of all these tags.
    """
    held: dict[str, dict[str, str]] = {}
    for row in tx.find(
        TagRow,
        order=("resource_id", "tag_key"),
        account_id=account_id,
        region=region,
        resource_type=resource_type,
    ):
        held.setdefault(row.resource_id, {})[row.tag_key] = row.tag_value
    return held


def put_tags(tx: Transaction, place: Place, tags: Mapping[str, str]) -> None:
    """Add tags to a resource, or change their values."""
    held = {row.tag_key: row for row in _rows(tx, place)}
    for key, value in tags.items():
        if key in held:
            tx.update(held[key], tag_value=value)
            continue
        tx.insert(
            TagRow(
                account_id=place.account_id,
                region=place.region,
                resource_type=place.resource_type,
                resource_id=place.resource_id,
                tag_key=key,
                tag_value=value,
            )
        )


def drop_tags(tx: Transaction, place: Place, keys: Iterable[str] | None = None) -> None:
    """Take tags off a resource, all of them without keys; keys that it lacks are passed over."""
    wanted = None if keys is None else frozenset(keys)
    for row in _rows(tx, place):
        if wanted is None or row.tag_key in wanted:
            tx.delete(row)


def _rows(tx: Transaction, place: Place) -> list[TagRow]:
    return tx.find(
        TagRow,
        order=("tag_key",),
        account_id=place.account_id,
        region=place.region,
        resource_type=place.resource_type,
        resource_id=place.resource_id,
    )
