"""Instances described, and the regions in which instances can be registered."""

import ipaddress
from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, OneOf, Text, Wire
from juyong.api.listing import NextToken, TokenPage, page_of
from juyong.api.operation import Prepare, operation
from juyong.api.shape import Of, Shape
from juyong.api.tags import bears
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.content.regions import ListedRegion, listed_regions
from juyong.services.rds.errors import TargetFailure
from juyong.services.rds.fields import BY_TOKEN, InstanceId, PageNumber
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.resources import (
    BY_ID,
    DB_INSTANCE,
    PRIMARY,
    Described,
    Instance,
    target_named,
)
from juyong.services.rds.tables import InstanceRow
from juyong.services.rds.targets import ENGINES, Target, driver_of, target_of

UP, DOWN = "Running", "Stopped"
_Tags = Annotated[dict[str, str], msgspec.Meta(max_length=5)]
_NOT_BOUGHT = "instances are registered, not bought: they have no such property"
_NO_NETWORK = "the platform has no networks for instances"
_NO_FILTERS = {
    **dict.fromkeys(
        (
            *("Category", "ConnectionMode", "DBInstanceClass", "Expired", "PayType"),
            *("DedicatedHostGroupId", "DedicatedHostId", "InstanceLevel", "ResourceGroupId"),
            *("QueryAutoRenewal", "proxyId", "Filter"),
        ),
        _NOT_BOUGHT,
    ),
    **dict.fromkeys(("InstanceNetworkType", "VSwitchId", "VpcId", "ZoneId"), _NO_NETWORK),
    "DBInstanceStatus": "a list connects to no database; DescribeDBInstanceAttribute does",
}

Region = Annotated[str, Text(1, 64), Doc("The region.")]
Engine = Annotated[
    str,
    OneOf((*ENGINES, "SQLServer", "MariaDB")),
    Doc("Only those of an engine; MariaDB servers count as MySQL."),
]
Tags = Annotated[
    str,
    Text(2, 4096),
    Doc("Only those with all of these tags, an object of up to 5 keys and values."),
]
MaxResults = Annotated[
    int, Between(1, 100), Doc("Pages of so many, with NextToken in place of page numbers.")
]
Language = Annotated[
    str, OneOf(("zh-CN", "en-US")), Doc("`zh-CN` for Chinese names, `en-US` for English ones.")
]
SplitType = Annotated[
    str,
    OneOf(("Normal", "ReadWriteSplitting")),
    Wire("DBInstanceNetRWSplitType"),
    Doc("`Normal`, as all addresses are."),
]


class InstancePage(TokenPage, frozen=True, kw_only=True):
    """A page of instances."""

    page_number: int
    page_record_count: int
    total_record_count: int


class Attribute(Described, frozen=True, kw_only=True):
    """One instance; its status says whether its database answers now."""

    db_instance_status: str
    port: Annotated[str, Of("target", lambda sealed: str(target_of(sealed).port))]
    creation_time: Annotated[str, Of("created_at", iso)]


class NetInfo(Shape, frozen=True, kw_only=True):
    """Where an instance is."""

    connection_string: str
    connection_string_type: str
    port: str
    ip_address: str | msgspec.UnsetType = msgspec.field(name="IPAddress", default=msgspec.UNSET)


@operation(
    RDS,
    "DescribeDBInstances",
    on=DB_INSTANCE.all,
    unsupported=_NO_FILTERS,
    answers="Items.DBInstance",
    reads_only=True,
    scans=True,
)
def describe_instances(
    ctx: Context,
    *,
    region_id: Region,  # noqa: ARG001  # the region called is the one listed
    db_instance_id: Annotated[InstanceId, Doc("Only this one.")] | None = None,
    db_instance_type: Annotated[str, Doc("`Primary`, as all are.")] | None = None,
    engine: Engine | None = None,
    engine_version: Annotated[str, Doc("Only those of a version.")] | None = None,
    connection_string: Annotated[str, Doc("Only those at a host.")] | None = None,
    search_key: Annotated[str, Doc("Only those whose id or description holds this.")] | None = None,
    tags: Tags | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 30,
    max_results: MaxResults | None = None,
    next_token: NextToken = "",
) -> Listing[Instance, InstancePage]:
    """List the instances registered in a region, by id."""
    held = DB_INSTANCE.tags_by_id(ctx)
    wanted = _wanted(tags)
    found = [
        row
        for row in ctx.tx.find(
            InstanceRow, order=("instance_id",), account_id=ctx.account_id, region=ctx.region
        )
        if db_instance_id in (None, row.instance_id)
        and db_instance_type in (None, PRIMARY)
        and engine in (None, row.engine)
        and engine_version in (None, row.engine_version)
        and (connection_string in (None, target_of(row.target).host))
        and (search_key is None or search_key in f"{row.instance_id}\n{row.description}")
        and bears(held.get(row.instance_id, {}), wanted.items())
    ]
    if max_results is None:
        page = Listing(page_of(found, page_number, page_size), TokenPage())
    else:
        page = BY_TOKEN.part(
            "rds-instances",
            found,
            key=lambda row: (row.instance_id,),
            token=next_token,
            limit=max_results,
        )
    counts = InstancePage(
        page_number=page_number,
        page_record_count=len(page.items),
        total_record_count=len(found),
        next_token=page.page.next_token,
    )
    return Listing([Instance.of(row) for row in page.items], counts)


def _wanted(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=_Tags)
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadParameter("InvalidTags.Format", "Specified Tags is not valid.") from bad


def _version(_platform: Platform, _arguments: Arguments, target: Target) -> str | None:
    try:
        return driver_of(target.engine).probe(target)
    except TargetFailure:
        return None


@operation(
    RDS,
    "DescribeDBInstanceAttribute",
    on=BY_ID,
    prepare=Prepare(gather=target_named, work=_version),
    unsupported={"Expired": _NOT_BOUGHT},
    answers="Items.DBInstanceAttribute",
    reads_only=True,
)
def describe_attribute(
    _ctx: Context, instance: InstanceRow, *, prepared: str | None
) -> list[Attribute]:
    """Describe an instance, and whether its database answers.

    Returns:
        The instance: `Running` with the version the server has now, or `Stopped` with the version
        it had when it was registered.

    Assumed: `Stopped` for a database that lets the administrator not in.
    """
    shown = Attribute.of(
        instance,
        db_instance_status=DOWN if prepared is None else UP,
        engine_version=prepared or instance.engine_version,
    )
    return [shown]


@operation(
    RDS,
    "DescribeDBInstanceNetInfo",
    on=BY_ID,
    unsupported={"GeneralGroupName": _NOT_BOUGHT},
    answers="DBInstanceNetInfos.DBInstanceNetInfo",
    reads_only=True,
)
def describe_net_info(
    _ctx: Context,
    instance: InstanceRow,
    *,
    db_instance_net_rw_split_type: SplitType = "Normal",
) -> list[NetInfo]:
    """Tell where an instance is."""
    target = target_of(instance.target)
    address = NetInfo(
        connection_string=target.host,
        connection_string_type="Normal",
        port=str(target.port),
        ip_address=target.host if _is_address(target.host) else msgspec.UNSET,
    )
    return [address] if db_instance_net_rw_split_type == "Normal" else []


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@operation(
    RDS, "DescribeRegions", resource=acs("rds", "*"), answers="Regions.RDSRegion", reads_only=True
)
def describe_regions(ctx: Context, *, accept_language: Language = "en-US") -> list[ListedRegion]:
    """List the regions in which instances can be registered.

    Returns:
        The regions clients know, with RDS's host in each.
    """
    chinese = accept_language == "zh-CN"
    return listed_regions(ctx.platform.region, "rds", chinese=chinese)
