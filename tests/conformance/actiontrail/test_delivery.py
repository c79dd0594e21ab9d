"""Events reach the logstore and the bucket of a trail, in order, whatever happens meanwhile."""

import hashlib
import json
import re
from pathlib import Path

import oss2
import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_kms20160120 import models as k
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from aliyun.log import LogItem, PutLogsRequest
from tests.commands import juyong
from tests.conformance.actiontrail.trailing import WINDOW, Trailing, names
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, trust
from tests.conformance.sls_calls import REGION, raw
from tests.conformance.sls_calls import refused as log_refused
from tests.conformance.sts.roles import grant, make_role, role_arn
from tests.sequencing import sequence

from juyong.audit.ledger.delivered import verify_delivered
from juyong.audit.ledger.digests import Digest
from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant, iso
from juyong.logs.tables import BatchRow
from juyong.services.actiontrail.delivery import to_bucket, to_project
from juyong.services.actiontrail.delivery.reading import delivered_up_to
from juyong.services.sls.tables import LogstoreRow
from juyong.store.errors import Unavailable
from juyong.store.late import sa, table_of


def user(ram: RamClient, name: str) -> str:
    """Make a user; returns the id of the event."""
    return str(ram.create_user(ram_models.CreateUserRequest(user_name=name)).body.request_id)


def test_every_call_is_a_row_and_after_the_window_in_a_file(
    trailing: Trailing, ram: RamClient
) -> None:
    user(ram, "before")
    trailing.create()
    trailing.start()
    wanted = [user(ram, "a"), user(ram, "b")]
    trailing.deliver()
    found = trailing.events()
    assert names(found) == ["StartLogging", "CreateUser", "CreateUser"]
    assert [each["eventId"] for each in found[1:]] == wanted
    (first, *_) = trailing.rows()
    assert first["__topic__"] == "actiontrail_audit_event"
    assert iso(Instant(first["__time__"])) == found[0]["eventTime"]
    assert trailing.keys() == []
    trailing.deliver(WINDOW)
    (file,) = trailing.files()
    assert [each["eventId"] for each in file] == [each["eventId"] for each in found]
    (key,) = trailing.keys("AliyunLogs/")
    body = trailing.bucket.get_object(key).read()
    shape = (
        r"actiontrail/AliyunLogs/Actiontrail/cn-hangzhou/\d{4}/\d\d/\d\d/"
        r"Actiontrail_cn-hangzhou_\d{14}_1002_(\d+)_(\d+)_([0-9a-f]{32})\.gz"
    )
    told = re.fullmatch(shape, key)
    assert told is not None
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    assert told.groups() == ("3", str(len(body)), md5)
    status = trailing.status()
    assert status.latest_delivery_time
    assert status.latest_delivery_log_service_time
    assert (status.latest_delivery_error, status.latest_delivery_log_service_error) == ("", "")


def test_only_the_trail_writes_into_the_logstore_of_a_trail(trailing: Trailing) -> None:
    trailing.create()
    store = f"actiontrail_{trailing.name}"
    log, item = trailing.log, LogItem(1, [("event", "{}")])
    with log_refused("Unauthorized", 401, "by actiontrail alone"):
        log.put_logs(PutLogsRequest(trailing.project, store, "", "", [item]))
    log.update_logstore(trailing.project, store, ttl=30, enable_tracking=True)
    host = {"host": f"{trailing.project}.{REGION}.log.aliyuncs.com"}
    host["content-type"] = "application/json"
    page = b'{"__logs__": [{"event": "{}"}]}'
    answer = raw(trailing.server.port, "POST", f"/logstores/{store}/track", host, page)
    assert answer.status == 401
    assert trailing.rows() == []


def test_an_idle_platform_falls_silent(trailing: Trailing, ram: RamClient) -> None:
    log = oss2.models.BucketLogging(trailing.bucket.bucket_name, "access/")
    trailing.bucket.put_bucket_logging(log)
    trailing.create()
    trailing.start()
    user(ram, "a")
    trailing.deliver(WINDOW)
    rows, objects = len(trailing.events()), len(trailing.keys())
    assert (rows, objects) == (2, 2)
    held = trailing.deliveries()
    for _ in range(10):
        trailing.deliver(60)
    assert trailing.deliveries() == held
    assert (len(trailing.events()), len(trailing.keys())) == (rows, objects)


def test_only_what_the_trail_asks_for_goes_there(trailing: Trailing, ram: RamClient) -> None:
    trailing.create(event_rw="Read", trail_region="cn-beijing")
    trailing.start()
    user(ram, "a")
    ram.get_user(ram_models.GetUserRequest(user_name="a"))
    trailing.status()
    trailing.deliver(WINDOW)
    # RAM has no region, so its events go to every trail; those of ActionTrail were made elsewhere.
    assert names(trailing.events()) == ["GetUser"]
    assert [names(each) for each in trailing.files()] == [["GetUser"]]


def test_a_trail_that_is_off_still_delivers_what_was_before(
    trailing: Trailing, ram: RamClient
) -> None:
    trailing.create()
    trailing.start()
    user(ram, "a")
    trailing.stop()
    trailing.server.clock.offset += 2
    user(ram, "b")
    trailing.deliver(WINDOW)
    assert names(trailing.events()) == ["StartLogging", "CreateUser", "StopLogging"]
    assert [names(each) for each in trailing.files()] == [names(trailing.events())]
    assert [each.done for each in trailing.deliveries()] == [True, True]
    trailing.start()
    trailing.trail.delete_trail(m.DeleteTrailRequest(name=trailing.name))
    trailing.deliver(WINDOW)
    assert names(trailing.events())[3:] == ["StartLogging", "DeleteTrail"]
    assert [names(each)[-1] for each in trailing.files()] == ["StopLogging", "DeleteTrail"]
    assert trailing.deliveries() == []


def test_a_bucket_that_is_gone_is_told_and_what_waited_comes_later(
    trailing: Trailing, ram: RamClient
) -> None:
    trailing.create()
    trailing.start()
    trailing.bucket.delete_bucket()
    user(ram, "a")
    trailing.deliver(WINDOW)
    status = trailing.status()
    assert status.latest_delivery_error.startswith("NoSuchBucket: ")
    assert (status.latest_delivery_time, status.oss_bucket_status) == ("", False)
    assert names(trailing.events())[:3] == ["StartLogging", "DeleteBucket", "CreateUser"]
    assert len(trailing.heard) == 1
    trailing.bucket.create_bucket()
    user(ram, "b")
    trailing.deliver(WINDOW)
    expected = [each["eventId"] for each in trailing.events()]
    found = [each["eventId"] for file in trailing.files() for each in file]
    assert found == expected
    assert "CreateUser" in names(trailing.events())
    assert trailing.status().latest_delivery_error == ""


def test_a_full_disk_is_told_and_what_waited_comes_later(
    trailing: Trailing, ram: RamClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trailing.create()
    trailing.start()
    user(ram, "a")

    def full(*_: object) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(to_bucket, "written", full)
        patch.setattr(to_project, "kept_logs", full)
        trailing.deliver(WINDOW)
    status = trailing.status()
    assert status.latest_delivery_error.startswith("ServiceUnavailable: ")
    assert status.latest_delivery_log_service_error.startswith("ServiceUnavailable: ")
    trailing.deliver(WINDOW)
    assert names(trailing.events())[:2] == ["StartLogging", "CreateUser"]
    assert names(trailing.files()[0])[:2] == ["StartLogging", "CreateUser"]
    assert trailing.status().latest_delivery_error == ""


def test_events_wait_for_their_delivery_before_they_expire(
    trailing: Trailing, ram: RamClient
) -> None:
    trailing.create()
    trailing.start()
    wanted = user(ram, "a")
    call = trailing.server.running.store.call
    sequence(trailing.server.running)
    (event,) = call(lambda tx: tx.find(EventRow, event_id=wanted))
    assert call(delivered_up_to) < event.seq
    trailing.deliver(WINDOW)
    assert {each.seq >= event.seq for each in trailing.deliveries()} == {True}


def test_a_role_that_loses_its_policy_or_its_trust_writes_nothing(
    trailing: Trailing, ram: RamClient
) -> None:
    make_role(ram, "writer", trust("Service", "actiontrail.aliyuncs.com"))
    grant(ram, "role", "writer", allow(["oss:PutObject", "log:*"]))
    arn = role_arn(trailing.account, "writer")
    trailing.create(oss_write_role_arn=arn, sls_write_role_arn=arn)
    trailing.start()
    where = {"policy_type": "Custom", "policy_name": "for-role-writer", "role_name": "writer"}
    ram.detach_policy_from_role(ram_models.DetachPolicyFromRoleRequest(**where))
    trailing.deliver(WINDOW)
    status = trailing.status()
    assert status.latest_delivery_error.startswith("AccessDenied: ")
    assert status.latest_delivery_log_service_error.startswith("Unauthorized: ")
    assert (trailing.keys(), trailing.rows()) == ([], [])
    ram.attach_policy_to_role(ram_models.AttachPolicyToRoleRequest(**where))
    update = ram_models.UpdateRoleRequest
    for service, error in (("oss", "NoPermission"), ("actiontrail", "")):
        document = trust("Service", f"{service}.aliyuncs.com")
        ram.update_role(update(role_name="writer", new_assume_role_policy_document=document))
        trailing.deliver(10 * WINDOW)
        assert trailing.status().latest_delivery_error[: len("NoPermission")] == error
    assert names(trailing.events())[0] == "StartLogging"
    assert names(trailing.files()[0])[0] == "StartLogging"


def test_a_logstore_that_was_deleted_is_made_again(trailing: Trailing, ram: RamClient) -> None:
    trailing.create()
    trailing.start()
    trailing.log.delete_logstore(trailing.project, f"actiontrail_{trailing.name}")
    user(ram, "a")
    trailing.deliver()
    assert names(trailing.events())[0] == "StartLogging"
    trailing.deliver()
    found = trailing.events()
    assert (found[-1]["eventName"], found[-1]["eventType"]) == (
        "CreateLogStore",
        "AliyunServiceEvent",
    )
    index = trailing.log.get_index_config(trailing.project, f"actiontrail_{trailing.name}")
    assert index.get_index_config().key_config_list["event"].index_type == "json"


def test_a_logstore_under_a_key_of_the_owner_gets_events_while_the_key_serves(
    trailing: Trailing, ram: RamClient, admin: Clients
) -> None:
    trailing.create(oss_bucket_name=None, oss_key_prefix=None)
    make_role(ram, "sealing", trust("Service", "log.aliyuncs.com"))
    grant(ram, "role", "sealing", allow(["kms:GenerateDataKey", "kms:Decrypt"]))
    key_id = admin.kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    arn = role_arn(trailing.account, "sealing")
    info = {"cmk_key_id": key_id, "arn": arn, "region_id": REGION}
    conf = {"enable": True, "encrypt_type": "aes_gcm", "user_cmk_info": info}
    store = f"actiontrail_{trailing.name}"
    trailing.log.update_logstore(trailing.project, store, encrypt_conf=conf)
    trailing.start()
    trailing.deliver()
    assert names(trailing.events())[0] == "StartLogging"
    call = trailing.server.running.store.call
    row = call(lambda tx: tx.get(LogstoreRow, trailing.project, store))
    batches = call(lambda tx: tx.find(BatchRow, store_id=row.store_id))
    assert all(each.key_id for each in batches)
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    trailing.deliver(WINDOW)
    error = trailing.status().latest_delivery_log_service_error
    assert error.startswith("EncryptKeyInvalid: ")
    admin.kms.enable_key(k.EnableKeyRequest(key_id=key_id))
    trailing.deliver(10 * WINDOW)
    assert "DisableKey" in names(trailing.events())


def test_a_target_that_is_exchanged_gets_what_was_before(
    trailing: Trailing, ram: RamClient
) -> None:
    trailing.create(sls_project_arn=None)
    trailing.start()
    user(ram, "a")
    change = m.UpdateTrailRequest(name=trailing.name, oss_key_prefix="elsewhere")
    trailing.trail.update_trail(change)
    trailing.server.clock.offset += 2
    user(ram, "b")
    trailing.deliver(WINDOW)
    assert names(trailing.files()[0]) == ["StartLogging", "CreateUser", "UpdateTrail"]
    keys = [each.key for each in oss2.ObjectIteratorV2(trailing.bucket, prefix="elsewhere/Ali")]
    assert len(keys) == 2
    assert [each.target for each in trailing.deliveries()] == [f"oss://{trailing.name}/elsewhere/"]


def test_a_digest_accounts_for_every_leaf(trailing: Trailing, ram: RamClient) -> None:
    trailing.create(event_rw="Write", sls_project_arn=None)
    trailing.start()
    user(ram, "a")
    ram.get_user(ram_models.GetUserRequest(user_name="a"))
    trailing.deliver(WINDOW)
    user(ram, "b")
    trailing.deliver(WINDOW)
    public = LogSigner(trailing.server.running.pipeline.platform.keys[PURPOSE]).public
    bodies = [trailing.bucket.get_object(key).read() for key in trailing.keys("AliyunLogsDigest/")]
    first, second = (Digest.parse(each, public) for each in bodies)
    for each in (first, second):
        each.check(public)
        assert each.damaged == ()
    assert first.end == second.first
    assert [len(each.files[0].leaves) for each in (first, second)] == [2, 1]
    assert first.end - first.first > 2
    assert second.previous is not None
    assert second.previous.sha256 == hashlib.sha256(bodies[0]).hexdigest()


def test_an_event_is_found_by_a_bare_word_and_by_a_member(
    trailing: Trailing, ram: RamClient
) -> None:
    trailing.create()
    trailing.start()
    wanted = user(ram, "needle-in-the-log")
    trailing.deliver()
    now = int(trailing.server.clock())
    for query in (wanted, "event.eventName: CreateUser and event.serviceName: Ram"):
        answer = trailing.log.get_log(
            trailing.project, f"actiontrail_{trailing.name}", now - 60, now + 60, query=query
        )
        (found,) = answer.get_logs()
        assert json.loads(found.get_contents()["event"])["eventId"] == wanted


def objects_of(trailing: Trailing) -> dict[str, bytes]:
    """Read all that was delivered, by key."""
    return {key: trailing.bucket.get_object(key).read() for key in trailing.keys("")}


def test_what_was_done_to_a_bucket_is_found_by_the_key_alone(
    trailing: Trailing, ram: RamClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trailing.create(sls_project_arn=None)
    for number in range(3):
        trailing.start()
        user(ram, f"u{number}")
        trailing.deliver(WINDOW)
        trailing.stop()
        trailing.deliver(WINDOW)
        trailing.deliver(WINDOW)
        user(ram, f"off{number}")
        trailing.deliver()
    held = objects_of(trailing)
    public = LogSigner(trailing.server.running.pipeline.platform.keys[PURPOSE]).public

    def how(objects: dict[str, bytes], key: bytes = public) -> list[tuple[str, str]]:
        found = verify_delivered(sorted(objects), objects.get, key)
        return [(each.how, each.name) for each in found.problems]

    whole = verify_delivered(sorted(held), held.get, public)
    assert whole.problems == []
    assert (whole.files, whole.gaps) == (whole.digests, 2)
    assert whole.events == sum(len(each) for each in trailing.files()) == 9
    files = sorted(key for key in held if key.endswith(".gz"))
    digests = sorted(key for key in held if key.endswith(".digest"))
    assert how({k: v for k, v in held.items() if k != files[1]}) == [("removed", files[1])]
    assert how({**held, files[1]: held[files[0]]}) == [("changed", files[1])]
    assert how({**held, f"{files[0]}.gz": b""}) == [("added", f"{files[0]}.gz")]
    without = {k: v for k, v in held.items() if k not in (digests[1], files[1])}
    assert ("removed", digests[1]) in how(without)
    forged = held[digests[1]].replace(b'"damaged":[]', b'"damaged":[1]')
    assert ("unreadable", digests[1]) in how({**held, digests[1]: forged})
    assert {each for each, _ in how(held, b"\x01" * 32)} == {"unreadable", "added"}
    # A copy of a folder of the bucket is verified as the bucket is.
    within = {key.removeprefix("actiontrail/"): data for key, data in held.items()}
    assert how(within) == []
    for key, data in held.items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(data)
    home = trailing.server.running.home.path
    ask = ("audit", "verify", "--home", home, "--bucket")
    told = juyong(*ask, tmp_path)
    assert (told.status, told.out.splitlines()[0]) == (
        0,
        f"sound: 9 events in {whole.files} files, {whole.digests} digests",
    )
    (tmp_path / files[0]).unlink()
    told = juyong(*ask, tmp_path, "--json")
    assert (told.status, json.loads(told.out)["problems"][0]["how"]) == (1, "removed")
    assert juyong(*ask, tmp_path / "nowhere").status == 3
    assert juyong(*ask, "ftp://somewhere", "--endpoint", "http://127.0.0.1:1").status == 3
    assert juyong(*ask, tmp_path, "--from", "2026-01-01").status == 3
    assert juyong("audit", "verify", "--endpoint", "http://127.0.0.1:1").status == 3
    (tmp_path / "empty").mkdir()
    assert juyong(*ask, tmp_path / "empty").status == 2
    monkeypatch.setenv("OSS_ACCESS_KEY_ID", trailing.account.access_key_id)
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", trailing.account.secret.reveal())
    place = f"oss://{trailing.bucket.bucket_name}"
    endpoint = f"http://127.0.0.1:{trailing.server.port}"
    told = juyong(*ask, place, "--endpoint", endpoint)
    assert (told.status, told.out.splitlines()[0]) == (
        0,
        f"sound: 9 events in {whole.files} files, {whole.digests} digests",
    )


def test_an_event_that_was_changed_is_named_and_not_delivered(
    trailing: Trailing, ram: RamClient
) -> None:
    trailing.create()
    trailing.start()
    wanted = user(ram, "a")
    call = trailing.server.running.store.call
    sequence(trailing.server.running)
    (row,) = call(lambda tx: tx.find(EventRow, event_id=wanted))

    def write(body: str) -> None:
        event = table_of(EventRow)
        made = sa.update(event).where(event.c.seq == row.seq).values(body=sa.bindparam("text"))
        call(lambda tx: tx.change(lambda: made, text=body))

    write(row.body.replace("CreateUser", "DeleteUser"))
    try:
        trailing.deliver(WINDOW)
    finally:
        write(row.body)
    assert names(trailing.events()) == ["StartLogging"]
    public = LogSigner(trailing.server.running.pipeline.platform.keys[PURPOSE]).public
    held = objects_of(trailing)
    found = verify_delivered(sorted(held), held.get, public)
    assert [each.how for each in found.problems] == ["damaged"]
    assert any("LogDamaged" in told for _, told in trailing.heard)
