"""Work that a service does by itself for an account, in a transaction of a job."""

from collections.abc import Callable
from typing import TypeVar

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.outside import Outside, Results
from juyong.base.ids import RequestId, new_request_id
from juyong.store.errors import Unavailable
from juyong.store.transaction import Transaction

T = TypeVar("T")
_MOST_ATTEMPTS = 32


def do_as(
    bench: Bench,
    service: Service,
    work: Callable[[Context], T],
    region: str = "",
    request_id: str = "",
) -> T:
    """Do work in one transaction, and what the work needs from outside before the transaction.

    Args:
        bench: That of the job.
        service: The caller that the work sees, with the account that it acts for.
        work: May be done several times, of which the last is committed.
        region: The region that the work sees; without it, that of the platform.
        request_id: Of the call that the work goes on with; without it, one of its own.

    Returns:
        What the work returns, once that is committed.

    Raises:
        ApiError: as the work does.
        StoreError: nothing was committed, or that is not known.
    """
    results = Results()

    def attempt(tx: Transaction) -> T:
        return work(context_as(bench, tx, service, region, request_id=request_id, results=results))

    for _ in range(_MOST_ATTEMPTS):
        try:
            return bench.transact(attempt)
        except Outside as wanted:
            results.keep(wanted.key, wanted.done())
    raise Unavailable("the work needs too much from outside")


def context_as(
    bench: Bench,
    tx: Transaction,
    service: Service,
    region: str = "",
    *,
    request_id: str = "",
    results: Results | None = None,
) -> Context:
    """Return the context of a service's work in a transaction; arguments are those of `do_as`.

    results: What the work already has from outside; without it, work that asks raises Outside.
    """
    return Context(
        tx=tx,
        caller=service,
        account_id=service.account_id,
        now=bench.clock(),
        request_id=RequestId(request_id) if request_id else new_request_id(),
        region=region or bench.platform.region,
        source_ip="",
        secure=True,
        host=service.name,
        platform=bench.platform,
        results=Results() if results is None else results,
    )
