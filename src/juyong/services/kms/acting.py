"""Units of work of the service itself, which are like a call without a caller, and their events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.outside import Outside, Results
from juyong.base.ids import AccountId, RequestId
from juyong.services.actiontrail.facade import record_own_action
from juyong.services.kms.errors import KeyUnavailable
from juyong.services.kms.product import KMS
from juyong.store.transaction import Transaction

T = TypeVar("T")
SERVICE = "kms.aliyuncs.com"
_MOST_ATTEMPTS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The service in one account and region, on behalf of one request."""

    bench: Bench
    account_id: AccountId
    region: str
    request_id: str

    def act(self, work: Callable[[Context], T]) -> T:
        """Run a unit of work in a transaction; its outside work is done between attempts.

        Raises KeyUnavailable (it never has enough); ApiError, StoreError (as the work does; nothing
        of it is stored).
        """
        results = Results()
        for _ in range(_MOST_ATTEMPTS):
            try:
                return self.bench.transact(lambda tx: work(self.context(tx, results)))
            except Outside as wanted:
                results.keep(wanted.key, wanted.done())
        raise KeyUnavailable

    def context(self, tx: Transaction, results: Results) -> Context:
        """Make the surroundings of one attempt."""
        return Context(
            tx=tx,
            caller=Service(account_id=self.account_id, name=SERVICE),
            account_id=self.account_id,
            now=self.bench.clock(),
            request_id=RequestId(self.request_id),
            region=self.region,
            source_ip="",
            secure=True,
            host=SERVICE,
            platform=self.bench.platform,
            results=results,
        )


def tell(ctx: Context, name: str, error: ApiError | None = None) -> None:
    """Write the event of what the service did by itself."""
    service = Service(account_id=ctx.account_id, name=SERVICE)
    record_own_action(ctx, service, KMS, name, error)
