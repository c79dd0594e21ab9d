"""Client keys: the credentials of access points."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Pattern, Raises, Text
from juyong.api.operation import operation
from juyong.api.resource import Links, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.base.clock import Instant, iso, parse_iso
from juyong.base.secret import Secret
from juyong.services.kms.access.names import Name
from juyong.services.kms.access.pairs import make_pair
from juyong.services.kms.access.points import POINT, client_keys_of
from juyong.services.kms.access.tables import AccessPointRow, ClientKeyRow
from juyong.services.kms.errors import InvalidParameter, LimitExceeded, MissingParameter, NoResource
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS

ALGORITHM = "RSA_2048"
ORIGIN = "KMS_PROVIDED"
_YEARS = 5
_LEAST_CLASSES = 2
_ALLOWED = re.compile(r"[A-Za-z0-9~!@#$%^&*?_\-]{8,64}")
_CLASSES = (re.compile("[0-9]"), re.compile("[A-Za-z]"), re.compile("[^A-Za-z0-9]"))
ClientKeyId = Annotated[str, Pattern(r"[A-Za-z0-9.\-]{1,64}"), Doc("Its id.")]
PointName = Annotated[Name, Raises((NoResource,)), Doc("The access point.")]
Password = Annotated[
    Secret,
    Raises((InvalidParameter,)),
    Doc(
        "Seals the private half: 8 to 64 digits, letters and `~!@#$%^&*?_-`, of at least two of"
        " these kinds."
    ),
]
Time = Annotated[str, Text(20, 20), Raises((MissingParameter, InvalidParameter))]


class _ClientKey(Shape, frozen=True, kw_only=True):
    client_key_id: str
    key_algorithm: str = ALGORITHM
    not_before: Annotated[str, Of(through=iso)]
    not_after: Annotated[str, Of(through=iso)]


class NewClientKey(_ClientKey, frozen=True, kw_only=True):
    """A client key with its private half, which is shown this once."""

    private_key_data: Secret


class ClientKey(_ClientKey, frozen=True, kw_only=True):
    """A client key without its private half."""

    aap_name: Annotated[str, Of("point_name")]
    key_origin: str = ORIGIN
    public_key_data: Annotated[str, Of("certificate")]
    create_time: CreateDate


CLIENT_KEY = Resource(
    kind="ACS::KMS::ClientKey",
    row=ClientKeyRow,
    id="client_key_id",
    name="client_key_id",
    arn="kms:clientkey/",
    regional=True,
    find=found_here(ClientKeyRow),
    missing=NoResource,
    state=ClientKey,
    links=(
        Links(
            "attached-to",
            lambda _tx, row: [POINT.ref_of(row.account_id, row.region, row.point_name)],
        ),
    ),
)
ONE = CLIENT_KEY.by(client_key_id=ClientKeyId)
OF_POINT = POINT.by(aap_name=PointName)


@operation(KMS, "CreateClientKey", on=OF_POINT, raises=(LimitExceeded,), rate=CREATE_KEY)
def create_client_key(
    ctx: Context,
    point: AccessPointRow,
    *,
    password: Password,
    not_before: Time | None = None,
    not_after: Time | None = None,
) -> NewClientKey:
    """Make a client key of an access point; PrivateKeyData is PKCS#12 in Base64 and is not kept.

    Args:
        not_before: When it begins to be valid, `2024-01-31T00:00:00Z`; now by default.
        not_after: When it ceases to be, which needs not_before; in five years by default.

    Assumed: the quota.
    """
    _check_password(password)
    begin, end = _validity(ctx.now, not_before, not_after)
    if len(client_keys_of(ctx, point.name)) >= ctx.quota("kms.client-keys"):
        raise LimitExceeded
    made = ctx.outside(
        ("kms-client-key", begin, end),
        lambda: make_pair(password=password, not_before=begin, not_after=end),
    )
    row = CLIENT_KEY.create(
        ctx,
        client_key_id=made.client_key_id,
        point_name=point.name,
        certificate=made.certificate,
        not_before=begin,
        not_after=end,
    )
    return NewClientKey.of(row, private_key_data=made.sealed)


@operation(KMS, "GetClientKey", on=ONE, methods=("GET",), **READS)
def get_client_key(_ctx: Context, client_key: ClientKeyRow) -> ClientKey:
    """Return a client key; PublicKeyData is its certificate."""
    return ClientKey.of(client_key)


@operation(
    KMS, "ListClientKeys", resource=OF_POINT.arn, answers="ClientKeys", methods=("GET",), **LISTS
)
def list_client_keys(ctx: Context, *, aap_name: PointName | None = None) -> list[ClientKey]:
    """List client keys, those of an access point or all of the account in the region.

    Assumed: all of them, without a name, and the order by access point and id.
    """
    points = [POINT.the(ctx, aap_name)] if aap_name else POINT.every(ctx)
    return [ClientKey.of(row) for point in points for row in client_keys_of(ctx, point.name)]


@operation(KMS, "DeleteClientKey", on=ONE, rate=CREATE_KEY)
def delete_client_key(ctx: Context, client_key: ClientKeyRow) -> None:
    """Delete a client key."""
    CLIENT_KEY.remove(ctx, client_key)


# --- checks of parameters ---


def _validity(
    now: Instant, not_before: str | None, not_after: str | None
) -> tuple[Instant, Instant]:
    """Return when a client key begins and ceases to be valid: by default now, and in five years.

    Raises MissingParameter (the end is given without the beginning (documented)); InvalidParameter
    (one is no instant since 1970, or the end lies before the beginning or now).
    """
    if not_before is None and not_after is not None:
        raise MissingParameter(name="NotBefore")
    begin = now if not_before is None else _instant("NotBefore", not_before)
    end = _years_after(now) if not_after is None else _instant("NotAfter", not_after)
    if end <= max(begin, now):
        raise InvalidParameter(name="NotAfter")
    return begin, end


def _check_password(password: Secret) -> None:
    """Refuse a password that is too short or long, or has characters of too few or other kinds."""
    text = password.reveal()
    kinds = sum(kind.search(text) is not None for kind in _CLASSES)
    if not _ALLOWED.fullmatch(text) or kinds < _LEAST_CLASSES:
        raise InvalidParameter(name="Password")


def _instant(name: str, text: str) -> Instant:
    with suppress(ValueError, OverflowError):
        if (at := parse_iso(text)) >= 0:
            return at
    raise InvalidParameter(name=name)


def _years_after(now: Instant) -> Instant:
    at = datetime.fromtimestamp(now, UTC)
    day = 28 if (at.month, at.day) == (2, 29) else at.day
    return Instant(int(at.replace(year=at.year + _YEARS, day=day).timestamp()))
