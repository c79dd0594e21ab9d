"""The account that pays for requests to a bucket.

Source: OSS API reference, PutBucketRequestPayment, GetBucketRequestPayment, and "pay-by-requester"
(documented): with Requester, calls of other accounts must carry `x-oss-request-payer: requester`,
and anonymous calls are refused. No account pays for anything here; the rule counts all the same.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, XmlBody
from juyong.api.shape import Shape
from juyong.services.oss.buckets.bucket import find_bucket
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import keep
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import oss_fact
from juyong.services.oss.tables import BucketRow

OWNER, REQUESTER = "BucketOwner", "Requester"
AGREED = "requester"
"""The value of the header by which another account agrees to pay."""
NotAgreed = oss_fact(
    "AccessDenied",
    403,
    "0003-00001801",
    "Access denied for requester pay bucket",
    why="Requesters pay, and another account did not agree to that, or the call is anonymous (EC"
    " assumed).",
)


class RequestPaymentConfiguration(Shape, frozen=True, kw_only=True):
    """The account that pays for requests: the bucket's owner, or the account that requests."""

    payer: Annotated[str, OneOf((OWNER, REQUESTER))]


PAYMENT = Setting(
    kind="requestPayment",
    document=RequestPaymentConfiguration,
    default=RequestPaymentConfiguration(payer=OWNER),
)


@on_bucket("PutBucketRequestPayment", "PUT", "requestPayment")
def put_bucket_request_payment(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        RequestPaymentConfiguration,
        XmlBody("RequestPaymentConfiguration"),
        Doc("Who pays: BucketOwner or Requester."),
    ],
) -> None:
    """Say who pays for requests: with Requester, other accounts must agree, call by call."""
    keep(ctx, bucket, PAYMENT, configuration)


@on_bucket("GetBucketRequestPayment", "GET", "requestPayment", root="RequestPaymentConfiguration")
def get_bucket_request_payment(ctx: Context, bucket: BucketRow) -> RequestPaymentConfiguration:
    """Tell who pays for requests; the owner where that was never set."""
    return PAYMENT.needed(ctx.tx, bucket)


def check_payer(ctx: Context, bucket_name: str, agreed: str) -> None:
    """Refuse a call of another account that does not agree to pay, and an anonymous call.

    agreed: The value of `x-oss-request-payer`.

    Raises:
        NotAgreed: as said.
    """
    row = find_bucket(ctx, bucket_name) if bucket_name else None
    if row is None or row.account_id == ctx.account_id:
        return
    if PAYMENT.needed(ctx.tx, row).payer == OWNER:
        return
    if not ctx.account_id or agreed.lower() != AGREED:
        raise NotAgreed(BucketName=bucket_name)
