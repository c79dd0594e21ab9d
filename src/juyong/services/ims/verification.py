"""Where a user's one-time codes would go.

Nothing here sends text messages or mail, so that a phone or address is never more than `pending`:
no sign-in relies on one.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError, MissingField
from juyong.api.fields import OneOf, Pattern
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.ids import UserId
from juyong.services.ims.fields import UserPrincipalName
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ims.tables import VerificationRow
from juyong.services.ims.user_lookup import own_or_named, owner_by_name
from juyong.services.ram.facade import NoUser, Owner

RESOURCE = "ACS::RAM::UserVerification"
SMS, EMAIL = "sms", "email"
PENDING = "pending"
VerifyType = Annotated[str, OneOf((SMS, EMAIL))]
MobilePhone = Annotated[str, Pattern(r"\d{1,4}-\d{5,15}")]
Email = Annotated[str, Pattern(r"[^@\s]{1,64}@[^@\s]{1,190}")]


class NotBound(ApiError):
    """The user has no such phone or address."""

    code, status = "EntityNotExist.User.Verification", 404
    text = "The verification device of the user does not exist."


class Phone(Shape, frozen=True, kw_only=True):
    """A phone; Status is `pending`."""

    area_code: str
    phone_number: str
    status: str


class Address(Shape, frozen=True, kw_only=True):
    """A mail address; Status is `pending`."""

    email: str
    status: str


class VerificationAnswer(Shape, frozen=True, kw_only=True):
    """A user's phone and address; what it does not have is left out."""

    security_phone_device: Phone | msgspec.UnsetType = msgspec.UNSET
    security_email_device: Address | msgspec.UnsetType = msgspec.UNSET


@operation(IMS, "GetVerificationInfo", resource=own_or_named, raises=(NoUser,), reads_only=True)
def get_verification_info(
    ctx: Context, *, user_principal_name: UserPrincipalName | None = None
) -> VerificationAnswer:
    """Return where a user's one-time codes would go.

    Args:
        user_principal_name: The user; absent is the caller.

    Returns:
        Phone and mail address, each only where there is one.

    Raises:
        NoUser: there is none, or a role session did not name one.

    Source: IMS API reference, GetVerificationInfo (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    row = ctx.tx.get(VerificationRow, UserId(owner.owner_id))
    return _shown(row) if row else VerificationAnswer()


@operation(IMS, "SetVerificationInfo", resource=own_or_named, raises=(NoUser,))
def set_verification_info(
    ctx: Context,
    *,
    verify_type: VerifyType,
    mobile_phone: MobilePhone | None = None,
    email: Email | None = None,
    user_principal_name: UserPrincipalName | None = None,
) -> Empty:
    """Say where a user's one-time codes would go.

    Args:
        verify_type: `sms` or `email`.
        mobile_phone: `<country code>-<number>`, needed for `sms`.
        email: A mail address, needed for `email`.
        user_principal_name: The user; absent is the caller.

    Returns:
        Nothing.

    Raises:
        NoUser: there is none, or a role session did not name one.

    Source: IMS API reference, SetVerificationInfo (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    if verify_type == SMS:
        _put(ctx, owner, mobile_phone=_needed("MobilePhone", mobile_phone))
    else:
        _put(ctx, owner, email=_needed("Email", email))
    return Empty()


@operation(IMS, "UnbindVerification", resource=own_or_named, raises=(NoUser, NotBound))
def unbind_verification(
    ctx: Context,
    *,
    verify_type: VerifyType,
    mobile_phone: MobilePhone | None = None,
    email: Email | None = None,
    user_principal_name: UserPrincipalName | None = None,
) -> Empty:
    """Forget a user's phone or mail address.

    Args:
        verify_type: `sms` or `email`.
        mobile_phone: The phone as it was set, needed for `sms`.
        email: The address as it was set, needed for `email`.
        user_principal_name: The user; absent is the caller.

    Returns:
        Nothing.

    Raises:
        NoUser: there is none, or a role session did not name one.
        NotBound: that is not what the user has.

    Source: IMS API reference, UnbindVerification (documented); the code (assumed).
    """
    owner = owner_by_name(ctx, user_principal_name)
    row = ctx.tx.get(VerificationRow, UserId(owner.owner_id))
    if verify_type == SMS:
        if row is None or row.mobile_phone != _needed("MobilePhone", mobile_phone):
            raise NotBound
        _put(ctx, owner, mobile_phone="")
    else:
        if row is None or row.email != _needed("Email", email):
            raise NotBound
        _put(ctx, owner, email="")
    return Empty()


def _needed(name: str, value: str | None) -> str:
    if value is None:
        raise IMS.dialect.missing_parameter(MissingField(name))
    return value


def _put(ctx: Context, owner: Owner, **changes: str) -> None:
    if owner.user is None:
        raise NoUser
    row = ctx.tx.get(VerificationRow, owner.user.user_id)
    if row is None:
        row = VerificationRow(user_id=owner.user.user_id, account_id=ctx.account_id)
        ctx.tx.insert(row)
    row = ctx.tx.update(row, **changes)
    ctx.journal.record("updated", RESOURCE, row.user_id, owner.name, _shown(row))


def _shown(row: VerificationRow) -> VerificationAnswer:
    area, _, number = row.mobile_phone.partition("-")
    return VerificationAnswer(
        security_phone_device=Phone(area_code=area, phone_number=number, status=PENDING)
        if row.mobile_phone
        else msgspec.UNSET,
        security_email_device=Address(email=row.email, status=PENDING)
        if row.email
        else msgspec.UNSET,
    )
