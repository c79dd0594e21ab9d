"""Alerts, by both official SDKs: made, judged by the clock, told, and over again."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from alibabacloud_kms20160120 import models as k
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient, LogException, LogItem, PutLogsRequest
from aliyun.log.index_config import IndexConfig, IndexKeyConfig, IndexLineConfig
from aliyun.log.resource_params import ResourceRecord
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, trust
from tests.conformance.harness import Server, quotas
from tests.conformance.sls_calls import REGION, Caller, refused, tea_refused
from tests.conformance.sts.roles import grant, make_role, role_arn
from tests.jobs import work_off

from juyong.api.bench import Bench
from juyong.logs.tables import BatchRow
from juyong.notices import Webhook, states
from juyong.notices.tables import MailRow, NoticeRow
from juyong.services.identity.facade import NewAccount
from juyong.services.sls.alerts.jobs import evaluate
from juyong.services.sls.alerts.tables import AlarmRow, AlertRow
from juyong.services.sls.tables import LogstoreRow
from juyong.store.errors import Unavailable
from juyong.worker.notices import deliver

HISTORY = "internal-alert-history"
KEYS = {
    "user": IndexKeyConfig([], index_type="text", doc_value=True),
    "status": IndexKeyConfig([], index_type="long", doc_value=True),
}
QUERY = "status > 299 | SELECT user, count(*) AS n GROUP BY user"


def alert(name: str = "denied", **changes: Any) -> dict[str, Any]:
    """Return an alert: many denied calls of one user."""
    configuration: dict[str, Any] = {
        "version": "2.0",
        "type": "default",
        "queryList": [{"storeType": "log", "store": "store", "query": QUERY, "start": "-5m"}],
        "groupConfiguration": {"type": "custom", "fields": ["user"]},
        "severityConfigurations": [
            {"severity": 10, "evalCondition": {"condition": "n > 2"}},
            {"severity": 6, "evalCondition": {"condition": "", "countCondition": ""}},
        ],
        "annotations": [{"key": "title", "value": "${user} was denied ${n} times"}],
        "threshold": 1,
        "sendResolved": True,
        "policyConfiguration": {"actionPolicyId": "tell-me", "repeatInterval": "10m"},
        **changes.pop("configuration", {}),
    }
    schedule = changes.pop("schedule", {"type": "FixedRate", "interval": "1m"})
    return {
        "name": name,
        "displayName": "Denied calls",
        "type": "Alert",
        "schedule": schedule,
        "configuration": configuration,
        **changes,
    }


class Ringing:
    """A project with a logstore, whose alerts are judged when the test says so."""

    def __init__(self, server: Server, log: LogClient, account: NewAccount, project: str) -> None:
        self.server, self.log, self.account, self.project = server, log, account, project
        self.at = int(server.clock())
        self.got: list[Webhook] = []

    def put(self, *users: str, ago: int = 1) -> None:
        items = [LogItem(self.at - ago, [("user", user), ("status", "403")]) for user in users]
        self.log.put_logs(PutLogsRequest(self.project, "store", "", "", items))

    def bench(self) -> Bench:
        running = self.server.running
        platform = msgspec.structs.replace(running.pipeline.platform, post=self._take)
        return Bench(call=running.store.call, clock=lambda: self.at, platform=platform)  # type: ignore[arg-type,return-value]

    def later(self) -> Bench:
        """Let a minute pass."""
        self.at = (self.at // 60 + 1) * 60
        return self.bench()

    def _take(self, webhook: Webhook) -> int:
        self.got.append(webhook)
        return 200

    def tick(self, minutes: int = 1) -> list[str]:
        """Let time pass, judge, deliver; returns the states of what was told."""
        self.at = (self.at // 60 + minutes) * 60
        before = len(self.got)
        work_off(evaluate, self.bench())
        work_off(deliver, self.bench())
        return [json.loads(each.body)["status"] for each in self.got[before:]]

    def rows(self, kind: Any) -> list[Any]:
        return self.server.running.store.call(lambda tx: tx.find(kind, project_name=self.project))

    def history(self, query: str = "*") -> list[dict[str, str]]:
        found = self.log.get_log(self.project, HISTORY, 0, self.at + 60, query=query, size=100)
        return [each.get_contents() for each in found.get_logs()]


@pytest.fixture
def ringing(
    server: Server, log: LogClient, account: NewAccount, project: str, logstore: str
) -> Iterator[Ringing]:
    log.create_index(project, logstore, IndexConfig(30, IndexLineConfig([" ", ","]), KEYS))
    hook = {"id": "hook", "url": "https://hook.example/?token=hush", "headers": {"X-Key": "hush"}}
    log.create_resource_record("sls.alert.action_webhook", ResourceRecord("hook", None, hook))
    user = {"user_id": "me", "email": ["me@example.com"], "enabled": True}
    log.create_resource_record("sls.common.user", ResourceRecord("me", None, user))
    script = 'fire(type="webhook_integration", webhook_id="hook", period="any")\n'
    script += 'fire(type="email", users=["me", "gone"], groups=[])\nfire(type="sms", users=["me"])'
    policy = {"action_policy_id": "tell-me", "primary_policy_script": script}
    log.create_resource_record("sls.alert.action_policy", ResourceRecord("tell-me", None, policy))
    yield Ringing(server, log, account, project)
    with suppress(LogException):
        log.delete_project(project)


def test_a_history_under_a_key_of_the_owner_takes_records_while_the_key_serves(
    ringing: Ringing, admin: Clients, ram: RamClient, log: LogClient
) -> None:
    log.create_alert(ringing.project, alert())
    make_role(ram, "sealing", trust("Service", "log.aliyuncs.com"))
    grant(ram, "role", "sealing", allow(["kms:GenerateDataKey", "kms:Decrypt"]))
    key_id = admin.kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id
    arn = role_arn(ringing.account, "sealing")
    info = {"cmk_key_id": key_id, "arn": arn, "region_id": REGION}
    conf = {"enable": True, "encrypt_type": "aes_gcm", "user_cmk_info": info}
    log.update_logstore(ringing.project, HISTORY, encrypt_conf=conf)
    ringing.put("eve")
    assert ringing.tick() == ["firing"]
    records = len(ringing.history())
    assert records > 0
    (store,) = [each for each in ringing.rows(LogstoreRow) if each.logstore_name == HISTORY]
    call = ringing.server.running.store.call
    assert all(each.key_id for each in call(lambda tx: tx.find(BatchRow, store_id=store.store_id)))
    admin.kms.disable_key(k.DisableKeyRequest(key_id=key_id))
    ringing.put("eve")
    ringing.tick()
    admin.kms.enable_key(k.EnableKeyRequest(key_id=key_id))
    assert len(ringing.history()) == records


def test_an_alert_lives_by_the_log_sdk(log: LogClient, project: str) -> None:
    sent = alert()
    log.create_alert(project, sent)
    with refused("JobAlreadyExist", 400, "Job denied already exists"):
        log.create_alert(project, sent)
    shown = log.get_alert(project, "denied").get_entity()
    assert {name: shown[name] for name in sent} == sent
    assert (shown["status"], shown["state"]) == ("ENABLED", "Enabled")
    assert HISTORY in log.list_logstore(project).get_logstores()
    listed = log.list_alert(project)
    assert [each["name"] for each in listed.get_entities()] == ["denied"]
    log.disable_alert(project, "denied")
    with refused("ParameterInvalid", 400, "already disabled"):
        log.disable_alert(project, "denied")
    log.update_alert(project, {**sent, "displayName": "other"})
    shown = log.get_alert(project, "denied").get_entity()
    assert (shown["displayName"], shown["status"]) == ("other", "DISABLED")
    log.enable_alert(project, "denied")
    with refused("ParameterInvalid", 400, "already enabled"):
        log.enable_alert(project, "denied")
    log.delete_alert(project, "denied")
    for call in (log.get_alert, log.delete_alert, log.enable_alert, log.disable_alert):
        with refused("JobNotExist", 404, "Job denied does not exist"):
            call(project, "denied")
    with refused("JobNotExist", 404):
        log.update_alert(project, sent)


def test_an_alert_lives_by_the_generated_sdk(owner: Caller, project: str, logstore: str) -> None:
    sent = alert()
    parts = {
        "configuration": m.AlertConfiguration().from_map(sent["configuration"]),
        "schedule": m.Schedule().from_map(sent["schedule"]),
    }
    request = m.CreateAlertRequest(name="denied", display_name="d", **parts)
    owner.tea.create_alert(project, request)
    shown = owner.tea.get_alert(project, "denied").body
    assert shown.configuration.query_list[0].query == QUERY
    assert shown.status == "ENABLED"
    owner.tea.disable_alert(project, "denied")
    assert owner.tea.get_alert(project, "denied").body.status == "DISABLED"
    owner.tea.enable_alert(project, "denied")
    owner.tea.update_alert(project, "denied", m.UpdateAlertRequest(display_name="other", **parts))
    listed = owner.tea.list_alerts(project, m.ListAlertsRequest(logstore=logstore)).body
    assert [each.display_name for each in listed.results] == ["other"]
    other = owner.tea.list_alerts(project, m.ListAlertsRequest(logstore="other")).body
    assert (other.count, other.total) == (0, 0)
    owner.tea.delete_alert(project, "denied")
    with tea_refused("JobNotExist", 404):
        owner.tea.get_alert(project, "denied")


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "a/b"}, "ParameterInvalid", "name"),
    ({"schedule": {"type": "Never"}}, "ParameterInvalid", "type is FixedRate"),
    ({"schedule": {"type": "FixedRate", "interval": "5s"}}, "ParameterInvalid", "a minute"),
    ({"schedule": None}, "ParameterInvalid", "schedule"),
    ({"configuration": {"queryList": []}}, "ParameterInvalid", "1 to 3"),
    (
        {"configuration": {"queryList": [{"query": "*", "start": "-1m"}]}},
        "ParameterInvalid",
        "store",
    ),
    (
        {"configuration": {"queryList": [{"store": "s", "query": "((", "start": "-1m"}]}},
        "ParameterInvalid",
        "query is invalid",
    ),
    (
        {"configuration": {"queryList": [{"store": "s", "query": "*", "start": "-25h"}]}},
        "ParameterInvalid",
        "a day",
    ),
    (
        {"configuration": {"severityConfigurations": [{"severity": 7}]}},
        "ParameterInvalid",
        "severity",
    ),
    (
        {
            "configuration": {
                "conditionConfiguration": {"condition": "n =~ 'a'"},
                "severityConfigurations": None,
            }
        },
        "ParameterInvalid",
        "regular expressions",
    ),
    ({"configuration": {"groupConfiguration": {"type": "custom"}}}, "ParameterInvalid", "fields"),
    ({"configuration": {"joinConfigurations": [{"type": "odd"}]}}, "ParameterInvalid", "join"),
    ({"configuration": {"threshold": 101}}, "ParameterInvalid", "threshold"),
    ({"configuration": {"type": "tpl"}}, "ParameterInvalid", "template"),
    ({"configuration": {"sinkCms": {"enabled": True}}}, "NotSupported", "sinkCms"),
    (
        {"configuration": {"queryList": [{"storeType": "metric", "store": "s", "start": "-1m"}]}},
        "NotSupported",
        "metrics",
    ),
    (
        {"configuration": {"queryList": [{"store": "s", "start": "-1m", "roleArn": "acs:x"}]}},
        "NotSupported",
        "roleArn",
    ),
    (
        {"configuration": {"queryList": [{"project": "no-such", "store": "s", "start": "-1m"}]}},
        "ProjectNotExist",
        "no-such",
    ),
    (
        {"configuration": {"queryList": [{"region": "cn-beijing", "store": "s", "start": "-1m"}]}},
        "ParameterInvalid",
        "region",
    ),
    ({"type": "ETL"}, "NotSupported", "jobs"),
]


def test_what_is_no_alert_is_refused(log: LogClient, owner: Caller, project: str) -> None:
    log.create_alert(project, alert("good"))
    for changes, code, text in BAD:
        for call, name in ((log.create_alert, "new"), (log.update_alert, "good")):
            with pytest.raises(LogException) as caught:
                call(
                    project,
                    alert(**{"name": name, **changes})
                    if "name" not in changes
                    else {**alert(), **changes},
                )
            assert caught.value.get_error_code() == code, (changes, str(caught.value))
            assert text in caught.value.get_error_message(), changes
            if "name" in changes:
                break
    for method, path in (("POST", "/alerts"), ("PUT", "/alerts/good")):
        answer = owner.call(method, path, "", b"[]", project=project)
        assert json.loads(answer.body)["errorCode"] == "PostBodyInvalid"
    answer = owner.call("GET", "/jobs", "jobType=ETL", project=project)
    assert json.loads(answer.body)["errorCode"] == "NotSupported"
    answer = owner.call("GET", "/jobs/good/jobreports", project=project)
    assert json.loads(answer.body)["errorCode"] == "NotSupported"
    answer = owner.call("GET", "/jobs/good/jobinstances", project=project)
    assert json.loads(answer.body)["errorCode"] == "JobNotExist"


QUOTAS = [
    ("sls.alerts", "ExceedQuota"),
    ("sls.logstores", "ProjectQuotaExceed"),
    ("sls.shards", "ProjectQuotaExceed"),
]


@pytest.mark.parametrize(("quota", "code"), QUOTAS)
def test_quotas(server: Server, log: LogClient, project: str, quota: str, code: str) -> None:
    with quotas(server, {quota: 0}), refused(code, 400):
        log.create_alert(project, alert())


def test_the_path_of_alerts_refuses_as_that_of_all_jobs(
    server: Server, owner: Caller, project: str
) -> None:
    def code_of(method: str, path: str, body: Any = None, query: str = "") -> str:
        text = b"" if body is None else json.dumps(body).encode()
        answer = owner.call(method, f"/alerts{path}", query, text, project=project)
        return str(json.loads(answer.body)["errorCode"]) if answer.body else ""

    for quota, code in QUOTAS:
        with quotas(server, {quota: 0}):
            assert code_of("POST", "", alert()) == code
    assert code_of("POST", "", alert()) == ""
    assert code_of("POST", "", alert()) == "JobAlreadyExist"
    for changes, code in (
        ({"configuration": {"threshold": 101}}, "ParameterInvalid"),
        ({"configuration": {"sinkCms": {"enabled": True}}}, "NotSupported"),
    ):
        assert code_of("POST", "", alert("new", **changes)) == code
        assert code_of("PUT", "/denied", alert(**changes)) == code
    for action in ("disable", "enable"):
        assert code_of("PUT", "/denied", query=f"action={action}") == ""
        assert code_of("PUT", "/denied", query=f"action={action}") == "ParameterInvalid"
        assert code_of("PUT", "/none", query=f"action={action}") == "JobNotExist"
    assert code_of("PUT", "/none", alert("none")) == "JobNotExist"
    assert code_of("DELETE", "/none") == "JobNotExist"


def test_who_makes_an_alert_may_read_what_it_asks(
    as_user: Callable[..., Caller], project: str, logstore: str
) -> None:
    def policy(*actions: str) -> str:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        return json.dumps({"Version": "1", "Statement": [statement]})

    with refused("Unauthorized", 401, "log:GetLogStoreLogs"):
        as_user(policy("log:CreateJob", "log:CreateAlert")).log.create_alert(project, alert())
    reading = ("log:CreateAlert", "log:GetLogStoreLogs")
    with refused("Unauthorized", 401, "log:CreateJob"):
        as_user(policy(*reading)).log.create_alert(project, alert())
    as_user(policy("log:CreateJob", *reading)).log.create_alert(project, alert())


def test_an_alarm_rings_once_and_is_over(ringing: Ringing) -> None:
    ringing.log.create_alert(ringing.project, alert())
    ringing.put("mallory", "mallory", "mallory", "eve")
    assert ringing.tick() == ["firing", "firing"]
    told = {body["labels"]["user"]: body for body in map(json.loads, (g.body for g in ringing.got))}
    assert told["mallory"]["severity"] == 10
    assert told["mallory"]["annotations"] == {"title": "mallory was denied 3 times"}
    assert told["mallory"]["fire_results"] == [{"user": "mallory", "n": "3"}]
    assert told["eve"]["severity"] == 6
    assert ringing.got[0].headers["X-Key"] == "hush"
    assert ringing.tick() == [], "it is told again after the interval alone"
    assert {row.streak for row in ringing.rows(AlarmRow)} == {2}
    assert ringing.tick(6) == ["resolved", "resolved"]
    assert ringing.rows(AlarmRow) == []
    mails = ringing.server.running.store.call(
        lambda tx: tx.find(MailRow, account_id=ringing.account.account_id)
    )
    assert len(mails) == 4
    assert {mail.receiver for mail in mails} == {"me@example.com"}
    firing = ringing.history("record:alarm and status:firing and severity:10")
    assert [each["told"] for each in firing] == ["2"]
    assert "sms is not served" in firing[0]["not_told"]
    assert "a user does not exist" in firing[0]["not_told"]
    assert "hush" not in json.dumps(ringing.history())
    missed = [each["missed_runs"] for each in ringing.history("record:evaluation")]
    assert missed == ["0", "0", "5"]


def test_an_alarm_is_told_again_after_its_interval_and_not_while_muted(ringing: Ringing) -> None:
    often = {"policyConfiguration": {"actionPolicyId": "tell-me", "repeatInterval": "2m"}}
    ringing.log.create_alert(ringing.project, alert(configuration=often))
    ringing.put("eve")
    assert [ringing.tick() for _ in range(3)] == [["firing"], [], ["firing"]]
    until = {"muteUntil": ringing.at + 3600}
    ringing.log.update_alert(ringing.project, alert(configuration={**often, **until}))
    assert ringing.tick(1) == []
    assert "muted" in {each["status"] for each in ringing.history("record:alarm")}


def test_a_threshold_counts_ticks_in_a_row(ringing: Ringing) -> None:
    ringing.log.create_alert(
        ringing.project, alert(configuration={"threshold": 2, "sendResolved": False})
    )
    ringing.put("eve")
    assert [ringing.tick(), ringing.tick(), ringing.tick(10)] == [[], ["firing"], []]
    assert ringing.rows(AlarmRow) == []


def test_a_query_that_fails_ends_no_alarm(ringing: Ringing) -> None:
    ringing.log.create_alert(ringing.project, alert())
    ringing.put("eve")
    assert ringing.tick() == ["firing"]
    ringing.log.delete_index(ringing.project, "store")
    assert ringing.tick(10) == []
    assert len(ringing.rows(AlarmRow)) == 1
    failed = ringing.history("record:evaluation and status:failed")
    assert [each["error"].split(":")[1].strip() for each in failed] == ["IndexConfigNotExist"]


def test_no_rows_are_an_alarm_where_that_is_wanted(ringing: Ringing) -> None:
    silent = {"noDataFire": True, "noDataSeverity": 4}
    ringing.log.create_alert(ringing.project, alert(configuration=silent))
    assert ringing.tick() == ["firing"]
    assert json.loads(ringing.got[0].body)["severity"] == 4


def test_a_search_without_sql_is_judged_by_its_logs(ringing: Ringing) -> None:
    plain = {
        "queryList": [{"store": "store", "query": "status:403", "start": "-5m"}],
        "groupConfiguration": {"type": "no_group"},
        "severityConfigurations": [
            {"severity": 8, "evalCondition": {"countCondition": "__count__ > 149"}}
        ],
    }
    ringing.log.create_alert(ringing.project, alert(configuration=plain))
    ringing.put(*["eve"] * 149)
    assert ringing.tick() == []
    ringing.put("eve", ago=30)
    assert ringing.tick() == ["firing"]
    assert json.loads(ringing.got[0].body)["fire_results_count"] == 150


def test_the_older_form_tells_by_itself(ringing: Ringing) -> None:
    old = {
        "name": "old",
        "displayName": "Older",
        "type": "Alert",
        "state": "Enabled",
        "schedule": {"type": "FixedRate", "interval": "60s"},
        "configuration": {
            "condition": "n > 0",
            "dashboard": "d",
            "queryList": [
                {
                    "chartTitle": "c",
                    "logStore": "store",
                    "query": QUERY,
                    "start": "-120s",
                    "end": "now",
                }
            ],
            "notificationList": [
                {
                    "type": "Webhook",
                    "serviceUri": "https://old.example/hook",
                    "method": "PUT",
                    "content": "${alert_name}: ${status} ${nothing}",
                },
                {"type": "Email", "emailList": ["a@example.com"], "content": "x"},
                {"type": "SMS", "mobileList": ["1"]},
            ],
            "notifyThreshold": 1,
            "throttling": "5m",
        },
    }
    ringing.log.create_alert(ringing.project, old)
    ringing.put("eve")
    work_off(evaluate, ringing.later())
    work_off(deliver, ringing.bench())
    (got,) = ringing.got
    assert (got.method, got.body) == ("PUT", "Older: firing ${nothing}")
    (record,) = ringing.history("record:alarm")
    assert (record["told"], record["not_told"]) == ("2", "SMS is not served")


def test_a_tick_that_was_cut_off_is_judged_again_and_told_once(
    ringing: Ringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from juyong.services.sls.alerts import jobs

    class Cut(Exception):
        pass

    def cut(*_: Any) -> None:
        raise Cut

    ringing.log.create_alert(ringing.project, alert())
    ringing.put("eve")
    with monkeypatch.context() as patch:
        patch.setattr(jobs.history, "write", cut)
        with pytest.raises(Cut):
            ringing.tick()
    assert ringing.rows(AlarmRow) == []
    assert ringing.got == []
    assert ringing.tick(2) == ["firing"]
    (row,) = ringing.rows(AlertRow)
    assert row.tick_at > ringing.at
    with monkeypatch.context() as patch:
        patch.setattr("juyong.notices.sending.MOST_WAITING", 0)
        ringing.put("mallory", ago=0)
        assert ringing.tick() == []
    full = ringing.history("record:alarm and not_told:waiting or not_told:wait")
    assert full
    assert all(each["told"] == "0" for each in full)


def test_a_full_disk_delays_an_alarm_by_a_minute_at_most(
    ringing: Ringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise Unavailable("the disk is full")

    ringing.log.create_alert(ringing.project, alert())
    ringing.put("eve")
    with monkeypatch.context() as patch:
        patch.setattr("juyong.services.sls.alerts.jobs.history.prepared", full)
        for _ in range(8):
            with pytest.raises(Unavailable):
                ringing.tick(2)
    assert ringing.got == []
    assert ringing.tick(2) == []
    ringing.put("eve")
    assert ringing.tick(2) == ["firing"]


def test_a_project_that_goes_takes_its_alerts(ringing: Ringing) -> None:
    ringing.log.create_alert(ringing.project, alert())
    ringing.put("eve")
    ringing.tick()
    ringing.log.delete_project(ringing.project)
    assert ringing.rows(AlertRow) == ringing.rows(AlarmRow) == []
    assert ringing.tick() == []
    notices = ringing.server.running.store.call(
        lambda tx: tx.find(NoticeRow, account_id=ringing.account.account_id, channel="webhook")
    )
    told = ringing.server.running.store.call(
        lambda tx: states(tx, ringing.account.account_id, notices[0].key)
    )
    assert {each.state for each in told} == {"delivered"}
