"""Work that a service does by itself for an account, in a transaction of a job."""

from collections.abc import Callable

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.outside import Outside, Results
from juyong.base.ids import new_request_id
from juyong.store.errors import Unavailable
from juyong.store.transaction import Transaction

_MOST_ATTEMPTS = 32


def do_as(bench: Bench, service: Service, work: Callable[[Context], object]) -> None:
    """Do work in one transaction, and what the work needs from outside before the transaction.

    Args:
        bench: That of the job.
        service: The caller that the work sees, with the account that it acts for.
        work: May be done several times, of which the last is committed.

    Raises:
        ApiError: as the work does.
        StoreError: nothing was committed, or that is not known.
    """
    results = Results()
    for _ in range(_MOST_ATTEMPTS):
        try:
            bench.transact(lambda tx: work(_context(bench, tx, service, results)))
        except Outside as wanted:
            results.keep(wanted.key, wanted.done())
        else:
            return
    raise Unavailable("the work needs too much from outside")


def _context(bench: Bench, tx: Transaction, service: Service, results: Results) -> Context:
    return Context(
        tx=tx,
        caller=service,
        account_id=service.account_id,
        now=bench.clock(),
        request_id=new_request_id(),
        region=bench.platform.region,
        source_ip="",
        secure=True,
        host=service.name,
        platform=bench.platform,
        results=results,
    )
