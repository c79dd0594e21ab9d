"""Units of work of the service itself, which are like a call without a caller, and their events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.in_service import do_as
from juyong.base.ids import AccountId
from juyong.services.actiontrail.facade import record_own_action
from juyong.services.kms.product import KMS

T = TypeVar("T")
SERVICE = "kms.aliyuncs.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The service in one account and region; its work goes on with a request where one is named."""

    bench: Bench
    account_id: AccountId
    region: str
    request_id: str = ""

    def act(self, work: Callable[[Context], T]) -> T:
        """Run a unit of work in a transaction; raises as `do_as`."""
        service = own(self.account_id)
        return do_as(self.bench, service, work, self.region, self.request_id)


def own(account_id: AccountId) -> Service:
    """Return the service as the caller that acts by itself in an account."""
    return Service(account_id=account_id, name=SERVICE)


def tell(ctx: Context, name: str, error: ApiError | None = None) -> None:
    """Write the event of what the service did by itself."""
    record_own_action(ctx, own(ctx.account_id), KMS, name, error)
