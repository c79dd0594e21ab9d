"""Work that a service does by itself for an account, in a transaction of a job."""

from collections.abc import Callable
from typing import TypeVar

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.outside import Outside, Results
from juyong.base.ids import new_request_id
from juyong.store.errors import Unavailable
from juyong.store.transaction import Transaction

T = TypeVar("T")
_MOST_ATTEMPTS = 32


def do_as(bench: Bench, service: Service, work: Callable[[Context], T], region: str = "") -> T:
    """Do work in one transaction, and what the work needs from outside before the transaction.

    Args:
        bench: That of the job.
        service: The caller that the work sees, with the account that it acts for.
        work: May be done several times, of which the last is committed.
        region: The region that the work sees; without it, that of the platform.

    Returns:
        What the work returns, once that is committed.

    Raises:
        ApiError: as the work does.
        StoreError: nothing was committed, or that is not known.
    """
    results = Results()
    for _ in range(_MOST_ATTEMPTS):
        try:
            return bench.transact(lambda tx: work(_context(bench, tx, service, region, results)))
        except Outside as wanted:
            results.keep(wanted.key, wanted.done())
    raise Unavailable("the work needs too much from outside")


def _context(
    bench: Bench, tx: Transaction, service: Service, region: str, results: Results
) -> Context:
    return Context(
        tx=tx,
        caller=service,
        account_id=service.account_id,
        now=bench.clock(),
        request_id=new_request_id(),
        region=region or bench.platform.region,
        source_ip="",
        secure=True,
        host=service.name,
        platform=bench.platform,
        results=results,
    )
