"""A delivery-history job delivers what was before the trail, once, and ends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.actiontrail.trailing import Trailing, names
from tests.conformance.documents import allow, trust
from tests.conformance.harness import refused
from tests.conformance.sts.roles import grant, make_role, role_arn
from tests.sequencing import sequence

from juyong.audit.tables import EventRow
from juyong.base.clock import DAY_SECONDS, parse_iso
from juyong.services.actiontrail.history import jobs, reading
from juyong.services.actiontrail.history.tables import HistoryJobRow
from juyong.store.errors import Unavailable
from juyong.store.late import sa, table_of

Plant = Callable[..., None]


def make(trailing: Trailing, **more: Any) -> int:
    request = m.CreateDeliveryHistoryJobRequest(trail_name=trailing.name, **more)
    return int(trailing.trail.create_delivery_history_job(request).body.job_id)


def shown(trailing: Trailing, job_id: int) -> Any:
    request = m.GetDeliveryHistoryJobRequest(job_id=job_id)
    return trailing.trail.get_delivery_history_job(request).body


def listed(trailing: Trailing, **more: Any) -> Any:
    request = m.ListDeliveryHistoryJobsRequest(**more)
    return trailing.trail.list_delivery_history_jobs(request).body


def delete(trailing: Trailing, job_id: int) -> None:
    trailing.trail.delete_delivery_history_job(m.DeleteDeliveryHistoryJobRequest(job_id=job_id))


def planted(trailing: Trailing) -> list[str]:
    """Return the events of the logstore that tests planted, in their order."""
    return [each for each in names(trailing.events()) if each.startswith("Planted")]


def test_what_was_before_the_trail_is_delivered_once_and_beside_what_the_trail_delivers(
    trailing: Trailing, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(trailing.server.clock())
    for days in (91, 89, 40, 1):
        plant(f"Planted{days}", at=now - days * DAY_SECONDS)
    trailing.create(oss_bucket_name=None, oss_key_prefix=None)
    trailing.start()
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    job_id = make(trailing)
    found = shown(trailing, job_id)
    assert (found.job_status, found.trail_name, found.home_region) == (
        *(0, trailing.name, "cn-hangzhou"),
    )
    assert found.end_time is None
    begins = parse_iso(found.created_time) - parse_iso(found.start_time)
    assert begins == 90 * DAY_SECONDS
    trailing.deliver_history(0)
    assert (shown(trailing, job_id).job_status, trailing.rows()) == (0, [])
    trailing.deliver_history()
    found = shown(trailing, job_id)
    assert found.job_status == 2
    assert {each.status for each in found.status} == {2}
    assert "cn-hangzhou" in [each.region for each in found.status]
    assert parse_iso(found.end_time) >= parse_iso(found.created_time)
    assert planted(trailing) == ["Planted89", "Planted40", "Planted1"]
    trailing.deliver()
    for _ in range(3):
        trailing.deliver_history(60)
    trailing.deliver(60)
    ids = [each["eventId"] for each in trailing.events()]
    assert len(ids) == len(set(ids))
    call = trailing.server.running.store.call
    where = {"account_id": trailing.account.account_id}
    held = call(lambda tx: tx.find(EventRow, **where))
    assert set(ids) == {each.event_id for each in held if each.event_name != "Planted91"}


def test_a_job_of_a_trail_that_was_never_on_delivers_up_to_the_job(
    trailing: Trailing, plant: Plant
) -> None:
    plant("PlantedBefore", at=int(trailing.server.clock()) - 5)
    trailing.create(event_rw="Write")
    job_id = make(trailing)
    trailing.server.clock.offset += 5
    plant("PlantedAfter", at=int(trailing.server.clock()))
    trailing.deliver_history()
    assert shown(trailing, job_id).job_status == 2
    assert planted(trailing) == ["PlantedBefore"]
    assert {each["eventRW"] for each in trailing.events()} == {"Write"}


def test_an_account_has_one_job_that_has_not_ended(trailing: Trailing) -> None:
    trailing.create()
    first = make(trailing, client_token="one")
    assert make(trailing, client_token="one") == first
    with refused("DeliveryHistoryJobRunning", 400):
        make(trailing, client_token="two")
    trailing.deliver_history()
    second = make(trailing)
    assert second > first
    found = listed(trailing, page_size=1)
    assert (found.total_count, found.page_number, found.page_size) == (2, 1, 1)
    assert [each.job_id for each in found.delivery_history_jobs] == [second]
    found = listed(trailing, page_number=2, page_size=1)
    assert [(each.job_id, each.job_status) for each in found.delivery_history_jobs] == [(first, 2)]
    assert listed(trailing, page_size=0).page_size == 20


def test_a_job_that_is_deleted_delivers_nothing_more(trailing: Trailing, plant: Plant) -> None:
    plant("Planted", at=int(trailing.server.clock()) - 5)
    trailing.create()
    job_id = make(trailing)
    delete(trailing, job_id)
    trailing.deliver_history()
    assert trailing.rows() == []
    with refused("DeliveryHistoryJobNotFound", 404):
        shown(trailing, job_id)
    with refused("DeliveryHistoryJobNotFound", 404):
        delete(trailing, job_id)
    assert listed(trailing).delivery_history_jobs == []


def test_a_trail_must_be_there_and_deliver_to_a_logstore(trailing: Trailing) -> None:
    with refused("TrailNotFoundException", 404):
        make(trailing)
    trailing.create(sls_project_arn=None)
    with refused("InvalidQueryParameter", 400):
        make(trailing)
    with refused("InvalidQueryParameter", 400):
        make(trailing, client_token="x" * 65)


def test_a_job_whose_trail_is_gone_has_failed(trailing: Trailing) -> None:
    trailing.create()
    job_id = make(trailing)
    trailing.trail.delete_trail(m.DeleteTrailRequest(name=trailing.name))
    trailing.deliver_history()
    found = shown(trailing, job_id)
    assert (found.job_status, found.end_time is None) == (3, False)


def test_a_role_that_may_not_write_is_tried_for_some_time(
    trailing: Trailing, plant: Plant, ram: RamClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TRIED_SECONDS", 60)
    plant("Planted", at=int(trailing.server.clock()) - 5)
    make_role(ram, "writer", trust("Service", "actiontrail.aliyuncs.com"))
    grant(ram, "role", "writer", allow(["oss:PutObject", "log:*"]))
    arn = role_arn(trailing.account, "writer")
    trailing.create(oss_bucket_name=None, oss_key_prefix=None, sls_write_role_arn=arn)
    where = {"policy_type": "Custom", "policy_name": "for-role-writer", "role_name": "writer"}
    ram.detach_policy_from_role(ram_models.DetachPolicyFromRoleRequest(**where))
    job_id = make(trailing)
    trailing.deliver_history()
    trailing.deliver_history(30)
    assert (shown(trailing, job_id).job_status, trailing.rows()) == (0, [])
    assert any("Unauthorized" in told for _, told in trailing.heard)
    trailing.deliver_history(60)
    assert shown(trailing, job_id).job_status == 3
    ram.attach_policy_to_role(ram_models.AttachPolicyToRoleRequest(**where))
    again = make(trailing)
    trailing.deliver_history()
    assert shown(trailing, again).job_status == 2
    assert planted(trailing) == ["Planted"]


def test_a_disk_that_was_full_delays_a_job(
    trailing: Trailing, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        plant(f"Planted{number}", at=int(trailing.server.clock()) - 9 + number)
    trailing.create()
    job_id = make(trailing)
    monkeypatch.setattr(reading, "AT_ONCE", 2)
    real = jobs.logs_made_durable
    left = [1]

    def full(*given: Any) -> Any:
        if not left:
            raise Unavailable("the disk is full")
        left.pop()
        return real(*given)

    monkeypatch.setattr(jobs, "logs_made_durable", full)
    trailing.deliver_history()
    assert shown(trailing, job_id).job_status == 1
    monkeypatch.setattr(jobs, "logs_made_durable", real)
    trailing.deliver_history()
    assert shown(trailing, job_id).job_status == 2
    assert planted(trailing) == [f"Planted{number}" for number in range(4)]


def test_an_event_that_was_changed_is_not_delivered(trailing: Trailing, plant: Plant) -> None:
    at = int(trailing.server.clock()) - 5
    for name in ("PlantedSound", "PlantedChanged"):
        plant(name, at=at)
    trailing.create()
    make(trailing)
    call = trailing.server.running.store.call
    where = {"account_id": trailing.account.account_id, "event_name": "PlantedChanged"}
    (row,) = call(lambda tx: tx.find(EventRow, **where))

    def write(body: str) -> None:
        event = table_of(EventRow)
        made = sa.update(event).where(event.c.seq == row.seq).values(body=sa.bindparam("text"))
        call(lambda tx: tx.change(lambda: made, text=body))

    # The leaf is that of the event as it was, which is there again when the server is checked.
    sequence(trailing.server.running)
    write(json.dumps({**json.loads(row.body), "errorCode": "x"}))
    try:
        trailing.deliver_history()
    finally:
        write(row.body)
    assert planted(trailing) == ["PlantedSound"]
    assert any("LogDamaged" in told for _, told in trailing.heard)


def test_a_job_of_an_account_is_none_of_another(trailing: Trailing) -> None:
    trailing.create()
    job_id = make(trailing)
    other = trailing.server.new_account()
    config = trailing.server.config(other.access_key_id, other.secret.reveal())
    stranger = type(trailing.trail)(config)
    with refused("DeliveryHistoryJobNotFound", 404):
        stranger.get_delivery_history_job(m.GetDeliveryHistoryJobRequest(job_id=job_id))
    with refused("DeliveryHistoryJobNotFound", 404):
        stranger.delete_delivery_history_job(m.DeleteDeliveryHistoryJobRequest(job_id=job_id))
    call = trailing.server.running.store.call
    owner = trailing.account.account_id
    assert call(lambda tx: tx.count(HistoryJobRow, account_id=owner, job_id=job_id)) == 1
