"""Exports to OSS, by the generated SDK: objects in order, each batch in one, whatever fails."""

import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

import oss2
import pytest
import zstandard
from alibabacloud_kms20160120 import models as k
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogItem, PutLogsRequest
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, trust
from tests.conformance.harness import Server, quotas
from tests.conformance.oss_calls import Caller as OssCaller
from tests.conformance.sls_calls import REGION, Caller, refused, tea_refused
from tests.conformance.sts.roles import grant, make_role, role_arn
from tests.jobs import work_off

from juyong.api.bench import Bench
from juyong.blobs.tables import BlobRow
from juyong.services.identity.facade import NewAccount
from juyong.services.oss.tables import BucketRow
from juyong.services.sls.exports import jobs
from juyong.services.sls.exports.jobs import export
from juyong.services.sls.exports.tables import ExportRow, ExportShardRow
from juyong.store.queue import QueueRow

NAME = "to-oss"
ROLE = "shipping"
INTERVAL = 300


class Exporting:
    """A logstore of two shards, a bucket, and a role that reads the one and writes the other."""

    def __init__(self, owner: Caller, account: NewAccount, ram: RamClient, project: str) -> None:
        self.owner, self.log, self.ram, self.project = owner, owner.log, ram, project
        self.server: Server = owner.server
        self.at = int(self.server.clock())
        self.account = account
        make_role(ram, ROLE, trust("Service", "log.aliyuncs.com"))
        grant(ram, "role", ROLE, allow(["log:GetCursorOrData", "oss:PutObject"]))
        self.role = role_arn(account, ROLE)
        self.bucket_name = f"b-{uuid.uuid4().hex[:20]}"
        auth = oss2.Auth(account.access_key_id, account.secret.reveal())
        self.bucket = OssCaller(self.server.port, auth).bucket(self.bucket_name)
        self.bucket.create_bucket()
        self.call = self.server.running.store.call

    def configuration(self, **changes: Any) -> dict[str, Any]:
        sink = {
            "bucket": self.bucket_name,
            "roleArn": self.role,
            "endpoint": f"https://oss-{REGION}-internal.aliyuncs.com",
            "prefix": "logs/",
            "pathFormat": "%Y/%m",
            "pathFormatType": "time",
            "timeZone": "+0800",
            "bufferInterval": INTERVAL,
            "bufferSize": 5,
            "compressionType": "none",
            "contentType": "json",
            "contentDetail": {"enableTag": False},
            **changes.pop("sink", {}),
        }
        own = {"logstore": "store", "roleArn": self.role, "fromTime": 1, "toTime": 0}
        return {**own, **changes, "sink": sink}

    def request(self, **changes: Any) -> dict[str, Any]:
        conf = m.OSSExportConfiguration().from_map(self.configuration(**changes))
        return {"display_name": "Logs to OSS", "configuration": conf}

    def create(self, **changes: Any) -> None:
        request = m.CreateOSSExportRequest(name=NAME, **self.request(**changes))
        self.owner.tea.create_ossexport(self.project, request)

    def put(self, *texts: str, shard: int = 0) -> None:
        items = [LogItem(self.at, [("text", text)]) for text in texts]
        key = "0" * 32 if shard == 0 else "f" * 32
        tags = [("host", "h")]
        self.log.put_logs(PutLogsRequest(self.project, "store", "t", "s", items, key, logtags=tags))

    def run(self, seconds: int = INTERVAL + 1) -> None:
        """Let time pass, and have the export carried on."""
        self.at += seconds
        work_off(export, self.bench())

    def bench(self) -> Bench:
        running = self.server.running
        platform = running.pipeline.platform
        return Bench(call=running.store.call, clock=lambda: self.at, platform=platform)  # type: ignore[arg-type,return-value]

    def objects(self) -> list[str]:
        return [each.key for each in oss2.ObjectIteratorV2(self.bucket)]

    def lines(self, unpack: Callable[[bytes], bytes] = bytes) -> list[dict[str, Any]]:
        """Read all objects, by key."""
        found = [unpack(self.bucket.get_object(key).read()) for key in self.objects()]
        return [json.loads(line) for each in found for line in each.splitlines()]

    def texts(self) -> list[str]:
        return [each["text"] for each in self.lines()]

    def shown(self) -> dict[str, Any]:
        answer = self.owner.call("GET", f"/ossexports/{NAME}", project=self.project)
        found: dict[str, Any] = json.loads(answer.body)
        return found


@pytest.fixture
def exporting(
    owner: Caller, account: NewAccount, ram: RamClient, project: str, logstore: str
) -> Exporting:
    assert logstore == "store"
    return Exporting(owner, account, ram, project)


def test_an_export_lives(exporting: Exporting) -> None:
    tea, project = exporting.owner.tea, exporting.project
    exporting.create()
    with tea_refused("JobAlreadyExist", 400):
        exporting.create()
    query = {"store": "store", "query": "*", "start": "-5m"}
    alert = {"name": NAME, "displayName": "", "schedule": {"type": "Hourly"}}
    with refused("JobAlreadyExist", 400):
        exporting.owner.log.create_alert(
            project, {**alert, "configuration": {"queryList": [query]}}
        )
    shown = tea.get_ossexport(project, NAME).body
    assert (shown.name, shown.display_name, shown.status) == (NAME, "Logs to OSS", "RUNNING")
    assert shown.configuration.sink.to_map() == exporting.configuration()["sink"]
    assert shown.create_time <= shown.last_modified_time
    update = m.UpdateOSSExportRequest(**exporting.request(sink={"bufferInterval": 600}))
    tea.update_ossexport(project, NAME, update)
    assert tea.get_ossexport(project, NAME).body.configuration.sink.buffer_interval == 600
    with tea_refused("ParameterInvalid", 400, "already running"):
        tea.start_ossexport(project, NAME)
    tea.stop_ossexport(project, NAME)
    assert tea.get_ossexport(project, NAME).body.status == "STOPPED"
    with tea_refused("ParameterInvalid", 400, "not running"):
        tea.stop_ossexport(project, NAME)
    tea.update_ossexport(project, NAME, update)
    assert tea.get_ossexport(project, NAME).body.status == "STOPPED"
    tea.start_ossexport(project, NAME)
    listed = tea.list_ossexports(project, m.ListOSSExportsRequest(logstore="store")).body
    assert (listed.total, [each.status for each in listed.results]) == (1, ["RUNNING"])
    other = tea.list_ossexports(project, m.ListOSSExportsRequest(logstore="other")).body
    assert (other.count, other.total) == (0, 0)
    tea.delete_ossexport(project, NAME)
    for call in (
        tea.get_ossexport,
        tea.delete_ossexport,
        tea.start_ossexport,
        tea.stop_ossexport,
        lambda project, name: tea.update_ossexport(project, name, update),
    ):
        with tea_refused("JobNotExist", 404):
            call(project, NAME)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"fromTime": 0}, "ParameterInvalid", "fromTime"),
    ({"fromTime": 9, "toTime": 9}, "ParameterInvalid", "toTime"),
    ({"roleArn": "acs:ram::1:role/other"}, "ParameterInvalid", "role of the account"),
    ({"logstore": "other"}, "LogStoreNotExist", "other"),
    ({"sink": {"roleArn": "role"}}, "ParameterInvalid", "role of the account"),
    ({"sink": {"contentType": "parquet"}}, "NotSupported", "lines of JSON"),
    ({"sink": {"contentType": "xml"}}, "ParameterInvalid", "unknown"),
    ({"sink": {"compressionType": "snappy"}}, "NotSupported", "gzip or zstd"),
    ({"sink": {"compressionType": "rar"}}, "ParameterInvalid", "unknown"),
    ({"sink": {"bufferInterval": 299}}, "ParameterInvalid", "bufferInterval"),
    ({"sink": {"bufferInterval": 901}}, "ParameterInvalid", "bufferInterval"),
    ({"sink": {"bufferSize": 4}}, "ParameterInvalid", "bufferSize"),
    ({"sink": {"bufferSize": 257}}, "ParameterInvalid", "bufferSize"),
    ({"sink": {"delaySeconds": -1}}, "ParameterInvalid", "delaySeconds"),
    ({"sink": {"delaySec": 86_401}}, "ParameterInvalid", "delaySeconds"),
    ({"sink": {"pathFormat": "%x"}}, "ParameterInvalid", "pathFormat"),
    ({"sink": {"pathFormatType": "name"}}, "ParameterInvalid", "pathFormat"),
    ({"sink": {"timeZone": "UTC"}}, "ParameterInvalid", "timeZone"),
    ({"sink": {"prefix": "a b"}}, "ParameterInvalid", "prefix"),
    ({"sink": {"suffix": "?"}}, "ParameterInvalid", "suffix"),
    ({"sink": {"prefix": "/a"}}, "ParameterInvalid", "slash"),
    ({"sink": {"bucket": "A"}}, "ParameterInvalid", "bucket"),
    ({"sink": {"endpoint": "oss-cn-beijing.aliyuncs.com"}}, "ParameterInvalid", "endpoint"),
    ({"sink": {"bufferSize": "many"}}, "ParameterInvalid", "bufferSize"),
]


@pytest.mark.parametrize(("changes", "code", "text"), BAD)
def test_what_no_export_can_be(
    exporting: Exporting, changes: dict[str, Any], code: str, text: str
) -> None:
    document = {
        "name": NAME,
        "displayName": "d",
        "configuration": exporting.configuration(**json.loads(json.dumps(changes))),
    }
    for method, path in (("POST", "/ossexports"), ("PUT", f"/ossexports/{NAME}")):
        if method == "PUT":
            exporting.create()
        body = json.dumps(document).encode()
        answer = exporting.owner.call(method, path, "", body, project=exporting.project)
        said = json.loads(answer.body)
        assert said["errorCode"] == code, said
        assert text in said["errorMessage"]


def test_bodies_and_counts_are_bounded(exporting: Exporting) -> None:
    exporting.create()
    for method, path in (("POST", "/ossexports"), ("PUT", f"/ossexports/{NAME}")):
        answer = exporting.owner.call(method, path, "", b"[]", project=exporting.project)
        assert json.loads(answer.body)["errorCode"] == "PostBodyInvalid"
    with quotas(exporting.server, {"sls.exports": 1}), tea_refused("ExceedQuota", 400):
        request = m.CreateOSSExportRequest(name="second", **exporting.request())
        exporting.owner.tea.create_ossexport(exporting.project, request)


def test_a_project_that_is_not_there_is_named(exporting: Exporting) -> None:
    tea, other = exporting.owner.tea, f"{exporting.project}-x"
    with tea_refused("ProjectNotExist", 404):
        request = m.CreateOSSExportRequest(name=NAME, **exporting.request())
        tea.create_ossexport(other, request)
    with tea_refused("ProjectNotExist", 404):
        tea.update_ossexport(other, NAME, m.UpdateOSSExportRequest(**exporting.request()))


def test_the_caller_must_be_allowed_to_pass_the_roles(
    exporting: Exporting, as_user: Callable[..., Caller]
) -> None:
    user = as_user(allow(["log:*"]))
    request = m.CreateOSSExportRequest(name=NAME, **exporting.request())
    with tea_refused("Unauthorized", 401, "action: ram:PassRole"):
        user.tea.create_ossexport(exporting.project, request)
    passing = as_user(allow(["log:*", "ram:PassRole"]))
    passing.tea.create_ossexport(exporting.project, request)
    with tea_refused("Unauthorized", 401):
        as_user().tea.get_ossexport(exporting.project, NAME)


# --- what is written ---


def test_each_log_is_in_one_object_in_the_order_of_its_shard(exporting: Exporting) -> None:
    exporting.create()
    exporting.put("a", "二")
    exporting.put("other", shard=1)
    exporting.run(INTERVAL - 5)
    assert exporting.objects() == []
    put_at = exporting.at - (INTERVAL - 5)
    exporting.run(60)
    first, second = exporting.objects()
    assert first.startswith("logs/20")
    assert first.endswith("_0_0.json")
    assert second.endswith("_1_0.json")
    assert exporting.lines()[0] == {
        "__time__": put_at,
        "__topic__": "t",
        "__source__": "s",
        "text": "a",
    }
    assert exporting.texts() == ["a", "二", "other"]
    exporting.run()
    assert len(exporting.objects()) == 2
    assert exporting.shown()["status"] == "RUNNING"


@pytest.mark.parametrize(
    ("name", "ending", "unpack"),
    [
        ("gzip", ".json.gz", gzip.decompress),
        (
            "zstd",
            ".json.zst",
            lambda packed: zstandard.ZstdDecompressor().stream_reader(packed).read(),
        ),
    ],
)
def test_objects_are_packed_and_have_tags_where_that_is_asked_for(
    exporting: Exporting, name: str, ending: str, unpack: Callable[[bytes], bytes]
) -> None:
    exporting.create(sink={"compressionType": name, "contentDetail": {"enableTag": True}})
    exporting.put("a")
    exporting.put("b")
    exporting.run()
    (key,) = exporting.objects()
    assert key.endswith(ending)
    found = exporting.lines(unpack)
    assert [each["text"] for each in found] == ["a", "b"]
    assert found[0]["__tag__:host"] == "h"


def test_a_full_buffer_does_not_wait(exporting: Exporting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_MIB", 20)
    exporting.create(sink={"suffix": ".log"})
    for text in ("a" * 60, "b" * 60, "c"):
        exporting.put(text)
    exporting.run(1)
    assert [key.rpartition("_")[2] for key in exporting.objects()] == ["0.log", "1.log"]
    exporting.run()
    assert exporting.texts() == ["a" * 60, "b" * 60, "c"]


def test_an_export_has_its_time(exporting: Exporting) -> None:
    exporting.put("before")
    begin = exporting.at + 100
    exporting.create(fromTime=begin, toTime=begin + 100, sink={"delaySec": 30})
    clock = exporting.server.clock
    try:
        for seconds, text in ((100, "within"), (100, "behind")):
            clock.offset += seconds
            path = "/logstores/store/shards/lb"
            send(exporting, text, path)
    finally:
        clock.offset = 0
    exporting.run(220)
    assert exporting.shown()["status"] == "RUNNING"
    assert exporting.objects() == []
    exporting.run(30)
    assert exporting.texts() == ["within"]
    assert exporting.shown()["status"] == "SUCCEEDED"
    exporting.owner.tea.start_ossexport(exporting.project, NAME)
    exporting.run()
    assert (exporting.texts(), exporting.shown()["status"]) == (["within"], "SUCCEEDED")


def send(exporting: Exporting, text: str, path: str) -> None:
    """Put a log by a call that is dated by the clock of the test."""
    from tests.conformance.sls.test_sls_data import group

    headers = {"content-type": "application/x-protobuf"}
    query = f"key={'0' * 32}"
    answer = exporting.owner.call(
        "POST", path, query, group(text), project=exporting.project, headers=headers
    )
    assert answer.status == 200


def test_a_changed_export_goes_on_where_it_was_or_begins_anew(exporting: Exporting) -> None:
    exporting.create()
    exporting.put("a")
    exporting.run()
    tea, project = exporting.owner.tea, exporting.project
    changed = exporting.request(sink={"prefix": "more/"})
    tea.update_ossexport(project, NAME, m.UpdateOSSExportRequest(**changed))
    exporting.put("b")
    exporting.run()
    assert exporting.texts() == ["a", "b"]
    anew = exporting.request(fromTime=2, sink={"prefix": "anew/"})
    tea.update_ossexport(project, NAME, m.UpdateOSSExportRequest(**anew))
    exporting.run()
    assert exporting.texts() == ["a", "b", "a", "b"]


def test_a_stopped_export_writes_nothing_until_it_is_started(exporting: Exporting) -> None:
    exporting.create()
    exporting.put("a")
    exporting.owner.tea.stop_ossexport(exporting.project, NAME)
    exporting.run()
    assert exporting.objects() == []
    exporting.owner.tea.start_ossexport(exporting.project, NAME)
    exporting.run()
    assert exporting.texts() == ["a"]


# --- what fails ---


def test_a_bucket_that_is_gone_is_told_and_what_waited_comes_later(exporting: Exporting) -> None:
    exporting.create()
    exporting.put("a")
    exporting.bucket.delete_bucket()
    exporting.run()
    shown = exporting.shown()
    assert shown["status"] == "FAILED"
    assert shown["error"].startswith("NoSuchBucket: ")
    exporting.bucket.create_bucket()
    exporting.put("b")
    exporting.run()
    assert exporting.texts() == ["a", "b"]
    assert (exporting.shown()["status"], exporting.shown()["error"]) == ("RUNNING", "")


def test_a_bucket_of_another_region_gets_nothing(exporting: Exporting) -> None:
    exporting.create()
    exporting.put("a")

    def move(region: str) -> None:
        row = exporting.call(lambda tx: tx.get(BucketRow, exporting.bucket_name))
        exporting.call(lambda tx: tx.update(row, region=region))

    move("cn-beijing")
    exporting.run()
    assert exporting.shown()["error"].startswith("ParameterInvalid: the bucket is in another")
    move(REGION)
    assert exporting.objects() == []
    exporting.run()
    assert exporting.texts() == ["a"]


@pytest.mark.parametrize("lost", ["log:GetCursorOrData", "oss:PutObject", "trust"])
def test_a_role_that_loses_its_rights_exports_nothing(exporting: Exporting, lost: str) -> None:
    exporting.create()
    exporting.put("a")
    if lost == "trust":
        exporting.ram.update_role(
            ram_models.UpdateRoleRequest(
                role_name=ROLE,
                new_assume_role_policy_document=trust("Service", "oss.aliyuncs.com"),
            )
        )
    else:
        rest = [each for each in ("log:GetCursorOrData", "oss:PutObject") if each != lost]
        exporting.ram.create_policy_version(
            ram_models.CreatePolicyVersionRequest(
                policy_name=f"for-role-{ROLE}", policy_document=allow(rest), set_as_default=True
            )
        )
    exporting.run()
    shown = exporting.shown()
    code = "AccessDenied: " if lost == "oss:PutObject" else "Unauthorized: "
    assert shown["status"] == "FAILED"
    assert shown["error"].startswith(code)
    assert exporting.objects() == []


def test_a_logstore_or_its_logs_that_are_gone_are_told(
    exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporting.create()
    exporting.put("a")
    with monkeypatch.context() as patched:
        disk = exporting.server.running.pipeline.platform.segments.disk
        patched.setattr(type(disk), "read", lambda *_: b"something else")
        exporting.run()
    assert exporting.shown()["error"].startswith("InternalServerError: ")
    exporting.run()
    assert exporting.texts() == ["a"]
    exporting.log.delete_logstore(exporting.project, "store")
    exporting.run()
    assert exporting.shown()["error"].startswith("LogStoreNotExist: ")


def test_logs_under_a_key_are_exported_while_the_key_serves(
    exporting: Exporting, admin: Clients
) -> None:
    key_id = admin.kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    make_role(exporting.ram, "sealing", trust("Service", "log.aliyuncs.com"))
    grant(exporting.ram, "role", "sealing", allow(["kms:GenerateDataKey", "kms:Decrypt"]))
    arn = role_arn(exporting.account, "sealing")
    info = {"cmk_key_id": key_id, "arn": arn, "region_id": REGION}
    conf = {"enable": True, "encrypt_type": "aes_gcm", "user_cmk_info": info}
    exporting.log.update_logstore(exporting.project, "store", encrypt_conf=conf)
    exporting.create()
    exporting.put("a")
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    exporting.run()
    assert exporting.shown()["error"].startswith("EncryptKeyInvalid: ")
    admin.kms.enable_key(k.EnableKeyRequest(key_id=key_id))
    exporting.run()
    assert exporting.texts() == ["a"]


def test_an_export_that_changed_meanwhile_keeps_no_object(
    exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporting.create()
    exporting.put("a")
    call, put_as_role = exporting.call, jobs.put_as_role

    def changed(ctx: Any, *more: Any) -> None:
        put_as_role(ctx, *more)
        row = ctx.tx.get(ExportRow, exporting.project, NAME)
        ctx.tx.update(row, error="changed")

    def blobs() -> int:
        return call(lambda tx: tx.count(BlobRow, account_id=exporting.account.account_id))

    before = blobs()
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "put_as_role", changed)
        exporting.run()
    assert exporting.objects() == []
    assert blobs() == before
    exporting.run()
    assert exporting.texts() == ["a"]


def test_exports_go_with_their_project(exporting: Exporting) -> None:
    exporting.create()
    exporting.put("a")
    exporting.run()
    row = exporting.call(lambda tx: tx.get(ExportRow, exporting.project, NAME))
    assert row is not None
    exporting.log.delete_project(exporting.project)
    for kind, where in (
        (ExportRow, {"project_name": exporting.project}),
        (ExportShardRow, {"schedule_id": row.schedule_id}),
        (QueueRow, {"kind": "sls.export", "key": f"{exporting.project}/{NAME}"}),
    ):
        assert exporting.call(lambda tx, k=kind, w=where: tx.count(k, **w)) == 0


def test_shippers_of_the_older_kind_are_refused(exporting: Exporting) -> None:
    answer = exporting.owner.call("GET", "/logstores/store/shipper", project=exporting.project)
    assert "exports" in json.loads(answer.body)["errorMessage"]
