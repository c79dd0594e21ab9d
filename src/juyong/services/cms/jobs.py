"""Each minute: put the calls of the minute into the store, then judge the rules that are due."""

from collections.abc import Iterator, Sequence

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.api.usage import Figure, Minute
from juyong.services.cms.metrics.catalogue import LATENCY, namespace_of
from juyong.services.cms.metrics.points import Sample, Stats, added, keep, newest, one
from juyong.services.cms.rules.evaluating import judge_due
from juyong.store.transaction import Transaction

TALLIES = 60
"""Tallies that one transaction stores: at most twelve rows for each."""
RULES = 5
"""Rules that one transaction judges."""
ROWS = 10_000
MOST_ROUNDS = 400


@job("cms.minute", every=10, rows=ROWS)
def minute(bench: Bench) -> None:
    """Store and judge; a killed server loses what it counted and did not store: a minute or so."""
    store_calls(bench)
    for _ in range(MOST_ROUNDS):
        now = bench.clock()
        if bench.transact(lambda tx, now=now: judge_due(tx, now, RULES)) < RULES:  # type: ignore[misc]  # bound now
            return


def store_calls(bench: Bench) -> None:
    """Put the minutes that are over into the store, then forget them."""
    usage = bench.platform.usage
    waiting: list[Minute | Figure] = [*usage.over(bench.clock()), *usage.figures(bench.clock())]
    for first in range(0, len(waiting), TALLIES):
        some = waiting[first : first + TALLIES]

        def put(tx: Transaction, some: Sequence[Minute | Figure] = some) -> None:
            for each in some:
                if isinstance(each, Minute):
                    keep(tx, each.called.account_id, _samples(each))
                else:
                    keep(tx, each.measured.account_id, [_sample(each)])

        bench.transact(put)
        usage.forget(some)


def _sample(figure: Figure) -> Sample:
    account_id, product, measure, values = figure.measured
    dimensions = dict(zip(measure.dimensions, values, strict=True))
    return Sample(
        f"{namespace_of(product)}/{measure.name}",
        {"userId": str(account_id), **dimensions},
        figure.end,
        one(figure.value),
        way=added if measure.counts else newest,
    )


def _samples(minute: Minute) -> Iterator[Sample]:
    """Yield the samples of a tally; a count of 0 is told by its absence."""
    called, tally = minute.called, minute.tally
    namespace = namespace_of(called.product)
    dimensions = {"userId": str(called.account_id), "apiName": called.operation}
    counts = {
        "RequestCount": tally.calls,
        "ErrorCount": tally.errors,
        "ServerErrorCount": tally.faults,
        "DeniedCount": tally.denied,
        "ThrottledCount": tally.throttled,
    }
    for name, count in counts.items():
        if count:
            yield Sample(f"{namespace}/{name}", dimensions, minute.end, one(count), way=added)
    took = Stats(
        tally.calls,
        round(tally.seconds * 1000, 3),
        round(tally.least * 1000, 3),
        round(tally.most * 1000, 3),
    )
    yield Sample(f"{namespace}/{LATENCY}", dimensions, minute.end, took)
