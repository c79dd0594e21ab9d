"""Objects that the service writes by itself, in the name of the account of a bucket."""

from collections.abc import Callable, Iterable

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.outside import Outside, Results
from juyong.base.ids import AccountId, new_request_id
from juyong.blobs.arrived import Blob
from juyong.store.errors import Unavailable
from juyong.store.transaction import Transaction

SERVICE = "oss.aliyuncs.com"
_MOST_ATTEMPTS = 32


def deliver(bench: Bench, account_id: AccountId, work: Callable[[Context], object]) -> None:
    """Do work in one transaction, and what the work needs from outside before the transaction.

    Raises:
        ApiError: as the work does.
        StoreError: nothing was committed, or that is not known.
    """
    results = Results()
    for _ in range(_MOST_ATTEMPTS):
        try:
            bench.transact(lambda tx: work(_context(bench, tx, account_id, results)))
        except Outside as wanted:
            results.keep(wanted.key, wanted.done())
        else:
            return
    raise Unavailable("the object needs too much from outside")


def discard(bench: Bench, blobs: Iterable[Blob]) -> None:
    """Remove the files of blobs that no row knows."""
    for blob in blobs:
        if blob.content is None:
            bench.platform.disk.remove(blob.blob_id)


def _context(bench: Bench, tx: Transaction, account_id: AccountId, results: Results) -> Context:
    return Context(
        tx=tx,
        caller=Service(account_id=account_id, name=SERVICE),
        account_id=account_id,
        now=bench.clock(),
        request_id=new_request_id(),
        region=bench.platform.region,
        source_ip="",
        secure=True,
        host=SERVICE,
        platform=bench.platform,
        results=results,
    )
