"""Application access points: identities with policies, whose client keys are their credentials."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import OneOf, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.access.documents import as_json, parse_policies
from juyong.services.kms.access.held import add, every, find
from juyong.services.kms.access.names import (
    Description,
    Name,
    NewDescription,
    ResourceExists,
    ResourceInUse,
    arn_of,
)
from juyong.services.kms.access.tables import AccessPointRow, AccessPolicyRow, ClientKeyRow
from juyong.services.kms.errors import InvalidParameter, LimitExceeded, NoResource
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import CREATE_KEY as WRITES
from juyong.services.kms.rates import KEY_READS as READS
from juyong.store.inventory import Change

RESOURCE = "ACS::KMS::ApplicationAccessPoint"
METHOD = "ClientKey"
Names = Annotated[str, Text(2, 1024)]
_ONE = acs("kms", "applicationaccesspoint/{name}", regional=True)
_ALL = acs("kms", "applicationaccesspoint", regional=True)


class PointState(Shape, frozen=True, kw_only=True):
    """An access point; its policies as a JSON text."""

    arn: str
    name: str
    authentication_method: str
    policies: str
    description: str


class ListedPoint(Shape, frozen=True, kw_only=True):
    """An access point in a list."""

    name: str
    authentication_method: str


class PointList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    application_access_point: list[ListedPoint]


class ListPointsAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of access points."""

    application_access_points: PointList


@operation(
    KMS,
    "CreateApplicationAccessPoint",
    resource=_ONE,
    raises=(InvalidParameter, NoResource, ResourceExists, LimitExceeded),
    rate=WRITES,
)
def create_application_access_point(
    ctx: Context,
    *,
    name: Name,
    authentication_method: Annotated[str, OneOf((METHOD,))] = METHOD,
    policies: Names,
    description: Description = "",
) -> PointState:
    """Make an access point.

    Args:
        name: Unique in the account and region.
        authentication_method: `ClientKey`.
        policies: JSON list of 1 to 3 policies.

    Returns:
        The access point.

    Source: KMS API reference, CreateApplicationAccessPoint (documented).
    """
    wanted = _policies(ctx, policies)
    row = AccessPointRow(
        account_id=ctx.account_id,
        region=ctx.region,
        name=name,
        method=authentication_method,
        policies=wanted,
        description=description,
    )
    add(ctx, row, "kms.access-points")
    return _note(ctx, row, "created")


@operation(
    KMS,
    "UpdateApplicationAccessPoint",
    resource=_ONE,
    raises=(InvalidParameter, NoResource),
    rate=WRITES,
)
def update_application_access_point(
    ctx: Context,
    *,
    name: Name,
    policies: Names | None = None,
    description: NewDescription | None = None,
) -> Empty:
    """Change an access point; what is not given stays.

    Args:
        policies: The policies it has then.

    Source: KMS API reference, UpdateApplicationAccessPoint (documented).
    """
    row = find(ctx, AccessPointRow, name)
    if policies is not None:
        row = ctx.tx.update(row, policies=_policies(ctx, policies))
    if description is not None:
        row = ctx.tx.update(row, description=description)
    _note(ctx, row, "updated")
    return Empty()


@operation(
    KMS,
    "DescribeApplicationAccessPoint",
    resource=_ONE,
    raises=(NoResource,),
    rate=READS,
    reads_only=True,
)
def describe_application_access_point(ctx: Context, *, name: Name) -> PointState:
    """Return an access point.

    Returns:
        The access point.

    Source: KMS API reference, DescribeApplicationAccessPoint (documented).
    """
    row = find(ctx, AccessPointRow, name)
    ctx.journal.refer(RESOURCE, row.name)
    return _state(ctx, row)


@operation(
    KMS, "ListApplicationAccessPoints", resource=_ALL, rate=READS, reads_only=True, scans=True
)
def list_application_access_points(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> ListPointsAnswer:
    """List the access points of the account in the region, by name.

    Returns:
        A page of access points.

    Cost: all access points of the account in the region are read.
    Source: KMS API reference, ListApplicationAccessPoints (documented); the order (assumed).
    """
    rows = every(ctx, AccessPointRow)
    return ListPointsAnswer(
        application_access_points=PointList(
            application_access_point=[
                ListedPoint(name=row.name, authentication_method=row.method)
                for row in page_of(rows, page_number, page_size)
            ]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(rows),
    )


@operation(
    KMS,
    "DeleteApplicationAccessPoint",
    resource=_ONE,
    raises=(NoResource, ResourceInUse),
    rate=WRITES,
)
def delete_application_access_point(ctx: Context, *, name: Name) -> Empty:
    """Delete an access point that has no client keys.

    Source: KMS API reference, DeleteApplicationAccessPoint (documented); the refusal (assumed).
    """
    row = find(ctx, AccessPointRow, name)
    keys = ctx.tx.count(
        ClientKeyRow, account_id=ctx.account_id, region=ctx.region, point_name=row.name
    )
    if keys:
        raise ResourceInUse
    ctx.tx.delete(row)
    _note(ctx, row, "deleted")
    return Empty()


def _policies(ctx: Context, text: str) -> str:
    names = parse_policies(text)
    for name in names:
        find(ctx, AccessPolicyRow, name)
    return as_json(names)


def _state(ctx: Context, row: AccessPointRow) -> PointState:
    return PointState(
        arn=arn_of(ctx, f"applicationaccesspoint/{row.name}"),
        name=row.name,
        authentication_method=row.method,
        policies=row.policies,
        description=row.description,
    )


def _note(ctx: Context, row: AccessPointRow, change: Change) -> PointState:
    state = _state(ctx, row)
    ctx.journal.record(change, RESOURCE, row.name, row.name, state)
    return state
