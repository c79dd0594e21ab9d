"""Indexes, saved searches and dashboards, by both official SDKs."""

import json
from typing import Any

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import IndexConfig, LogClient
from tests.conformance.harness import Server, quotas
from tests.conformance.sls_calls import Caller, refused, tea_refused

from juyong.logs.tables import StoreRow
from juyong.services.sls.tables import LogstoreRow

INDEX: dict[str, Any] = {
    "line": {"token": [",", " "], "caseSensitive": False, "chn": False},
    "keys": {
        "status": {"type": "long", "doc_value": True, "alias": "s"},
        "message": {"type": "text", "token": ["/"], "doc_value": True},
        "event": {
            "type": "json",
            "token": [" "],
            "index_all": True,
            "json_keys": {"a.b": {"type": "text", "doc_value": True}},
        },
    },
    "max_text_len": 4096,
    "unknown": "kept",
}


def index() -> IndexConfig:
    made = IndexConfig()
    made.from_json(INDEX)
    return made


def test_an_index_lives(owner: Caller, log: LogClient, project: str, logstore: str) -> None:
    with refused("IndexConfigNotExist", 404):
        log.get_index_config(project, logstore)
    with refused("ParameterInvalid", 400):
        log.update_index(project, logstore, index())
    with refused("ParameterInvalid", 400):
        log.delete_index(project, logstore)
    log.create_index(project, logstore, index())
    with refused("IndexAlreadyExist", 400):
        log.create_index(project, logstore, index())
    found = log.get_index_config(project, logstore).get_index_config()
    assert found.line_config.token_list == [",", " "]
    assert set(found.key_config_list) == {"status", "message", "event"}
    shown = owner.tea.get_index(project, logstore).body
    assert (shown.ttl, shown.index_mode, shown.max_text_len) == (30, "v2", 4096)
    assert shown.last_modify_time > 0
    owner.tea.update_index(
        project,
        logstore,
        m.UpdateIndexRequest(body=m.Index(keys={"k": m.IndexKey(type="text", token=["."])})),
    )
    assert set(owner.tea.get_index(project, logstore).body.keys) == {"k"}
    log.delete_index(project, logstore)
    with tea_refused("IndexConfigNotExist", 404):
        owner.tea.get_index(project, logstore)


def test_an_index_is_kept_as_it_is_sent(owner: Caller, project: str, logstore: str) -> None:
    """With a token for each text, which clients read unguarded."""
    sent = {**INDEX, "keys": {**INDEX["keys"], "bare": {"type": "text"}}}
    path = f"/logstores/{logstore}/index"
    body = json.dumps(sent).encode()
    assert owner.call("POST", path, "", body, project=project).status == 200
    found = json.loads(owner.call("GET", path, project=project).body)
    assert found["unknown"] == "kept"
    assert found["keys"]["bare"] == {"type": "text", "token": []}
    assert found["keys"]["event"] == INDEX["keys"]["event"]
    assert "token" not in found["keys"]["status"]


def test_raw_logs_know_the_index_and_the_days(
    server: Server, log: LogClient, project: str, logstore: str
) -> None:
    def store() -> StoreRow:
        def look(tx: Any) -> StoreRow:
            row = tx.get(LogstoreRow, project, logstore)
            return tx.get(StoreRow, held.setdefault("id", row.store_id if row else ""))

        return server.running.store.call(look)

    held: dict[str, str] = {}
    assert (store().ttl_days, store().index) == (30, None)
    log.update_logstore(project, logstore, ttl=7)
    log.create_index(project, logstore, index())
    assert store().ttl_days == 7
    assert "status" in (store().index or "")
    log.delete_index(project, logstore)
    assert (store().index, store().dropped_at) == (None, None)
    log.delete_logstore(project, logstore)
    assert store().dropped_at is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"keys":{"a":{"type":"date"}}}',
        b'{"line":{"token":["ab"]}}',
        b'{"line":{"token":[","],"include_keys":["a"],"exclude_keys":["b"]}}',
        b'{"keys":{"a":{"type":"text","alias":"x"},"b":{"type":"text","alias":"x"}}}',
        b'{"line":{"token":[","]},"max_text_len":1}',
        b'{"keys":{"a":1}}',
    ],
)
def test_what_is_no_index_is_refused(
    owner: Caller, project: str, logstore: str, body: bytes
) -> None:
    path = f"/logstores/{logstore}/index"

    def send(method: str) -> tuple[int, str]:
        answer = owner.call(method, path, "", body, project=project)
        return answer.status, json.loads(answer.body)["errorCode"]

    assert send("POST") == (400, "IndexInfoInvalid")
    assert send("PUT") == (400, "IndexInfoInvalid")


def test_dashboards(server: Server, owner: Caller, log: LogClient, project: str) -> None:
    one = {
        "dashboardName": "board-1",
        "displayName": "Board",
        "description": "words",
        "charts": [{"title": "t", "type": "line", "search": {}, "display": {"x": 1}}],
        "attribute": {"a": "b"},
    }
    log.create_dashboard(project, one)
    log.create_dashboard(project, {**one, "dashboardName": "board-2", "displayName": "Other"})
    assert json.loads(owner.call("GET", "/dashboards/board-1", project=project).body) == one
    listed = log.list_dashboard(project)
    assert (listed.get_count(), listed.get_total()) == (2, 2)
    assert listed.get_dashboards() == ["board-1", "board-2"]
    shown = owner.tea.list_dashboard(project, m.ListDashboardRequest(display_name="Boa")).body
    assert [each.dashboard_name for each in shown.dashboard_items] == ["board-1"]
    log.update_dashboard(project, {**one, "description": "others"})
    assert log.get_dashboard(project, "board-1").body["description"] == "others"
    with refused("ParameterInvalid", 400, "specified dashboard already exists"):
        log.create_dashboard(project, one)
    with quotas(server, {"sls.dashboards": 2}), refused("ExceedQuota", 400):
        log.create_dashboard(project, {**one, "dashboardName": "board-3"})
    log.delete_dashboard(project, "board-1")
    for call in (
        lambda: log.delete_dashboard(project, "board-1"),
        lambda: log.get_dashboard(project, "board-1"),
        lambda: log.update_dashboard(project, one),
    ):
        with refused("DashboardNotExist", 404):
            call()


def search(name: str, **members: Any) -> dict[str, Any]:
    return {
        "savedsearchName": name,
        "searchQuery": "error",
        "logstore": "store",
        "topic": "",
        "displayName": name.upper(),
        **members,
    }


def test_saved_searches(server: Server, owner: Caller, log: LogClient, project: str) -> None:
    log.create_savedsearch(project, search("one"))
    log.create_savedsearch(project, search("two"))
    assert log.get_savedsearch(project, "one").body == search("one")
    assert log.list_savedsearch(project).get_savedsearches() == ["one", "two"]
    shown = owner.tea.list_saved_search(project, m.ListSavedSearchRequest(size=1, offset=1)).body
    assert [each.display_name for each in shown.savedsearch_items] == ["TWO"]
    as_headers = {"offset": "0", "size": "5", "savedsearchname": "on"}
    answer = owner.call("GET", "/savedsearches", project=project, headers=as_headers)
    assert json.loads(answer.body)["savedsearches"] == ["one"]
    log.update_savedsearch(project, search("one", searchQuery="warning"))
    assert log.get_savedsearch(project, "one").body["searchQuery"] == "warning"
    with refused("ParameterInvalid", 400):
        log.create_savedsearch(project, search("one"))
    with quotas(server, {"sls.saved-searches": 2}), refused("ExceedQuota", 400):
        log.create_savedsearch(project, search("three"))
    log.delete_savedsearch(project, "one")
    for call in (
        lambda: log.delete_savedsearch(project, "one"),
        lambda: log.get_savedsearch(project, "one"),
        lambda: log.update_savedsearch(project, search("one")),
    ):
        with refused("SavedSearchNotExist", 404):
            call()


@pytest.mark.parametrize("kind", ["dashboards", "savedsearches"])
def test_what_is_no_document_is_refused(owner: Caller, project: str, kind: str) -> None:
    name = "dashboardName" if kind == "dashboards" else "savedsearchName"
    good = {**search("one"), "dashboardName": "one"}

    def send(body: bytes, method: str = "POST", path: str = "") -> tuple[int, str]:
        answer = owner.call(method, f"/{kind}{path}", "", body, project=project)
        return answer.status, json.loads(answer.body or b"{}").get("errorCode", "")

    assert send(json.dumps(good).encode()) == (200, "")
    for body in (b"", b"nonsense", b"[]", b'"x"'):
        assert send(body) == (400, "PostBodyInvalid")
        assert send(body, "PUT", "/one") == (400, "PostBodyInvalid")
    for wrong in ({name: "a/b"}, {name: 1}, {name: ""}):
        assert send(json.dumps({**good, **wrong}).encode()) == (400, "ParameterInvalid")
    other = json.dumps({**good, name: "two"}).encode()
    assert send(other, "PUT", "/one") == (400, "ParameterInvalid")
    long = json.dumps({**good, "description": "x" * (1 << 20)}).encode()
    assert send(long) == (400, "ParameterInvalid")
    assert send(long, "PUT", "/one") == (400, "ParameterInvalid")
    if kind == "savedsearches":
        assert send(json.dumps({**good, "logstore": None}).encode()) == (400, "ParameterInvalid")


def test_documents_go_with_their_project(log: LogClient, project: str) -> None:
    log.create_savedsearch(project, search("one"))
    log.delete_project(project)
    log.create_project(project, "again")
    assert log.list_savedsearch(project).get_savedsearches() == []
