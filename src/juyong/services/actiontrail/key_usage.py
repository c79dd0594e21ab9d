"""What an AccessKey was last used for: the operations."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Text
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
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


class UsedProduct(Shape, frozen=True, kw_only=True):
    """One product and its newest call by the key."""

    service_name: str
    service_name_cn: str
    service_name_en: str
    source: str
    used_timestamp: int
    detail: str


class UsedEvent(Shape, frozen=True, kw_only=True):
    """One operation and its newest call."""

    event_name: str
    source: str
    used_timestamp: int
    detail: str


class UsedIp(Shape, frozen=True, kw_only=True):
    """One address and the newest call from it."""

    ip: str
    source: str
    used_timestamp: int
    detail: str


class UsedResource(Shape, frozen=True, kw_only=True):
    """One resource and the newest call about it."""

    resource_name: str
    resource_type: str
    source: str
    used_timestamp: int
    detail: str


class ProductsAnswer(Shape, frozen=True, kw_only=True):
    """Every product the key was used with."""

    products: list[UsedProduct]


class EventsAnswer(Shape, frozen=True, kw_only=True):
    """A page of operations."""

    events: list[UsedEvent]
    next_token: str | msgspec.UnsetType = msgspec.UNSET


class IpsAnswer(Shape, frozen=True, kw_only=True):
    """A page of addresses."""

    ips: list[UsedIp]
    next_token: str | msgspec.UnsetType = msgspec.UNSET


class ResourcesAnswer(Shape, frozen=True, kw_only=True):
    """A page of resources."""

    resources: list[UsedResource]
    next_token: str | msgspec.UnsetType = msgspec.UNSET


@operation(
    ACTIONTRAIL, "GetAccessKeyLastUsedInfo", resource=_ANY, rate=_RATE, reads_only=True, scans=True
)
def get_access_key_last_used_info(ctx: Context, *, access_key: AccessKey) -> LastUsedInfo:
    """Tell when, by whom and for what an AccessKey of the account was last used.

    Args:
        access_key: Its id; a key of another account looks like one never used.

    Returns:
        The newest use, with its whole event; UsedTimestamp in milliseconds.

    Source: ActionTrail API reference, GetAccessKeyLastUsedInfo (documented); the answer for a key
    never used (assumed).
    """
    newest = newest_use(ctx, access_key)
    row = ctx.tx.get(EventRow, newest) if newest is not None else None
    if row is None:
        return LastUsedInfo(access_key_id=access_key)
    identity = msgspec.json.decode(row.body)["userIdentity"]
    title = title_of(row.service_name)
    return LastUsedInfo(
        access_key_id=access_key,
        account_id=row.account_id,
        account_type=identity["type"],
        user_name=row.user_name,
        owner_id=row.account_id,
        service_name=row.service_name,
        service_name_cn=title.chinese,
        service_name_en=title.english,
        used_timestamp=row.at * 1000,
        source=_SOURCE,
        detail=row.body,
    )


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedProducts",
    resource=_ANY,
    rate=_RATE,
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_products(ctx: Context, *, access_key: AccessKey) -> ProductsAnswer:
    """List the products an AccessKey was used with, the newest use of each.

    Returns:
        The products, most recently used first.

    Source: ActionTrail API reference, GetAccessKeyLastUsedProducts (documented).
    """
    products = []
    for use, row in with_events(ctx, services_used(ctx, access_key)):
        title = title_of(use.thing[0])
        products.append(
            UsedProduct(
                service_name=use.thing[0],
                service_name_cn=title.chinese,
                service_name_en=title.english,
                source=_SOURCE,
                used_timestamp=row.at * 1000,
                detail=row.body,
            )
        )
    return ProductsAnswer(products=products)


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedEvents",
    resource=_ANY,
    raises=(InvalidQuery,),
    rate=_RATE,
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_events(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: str = "",
    page_size: PageSize = _DEFAULT,
) -> EventsAnswer:
    """List the operations of a product an AccessKey called, the newest call of each.

    Args:
        next_token: Where the last page ended.

    Returns:
        A page, most recently called first.

    Source: ActionTrail API reference, GetAccessKeyLastUsedEvents (documented).
    """
    uses, token = page_of_uses(
        ctx, BY_EVENT, access_key, service_name, token=next_token, size=page_size or _DEFAULT
    )
    return EventsAnswer(
        events=[
            UsedEvent(
                event_name=use.thing[0],
                source=_SOURCE,
                used_timestamp=row.at * 1000,
                detail=row.body,
            )
            for use, row in with_events(ctx, uses)
        ],
        next_token=token,
    )


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedIps",
    resource=_ANY,
    raises=(InvalidQuery,),
    rate=_RATE,
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_ips(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: str = "",
    page_size: PageSize = _DEFAULT,
) -> IpsAnswer:
    """List the addresses an AccessKey called a product from, the newest call of each.

    Args:
        next_token: Where the last page ended.

    Returns:
        A page, most recently seen first.

    Source: ActionTrail API reference, GetAccessKeyLastUsedIps (documented).
    """
    uses, token = page_of_uses(
        ctx, BY_ADDRESS, access_key, service_name, token=next_token, size=page_size or _DEFAULT
    )
    return IpsAnswer(
        ips=[
            UsedIp(ip=use.thing[0], source=_SOURCE, used_timestamp=row.at * 1000, detail=row.body)
            for use, row in with_events(ctx, uses)
        ],
        next_token=token,
    )


@operation(
    ACTIONTRAIL,
    "GetAccessKeyLastUsedResources",
    resource=_ANY,
    raises=(InvalidQuery,),
    rate=_RATE,
    reads_only=True,
    scans=True,
)
def get_access_key_last_used_resources(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: str = "",
    page_size: PageSize = _DEFAULT,
) -> ResourcesAnswer:
    """List the resources of a product an AccessKey was used on, the newest call of each.

    Args:
        next_token: Where the last page ended.

    Returns:
        A page, most recently used first.

    Source: ActionTrail API reference, GetAccessKeyLastUsedResources (documented).
    """
    uses, token = page_of_uses(
        ctx, BY_RESOURCE, access_key, service_name, token=next_token, size=page_size or _DEFAULT
    )
    return ResourcesAnswer(
        resources=[
            UsedResource(
                resource_name=use.thing[1],
                resource_type=use.thing[0],
                source=_SOURCE,
                used_timestamp=row.at * 1000,
                detail=row.body,
            )
            for use, row in with_events(ctx, uses)
        ],
        next_token=token,
    )
