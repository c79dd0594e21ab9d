"""What happens to keys without a call: rotation, expiry, deletion; once each, and audited."""

import dataclasses
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from msgspec.structs import replace
from tests.conformance.harness import Server, refused
from tests.conformance.kms.conftest import Inside
from tests.conformance.kms.test_key_import import Importing

from juyong.api.bench import Bench
from juyong.audit.tables import EventRow
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.keys import jobs
from juyong.services.kms.keys.deletion import is_over
from juyong.services.kms.keys.jobs import work
from juyong.services.kms.keys.material import versions_held
from juyong.services.kms.keys.tables import AliasRow, ImportPairRow, KeyRow, KeyVersionRow
from juyong.store.inventory import ResourceEventRow
from juyong.store.tags import TagRow

DAY = 86_400


@pytest.fixture
def rotating(new_key: Callable[..., Any]) -> str:
    """A key that rotates every week."""
    return str(new_key(enable_automatic_rotation=True, rotation_interval="7d").key_id)


@pytest.fixture
def key(server: Server) -> Callable[[str], KeyRow | None]:
    return lambda key_id: server.running.store.call(lambda tx: tx.get(KeyRow, key_id))


@pytest.fixture
def version_ids(server: Server) -> Callable[[str], list[str]]:
    def read(key_id: str) -> list[str]:
        rows = server.running.store.call(
            lambda tx: tx.find(KeyVersionRow, order=("number",), key_id=key_id)
        )
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        return [row.version_id for row in rows]

    return read


@pytest.fixture
def events(server: Server, account: NewAccount) -> Callable[[str], list[dict[str, Any]]]:
    def read(name: str) -> list[dict[str, Any]]:
        server.running.store.settle()
        rows = server.running.store.call(
            lambda tx: tx.find(EventRow, account_id=account.account_id, event_name=name)
        )
        return [json.loads(row.body) for row in rows]

    return read


def pass_time(bench: Bench, seconds: int) -> None:
    clock: Any = bench.clock
    clock.now += seconds


def test_a_year_of_weekly_rotations(
    bench: Bench,
    rotating: str,
    version_ids: Callable[[str], list[str]],
    key: Callable[[str], KeyRow],
) -> None:
    first = bench.clock()
    for _ in range(365):
        pass_time(bench, DAY)
        work(bench)
    row = key(rotating)
    assert len(version_ids(rotating)) == 1 + 52
    assert row.primary_version == version_ids(rotating)[-1]
    assert row.last_rotation_at is not None
    assert row.next_rotation_at == row.last_rotation_at + 7 * DAY
    assert abs(row.last_rotation_at - (first + 364 * DAY)) <= DAY


def test_rotation_leaves_an_event_and_a_snapshot(
    server: Server,
    bench: Bench,
    rotating: str,
    account: NewAccount,
    events: Callable[[str], list[dict[str, Any]]],
) -> None:
    pass_time(bench, 7 * DAY)
    work(bench)
    (event,) = events("RotateKey")
    assert event["eventType"] == "AliyunServiceEvent"
    assert event["userIdentity"]["type"] == "system"
    assert event["userIdentity"]["userName"] == "kms.aliyuncs.com"
    assert event["referencedResources"] == {"ACS::KMS::Key": [rotating]}
    assert event["recipientAccountId"] == account.account_id
    snapshots = server.running.store.call(
        lambda tx: tx.find(ResourceEventRow, order=("seq",), resource_id=rotating)
    )
    assert [s.change for s in snapshots] == ["created", "updated"]
    assert snapshots[-1].request_id == event["requestId"]


def test_not_a_second_early(
    bench: Bench, rotating: str, version_ids: Callable[[str], list[str]], key: Callable[..., KeyRow]
) -> None:
    due = key(rotating).next_rotation_at
    assert due is not None
    clock: Any = bench.clock
    for at, count in ((due - 1, 1), (due, 2), (due, 2)):
        clock.now = at
        work(bench)
        assert len(version_ids(rotating)) == count


def test_downtime_is_caught_up_by_one_version(
    bench: Bench, rotating: str, version_ids: Callable[[str], list[str]], key: Callable[..., KeyRow]
) -> None:
    pass_time(bench, 100 * DAY)
    work(bench)
    work(bench)
    assert len(version_ids(rotating)) == 2
    assert key(rotating).next_rotation_at == bench.clock() + 7 * DAY


def test_suspended_while_disabled_and_resumed(
    kms: KmsClient, bench: Bench, rotating: str, version_ids: Callable[[str], list[str]]
) -> None:
    kms.disable_key(models.DisableKeyRequest(key_id=rotating))
    pass_time(bench, 30 * DAY)
    work(bench)
    assert len(version_ids(rotating)) == 1
    kms.enable_key(models.EnableKeyRequest(key_id=rotating))
    work(bench)
    assert len(version_ids(rotating)) == 2


def test_suspended_while_deletion_is_pending(
    kms: KmsClient, bench: Bench, rotating: str, version_ids: Callable[[str], list[str]]
) -> None:
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=rotating, pending_window_in_days=366)
    )
    pass_time(bench, 30 * DAY)
    work(bench)
    assert len(version_ids(rotating)) == 1
    kms.cancel_key_deletion(models.CancelKeyDeletionRequest(key_id=rotating))
    work(bench)
    assert len(version_ids(rotating)) == 2


def at_once(bench: Bench, act: Callable[[Bench], None] = work, count: int = 2) -> None:
    """Let several workers do the same at the same moment."""
    start = threading.Barrier(count)

    def round_() -> None:
        start.wait()
        act(bench)

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(round_) for _ in range(count)]:
            done.result()


def test_two_workers_make_one_version_a_date(
    bench: Bench,
    rotating: str,
    version_ids: Callable[[str], list[str]],
    events: Callable[[str], list[dict[str, Any]]],
) -> None:
    for rotations in range(1, 6):
        pass_time(bench, 7 * DAY)
        at_once(bench)
        assert len(version_ids(rotating)) == 1 + rotations
    assert len(events("RotateKey")) == 5


def test_deletion_when_its_day_has_come(
    inside: Inside,
    kms: KmsClient,
    bench: Bench,
    new_key: Callable[..., Any],
    events: Callable[[str], list[dict[str, Any]]],
) -> None:
    key_id = new_key(tags='[{"TagKey":"k","TagValue":"v"}]').key_id
    kms.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name="alias/gone"))
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=key_id, pending_window_in_days=7)
    )
    pass_time(bench, 7 * DAY - 60)
    work(bench)
    assert kms.describe_key(models.DescribeKeyRequest(key_id=key_id))
    pass_time(bench, 120)
    at_once(bench)
    with refused("Forbidden.KeyNotFound", 404):
        kms.describe_key(models.DescribeKeyRequest(key_id=key_id))
    with refused("Forbidden.AliasNotFound", 404):
        kms.describe_key(models.DescribeKeyRequest(key_id="alias/gone"))
    for row_type in (KeyRow, KeyVersionRow, AliasRow, ImportPairRow):
        assert inside(lambda ctx, t=row_type: ctx.tx.count(t, key_id=key_id)) == 0
    assert inside(lambda ctx: ctx.tx.count(TagRow, resource_id=key_id)) == 0
    assert inside(lambda ctx: versions_held(ctx.tx, ctx.account_id)) == 0
    (event,) = events("DeleteKey")
    assert event["referencedResources"] == {
        "ACS::KMS::Key": [key_id],
        "ACS::KMS::Alias": ["alias/gone"],
    }
    snapshots = inside(
        lambda ctx: ctx.tx.find(ResourceEventRow, order=("seq",), resource_id=key_id)
    )
    assert [s.change for s in snapshots] == ["created", "updated", "deleted"]


def test_a_key_with_very_many_versions_is_erased_a_few_at_a_time(
    inside: Inside,
    kms: KmsClient,
    bench: Bench,
    rotating: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "_VERSIONS", 3)
    for _ in range(10):
        pass_time(bench, 7 * DAY)
        work(bench)
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=rotating, pending_window_in_days=7)
    )
    held = inside(lambda ctx: ctx.tx.count(KeyVersionRow, key_id=rotating))
    assert held == 11
    pass_time(bench, 8 * DAY)
    left: list[int] = []

    def call(unit: Callable[[Any], Any]) -> Any:
        done = bench.call(unit)
        left.append(inside(lambda ctx: ctx.tx.count(KeyVersionRow, key_id=rotating)))
        return done

    work(dataclasses.replace(bench, call=call))
    assert max(a - b for a, b in pairwise([held, *left])) <= 4
    assert left[-1] == 0
    assert inside(lambda ctx: versions_held(ctx.tx, ctx.account_id)) == 0
    with refused("Forbidden.KeyNotFound", 404):
        kms.describe_key(models.DescribeKeyRequest(key_id=rotating))


def test_due_key_is_unknown_before_any_job(
    kms: KmsClient, new_key: Callable[..., Any], age: Callable[[str, int], None]
) -> None:
    key_id = new_key().key_id
    kms.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name="alias/gone"))
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=key_id, pending_window_in_days=7)
    )
    age(key_id, 7 * DAY)
    with refused("Forbidden.KeyNotFound", 404):
        kms.describe_key(models.DescribeKeyRequest(key_id=key_id))
    with refused("Forbidden.KeyNotFound", 404):
        kms.cancel_key_deletion(models.CancelKeyDeletionRequest(key_id=key_id))
    with refused("Forbidden.AliasNotFound", 404):
        kms.delete_alias(models.DeleteAliasRequest(alias_name="alias/gone"))
    answers: Any = (
        kms.list_keys(models.ListKeysRequest()),
        kms.list_aliases(models.ListAliasesRequest()),
    )
    assert [a.body.total_count for a in answers] == [0, 0]


ASKED = 1_800_000_000


@pytest.mark.parametrize(
    ("times", "over"),
    [
        ((ASKED, ASKED + 7 * DAY, ASKED + 7 * DAY), True),
        ((ASKED, ASKED + 7 * DAY, ASKED + 7 * DAY - 1), False),
        # The clock was put back before the day it was scheduled.
        ((ASKED, ASKED + 7 * DAY, ASKED - 1), False),
        # Nobody can ask for so short a window.
        ((ASKED, ASKED + 7 * DAY - 1, ASKED + 8 * DAY), False),
        ((ASKED, ASKED - DAY, ASKED + 8 * DAY), False),
        ((None, ASKED, ASKED + 8 * DAY), False),
    ],
)
def test_when_a_key_is_over(
    key: Callable[[str], KeyRow], rotating: str, times: tuple[Any, Any, Any], over: bool
) -> None:
    asked, due, now = times
    row = replace(key(rotating), state="PendingDeletion", deletion_asked_at=asked, delete_at=due)
    assert is_over(row, now) is over
    assert not is_over(replace(row, state="Enabled"), now)


@pytest.fixture
def expiring(kms: KmsClient, new_key: Callable[..., Any], bench: Bench) -> str:
    """A key whose imported material expires in an hour."""
    key_id = str(new_key(origin="EXTERNAL").key_id)
    Importing(kms).bring(key_id, expires=bench.clock() + 3600)
    return key_id


@pytest.fixture
def material(inside: Inside) -> Callable[[str], bytes | None]:
    """Read what is stored of a version."""
    return lambda version_id: inside(lambda ctx: ctx.tx.get(KeyVersionRow, version_id).material)


def test_expired_material_is_wiped(
    bench: Bench,
    expiring: str,
    key: Callable[[str], KeyRow],
    material: Callable[[str], bytes | None],
    events: Callable[[str], list[dict[str, Any]]],
) -> None:
    work(bench)
    assert key(expiring).state == "Enabled"
    pass_time(bench, 3600)
    at_once(bench)
    row = key(expiring)
    assert (row.state, row.material_expires_at) == ("PendingImport", None)
    assert row.primary_version is not None
    assert material(row.primary_version) is None
    assert len(events("ExpireKeyMaterial")) == 1


def test_wiped_material_comes_back(
    kms: KmsClient, bench: Bench, expiring: str, key: Callable[[str], KeyRow]
) -> None:
    pass_time(bench, 3600)
    work(bench)
    Importing(kms).bring(expiring)
    assert key(expiring).state == "Enabled"


def test_expiry_keeps_a_pending_deletion(
    kms: KmsClient, bench: Bench, expiring: str, key: Callable[[str], KeyRow]
) -> None:
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=expiring, pending_window_in_days=7)
    )
    pass_time(bench, 3600)
    work(bench)
    assert key(expiring).state == "PendingDeletion"
