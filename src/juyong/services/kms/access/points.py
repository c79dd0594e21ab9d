"""Application access points: identities with policies, whose client keys are their credentials."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Raises, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.access.documents import kept, parse_policies
from juyong.services.kms.access.names import Name, NewName, ResourceInUse, named
from juyong.services.kms.access.policies import POLICY
from juyong.services.kms.access.tables import AccessPointRow, ClientKeyRow
from juyong.services.kms.errors import InvalidParameter, NoResource
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS, Description, NewDescription

METHOD = "ClientKey"
Names = Annotated[
    str, Text(2, 1024), Raises((InvalidParameter, NoResource)), Doc("JSON list of 1 to 3 policies.")
]


class ListedPoint(Shape, frozen=True, kw_only=True):
    """An access point in a list."""

    name: str
    authentication_method: Annotated[str, Of("method")]


class PointState(ListedPoint, frozen=True, kw_only=True):
    """An access point; its policies as a JSON text."""

    arn: str
    policies: str
    description: str


POINT = named(
    AccessPointRow,
    "ApplicationAccessPoint",
    "kms.access-points",
    state=PointState,
    links=(POLICY.attached("policies"),),
)
ONE, ALL = POINT.by(name=Name), acs("kms", "applicationaccesspoint", regional=True)


@operation(KMS, "CreateApplicationAccessPoint", on=POINT.new, resource=ONE.arn, rate=CREATE_KEY)
def create_application_access_point(
    ctx: Context,
    *,
    name: NewName,
    authentication_method: Annotated[str, OneOf((METHOD,)), Doc("`ClientKey`.")] = METHOD,
    policies: Names,
    description: Description = "",
) -> PointState:
    """Make an access point."""
    row = POINT.create(
        ctx,
        name=name,
        method=authentication_method,
        policies=POLICY.referred(ctx, kept(parse_policies, policies)),
        description=description,
    )
    return PointState.of(row)


@operation(KMS, "UpdateApplicationAccessPoint", on=ONE, rate=CREATE_KEY)
def update_application_access_point(
    ctx: Context,
    point: AccessPointRow,
    *,
    policies: Names | None = None,
    description: NewDescription | None = None,
) -> None:
    """Change an access point; what is not given stays."""
    wanted = POLICY.referred(ctx, kept(parse_policies, policies))
    POINT.change(ctx, point, policies=wanted, description=description)


@operation(KMS, "DescribeApplicationAccessPoint", on=ONE, **READS)
def describe_application_access_point(_ctx: Context, point: AccessPointRow) -> PointState:
    """Return an access point."""
    return PointState.of(point)


@operation(
    KMS,
    "ListApplicationAccessPoints",
    resource=ALL,
    answers="ApplicationAccessPoints.ApplicationAccessPoint",
    **LISTS,
)
def list_application_access_points(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> Listing[ListedPoint, NumberedPage]:
    """List the access points of the account in the region, by name (assumed)."""
    return numbered(POINT.every(ctx), page_number, page_size).map(ListedPoint.of)


@operation(KMS, "DeleteApplicationAccessPoint", on=ONE, raises=(ResourceInUse,), rate=CREATE_KEY)
def delete_application_access_point(ctx: Context, point: AccessPointRow) -> None:
    """Delete an access point that has no client keys."""
    if client_keys_of(ctx, point.name):
        raise ResourceInUse
    POINT.remove(ctx, point)


def client_keys_of(ctx: Context, point_name: str) -> list[ClientKeyRow]:
    """Return the client keys of an access point, by id."""
    return ctx.tx.find(
        ClientKeyRow,
        order=("client_key_id",),
        account_id=ctx.account_id,
        region=ctx.region,
        point_name=point_name,
    )
