"""The operations that report the last uses of an AccessKey."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Text
from juyong.api.listing import TokenPage
from juyong.api.operation import Options, Rate, operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.services.actiontrail.conditions import NextToken
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.usage import (
    BY_ADDRESS,
    BY_EVENT,
    BY_RESOURCE,
    newest_use,
    page_of_uses,
    services_used,
)

_DEFAULT = 20
_SOURCE = "ManagementEvent"
AccessKey = Annotated[str, Text(1, 128), Doc("Its id.")]
ServiceName = Annotated[str, Text(1, 128), Doc("The product's code as events spell it.")]
PageSize = Annotated[int, Between(0, 100), Doc("1 to 100; 0 stands for the default, 20.")]


def _reads(answers: str = "") -> Options:
    """Return what the five operations share."""
    return {
        "resource": acs("actiontrail", "*"),
        "rate": Rate(per_second=50),
        "answers": answers,
        "reads_only": True,
        "scans": True,
    }


_TITLES = {
    "Actiontrail": ("ActionTrail", "操作审计"),
    "Ecs": ("Elastic Compute Service", "云服务器 ECS"),
    "Ims": ("Identity Management Service", "身份管理"),
    "Kms": ("Key Management Service", "密钥管理服务"),
    "Location": ("Location Service", "位置服务"),
    "Oss": ("Object Storage Service", "对象存储"),
    "Ram": ("Resource Access Management", "访问控制"),
    "Sls": ("Simple Log Service", "日志服务"),
    "Sts": ("Security Token Service", "安全令牌服务"),
    "Vpc": ("Virtual Private Cloud", "专有网络"),
}


def _title(service_name: str) -> tuple[str, str]:
    """Return a product's names in English and Chinese; its code where there are none."""
    return _TITLES.get(service_name) or (service_name, service_name)


def _milliseconds(at: Instant) -> int:
    return at * 1000


_AT = Of("at", _milliseconds)
_BODY = Of("body")
_ENGLISH = Of("service_name", lambda name: _title(name)[0])
_CHINESE = Of("service_name", lambda name: _title(name)[1])
TextIfUsed = str | msgspec.UnsetType


class LastUsedInfo(Shape, frozen=True, kw_only=True):
    """The newest use; a key that no event of the account knows has only its id."""

    access_key_id: str
    account_id: TextIfUsed = msgspec.UNSET
    account_type: TextIfUsed = msgspec.UNSET
    user_name: TextIfUsed = msgspec.UNSET
    owner_id: Annotated[TextIfUsed, Of("account_id")] = msgspec.UNSET
    service_name: TextIfUsed = msgspec.UNSET
    service_name_cn: Annotated[TextIfUsed, _CHINESE] = msgspec.UNSET
    service_name_en: Annotated[TextIfUsed, _ENGLISH] = msgspec.UNSET
    used_timestamp: Annotated[int | msgspec.UnsetType, _AT] = msgspec.UNSET
    source: TextIfUsed = msgspec.UNSET
    detail: Annotated[TextIfUsed, _BODY] = msgspec.UNSET


class Used(Shape, frozen=True, kw_only=True):
    """The newest call that shows a use: when, in milliseconds, and its whole event."""

    source: str = _SOURCE
    used_timestamp: Annotated[int, _AT]
    detail: Annotated[str, _BODY]


class UsedProduct(Used, frozen=True, kw_only=True):
    """One product and its newest call by the key."""

    service_name: str
    service_name_cn: Annotated[str, _CHINESE]
    service_name_en: Annotated[str, _ENGLISH]


class UsedEvent(Used, frozen=True, kw_only=True):
    """One operation and its newest call."""

    event_name: str


class UsedIp(Used, frozen=True, kw_only=True):
    """One address and the newest call from it."""

    ip: Annotated[str, Of("source_ip")]


class UsedResource(Used, frozen=True, kw_only=True):
    """One resource and the newest call about it."""

    resource_name: str
    resource_type: str


@operation(ACTIONTRAIL, "GetAccessKeyLastUsedInfo", **_reads())
def get_access_key_last_used_info(ctx: Context, *, access_key: AccessKey) -> LastUsedInfo:
    """Describe the last use of an AccessKey of the account: time, user and event.

    Args:
        access_key: Its id; a key of another account looks like one never used.

    Returns:
        The newest use, with its whole event; UsedTimestamp in milliseconds.

    Assumed: the answer for a key never used.
    """
    newest = newest_use(ctx, access_key)
    row = ctx.tx.get(EventRow, newest[0]) if newest is not None else None
    if row is None:
        return LastUsedInfo(access_key_id=access_key)
    identity = msgspec.json.decode(row.body)["userIdentity"]
    return LastUsedInfo.of(
        row, access_key_id=access_key, account_type=identity["type"], source=_SOURCE
    )


@operation(ACTIONTRAIL, "GetAccessKeyLastUsedProducts", **_reads("Products"))
def get_access_key_last_used_products(ctx: Context, *, access_key: AccessKey) -> list[UsedProduct]:
    """List the products an AccessKey was used with, each by its newest use; the newest first."""
    return [UsedProduct.of(row) for row in services_used(ctx, access_key)]


@operation(ACTIONTRAIL, "GetAccessKeyLastUsedEvents", **_reads("Events"))
def get_access_key_last_used_events(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: NextToken = "",
    page_size: PageSize = _DEFAULT,
) -> Listing[UsedEvent, TokenPage]:
    """List the operations of a product an AccessKey called, each by its newest call."""
    size = page_size or _DEFAULT
    found = page_of_uses(ctx, BY_EVENT, access_key, service_name, token=next_token, size=size)
    return found.map(lambda used: UsedEvent.of(used[1]))


@operation(ACTIONTRAIL, "GetAccessKeyLastUsedIps", **_reads("Ips"))
def get_access_key_last_used_ips(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: NextToken = "",
    page_size: PageSize = _DEFAULT,
) -> Listing[UsedIp, TokenPage]:
    """List the addresses an AccessKey called a product from, each by its newest call."""
    size = page_size or _DEFAULT
    found = page_of_uses(ctx, BY_ADDRESS, access_key, service_name, token=next_token, size=size)
    return found.map(lambda used: UsedIp.of(used[1]))


@operation(ACTIONTRAIL, "GetAccessKeyLastUsedResources", **_reads("Resources"))
def get_access_key_last_used_resources(
    ctx: Context,
    *,
    access_key: AccessKey,
    service_name: ServiceName,
    next_token: NextToken = "",
    page_size: PageSize = _DEFAULT,
) -> Listing[UsedResource, TokenPage]:
    """List the resources of a product an AccessKey was used on, each by its newest call."""
    size = page_size or _DEFAULT
    found = page_of_uses(ctx, BY_RESOURCE, access_key, service_name, token=next_token, size=size)
    return found.map(
        lambda used: UsedResource.of(
            used[1], resource_type=used[0].thing[0], resource_name=used[0].thing[1]
        )
    )
