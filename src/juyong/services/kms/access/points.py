"""Application access points: identities with policies, whose client keys are their credentials.

Source: KMS API reference, each operation (documented); the order of the list, and the refusal to
delete (assumed).
"""

from collections.abc import Iterable
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.resource import Links
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.access.documents import as_json, from_json, parse_policies
from juyong.services.kms.access.names import Name, NewName, ResourceInUse, every, named
from juyong.services.kms.access.policies import POLICY
from juyong.services.kms.access.tables import AccessPointRow, ClientKeyRow
from juyong.services.kms.errors import InvalidParameter, NoResource
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS, Description, NewDescription
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

METHOD = "ClientKey"
Names = Annotated[str, Text(2, 1024), Doc("JSON list of 1 to 3 policies.")]


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


def _shown(row: AccessPointRow) -> PointState:
    return PointState(
        arn=POINT.arn_of(row),
        name=row.name,
        authentication_method=row.method,
        policies=row.policies,
        description=row.description,
    )


def _own_policies(_tx: Transaction, row: AccessPointRow) -> Iterable[Ref]:
    return (POLICY.ref_of(row.account_id, row.region, name) for name in from_json(row.policies))


POINT = named(
    AccessPointRow,
    "ApplicationAccessPoint",
    "applicationaccesspoint/",
    "kms.access-points",
    state=lambda _tx, row: _shown(row),
    links=(Links("attached-to", _own_policies),),
)
ONE = POINT.by(name=Name)


@operation(
    KMS,
    "CreateApplicationAccessPoint",
    on=POINT.new,
    resource=ONE.arn,
    raises=(InvalidParameter, NoResource),
    rate=CREATE_KEY,
)
def create_application_access_point(
    ctx: Context,
    *,
    name: NewName,
    authentication_method: Annotated[str, OneOf((METHOD,)), Doc("`ClientKey`.")] = METHOD,
    policies: Names,
    description: Description = "",
) -> PointState:
    """Make an access point."""
    row = AccessPointRow(
        account_id=ctx.account_id,
        region=ctx.region,
        name=name,
        method=authentication_method,
        policies=_policies(ctx, policies),
        description=description,
    )
    return _shown(POINT.add(ctx, row))


@operation(KMS, "UpdateApplicationAccessPoint", on=ONE, raises=(InvalidParameter,), rate=CREATE_KEY)
def update_application_access_point(
    ctx: Context,
    point: AccessPointRow,
    *,
    policies: Names | None = None,
    description: NewDescription | None = None,
) -> None:
    """Change an access point; what is not given stays."""
    wanted = _policies(ctx, policies) if policies else None
    POINT.change(ctx, point, policies=wanted, description=description)


def _policies(ctx: Context, text: str) -> str:
    names = parse_policies(text)
    for name in names:
        POLICY.the(ctx, name)
    return as_json(names)


@operation(KMS, "DescribeApplicationAccessPoint", on=ONE, **READS)
def describe_application_access_point(_ctx: Context, point: AccessPointRow) -> PointState:
    """Return an access point."""
    return _shown(point)


@operation(
    KMS,
    "ListApplicationAccessPoints",
    resource=acs("kms", "applicationaccesspoint", regional=True),
    answers="ApplicationAccessPoints.ApplicationAccessPoint",
    **LISTS,
)
def list_application_access_points(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> Listing[ListedPoint, NumberedPage]:
    """List the access points of the account in the region, by name."""
    points = numbered(every(ctx, AccessPointRow), page_number, page_size)
    return points.map(lambda row: ListedPoint(name=row.name, authentication_method=row.method))


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
