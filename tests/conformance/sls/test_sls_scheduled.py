"""Scheduled SQL, by both official SDKs: made, run by the clock, each window once, told of."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient, LogException, LogItem, PutLogsRequest
from aliyun.log.index_config import IndexConfig, IndexKeyConfig, IndexLineConfig
from aliyun.log.job import JobSchedule
from aliyun.log.scheduled_sql import (
    ScheduledSQL,
    ScheduledSQLBaseParameters,
    ScheduledSQLConfiguration,
)
from tests.conformance.harness import Server, quotas
from tests.conformance.sls.test_sls_logstores import TRUST
from tests.conformance.sls_calls import Caller, refused, tea_refused
from tests.jobs import work_off

from juyong.api.bench import Bench
from juyong.services.identity.facade import NewAccount
from juyong.services.sls.scheduled.jobs import run_window
from juyong.services.sls.scheduled.keeping import remove_scheduled
from juyong.services.sls.scheduled.tables import RunRow, ScheduledRow
from juyong.store.errors import LostLease
from juyong.store.queue import QueueRow

KEYS = {
    "user": IndexKeyConfig([], index_type="text", doc_value=True),
    "n": IndexKeyConfig([], index_type="long", doc_value=True),
}
SCRIPT = "* | SELECT user, count(*) AS n GROUP BY user ORDER BY user"
BOTH = {"Action": ["log:GetLogStoreLogs", "log:PostLogStoreLogs"]}


class Scheduling:
    """A project with a source and a destination, whose windows run when the test says so."""

    def __init__(self, server: Server, log: LogClient, project: str, role: str) -> None:
        self.server, self.log, self.project, self.role = server, log, project, role
        self.at = int(server.clock()) // 60 * 60 + 30

    def sent(self, name: str = "hourly", **changes: Any) -> dict[str, Any]:
        """Return a scheduled SQL as a document: each minute, over the minute before."""
        configuration = {
            "sourceLogstore": "store",
            "destProject": self.project,
            "destEndpoint": "cn-hangzhou-intranet.log.aliyuncs.com",
            "destLogstore": "sums",
            "script": SCRIPT,
            "sqlType": "searchQuery",
            "resourcePool": "enhanced",
            "roleArn": self.role,
            "destRoleArn": self.role,
            "fromTimeExpr": "@m-1m",
            "toTimeExpr": "@m",
            "maxRunTimeInSeconds": 60,
            "maxRetries": 2,
            "fromTime": self.at - 150,
            "toTime": 0,
            "dataFormat": "log2log",
            **changes.pop("configuration", {}),
        }
        schedule = changes.pop("schedule", {"type": "FixedRate", "interval": "1m", "delay": 10})
        return {
            "name": name,
            "displayName": "Sums",
            "type": "ScheduledSQL",
            "configuration": configuration,
            "schedule": schedule,
            **changes,
        }

    def put(self, *users: str, ago: int) -> None:
        items = [LogItem(self.at - ago, [("user", user)]) for user in users]
        self.log.put_logs(PutLogsRequest(self.project, "store", "", "", items))

    def bench(self) -> Bench:
        running = self.server.running
        return Bench(
            call=running.store.call,
            clock=lambda: self.at,  # type: ignore[arg-type,return-value]
            platform=running.pipeline.platform,
        )

    def work(self, most: int = 20) -> int:
        """Work off what is due; returns how many attempts that took."""
        done = 0
        while done < most and work_off(run_window, self.bench()):
            done += 1
        return done

    def sums(self) -> list[tuple[int, str, str]]:
        found = self.log.get_log(self.project, "sums", 0, self.at + 60, query="*", size=100)
        return [
            (log.get_time() - self.at, log.contents["user"], log.contents["n"])
            for log in found.get_logs()
        ]

    def runs(self, name: str = "hourly") -> list[dict[str, Any]]:
        listed = self.log.list_scheduled_sql_job_instance(self.project, name, 0, self.at + 3600)
        found: list[dict[str, Any]] = listed.get_scheduled_sql_jobs()
        return found


def sdk_job(sent: dict[str, Any]) -> ScheduledSQL:
    """Return a document as the log SDK has it."""
    made, given = ScheduledSQL(), sent["configuration"]
    made.setName(sent["name"])
    made.setDisplayName(sent["displayName"])
    made.setDescription("")
    configuration = ScheduledSQLConfiguration()
    for key, value in given.items():
        getattr(configuration, f"set{key[0].upper()}{key[1:]}")(value)
    configuration.setParameters(ScheduledSQLBaseParameters())
    made.setConfiguration(configuration)
    schedule = JobSchedule()
    schedule.setType(sent["schedule"]["type"])
    schedule.setInterval(sent["schedule"]["interval"])
    schedule.setDelay(sent["schedule"]["delay"])
    made.setSchedule(schedule)
    return made


@pytest.fixture
def role(ram: RamClient, account: NewAccount) -> str:
    """A role that lets the service in, and may read and write logs."""
    ram.create_role(
        ram_models.CreateRoleRequest(role_name="etl", assume_role_policy_document=json.dumps(TRUST))
    )
    document = {"Version": "1", "Statement": [{"Effect": "Allow", "Resource": "*", **BOTH}]}
    ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="etl", policy_document=json.dumps(document))
    )
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="etl", role_name="etl"
        )
    )
    return f"acs:ram::{account.account_id}:role/etl"


@pytest.fixture
def scheduling(
    server: Server, log: LogClient, project: str, logstore: str, role: str
) -> Iterator[Scheduling]:
    index = IndexConfig(30, IndexLineConfig([" ", ","]), KEYS)
    log.create_index(project, logstore, index)
    log.create_logstore(project, "sums", ttl=30, shard_count=1)
    log.create_index(project, "sums", index)
    yield Scheduling(server, log, project, role)
    with suppress(LogException):
        log.delete_project(project)
    server.running.store.call(lambda tx: remove_scheduled(tx, project))


def test_a_scheduled_sql_lives_by_the_log_sdk(scheduling: Scheduling) -> None:
    log, project, sent = scheduling.log, scheduling.project, scheduling.sent()
    log.create_scheduled_sql(project, sdk_job(sent))
    with refused("JobAlreadyExist", 400, "Job hourly already exists"):
        log.create_scheduled_sql(project, sdk_job(sent))
    shown = log.get_scheduled_sql(project, "hourly").get_scheduled_sql()
    given = {k: v for k, v in shown["configuration"].items() if k != "parameters"}
    assert given == sent["configuration"]
    assert (shown["status"], shown["type"]) == ("Enabled", "ScheduledSQL")
    listed = log.list_scheduled_sql(project)
    assert [each["name"] for each in listed.get_scheduled_sql_jobs()] == ["hourly"]
    assert log.list_alert(project).get_total() == 0
    log.disable_alert(project, "hourly")  # the SDK switches every kind of job by this
    log.update_scheduled_sql(project, sdk_job({**sent, "displayName": "other"}))
    shown = log.get_scheduled_sql(project, "hourly").get_scheduled_sql()
    assert (shown["displayName"], shown["status"]) == ("other", "Disabled")
    log.enable_alert(project, "hourly")
    with refused("ParameterInvalid", 400, "already enabled"):
        log.enable_alert(project, "hourly")
    log.delete_scheduled_sql(project, "hourly")
    with refused("JobNotExist", 404, "Job hourly does not exist"):
        log.get_scheduled_sql(project, "hourly")
    with refused("JobNotExist", 404):
        log.delete_scheduled_sql(project, "hourly")
    with refused("JobNotExist", 404):
        log.update_scheduled_sql(project, sdk_job(sent))


def test_a_scheduled_sql_lives_by_the_generated_sdk(owner: Caller, scheduling: Scheduling) -> None:
    sent, project = scheduling.sent(), scheduling.project
    parts = {
        "configuration": m.ScheduledSQLConfiguration().from_map(sent["configuration"]),
        "schedule": m.Schedule().from_map(sent["schedule"]),
    }
    made = m.CreateScheduledSQLRequest(name="hourly", display_name="Sums", **parts)
    owner.tea.create_scheduled_sql(project, made)
    shown = owner.tea.get_scheduled_sql(project, "hourly").body
    assert shown.configuration.script == SCRIPT
    assert (shown.status, shown.schedule.interval) == ("Enabled", "1m")
    owner.tea.disable_scheduled_sql(project, "hourly")
    with tea_refused("ParameterInvalid", 400):
        owner.tea.disable_scheduled_sql(project, "hourly")
    owner.tea.enable_scheduled_sql(project, "hourly")
    with tea_refused("ParameterInvalid", 400):
        owner.tea.enable_scheduled_sql(project, "hourly")
    other = m.UpdateScheduledSQLRequest(display_name="other", **parts)
    owner.tea.update_scheduled_sql(project, "hourly", other)
    listed = owner.tea.list_scheduled_sqls(
        project, m.ListScheduledSQLsRequest(logstore="store")
    ).body
    assert [each.display_name for each in listed.results] == ["other"]
    none = owner.tea.list_scheduled_sqls(project, m.ListScheduledSQLsRequest(logstore="sums"))
    assert none.body.total == 0
    owner.tea.delete_scheduled_sql(project, "hourly")
    for call in (
        owner.tea.get_scheduled_sql,
        owner.tea.delete_scheduled_sql,
        owner.tea.enable_scheduled_sql,
        owner.tea.disable_scheduled_sql,
    ):
        with tea_refused("JobNotExist", 404):
            call(project, "hourly")
    with tea_refused("JobNotExist", 404):
        owner.tea.update_scheduled_sql(project, "hourly", other)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "a/b"}, "ParameterInvalid", "name"),
    ({"schedule": {"type": "Never"}}, "ParameterInvalid", "type is FixedRate"),
    ({"configuration": {"script": "*"}}, "ParameterInvalid", "no SQL"),
    ({"configuration": {"script": "(( | SELECT 1"}}, "ParameterInvalid", "script is invalid"),
    ({"configuration": {"script": None}}, "ParameterInvalid", "script"),
    ({"configuration": {"fromTimeExpr": "soon"}}, "ParameterInvalid", "@m-1m"),
    ({"configuration": {"fromTimeExpr": "@m"}}, "ParameterInvalid", "a window"),
    ({"configuration": {"fromTimeExpr": "-25h"}}, "ParameterInvalid", "a window"),
    ({"configuration": {"toTimeExpr": "+1s"}}, "ParameterInvalid", "by its tick"),
    ({"configuration": {"sqlType": "odd"}}, "ParameterInvalid", "sqlType"),
    ({"configuration": {"resourcePool": "odd"}}, "ParameterInvalid", "resourcePool"),
    ({"configuration": {"maxRunTimeInSeconds": 59}}, "ParameterInvalid", "60 to 1800"),
    ({"configuration": {"maxRunTimeInSeconds": 1801}}, "ParameterInvalid", "60 to 1800"),
    ({"configuration": {"maxRetries": 0}}, "ParameterInvalid", "1 to 100"),
    ({"configuration": {"maxRetries": 101}}, "ParameterInvalid", "1 to 100"),
    ({"configuration": {"fromTime": 5}}, "ParameterInvalid", "fromTime"),
    ({"configuration": {"fromTime": 2**32}}, "ParameterInvalid", "fromTime"),
    ({"configuration": {"toTime": 2**32}}, "ParameterInvalid", "toTime"),
    ({"configuration": {"toTime": 1_500_000_000}}, "ParameterInvalid", "toTime"),
    ({"configuration": {"dataFormat": "odd"}}, "ParameterInvalid", "dataFormat"),
    ({"configuration": {"dataFormat": "log2metric"}}, "NotSupported", "metrics"),
    ({"configuration": {"parameters": {"timeKey": "t"}}}, "NotSupported", "as they are"),
    ({"configuration": {"roleArn": "acs:ram::1:role/etl"}}, "Unauthorized", "ram:PassRole"),
    (
        {"configuration": {"destEndpoint": "cn-shanghai.log.aliyuncs.com"}},
        "ParameterInvalid",
        "reg",
    ),
    (
        {"configuration": {"destEndpoint": "kms.cn-hangzhou.aliyuncs.com"}},
        "ParameterInvalid",
        "reg",
    ),
    ({"configuration": {"sourceLogstore": "gone"}}, "LogStoreNotExist", "gone"),
    ({"configuration": {"destLogstore": "gone"}}, "LogStoreNotExist", "gone"),
    ({"configuration": {"destProject": "no-such"}}, "ProjectNotExist", "no-such"),
    ({"configuration": {"destLogstore": "internal-alert-history"}}, "Unauthorized", "alone"),
]


def test_what_is_no_scheduled_sql_is_refused(owner: Caller, scheduling: Scheduling) -> None:
    alert = {
        "name": "bell",
        "displayName": "bell",
        "schedule": {"type": "Hourly"},
        "configuration": {"queryList": [{"store": "store", "query": "*", "start": "-5m"}]},
    }
    project = scheduling.project
    scheduling.log.create_alert(project, alert)
    good = json.dumps(scheduling.sent("good")).encode()
    assert owner.call("POST", "/scheduledsqls", "", good, project=project).status == 200
    for changes, code, text in BAD:
        for method, path, name in (
            ("POST", "/scheduledsqls", "new"),
            ("PUT", "/scheduledsqls/good", "good"),
        ):
            body = json.dumps({**scheduling.sent(**{"name": name, **changes})}).encode()
            answer = json.loads(owner.call(method, path, "", body, project=project).body)
            if "name" in changes and method == "PUT":
                continue
            assert answer["errorCode"] == code, (changes, answer)
            assert text in answer["errorMessage"], (changes, answer)
    for method, path in (("POST", "/scheduledsqls"), ("PUT", "/scheduledsqls/good")):
        answer = owner.call(method, path, "", b"[]", project=project)
        assert json.loads(answer.body)["errorCode"] == "PostBodyInvalid"
        odd = json.dumps(scheduling.sent("good", type="Alert")).encode()
        answer = owner.call(method, path, "", odd, project=project)
        assert json.loads(answer.body)["errorCode"] == "ParameterInvalid"
    taken = json.dumps(scheduling.sent("bell")).encode()
    answer = owner.call("POST", "/jobs", "", taken, project=project)
    assert json.loads(answer.body)["errorCode"] == "JobAlreadyExist"
    with refused("JobAlreadyExist", 400):
        scheduling.log.create_alert(project, {**alert, "name": "good"})
    with quotas(scheduling.server, {"sls.scheduled-sqls": 0}), refused("ExceedQuota", 400):
        scheduling.log.create_scheduled_sql(project, sdk_job(scheduling.sent()))
    refuses = [("POST", "/scheduledsqls", "good", {}, "JobAlreadyExist")]
    nowhere = {"configuration": {"sourceLogstore": "none"}}
    for method, path, name in (("POST", "/jobs", "new"), ("PUT", "/jobs/good", "good")):
        refuses.append((method, path, name, nowhere, "LogStoreNotExist"))
        answer = owner.call(method, path, "", b"[]", project=project)
        assert json.loads(answer.body)["errorCode"] == "PostBodyInvalid"
    for method, path, name, changes, code in refuses:
        body = json.dumps(scheduling.sent(name, **changes)).encode()
        answer = owner.call(method, path, "", body, project=project)
        assert json.loads(answer.body)["errorCode"] == code, path
    with quotas(scheduling.server, {"sls.scheduled-sqls": 0}):
        body = json.dumps(scheduling.sent("more")).encode()
        answer = owner.call("POST", "/scheduledsqls", "", body, project=project)
    assert json.loads(answer.body)["errorCode"] == "ExceedQuota"


def test_a_role_must_let_the_service_in(ram: RamClient, scheduling: Scheduling) -> None:
    trust = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Effect": "Deny"}]}  # type: ignore[index,dict-item]
    ram.update_role(
        ram_models.UpdateRoleRequest(
            role_name="etl", new_assume_role_policy_document=json.dumps(trust)
        )
    )
    with refused("ParameterInvalid", 400, "does not trust"):
        scheduling.log.create_scheduled_sql(scheduling.project, sdk_job(scheduling.sent()))


def test_who_makes_a_scheduled_sql_may_pass_its_role(
    as_user: Callable[..., Caller], scheduling: Scheduling
) -> None:
    def policy(*actions: str) -> str:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        return json.dumps({"Version": "1", "Statement": [statement]})

    project, sent = scheduling.project, sdk_job(scheduling.sent())
    with refused("Unauthorized", 401, "ram:PassRole"):
        as_user(policy("log:CreateJob", "log:CreateScheduledSQL")).log.create_scheduled_sql(
            project, sent
        )
    may = as_user(policy("log:CreateJob", "log:CreateScheduledSQL", "ram:PassRole"))
    may.log.create_scheduled_sql(project, sent)
    with refused("Unauthorized", 401, "log:GetScheduledSQL"):
        as_user(policy("log:GetJob")).log.get_scheduled_sql(project, "hourly")
    with refused("Unauthorized", 401, "log:GetJob"):
        as_user(policy("log:GetScheduledSQL")).log.get_scheduled_sql(project, "hourly")
    as_user(policy("log:GetJob", "log:GetScheduledSQL")).log.get_scheduled_sql(project, "hourly")


def test_each_window_is_written_once(scheduling: Scheduling) -> None:
    """Windows that are over are made up for, the last one waits for its delay."""
    scheduling.put("mallory", "mallory", "eve", ago=85)
    scheduling.put("eve", ago=31)
    scheduling.put("late", ago=-1)
    scheduling.log.create_scheduled_sql(scheduling.project, sdk_job(scheduling.sent()))
    assert scheduling.work() >= 2
    first = [(-90, "eve", "2"), (-90, "mallory", "2")]
    assert scheduling.sums() == first
    assert scheduling.work() == 0
    assert scheduling.sums() == first
    states = {run["state"] for run in scheduling.runs()}
    assert states == {"SUCCEEDED"}
    before = len(scheduling.runs())
    scheduling.at = scheduling.at // 60 * 60 + 60 + 9
    scheduling.work()
    assert len(scheduling.runs()) == before, "the delay is not over"
    scheduling.at += 1
    scheduling.work()
    assert len(scheduling.runs()) == before + 1
    assert scheduling.sums()[-1][1:] == ("late", "1")


def test_a_window_that_fails_is_tried_again_and_then_told_of(
    owner: Caller, scheduling: Scheduling, ram: RamClient
) -> None:
    """The next window has its turn, and the one that failed runs again when somebody asks."""
    log, project = scheduling.log, scheduling.project
    scheduling.put("mallory", ago=100)
    to = scheduling.at - 60
    sent = scheduling.sent(configuration={"toTime": to, "fromTime": scheduling.at - 90})
    log.create_scheduled_sql(project, sdk_job(sent))
    ram.detach_policy_from_role(
        ram_models.DetachPolicyFromRoleRequest(
            policy_type="Custom", policy_name="etl", role_name="etl"
        )
    )
    assert scheduling.work() == 1
    (run,) = scheduling.runs()
    assert (run["state"], run["errorCode"]) == ("RUNNING", "Unauthorized")
    scheduling.at += 4
    assert scheduling.work() == 0, "the pause is not over"
    scheduling.at += 1
    assert scheduling.work() == 1
    scheduling.at += 10
    assert scheduling.work() == 1
    (run,) = log.list_scheduled_sql_job_instance(
        project, "hourly", 0, scheduling.at, state="FAILED"
    ).get_scheduled_sql_jobs()
    assert "3 attempts failed" in run["summary"]
    assert scheduling.sums() == []
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="etl", role_name="etl"
        )
    )
    instance = run["instanceId"]
    path = f"/jobs/hourly/jobinstances/{instance}"
    answer = owner.call("PUT", path, "state=FAILED", project=project)
    assert json.loads(answer.body)["errorCode"] == "ParameterInvalid"
    log.modify_scheduled_sql_job_instance_state(project, "hourly", instance, "RUNNING")
    with refused("ParameterInvalid", 400, "that failed"):
        log.modify_scheduled_sql_job_instance_state(project, "hourly", instance, "RUNNING")
    scheduling.at += 60  # the call is of the server's time
    assert scheduling.work() == 1
    shown = owner.call("GET", f"/jobs/hourly/jobinstances/{instance}", project=project)
    told = json.loads(shown.body)
    assert (told["state"], told["errorCode"]) == ("SUCCEEDED", "")
    assert [row[1:] for row in scheduling.sums()] == [("mallory", "1")]
    assert scheduling.work() == 0
    for method, query in (("GET", ""), ("PUT", "state=RUNNING")):
        answer = owner.call(method, "/jobs/hourly/jobinstances/x", query, project=project)
        assert json.loads(answer.body)["errorCode"] == "JobInstanceNotExist"
        answer = owner.call(method, "/jobs/none/jobinstances/x", query, project=project)
        assert json.loads(answer.body)["errorCode"] == "JobNotExist"
    with refused("JobNotExist", 404):
        log.list_scheduled_sql_job_instance(project, "none", 0, 1)


def test_a_worker_that_lost_its_lease_writes_nothing(scheduling: Scheduling) -> None:
    """Another worker wrote the window meanwhile, and the rows are there once."""
    scheduling.put("mallory", ago=100)
    sent = scheduling.sent(
        configuration={"toTime": scheduling.at - 60, "fromTime": scheduling.at - 90}
    )
    scheduling.log.create_scheduled_sql(scheduling.project, sdk_job(sent))
    bench = scheduling.bench()
    calls = 0

    def slow(work: Callable[[Any], Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 6:  # before the rows are committed
            scheduling.at += 121
            assert scheduling.work() == 1
        return bench.call(work)

    stalled = Bench(call=slow, clock=bench.clock, platform=bench.platform)
    with suppress(LostLease):
        work_off(run_window, stalled)
    assert calls >= 6
    assert [row[1:] for row in scheduling.sums()] == [("mallory", "1")]


def test_a_disabled_one_goes_on_where_it_stopped(scheduling: Scheduling) -> None:
    log, project = scheduling.log, scheduling.project
    log.create_scheduled_sql(project, sdk_job(scheduling.sent()))
    scheduling.work()
    done = len(scheduling.runs())
    log.disable_alert(project, "hourly")
    scheduling.put("eve", ago=0)
    scheduling.at += 300
    assert scheduling.work() == 0
    log.enable_alert(project, "hourly")
    scheduling.work()
    assert len(scheduling.runs()) == done + 5
    assert [row[1:] for row in scheduling.sums()] == [("eve", "1")]


def test_a_project_takes_its_scheduled_sql_along(scheduling: Scheduling) -> None:
    scheduling.log.create_scheduled_sql(scheduling.project, sdk_job(scheduling.sent()))
    scheduling.work()
    scheduling.log.delete_project(scheduling.project)
    found = scheduling.server.running.store.call(
        lambda tx: (
            [len(tx.find(kind, project_name=scheduling.project)) for kind in (ScheduledRow, RunRow)]
            + [
                row.key.startswith(f"{scheduling.project}/")
                for row in tx.find(QueueRow, kind="sls.scheduled-sql")
            ]
        )
    )
    assert found == [0, 0]
