"""DescribeDBInstances, DescribeDBInstanceAttribute, DescribeDBInstanceNetInfo."""

import ipaddress
from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, OneOf, Text, Wire
from juyong.api.listing import NextToken, TokenPage, page_of
from juyong.api.operation import Prepare, operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.rds.errors import NoInstance
from juyong.services.rds.failures import TargetFailure
from juyong.services.rds.fields import BY_TOKEN, InstanceId, PageNumber
from juyong.services.rds.instances import (
    instance_named,
    instances_of_region,
    one_instance,
    tags_of_resource,
)
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.tables import InstanceRow
from juyong.services.rds.tags import bears, tags_by_instance
from juyong.services.rds.targets import ENGINES, Target, driver_of, target_of

PRIMARY = "Primary"
UP, DOWN = "Running", "Stopped"
_MOST_TAGS = 5
_NOT_BOUGHT = "instances are registered, not bought: they have no such property"
_NO_NETWORK = "instances have no network of the platform's"
_NO_STATUS = "a list asks no database; DescribeDBInstanceAttribute does"

Engine = Annotated[str, OneOf((*ENGINES, "SQLServer", "MariaDB"))]


class Instance(Shape, frozen=True, kw_only=True):
    """One instance in a list."""

    db_instance_id: str
    db_instance_description: str
    db_instance_type: str
    engine: str
    engine_version: str
    region_id: str
    connection_string: str
    create_time: str


class InstanceList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    db_instance: list[Instance]


class DescribeInstancesAnswer(TokenPage, frozen=True, kw_only=True):
    """A page of instances."""

    items: InstanceList
    page_number: int
    page_record_count: int
    total_record_count: int


class Attribute(Shape, frozen=True, kw_only=True):
    """One instance; its status says whether its database answers now."""

    db_instance_id: str
    db_instance_description: str
    db_instance_type: str
    db_instance_status: str
    engine: str
    engine_version: str
    region_id: str
    connection_string: str
    port: str
    creation_time: str


class AttributeList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    db_instance_attribute: list[Attribute]


class DescribeAttributeAnswer(Shape, frozen=True, kw_only=True):
    """The one instance asked for."""

    items: AttributeList


class NetInfo(Shape, frozen=True, kw_only=True):
    """Where an instance is."""

    connection_string: str
    connection_string_type: str
    port: str
    ip_address: str | msgspec.UnsetType = msgspec.field(name="IPAddress", default=msgspec.UNSET)


class NetInfoList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    db_instance_net_info: list[NetInfo]


class DescribeNetInfoAnswer(Shape, frozen=True, kw_only=True):
    """The addresses of an instance."""

    db_instance_net_infos: NetInfoList


@operation(
    RDS,
    "DescribeDBInstances",
    resource=instances_of_region,
    unsupported={
        **dict.fromkeys(
            (
                *("Category", "ConnectionMode", "DBInstanceClass", "Expired", "PayType"),
                *("DedicatedHostGroupId", "DedicatedHostId", "InstanceLevel", "ResourceGroupId"),
                *("QueryAutoRenewal", "proxyId", "Filter"),
            ),
            _NOT_BOUGHT,
        ),
        **dict.fromkeys(("InstanceNetworkType", "VSwitchId", "VpcId", "ZoneId"), _NO_NETWORK),
        "DBInstanceStatus": _NO_STATUS,
    },
    reads_only=True,
    scans=True,
)
def describe_instances(
    ctx: Context,
    *,
    region_id: Annotated[str, Text(1, 64)],  # noqa: ARG001  # the region called is the one listed
    db_instance_id: InstanceId | None = None,
    db_instance_type: str | None = None,
    engine: Engine | None = None,
    engine_version: str | None = None,
    connection_string: str | None = None,
    search_key: str | None = None,
    tags: Annotated[str, Text(2, 4096)] | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(1, 100)] = 30,
    max_results: Annotated[int, Between(1, 100)] | None = None,
    next_token: NextToken = "",
) -> DescribeInstancesAnswer:
    """List the instances registered in a region, by id.

    Args:
        region_id: The region.
        db_instance_id: Only this one.
        db_instance_type: `Primary`, as all are.
        engine: Only those of an engine; MariaDB servers count as MySQL.
        engine_version: Only those of a version.
        connection_string: Only those at a host.
        search_key: Only those whose id or description holds this.
        tags: Only those with all of these tags, an object of up to 5 keys and values.
        page_size: 1 to 100.
        max_results: Pages of so many, with NextToken in place of page numbers.

    Returns:
        A page of instances.

    Source: RDS API reference, DescribeDBInstances (documented).
    """
    held = tags_by_instance(ctx)
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
        and bears(held.get(row.instance_id, {}), wanted)
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
    return DescribeInstancesAnswer(
        items=InstanceList(db_instance=[_listed(row) for row in page.items]),
        page_number=page_number,
        page_record_count=len(page.items),
        total_record_count=len(found),
        next_token=page.page.next_token,
    )


def _listed(row: InstanceRow) -> Instance:
    return Instance(
        db_instance_id=row.instance_id,
        db_instance_description=row.description,
        db_instance_type=PRIMARY,
        engine=row.engine,
        engine_version=row.engine_version,
        region_id=row.region,
        connection_string=target_of(row.target).host,
        create_time=iso(row.created_at),
    )


def _wanted(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    try:
        wanted = msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadParameter("InvalidTags.Format", "Specified Tags is not valid.") from bad
    if len(wanted) > _MOST_TAGS:
        raise BadParameter("InvalidTags.Format", "Specified Tags is not valid.")
    return wanted


def _gather(ctx: Context, arguments: Arguments) -> Target:
    return target_of(instance_named(ctx, arguments["db_instance_id"]).target)


def _version(_platform: Platform, _arguments: Arguments, target: Target) -> str | None:
    try:
        return driver_of(target.engine).probe(target)
    except TargetFailure:
        return None


@operation(
    RDS,
    "DescribeDBInstanceAttribute",
    resource=one_instance,
    resource_conditions=tags_of_resource,
    prepare=Prepare(gather=_gather, work=_version),
    unsupported={"Expired": _NOT_BOUGHT},
    raises=(NoInstance,),
    reads_only=True,
)
def describe_attribute(
    ctx: Context, *, db_instance_id: InstanceId, prepared: str | None
) -> DescribeAttributeAnswer:
    """Describe an instance, and whether its database answers.

    Returns:
        The instance: `Running` with the version the server has now, or `Stopped` with the version
        it had when it was registered.

    Source: RDS API reference, DescribeDBInstanceAttribute (documented); `Stopped` for a database
        that lets the administrator not in (assumed).
    """
    row = instance_named(ctx, db_instance_id)
    target = target_of(row.target)
    return DescribeAttributeAnswer(
        items=AttributeList(
            db_instance_attribute=[
                Attribute(
                    db_instance_id=row.instance_id,
                    db_instance_description=row.description,
                    db_instance_type=PRIMARY,
                    db_instance_status=DOWN if prepared is None else UP,
                    engine=row.engine,
                    engine_version=prepared or row.engine_version,
                    region_id=row.region,
                    connection_string=target.host,
                    port=str(target.port),
                    creation_time=iso(row.created_at),
                )
            ]
        )
    )


@operation(
    RDS,
    "DescribeDBInstanceNetInfo",
    resource=one_instance,
    resource_conditions=tags_of_resource,
    unsupported={"GeneralGroupName": _NOT_BOUGHT},
    raises=(NoInstance,),
    reads_only=True,
)
def describe_net_info(
    ctx: Context,
    *,
    db_instance_id: InstanceId,
    db_instance_net_rw_split_type: Annotated[
        str, OneOf(("Normal", "ReadWriteSplitting")), Wire("DBInstanceNetRWSplitType")
    ] = "Normal",
) -> DescribeNetInfoAnswer:
    """Tell where an instance is.

    Args:
        db_instance_net_rw_split_type: `Normal`, as all addresses are.

    Returns:
        Its one address.

    Source: RDS API reference, DescribeDBInstanceNetInfo (documented).
    """
    target = target_of(instance_named(ctx, db_instance_id).target)
    address = NetInfo(
        connection_string=target.host,
        connection_string_type="Normal",
        port=str(target.port),
        ip_address=target.host if _is_address(target.host) else msgspec.UNSET,
    )
    shown = [address] if db_instance_net_rw_split_type == "Normal" else []
    return DescribeNetInfoAnswer(
        db_instance_net_infos=NetInfoList(db_instance_net_info=shown),
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
