"""A target that fails for ever holds back the expiry of events for a time, and then is told of."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace
from tests.sequencing import sequence
from tests.trails import in_account, switch_on
from tests.unit.app.state.conftest import write_event

from juyong.api.bench import Bench
from juyong.api.context import Context, Kept
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.audit.tables import EventRow
from juyong.base.clock import DAY_SECONDS, Instant, system_clock
from juyong.services.actiontrail.delivery.jobs import deliver_events
from juyong.services.actiontrail.delivery.reading import delivered_up_to
from juyong.services.actiontrail.jobs import expire_events, sum_up
from juyong.services.actiontrail.trails.switching import TrailStatus, get_trail_status
from juyong.services.actiontrail.trails.tables import DeliveryRow, TrailRow
from juyong.services.identity.facade import create_account
from juyong.services.oss.tables import BucketRow
from juyong.store.transaction import Transaction

T = TypeVar("T")
TRAIL = "trail-lost"


class Home:
    """A home with a trail whose bucket is gone; time is the test's own."""

    def __init__(self, folder: Path, kept: Kept) -> None:
        self.running = open_platform(folder / "home", settings=Settings())
        self.heard: list[str] = []
        self.account = self.call(lambda tx: create_account(tx, "second", system_clock()))
        in_account(self.running, self.account.account_id, lambda ctx: switch_on(ctx, TRAIL))
        # The trail is on since a moment that the system's clock has said.
        self.now = system_clock()
        self.bucket = self.call(lambda tx: tx.get(BucketRow, TRAIL))
        self.call(lambda tx: tx.delete(self.bucket))
        self.platform = replace(self.running.pipeline.platform, kept=kept, memory={})

    def call(self, work: Callable[[Transaction], T]) -> T:
        result: T = self.running.store.call(work)
        return result

    def bench(self) -> Bench:
        return Bench(
            call=self.running.store.call,
            clock=lambda: Instant(self.now),
            platform=self.platform,
            job="a job",
            passed_over=lambda _job, told: self.heard.append(str(told)),
        )

    def pass_days(self, days: float) -> None:
        """Let time go by, with an event at its end, and let the jobs run."""
        self.now = Instant(self.now + int(days * DAY_SECONDS))
        key = self.running.keys["audit"]
        self.call(lambda tx: write_event(tx, self.account, key, f"At{self.now}", self.now))
        assert sequence(self.running) == []
        for job in (deliver_events, sum_up, expire_events):
            job(self.bench())

    def begin(self) -> list[str]:
        """Let the bucket fail now; returns the names of the events of before."""
        self.pass_days(0)
        self.pass_days(0.001)
        return self.names()

    def names(self) -> list[str]:
        rows = self.call(lambda tx: tx.find(EventRow, account_id=self.account.account_id))
        return [row.event_name for row in rows]

    def told(self) -> list[dict[str, str]]:
        """Return what the events of the operator's say."""
        rows = self.call(lambda tx: tx.find(EventRow))
        found = [json.loads(row.body) for row in rows if row.event_name == "TrailEventsExpired"]
        return [each["additionalEventData"] for each in found]

    def status(self) -> TrailStatus:
        return in_account(self.running, self.account.account_id, self._status)

    @staticmethod
    def _status(ctx: Context) -> TrailStatus:
        row = ctx.tx.get(TrailRow, ctx.account_id, TRAIL)
        assert row is not None
        return get_trail_status(ctx, row)

    def delivery(self) -> DeliveryRow:
        """Return the delivery to the bucket."""
        key = (self.account.account_id, TRAIL, f"oss://{TRAIL}/")
        row = self.call(lambda tx: tx.get(DeliveryRow, *key))
        assert row is not None
        return row

    def bring_back(self) -> None:
        """Make the bucket again."""
        bucket = self.bucket
        assert bucket is not None
        self.call(lambda tx: tx.insert(replace(bucket, version=0)))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, Kept(audit_events_days=2, trail_failed_days=5))
    yield made
    made.running.close()


def test_a_target_that_fails_holds_back_expiry_up_to_the_bound(home: Home) -> None:
    first = home.begin()
    home.pass_days(4)
    assert home.names()[: len(first)] == first
    assert (home.told(), home.delivery().lost) == ([], 0)
    assert home.status().latest_delivery_error.startswith("NoSuchBucket: ")
    home.pass_days(0.99)
    assert home.names()[: len(first)] == first
    home.pass_days(0.02)
    assert not set(first) & set(home.names())


def test_what_expired_undelivered_is_told_everywhere(home: Home) -> None:
    lost = len(home.begin())
    home.pass_days(5.1)
    (told,) = home.told()
    row = home.delivery()
    assert told["trail"].endswith(f":{home.account.account_id}:trail/{TRAIL}")
    assert (told["target"], told["expiredEvents"]) == (row.target, str(lost))
    assert told["error"].startswith("NoSuchBucket: ")
    status = home.status()
    assert f"; {lost} events up to " in status.latest_delivery_error
    assert not status.oss_bucket_status
    assert status.latest_delivery_log_service_error == ""
    text = f"events of the trail `{TRAIL}` that `{row.target}` did not get: Undelivered"
    assert text in home.heard


def test_an_event_tells_of_a_target_once_a_day(home: Home) -> None:
    home.begin()
    told: set[str] = set()
    for _ in range(16):
        home.pass_days(0.5)
        told |= {each["expiredEvents"] for each in home.told()}
    # Given up after five days, and told again after six, seven and eight.
    assert len(told) == 4
    assert home.delivery().lost == max(map(int, told))


def test_delivery_goes_on_behind_what_expired(home: Home) -> None:
    home.begin()
    home.pass_days(5.1)
    home.bring_back()
    home.pass_days(1)
    home.pass_days(0.1)
    assert home.status().latest_delivery_error == ""
    row = home.delivery()
    assert (row.lost, row.lost_until, row.told_at, row.failed_at) == (0, None, None, None)
    assert "LogDamaged" not in " ".join(home.heard)
    assert row.delivered_at is not None
    home.pass_days(10)
    assert (home.delivery().lost, home.told()) == (0, [])


def test_without_the_setting_the_bound_is_how_long_events_are_kept(tmp_path: Path) -> None:
    home = Home(tmp_path, Kept(audit_events_days=2))
    first = home.begin()
    home.pass_days(1.9)
    assert home.names()[: len(first)] == first
    home.pass_days(0.2)
    assert not set(first) & set(home.names())
    assert len(home.told()) == 1
    home.running.close()


def test_a_target_that_works_holds_back_whatever_the_bound(home: Home) -> None:
    home.bring_back()
    home.pass_days(0)
    first = home.names()
    seen = home.call(lambda tx: delivered_up_to(tx, Instant(home.now + 100 * DAY_SECONDS)))
    newest = home.call(lambda tx: tx.find(EventRow, order=("seq",)))[-1]
    assert first
    assert seen < newest.seq
