"""The alarms that we ship: each rings for its event, and for no other."""

import json
from collections.abc import Iterator

import pytest
from aliyun.log import LogClient, LogItem, PutLogsRequest
from tests.alarm_cases import ACCOUNT, CASES
from tests.conformance.harness import Server
from tests.conformance.sls.test_sls_alerts import Ringing
from tests.conformance.sls_calls import Caller, refused

from juyong.content.alarms import TEMPLATES
from juyong.services.identity.facade import NewAccount

DELIMITERS = list(", '\";=()[]{}?@&<>/:\n\t\r")
INDEX = {
    "line": {"token": DELIMITERS, "caseSensitive": False, "chn": True},
    "keys": {
        "event": {
            "type": "json",
            "token": DELIMITERS,
            "caseSensitive": False,
            "chn": False,
            "doc_value": True,
            "index_all": True,
            "max_depth": -1,
            "json_keys": {},
        }
    },
}


def installed(name: str, project_store: str = "store") -> dict[str, object]:
    """Return what a caller sends to have one alarm that we ship."""
    template = {"id": f"juyong.actiontrail.{name}", "tokens": {"logstore": project_store}}
    return {"name": name, "configuration": {"type": "tpl", "templateConfiguration": template}}


@pytest.fixture
def ringing(
    server: Server, log: LogClient, account: NewAccount, project: str, logstore: str
) -> Iterator[Ringing]:
    yield Ringing(server, log, account, project)
    log.delete_project(project)


def test_each_alarm_rings_for_its_event_alone(
    ringing: Ringing, owner: Caller, log: LogClient, project: str, logstore: str
) -> None:
    body = json.dumps(INDEX).encode()
    assert (
        owner.call("POST", f"/logstores/{logstore}/index", "", body, project=project).status == 200
    )
    assert {f"juyong.actiontrail.{name}" for name in CASES} == set(TEMPLATES)
    for name in CASES:
        log.create_alert(project, installed(name, logstore))
    events = [each for pair in CASES.values() for each in pair]
    items = [LogItem(ringing.at - 1, [("event", json.dumps(each))]) for each in events]
    log.put_logs(PutLogsRequest(project, logstore, "actiontrail_audit_event", "", items))
    ringing.tick()
    assert ringing.history("record:evaluation and status:failed") == []
    rang = {
        (each["alert_name"], json.loads(each["results"])[0]["what"])
        for each in ringing.history("record:alarm")
    }
    assert rang == {(name, rings["eventName"]) for name, (rings, _) in CASES.items()}
    labels = [json.loads(each["labels"]) for each in ringing.history("record:alarm")]
    assert {each["account"] for each in labels} == {ACCOUNT}
    assert {each["who"] for each in labels} == {"alice", ""}
    shown = log.get_alert(project, "root-used").get_entity()
    assert "root-account" in shown["configuration"]["queryList"][0]["query"]


def test_a_template_needs_its_token_and_a_name_that_we_ship(log: LogClient, project: str) -> None:
    sent = installed("root-used")
    for template in (
        {"id": "other", "tokens": {"logstore": "s"}},
        {"id": "juyong.actiontrail.root-used"},
    ):
        bad = {"type": "tpl", "templateConfiguration": template}
        with refused("ParameterInvalid", 400, "templateConfiguration"):
            log.create_alert(project, {**sent, "configuration": bad})
