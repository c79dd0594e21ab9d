"""Client keys: the credentials of access points."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Pattern, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.kms.access.held import find
from juyong.services.kms.access.names import Name
from juyong.services.kms.access.pairs import make_pair
from juyong.services.kms.access.tables import AccessPointRow, ClientKeyRow
from juyong.services.kms.access.validity import check_password, validity
from juyong.services.kms.errors import (
    InvalidParameter,
    LimitExceeded,
    MissingParameter,
    NoResource,
)
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import CREATE_KEY as WRITES
from juyong.services.kms.rates import KEY_READS as READS
from juyong.store.inventory import Change

RESOURCE = "ACS::KMS::ClientKey"
ALGORITHM = "RSA_2048"
ORIGIN = "KMS_PROVIDED"
MOST_OF_A_POINT = 10
ClientKeyId = Annotated[str, Pattern(r"[A-Za-z0-9.\-]{1,64}"), Doc("Its id.")]
Time = Annotated[str, Text(20, 20)]
_OF_POINT = acs("kms", "applicationaccesspoint/{aap_name}", regional=True)
_ONE = acs("kms", "clientkey/{client_key_id}", regional=True)


class NewClientKey(Shape, frozen=True, kw_only=True):
    """A client key with its private half, which is shown this once."""

    client_key_id: str
    key_algorithm: str
    private_key_data: Secret
    not_before: str
    not_after: str


class ClientKey(Shape, frozen=True, kw_only=True):
    """A client key without its private half."""

    client_key_id: str
    aap_name: str
    key_algorithm: str
    key_origin: str
    public_key_data: str
    create_time: str
    not_before: str
    not_after: str


class ListClientKeysAnswer(Shape, frozen=True, kw_only=True):
    """All client keys asked for."""

    client_keys: list[ClientKey]


@operation(
    KMS,
    "CreateClientKey",
    resource=_OF_POINT,
    raises=(MissingParameter, InvalidParameter, NoResource, LimitExceeded),
    rate=WRITES,
)
def create_client_key(
    ctx: Context,
    *,
    aap_name: Name,
    password: Secret,
    not_before: Time | None = None,
    not_after: Time | None = None,
) -> NewClientKey:
    """Make a client key of an access point.

    Args:
        password: Seals the private half: 8 to 64 digits, letters and `~!@#$%^&*?_-`, of at least
            two of these kinds.
        not_before: When it begins to be valid, `2024-01-31T00:00:00Z`; now by default.
        not_after: When it ceases to be, which needs not_before; in five years by default.

    Returns:
        The client key; PrivateKeyData is PKCS#12 in Base64 and is not kept.

    Source: KMS API reference, CreateClientKey (documented); the quota (assumed).
    """
    check_password(password)
    begin, end = validity(ctx.now, not_before, not_after)
    point = find(ctx, AccessPointRow, aap_name)
    if len(_rows(ctx, point.name)) >= ctx.quota("kms.client-keys", MOST_OF_A_POINT):
        raise LimitExceeded
    made = ctx.outside(
        ("kms-client-key", begin, end),
        lambda: make_pair(password=password, not_before=begin, not_after=end),
    )
    row = ClientKeyRow(
        client_key_id=made.client_key_id,
        account_id=ctx.account_id,
        region=ctx.region,
        point_name=point.name,
        certificate=made.certificate,
        not_before=begin,
        not_after=end,
        created_at=ctx.now,
    )
    ctx.tx.insert(row)
    _note(ctx, row, "created")
    return NewClientKey(
        client_key_id=row.client_key_id,
        key_algorithm=ALGORITHM,
        private_key_data=made.sealed,
        not_before=iso(begin),
        not_after=iso(end),
    )


@operation(
    KMS,
    "GetClientKey",
    resource=_ONE,
    raises=(NoResource,),
    rate=READS,
    methods=("GET",),
    reads_only=True,
)
def get_client_key(ctx: Context, *, client_key_id: ClientKeyId) -> ClientKey:
    """Return a client key.

    Returns:
        The client key; PublicKeyData is its certificate.

    Source: KMS API reference, GetClientKey (documented).
    """
    row = _find(ctx, client_key_id)
    ctx.journal.refer(RESOURCE, row.client_key_id)
    return _shown(row)


@operation(
    KMS,
    "ListClientKeys",
    resource=_OF_POINT,
    raises=(NoResource,),
    rate=READS,
    methods=("GET",),
    reads_only=True,
    scans=True,
)
def list_client_keys(ctx: Context, *, aap_name: Name | None = None) -> ListClientKeysAnswer:
    """List client keys, those of an access point or all of the account in the region.

    Returns:
        The client keys, by access point and id.

    Source: KMS API reference, ListClientKeys (documented); all of them, without a name (assumed).
    """
    if aap_name is not None:
        find(ctx, AccessPointRow, aap_name)
    return ListClientKeysAnswer(client_keys=[_shown(row) for row in _rows(ctx, aap_name)])


@operation(KMS, "DeleteClientKey", resource=_ONE, raises=(NoResource,), rate=WRITES)
def delete_client_key(ctx: Context, *, client_key_id: ClientKeyId) -> Empty:
    """Delete a client key.

    Source: KMS API reference, DeleteClientKey (documented).
    """
    row = _find(ctx, client_key_id)
    ctx.tx.delete(row)
    _note(ctx, row, "deleted")
    return Empty()


def _find(ctx: Context, client_key_id: str) -> ClientKeyRow:
    row = ctx.tx.get(ClientKeyRow, client_key_id)
    if row is None or (row.account_id, row.region) != (ctx.account_id, ctx.region):
        raise NoResource
    return row


def _rows(ctx: Context, point_name: str | None) -> list[ClientKeyRow]:
    owner, region, order = ctx.account_id, ctx.region, ("point_name", "client_key_id")
    if point_name is None:
        return ctx.tx.find(ClientKeyRow, order=order, account_id=owner, region=region)
    return ctx.tx.find(
        ClientKeyRow, order=order, account_id=owner, region=region, point_name=point_name
    )


def _shown(row: ClientKeyRow) -> ClientKey:
    return ClientKey(
        client_key_id=row.client_key_id,
        aap_name=row.point_name,
        key_algorithm=ALGORITHM,
        key_origin=ORIGIN,
        public_key_data=row.certificate,
        create_time=iso(row.created_at),
        not_before=iso(row.not_before),
        not_after=iso(row.not_after),
    )


def _note(ctx: Context, row: ClientKeyRow, change: Change) -> None:
    ctx.journal.record(change, RESOURCE, row.client_key_id, row.client_key_id, _shown(row))
