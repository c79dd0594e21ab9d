"""The one registry of calls: totals for `/metrics`, and minutes by account for CloudMonitor.

The gateway counts each answered call. Totals name no account. Minutes name the account whose
credential made the call; a job of CloudMonitor writes each minute that is over into the store, and
then forgets the minute here. The figures that jobs of products tell are in the minutes too.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from juyong.api.measures import Measure
from juyong.base.clock import Instant
from juyong.base.ids import AccountId

K = TypeVar("K")
V = TypeVar("V")

MINUTE = 60
MOST_MINUTES = 60
"""Minutes that wait here for the store; when the store is away for longer, the oldest are lost."""


class Called(NamedTuple):
    """A series of calls: whose, and of which operation."""

    account_id: AccountId
    product: str
    operation: str


_Key = tuple[AccountId | str, str, str]
"""PERF: a Called without a type of its own, which takes longer to make than the rest of a count."""


class Measured(NamedTuple):
    """A series of a figure: of which account and product, and what tells series apart."""

    account_id: AccountId
    product: str
    measure: Measure
    values: tuple[str, ...]


class Tally:
    """The calls of one series in one minute; times are in seconds."""

    __slots__ = ("calls", "denied", "errors", "faults", "least", "most", "seconds", "throttled")

    def __init__(self) -> None:
        self.calls = self.errors = self.faults = self.denied = self.throttled = 0
        self.seconds, self.least, self.most = 0.0, float("inf"), 0.0

    def add(self, status: int, code: str, seconds: float) -> None:
        """Count a call by its HTTP status, error code and duration."""
        self.calls += 1
        self.seconds += seconds
        if seconds < self.least:  # noqa: PLR1730  # PERF: a call of min takes longer
            self.least = seconds
        if seconds > self.most:  # noqa: PLR1730  # PERF: as above
            self.most = seconds
        if status >= 400:  # noqa: PLR2004  # HTTP's
            self.errors += 1
            self.faults += status >= 500  # noqa: PLR2004
            self.denied += status == 403  # noqa: PLR2004
            self.throttled += code.startswith("Throttling")


class Minute(NamedTuple):
    """A tally that is complete; `end` is the end of its minute."""

    end: Instant
    called: Called
    tally: Tally


class Figure(NamedTuple):
    """A figure of a minute that is over, and the end of the minute."""

    end: Instant
    measured: Measured
    value: float


class Usage:
    """Counted on the event loop, read by threads.

    totals: Calls by product, operation and status. seconds: Their durations in all, by product and
    operation. lost: Tallies that were dropped, since the store took none for an hour.
    """

    def __init__(self) -> None:
        self.totals: Counter[tuple[str, str, str]] = Counter()
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.lost = 0
        self._minutes: dict[Instant, dict[_Key, Tally]] = {}
        self._figures: dict[Instant, dict[Measured, float]] = {}
        self._lock = threading.Lock()

    def count(  # the facts of one call
        self,
        product: str,
        operation: str,
        *,
        status: int,
        code: str = "",
        seconds: float = 0.0,
        account_id: AccountId | str = "",
        at: Instant | int = 0,
    ) -> None:
        """Count one answered call; a call of no known account counts in the totals alone.

        PERF: called once for each call, under a lock that only the job contends.
        """
        with self._lock:
            self.totals[product, operation, str(status)] += 1
            self.seconds[product, operation] += seconds
            if not account_id:
                return
            minute = self._minute(self._minutes, _end(at))
            key = (account_id, product, operation)
            tally = minute.get(key)
            if tally is None:
                tally = minute[key] = Tally()
            tally.add(status, code, seconds)

    def measure(
        self,
        product: str,
        measure: Measure,
        account_id: AccountId,
        *values: str,
        value: float,
        at: Instant,
    ) -> None:
        """Note a figure of what an account has; of a count, so many more.

        Args:
            product: The code of the product that declares the measure.
            measure: The figure.
            account_id: The account.
            *values: Of the dimensions, in their order.
            value: The figure. at: When it was so.
        """
        measured = Measured(account_id, product, measure, values)
        with self._lock:
            minute = self._minute(self._figures, _end(at))
            minute[measured] = value + (minute.get(measured, 0) if measure.counts else 0)

    def all(self) -> tuple[Mapping[tuple[str, str, str], int], Mapping[tuple[str, str], float]]:
        """Return copies of the totals and of the seconds."""
        with self._lock:
            return dict(self.totals), dict(self.seconds)

    def over(self, now: Instant) -> list[Minute]:
        """Return the tallies of all minutes that ended by now, the oldest first."""
        with self._lock:
            return [
                Minute(end, Called(AccountId(key[0]), *key[1:]), tally)
                for end, minute in sorted(self._minutes.items())
                if end <= now
                for key, tally in minute.items()
            ]

    def figures(self, now: Instant) -> list[Figure]:
        """Return the figures of all minutes that ended by now, the oldest first."""
        with self._lock:
            return [
                Figure(end, measured, value)
                for end, minute in sorted(self._figures.items())
                if end <= now
                for measured, value in minute.items()
            ]

    def forget(self, some: Iterable[Minute | Figure]) -> None:
        """Drop tallies and figures that the store holds now."""
        with self._lock:
            for each in some:
                if isinstance(each, Minute):
                    _drop(self._minutes, each.end, each.called)
                else:
                    _drop(self._figures, each.end, each.measured)

    def _minute(self, minutes: dict[Instant, dict[K, V]], end: Instant) -> dict[K, V]:
        minute = minutes.get(end)
        if minute is None:
            if len(minutes) >= MOST_MINUTES:
                self.lost += len(minutes.pop(min(minutes)))
            minute = minutes[end] = {}
        return minute


def _end(at: Instant | int) -> Instant:
    return Instant(at - at % MINUTE + MINUTE)


def _drop(minutes: dict[Instant, dict[K, V]], end: Instant, key: K) -> None:
    minute = minutes.get(end, {})
    minute.pop(key, None)
    if not minute:
        minutes.pop(end, None)
