"""Logstores whose owner has a key of the KMS: what is sealed, who may open it, and when."""

import json
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alibabacloud_kms20160120 import models as k
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sls20201230 import models as m
from aliyun.log import (
    GetHistogramsRequest,
    GetProjectLogsRequest,
    LogClient,
    LogException,
    LogItem,
    PutLogsRequest,
)
from aliyun.log.index_config import IndexConfig, IndexLineConfig
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.sls.test_sls_data import group, sent, tracked
from tests.conformance.sls.test_sls_logstores import TRUST
from tests.conformance.sls_calls import REGION, Caller, refused, tea_refused
from tests.jobs import work_off
from tests.waiting import wait_until

from juyong.api.bench import Bench
from juyong.api.errors import ServiceUnavailable
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.blobs.tables import BlobRow
from juyong.engines.logsearch.log import Log
from juyong.logs import staging
from juyong.logs.batches import packed_of, read
from juyong.logs.expiry import expire
from juyong.logs.loggroup import group_of
from juyong.logs.tables import BatchRow, FileRow, KeyRow
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id
from juyong.services.sls.data.taking import Sent, take
from juyong.services.sls.logstores.data_keys import KEPT_SECONDS, refuse_open_logs
from juyong.services.sls.query.shown_logs import pack_meta
from juyong.services.sls.tables import LogstoreRow
from juyong.store.errors import Unavailable
from juyong.store.queue import put as ask_for
from juyong.worker.logs import TURN, turn

STORE = "secret"
USES = ("kms:GenerateDataKey", "kms:Decrypt")
DAY = 86_400


def policy(*statements: tuple[str, str]) -> str:
    allowed = [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for action, resource in statements
    ]
    return json.dumps({"Version": "1", "Statement": allowed})


@pytest.fixture
def key_id(admin: Clients) -> str:
    """A key of the owner."""
    made: str = admin.kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    return made


@pytest.fixture
def role(ram: RamClient) -> str:
    """The ARN of a role that the service may assume, and that may use keys."""
    name = f"r-{uuid.uuid4().hex[:8]}"
    made = ram.create_role(
        ram_models.CreateRoleRequest(role_name=name, assume_role_policy_document=json.dumps(TRUST))
    )
    document = policy(*((use, "*") for use in USES))
    ram.create_policy(ram_models.CreatePolicyRequest(policy_name=name, policy_document=document))
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(policy_type="Custom", policy_name=name, role_name=name)
    )
    return str(made.body.role.arn)


def conf(role: str, key_id: str, **members: Any) -> dict[str, Any]:
    key = {"cmk_key_id": key_id, "arn": role, "region_id": REGION, **members}
    return {"enable": True, "encrypt_type": "aes_gcm", "user_cmk_info": key}


class Sealed:
    """A logstore of one shard with an index, under the owner's key."""

    def __init__(self, owner: Caller, server: Server, project: str, key: tuple[str, str]) -> None:
        self.owner, self.log, self.server, self.project = owner, owner.log, server, project
        self.role, self.key_id = key
        self.call = server.running.store.call
        self.platform = server.running.pipeline.platform
        self.at = int(server.clock())
        self.log.create_logstore(
            project, STORE, shard_count=1, enable_tracking=True, encrypt_conf=conf(*key)
        )
        self.log.create_index(project, STORE, IndexConfig(30, IndexLineConfig([" "])))

    def write(self, *texts: str, at: int = 0) -> None:
        write(self.log, self.project, at or self.at, *texts)

    def pulled(self) -> list[str]:
        return pulled(self.log, self.project)

    def found(self, query: str = "*", *, at: int = 0) -> list[str]:
        until = (at or self.at) + 10
        answer = self.log.get_log(self.project, STORE, self.at - DAY, until, query=query)
        return [each.get_contents()["text"] for each in answer.get_logs()]

    @property
    def row(self) -> LogstoreRow:
        row = self.call(lambda tx: tx.get(LogstoreRow, self.project, STORE))
        assert row is not None
        return row

    def batches(self) -> list[BatchRow]:
        return batches(self.server, self.project)

    def files(self) -> list[FileRow]:
        held = self.row.store_id
        return self.call(lambda tx: tx.find(FileRow, store_id=held))

    def keys(self) -> int:
        held = self.row.store_id
        return self.call(lambda tx: tx.count(KeyRow, store_id=held))

    def uses(self, least: int) -> list[str]:
        """Return the names of the events by which the service used the key, once there are some."""

        def known() -> list[str]:
            mine = self.row.account_id
            events = self.call(lambda tx: tx.find(EventRow, account_id=mine))
            return [e.event_name for e in events if self.key_id in e.body and "acs:log:" in e.body]

        wait_until(lambda: len(known()) >= least)
        return sorted(known())

    def turn(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Turn all batches over into a file; returns what was passed over."""
        heard: list[str] = []
        monkeypatch.setattr("juyong.logs.turnover.ENOUGH_LOGS", 1)
        own = Bench(
            call=self.call,
            clock=self.server.clock,
            platform=self.platform,
            passed_over=lambda _job, what: heard.append(what),
        )
        held = self.row.store_id
        own.transact(lambda tx: ask_for(tx, TURN, held, now=own.clock()))
        work_off(turn, own)
        return heard


@pytest.fixture
def sealed(owner: Caller, server: Server, project: str, role: str, key_id: str) -> Iterator[Sealed]:
    """The logstore; the clock of the test may move, and is put back."""
    yield Sealed(owner, server, project, (role, key_id))
    server.clock.offset = 0


def write(log: LogClient, project: str, at: float, *texts: str) -> None:
    items = [LogItem(timestamp=int(at), contents=[("text", text)]) for text in texts]
    log.put_logs(PutLogsRequest(project, STORE, "t", "s", items, logtags=[("__pack_id__", "a-1")]))


def pulled(log: LogClient, project: str) -> list[str]:
    begin = log.get_begin_cursor(project, STORE, 0).get_cursor()
    found = log.pull_logs(project, STORE, 0, begin, 1000)
    return [each["text"] for each in found.get_flatten_logs_json()]


def batches(server: Server, project: str) -> list[BatchRow]:
    row = server.running.store.call(lambda tx: tx.get(LogstoreRow, project, STORE))
    assert row is not None
    return server.running.store.call(lambda tx: read(tx, row.store_id, 0, 0, count=1000))


# --- what is sealed ---


def test_logs_under_a_key_are_written_pulled_and_found(sealed: Sealed) -> None:
    sealed.write("a canary sings")
    page = {"__logs__": [{"text": "from a page"}]}
    assert tracked(sealed.server, sealed.project, STORE, page) == (200, "")
    assert sealed.pulled() == ["a canary sings", "from a page"]
    assert sealed.found("canary") == ["a canary sings"]
    rows = sealed.batches()
    assert {row.key_id for row in rows} == {rows[0].key_id} != {""}
    packed = packed_of(sealed.platform.segments, rows[0])
    assert b"canary" not in packed
    assert sealed.uses(1) == ["GenerateDataKey"]


def test_files_of_columns_lie_under_the_key_too(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.write("a canary sings")
    assert sealed.turn(monkeypatch) == []
    (file,) = sealed.files()
    assert file.key_id == sealed.batches()[0].key_id
    blob = sealed.call(lambda tx: tx.get(BlobRow, file.blob_id))
    assert blob is not None
    assert blob.key is None
    assert sealed.found("canary") == ["a canary sings"]


def test_what_is_open_for_a_query_goes_with_the_query(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.write("turned over")
    sealed.turn(monkeypatch)
    sealed.write("waits")
    assert sealed.found() == ["turned over", "waits"]
    opener = sealed.platform.memory["sls.searcher"].opener
    assert all(each.is_kept for each in opener._open.values())


def test_a_turn_needs_a_folder_in_memory(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed.write("a")
    monkeypatch.setattr(staging, "_MEMORY", Path("/nowhere"))
    with pytest.raises(Unavailable):
        sealed.turn(monkeypatch)
    assert sealed.files() == []


# --- who may open it, and when ---


def calls_on(sealed: Sealed) -> dict[str, Callable[[], object]]:
    """Return calls of all operations that write logs of the logstore, or read some."""
    log, project, window = sealed.log, sealed.project, (sealed.at - 60, sealed.at + 10)
    begin = log.get_begin_cursor(project, STORE, 0).get_cursor()
    over = GetHistogramsRequest(project, STORE, *window)
    meta = pack_meta(0, 0)
    sql = f"SELECT count(*) FROM {STORE}"  # noqa: S608  # the logstore of the test
    return {
        "PutLogs": partial(sealed.write, "b"),
        "PullLogs": partial(log.pull_logs, project, STORE, 0, begin),
        "GetLogsV2": partial(log.get_log, project, STORE, *window),
        "GetLogs": partial(get_logs_of_the_first_version, sealed.owner, project, window),
        "GetHistograms": partial(log.get_histograms, over),
        "GetContextLogs": partial(log.get_context_logs, project, STORE, "a-1", meta, 1, 1),
        "GetProjectLogs": partial(
            log.get_project_logs, GetProjectLogsRequest(project=project, query=sql)
        ),
    }


def get_logs_of_the_first_version(owner: Caller, project: str, window: tuple[int, int]) -> None:
    query = f"type=log&from={window[0]}&to={window[1]}"
    answer = owner.call("GET", f"/logstores/{STORE}", query, project=project)
    if answer.status != HTTPStatus.OK:
        said = json.loads(answer.body)
        raise LogException(said["errorCode"], said["errorMessage"], "", answer.status)


def test_a_disabled_key_stops_all_reads_and_writes(sealed: Sealed, admin: Clients) -> None:
    sealed.write("a")
    assert sealed.found() == ["a"]
    calls = calls_on(sealed)
    admin.kms.disable_key(k.DisableKeyRequest(key_id=sealed.key_id))
    for name, call in calls.items():
        with refused("EncryptKeyInvalid", 403, "Rejected.Disabled"):
            call()
            pytest.fail(name)
    page = {"__logs__": [{"text": "from a page"}]}
    found = tracked(sealed.server, sealed.project, STORE, page)
    assert found == (403, "EncryptKeyInvalid")
    admin.kms.enable_key(k.EnableKeyRequest(key_id=sealed.key_id))
    for call in calls.values():
        call()
    assert sealed.pulled() == ["a", "b"]


def test_a_disabled_key_makes_batches_wait(
    sealed: Sealed, admin: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.write("a")
    admin.kms.disable_key(k.DisableKeyRequest(key_id=sealed.key_id))
    assert sealed.turn(monkeypatch) == ["turn: KeyRefused"]
    assert sealed.files() == []
    admin.kms.enable_key(k.EnableKeyRequest(key_id=sealed.key_id))
    assert sealed.turn(monkeypatch) == []
    assert len(sealed.files()) == 1


@pytest.mark.parametrize("use", USES)
def test_the_role_must_be_allowed_to_use_the_key(sealed: Sealed, ram: RamClient, use: str) -> None:
    if use == "kms:Decrypt":
        sealed.write("a")
    other = policy(*((each, "*") for each in USES if each != use))
    ram.create_policy_version(
        ram_models.CreatePolicyVersionRequest(
            policy_name=name_of(sealed.role), policy_document=other, set_as_default=True
        )
    )
    with refused("EncryptKeyInvalid", 403, f"the role may not {use}"):
        sealed.write("b")


def name_of(role: str) -> str:
    return role.rpartition("/")[2]


def test_the_role_must_trust_the_service_at_each_call(sealed: Sealed, ram: RamClient) -> None:
    sealed.write("a")
    trust_another(ram, sealed.role)
    for call in (partial(sealed.write, "b"), sealed.pulled):
        with refused("EncryptKeyInvalid", 403, "does not trust log.aliyuncs.com"):
            call()


def trust_another(ram: RamClient, role: str) -> None:
    other = json.dumps(TRUST).replace("log.", "oss.")
    ram.update_role(
        ram_models.UpdateRoleRequest(role_name=name_of(role), new_assume_role_policy_document=other)
    )


def test_a_policy_of_the_key_is_heeded(
    owner: Caller, admin: Clients, account: NewAccount, project: str, role: str
) -> None:
    instance_id = default_instance_id(account.account_id)
    made = admin.kms.create_key(k.CreateKeyRequest(dkmsinstance_id=instance_id)).body
    key_id = made.key_metadata.key_id
    owner.log.create_logstore(project, STORE, shard_count=1, encrypt_conf=conf(role, key_id))
    root = {"RAM": [f"acs:ram::{account.account_id}:*"]}
    service = {"Service": ["log.aliyuncs.com"]}
    document = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Principal": root, "Action": ["kms:*"], "Resource": ["*"]},
            {"Effect": "Deny", "Principal": service, "Action": ["kms:Decrypt"], "Resource": ["*"]},
        ],
    }
    admin.kms.set_key_policy(
        k.SetKeyPolicyRequest(key_id=key_id, policy_name="default", policy=json.dumps(document))
    )
    with refused("EncryptKeyInvalid", 403):
        pulled(owner.log, project)


def test_an_open_data_key_is_used_for_minutes_and_one_is_drawn_a_day(sealed: Sealed) -> None:
    clock = sealed.server.clock
    sealed.owner.log.delete_index(sealed.project, STORE)

    def put(text: str) -> None:
        path = f"/logstores/{STORE}"
        assert sent(sealed.owner, sealed.project, group(text), path) == (200, "")

    clock.offset = DAY - int(clock()) % DAY + 1000
    put("a")
    put("b")
    assert sealed.uses(1) == ["GenerateDataKey"]
    clock.offset += KEPT_SECONDS
    put("c")
    put("d")
    assert sealed.uses(2) == ["Decrypt", "GenerateDataKey"]
    clock.offset += DAY
    put("e")
    assert sealed.uses(3) == ["Decrypt", "GenerateDataKey", "GenerateDataKey"]
    assert len({row.key_id for row in sealed.batches()}) == sealed.keys() == 2
    clock.offset = 0
    assert sealed.pulled() == [*"abcde"]


@pytest.mark.parametrize("way", ["pulled", "found"])
def test_a_read_that_opens_a_data_key_leaves_an_event(sealed: Sealed, way: str) -> None:
    sealed.write("a")
    sealed.server.clock.offset = KEPT_SECONDS
    assert getattr(sealed, way)() == ["a"]
    assert sealed.uses(2) == ["Decrypt", "GenerateDataKey"]


def test_data_keys_go_with_what_they_sealed(sealed: Sealed) -> None:
    sealed.write("a")
    sealed.log.delete_index(sealed.project, STORE)
    for days, left in ((29, 1), (33, 0)):
        for _ in range(2):
            sealed.call(lambda tx, d=days: expire(tx, Instant(sealed.at + d * DAY), 10_000))
        assert sealed.keys() == left
    sealed.write("b")
    assert sealed.keys() == 1
    held = sealed.row.store_id
    sealed.log.delete_logstore(sealed.project, STORE)
    sealed.call(lambda tx: expire(tx, Instant(sealed.at), 10_000))
    assert sealed.call(lambda tx: tx.count(KeyRow, store_id=held)) == 0


def test_without_encryption_from_now_on_old_logs_need_the_key(
    sealed: Sealed, admin: Clients
) -> None:
    sealed.write("old")
    log, project = sealed.log, sealed.project
    log.update_logstore(project, STORE, encrypt_conf={"enable": False, "encrypt_type": ""})
    admin.kms.disable_key(k.DisableKeyRequest(key_id=sealed.key_id))
    sealed.write("new")
    assert [bool(row.key_id) for row in sealed.batches()] == [True, False]
    with refused("EncryptKeyInvalid", 403):
        sealed.pulled()
    after = log.get_end_cursor(project, STORE, 0).get_cursor()
    assert log.pull_logs(project, STORE, 0, after).get_loggroup_count() == 0
    with tea_refused("LogStoreInfoInvalid", 400, "Rejected.Disabled"):
        sealed.owner.tea.update_log_store_encryption(
            project, STORE, m.UpdateLogStoreEncryptionRequest(enable=True)
        )
    admin.kms.enable_key(k.EnableKeyRequest(key_id=sealed.key_id))
    assert sealed.pulled() == ["old", "new"]


def test_logs_that_are_not_sealed_for_the_logstore_are_refused(sealed: Sealed) -> None:
    """Between what a call has prepared and its transaction the logstore may have changed."""
    sealed.write("a")
    row = sealed.row
    body = group_of([Log(time=sealed.at, contents=(("text", "b"),))])
    plain = take(sealed.platform, Sent(body=body))
    elsewhere = msgspec.structs.replace(plain, key_id="of another logstore")
    own = msgspec.structs.replace(plain, key_id=sealed.batches()[0].key_id)
    sealed.call(lambda tx: refuse_open_logs(tx, row, own))
    for arrived in (plain, elsewhere):
        with pytest.raises(ServiceUnavailable):
            sealed.call(lambda tx, a=arrived: refuse_open_logs(tx, row, a))


# --- what a logstore may name ---


def test_encryption_is_set_once_and_switched(
    owner: Caller, log: LogClient, project: str, role: str, key_id: str
) -> None:
    wanted = conf(role, key_id)
    log.create_logstore(project, STORE, encrypt_conf=wanted)
    shown = owner.tea.get_log_store(project, STORE).body.encrypt_conf
    assert shown.to_map() == wanted
    log.update_logstore(project, STORE, encrypt_conf={"enable": False, "encrypt_type": ""})
    assert owner.tea.get_log_store(project, STORE).body.encrypt_conf.enable is False
    with refused("LogStoreInfoInvalid", 400, "switched, and not changed"):
        log.update_logstore(project, STORE, encrypt_conf=conf(role, "another-key"))
    with refused("LogStoreInfoInvalid", 400, "switched, and not changed"):
        log.update_logstore(
            project, STORE, encrypt_conf={"enable": True, "encrypt_type": "sm4_gcm"}
        )
    owner.tea.update_log_store_encryption(
        project, STORE, m.UpdateLogStoreEncryptionRequest(enable=True)
    )
    assert owner.tea.get_log_store(project, STORE).body.encrypt_conf.enable is True


def test_encryption_comes_later_too(
    owner: Caller, server: Server, project: str, role: str, key_id: str
) -> None:
    at = server.clock()
    owner.log.create_logstore(project, STORE, shard_count=1)
    write(owner.log, project, at, "before")
    key = m.UpdateLogStoreEncryptionRequestUserCmkInfo(
        key_id=key_id, role_arn=role, region_id=REGION
    )
    wanted = m.UpdateLogStoreEncryptionRequest(
        enable=True, encrypt_type="aes_gcm", user_cmk_info=key
    )
    owner.tea.update_log_store_encryption(project, STORE, wanted)
    shown = owner.tea.get_log_store(project, STORE).body.encrypt_conf
    assert shown.to_map() == conf(role, key_id)
    write(owner.log, project, at, "after")
    assert [bool(row.key_id) for row in batches(server, project)] == [False, True]
    assert pulled(owner.log, project) == ["before", "after"]
    wanted = m.UpdateLogStoreEncryptionRequest(enable=True, encrypt_type="m4")
    with tea_refused("LogStoreInfoInvalid", 400):
        owner.tea.update_log_store_encryption(project, STORE, wanted)


@pytest.fixture
def key(role: str, key_id: str) -> tuple[str, str]:
    """A role, and a key that the role may use."""
    return role, key_id


@pytest.mark.parametrize(
    "wrong", ["no role", "region", "trust", "no key", "unknown key", "disabled key", "policy"]
)
def test_role_and_key_must_serve(
    owner: Caller, admin: Clients, project: str, key: tuple[str, str], wrong: str
) -> None:
    role, key_id = key
    wanted = conf(role, key_id)
    if wrong == "no role":
        wanted = conf("acs:ram::x", key_id)
    elif wrong == "region":
        wanted = conf(role, key_id, region_id="cn-shanghai")
    elif wrong == "no key":
        wanted = conf(role, "")
    elif wrong == "unknown key":
        wanted = conf(role, "key-1")
    elif wrong == "disabled key":
        admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    elif wrong == "policy":
        admin.ram.detach_policy_from_role(
            ram_models.DetachPolicyFromRoleRequest(
                policy_type="Custom", policy_name=name_of(role), role_name=name_of(role)
            )
        )
    else:
        trust_another(admin.ram, role)
    with refused("LogStoreInfoInvalid", 400):
        owner.log.create_logstore(project, STORE, encrypt_conf=wanted)


def test_the_caller_must_be_allowed_to_pass_the_role(
    as_user: Callable[..., Caller], project: str, role: str, key_id: str
) -> None:
    user = as_user(policy(("log:*", "*")))
    with refused("Unauthorized", 401, "action: ram:PassRole"):
        user.log.create_logstore(project, STORE, encrypt_conf=conf(role, key_id))
    user.log.create_logstore(project, "plain")
    with refused("Unauthorized", 401, "action: ram:PassRole"):
        user.log.update_logstore(project, "plain", encrypt_conf=conf(role, key_id))
    key = m.UpdateLogStoreEncryptionRequestUserCmkInfo(
        key_id=key_id, role_arn=role, region_id=REGION
    )
    wanted = m.UpdateLogStoreEncryptionRequest(
        enable=True, encrypt_type="aes_gcm", user_cmk_info=key
    )
    with tea_refused("Unauthorized", 401, "action: ram:PassRole"):
        user.tea.update_log_store_encryption(project, "plain", wanted)
    passing = as_user(policy(("log:*", "*"), ("ram:PassRole", role)))
    passing.log.create_logstore(project, STORE, encrypt_conf=conf(role, key_id))
