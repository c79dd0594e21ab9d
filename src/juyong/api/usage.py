"""The one registry of calls: totals for `/metrics`, and minutes by account for CloudMonitor.

The gateway counts each answered call. Totals name no account. Minutes name the account whose
credential made the call; a job of CloudMonitor writes each minute that is over into the store, and
then forgets the minute here.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from juyong.base.clock import Instant
from juyong.base.ids import AccountId

MINUTE = 60
MOST_MINUTES = 60
"""Minutes that wait here for the store; when the store is away for longer, the oldest are lost."""


class Called(NamedTuple):
    """A series of calls: whose, and of which operation."""

    account_id: AccountId
    product: str
    operation: str


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
        self.least = min(self.least, seconds)
        self.most = max(self.most, seconds)
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


class Usage:
    """Counted on the event loop, read by threads.

    totals: Calls by product, operation and status. seconds: Their durations in all, by product and
    operation. lost: Tallies that were dropped, since the store took none for an hour.
    """

    def __init__(self) -> None:
        self.totals: Counter[tuple[str, str, str]] = Counter()
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.lost = 0
        self._minutes: dict[Instant, dict[Called, Tally]] = {}
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
            end = Instant(at - at % MINUTE + MINUTE)
            minute = self._minutes.get(end)
            if minute is None:
                minute = self._begin(end)
            called = Called(AccountId(account_id), product, operation)
            tally = minute.get(called)
            if tally is None:
                tally = minute[called] = Tally()
            tally.add(status, code, seconds)

    def all(self) -> tuple[Mapping[tuple[str, str, str], int], Mapping[tuple[str, str], float]]:
        """Return copies of the totals and of the seconds."""
        with self._lock:
            return dict(self.totals), dict(self.seconds)

    def over(self, now: Instant) -> list[Minute]:
        """Return the tallies of all minutes that ended by now, the oldest first."""
        with self._lock:
            return [
                Minute(end, called, tally)
                for end, minute in sorted(self._minutes.items())
                if end <= now
                for called, tally in minute.items()
            ]

    def forget(self, minutes: Iterable[Minute]) -> None:
        """Drop tallies that the store holds now."""
        with self._lock:
            for each in minutes:
                tallies = self._minutes.get(each.end, {})
                tallies.pop(each.called, None)
                if not tallies:
                    self._minutes.pop(each.end, None)

    def _begin(self, end: Instant) -> dict[Called, Tally]:
        if len(self._minutes) >= MOST_MINUTES:
            self.lost += len(self._minutes.pop(min(self._minutes)))
        made: dict[Called, Tally] = {}
        self._minutes[end] = made
        return made
