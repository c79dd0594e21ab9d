"""Resources as Resource Center shows them."""

from typing import Any

import msgspec

from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.services.resourcecenter.filters import Row
from juyong.store.inventory import ResourceRow, tags_held


class Tag(Shape, frozen=True, kw_only=True):
    """One tag."""

    key: str
    value: str


class Described(Shape, frozen=True, kw_only=True):
    """A resource.

    Resource groups, zones, addresses and expiry are left out: no resource of the platform has any.
    """

    account_id: str
    region_id: str
    resource_type: str
    resource_id: str
    resource_name: str
    create_time: str
    tags: list[Tag]


class Resource(Described, frozen=True, kw_only=True):
    """A resource in a search."""

    deleted: bool | msgspec.UnsetType = msgspec.UNSET


class Configuration(Described, frozen=True, kw_only=True):
    """A resource with all that the inventory keeps of it."""

    configuration: msgspec.Raw


def resource_of(row: Row) -> Resource:
    """Show a resource; one that comes from the history is deleted."""
    return Resource(
        **_members(row), deleted=msgspec.UNSET if isinstance(row, ResourceRow) else True
    )


def configuration_of(row: ResourceRow) -> Configuration:
    """Show a resource with its configuration."""
    return Configuration(**_members(row), configuration=msgspec.Raw(row.state.encode()))


def created_at(row: Row) -> Instant:
    """Return when the inventory first saw a resource; of a deleted one, when it was deleted."""
    return row.since if isinstance(row, ResourceRow) else row.at


def _members(row: Row) -> dict[str, Any]:
    return {
        "account_id": row.account_id,
        "region_id": row.region,
        "resource_type": row.resource_type,
        "resource_id": row.resource_id,
        "resource_name": row.name,
        "create_time": iso(created_at(row)),
        "tags": [Tag(key=k, value=v) for k, v in sorted(tags_held(row).items())],
    }
