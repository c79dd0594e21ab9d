"""The operations that report the last uses of an AccessKey."""

from typing import Annotated, Any

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Text
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.audit.tables import EventRow
from juyong.services.actiontrail.errors import InvalidQuery
from juyong.services.actiontrail.names import title_of
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.usage import (
    BY_ADDRESS,
    BY_EVENT,
    BY_RESOURCE,
    newest_use,
    page_of_uses,
    services_used,
    with_events,
)

_DEFAULT = 20
_SOURCE = "ManagementEvent"
_ANY = acs("actiontrail", "*")
_RATE = Rate(per_second=50)
AccessKey = Annotated[str, Text(1, 128), Doc("Its id.")]
ServiceName = Annotated[str, Text(1, 128), Doc("The product's code as events spell it.")]
PageSize = Annotated[int, Between(0, 100), Doc("1 to 100; 0 stands for the default, 20.")]


class LastUsedInfo(Shape, frozen=True, kw_only=True):
    """The newest use; a key that no event of the account knows has only its id."""

    access_key_id: str
    account_id: str | msgspec.UnsetType = msgspec.UNSET
    account_type: str | msgspec.UnsetType = msgspec.UNSET
    user_name: str | msgspec.UnsetType = msgspec.UNSET
    owner_id: str | msgspec.UnsetType = msgspec.UNSET
    service_name: str | msgspec.UnsetType = msgspec.UNSET
    service_name_cn: str | msgspec.UnsetType = msgspec.UNSET
    service_name_en: str | msgspec.UnsetType = msgspec.UNSET
    used_timestamp: int | msgspec.UnsetType = msgspec.UNSET
    source: str | msgspec.UnsetType = msgspec.UNSET
    detail: str | msgspec.UnsetType = msgspec.UNSET


class Used(Shape, frozen=True, kw_only=True):
    """The newest call that shows a use: when, in milliseconds, and its whole event."""

    source: str = _SOURCE
    used_timestamp: int
    detail: str


class UsedProduct(Used, frozen=True, kw_only=True):
    """One product and its newest call by the key."""

    service_name: str
    service_name_cn: str
    service_name_en: str


class UsedEvent(Used, frozen=True, kw_only=True):
    """One operation and its newest call."""

    event_name: str


class UsedIp(Used, frozen=True, kw_only=True):
    """One address and the newest call from it."""

    ip: str


class UsedResource(Used, frozen=True, kw_only=True):
    """One resource and the newest call about it."""

    resource_name: str
    resource_type: str


@operation(
    ACTIONTRAIL, "GetAccessKeyLastUsedInfo", resource=_ANY, rate=_RATE, reads_only=True, scans=True
)
def get_access_key_last_used_info(ctx: Context, *, access_key: AccessKey) -> LastUsedInfo:
    """Describe the last use of an AccessKey of the account: time, user and event.

    Args:
        access_key: Its id; a key of another account looks like one never used.

    Returns:
        The newest use, with its whole event; UsedTimestamp in milliseconds.

    Assumed: the answer for a key never used.
    """
    newest = newest_use(ctx, access_key)
    row = ctx.tx.get(EventRow, newest) if newest is not None else None
    if row is None:
        return LastUsedInfo(access_key_id=access_key)
    identity = msgspec.json.decode(row.body)["userIdentity"]
    return LastUsedInfo(
        access_key_id=access_key,
        account_id=row.account_id,
        account_type=identity["type"],
        user_name=row.user_name,
        owner_id=row.account_id,
        service_name=row.service_name,
        source=_SOURCE,
        **_titles(row.service_name),
        **_when(row),
    )


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedProducts",
    resource=_ANY,
    rate=_RATE,
    answers="Products",
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_products(ctx: Context, *, access_key: AccessKey) -> list[UsedProduct]:
    """List the products an AccessKey was used with, the newest use of each.

    Returns:
        The products, most recently used first.
    """
    return [
        UsedProduct(service_name=use.thing[0], **_titles(use.thing[0]), **_when(row))
        for use, row in with_events(ctx, services_used(ctx, access_key))
    ]


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedEvents",
    resource=_ANY,
    raises=(InvalidQuery,),
    rate=_RATE,
    answers="Events",
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_events(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: NextToken = "",
    page_size: PageSize = _DEFAULT,
) -> Listing[UsedEvent, TokenPage]:
    """List the operations of a product an AccessKey called, the newest call of each.

    Returns:
        A page, most recently called first.
    """
    found = page_of_uses(
        ctx, BY_EVENT, access_key, service_name, token=next_token, size=page_size or _DEFAULT
    )
    return found.map(lambda one: UsedEvent(event_name=one[0].thing[0], **_when(one[1])))


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedIps",
    resource=_ANY,
    raises=(InvalidQuery,),
    rate=_RATE,
    answers="Ips",
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_ips(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: NextToken = "",
    page_size: PageSize = _DEFAULT,
) -> Listing[UsedIp, TokenPage]:
    """List the addresses an AccessKey called a product from, the newest call of each.

    Returns:
        A page, most recently seen first.
    """
    found = page_of_uses(
        ctx, BY_ADDRESS, access_key, service_name, token=next_token, size=page_size or _DEFAULT
    )
    return found.map(lambda one: UsedIp(ip=one[0].thing[0], **_when(one[1])))


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedResources",
    resource=_ANY,
    raises=(InvalidQuery,),
    rate=_RATE,
    answers="Resources",
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_resources(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: NextToken = "",
    page_size: PageSize = _DEFAULT,
) -> Listing[UsedResource, TokenPage]:
    """List the resources of a product an AccessKey was used on, the newest call of each.

    Returns:
        A page, most recently used first.
    """
    found = page_of_uses(
        ctx, BY_RESOURCE, access_key, service_name, token=next_token, size=page_size or _DEFAULT
    )
    return found.map(
        lambda one: UsedResource(
            resource_type=one[0].thing[0], resource_name=one[0].thing[1], **_when(one[1])
        )
    )


def _titles(service_name: str) -> dict[str, Any]:
    title = title_of(service_name)
    return {"service_name_cn": title.chinese, "service_name_en": title.english}


def _when(row: EventRow) -> dict[str, Any]:
    return {"used_timestamp": row.at * 1000, "detail": row.body}
