"""OpenKmsService and DescribeAccountKmsStatus: the service is open to every account, always."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.operation import Rate, operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.product import PRODUCT as KMS

_SERVICE = acs("kms", "*", regional=True)
_RARELY = Rate(per_second=1)


class AlreadyOpen(ApiError):
    """The account may use the service already."""

    code, status, text = "Forbidden.Opened", 400, "The KMS service is already opened."


class StatusAnswer(Shape, frozen=True, kw_only=True):
    """Whether an account may use the service."""

    account_status: str


@operation(KMS, "OpenKmsService", resource=_SERVICE, raises=(AlreadyOpen,), rate=_RARELY)
def open_kms_service(ctx: Context) -> Empty:  # noqa: ARG001  # every operation's
    """Refuse to open what is open; clients read that as success.

    Returns:
        Never: there is no account the service is not open to.

    Source: KMS API reference, OpenKmsService (documented).
    """
    raise AlreadyOpen


@operation(KMS, "DescribeAccountKmsStatus", resource=_SERVICE, rate=_RARELY, reads_only=True)
def describe_account_kms_status(ctx: Context) -> StatusAnswer:  # noqa: ARG001  # every operation's
    """Say whether the account may use the service.

    Returns:
        `Enabled`: nothing here costs anything, so no account is closed or in debt.

    Source: KMS API reference, DescribeAccountKmsStatus (documented).
    """
    return StatusAnswer(account_status="Enabled")
