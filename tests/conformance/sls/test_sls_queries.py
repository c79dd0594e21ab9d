"""Searches and SQL over logs, by both official SDKs."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY, Mock

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import GetHistogramsRequest, LogClient, LogItem, PutLogsRequest
from aliyun.log.index_config import IndexConfig, IndexKeyConfig, IndexLineConfig
from darabonba.runtime import RuntimeOptions
from tests.conformance.harness import Server
from tests.conformance.sls_calls import Caller, refused

from juyong.engines.logsearch import EngineFailed, TimedOut, TooMuchMemory
from juyong.engines.logsearch.duckdb_engine import DuckDBEngine
from juyong.logs import turnover
from juyong.logs.compression import decompress

KEYS = {
    "action": IndexKeyConfig([" ", "-"], index_type="text", doc_value=True),
    "status": IndexKeyConfig([], index_type="long", doc_value=True),
}


@pytest.fixture
def indexed(log: LogClient, project: str, logstore: str) -> str:
    """A logstore with an index of its lines and of two keys."""
    log.create_index(project, logstore, IndexConfig(30, IndexLineConfig([" ", ","]), KEYS))
    return logstore


@pytest.fixture
def now(server: Server) -> int:
    return int(server.clock())


def put(log: LogClient, project: str, logstore: str, at: int, *logs: dict[str, str]) -> None:
    items = [LogItem(at, [*each.items()]) for each in logs]
    log.put_logs(PutLogsRequest(project, logstore, "audit", "10.0.0.1", items))


@pytest.fixture
def filled(log: LogClient, project: str, indexed: str, now: int) -> str:
    """Six logs in three seconds: two creations, a denied deletion, three reads."""
    put(log, project, indexed, now - 3, {"action": "Create-User", "status": "200"})
    put(log, project, indexed, now - 2, {"action": "Create-Role", "status": "200"})
    put(log, project, indexed, now - 2, {"action": "Delete-User", "status": "403"})
    reads = [{"action": "Get-User", "status": str(200 + number)} for number in range(3)]
    put(log, project, indexed, now - 1, *reads)
    return indexed


def search(log: LogClient, project: str, logstore: str, now: int, query: str, **more: Any) -> Any:
    return log.get_log(project, logstore, now - 60, now + 1, query=query, **more)


def actions(answer: Any) -> list[str]:
    return [each.get_contents()["action"] for each in answer.get_logs()]


def test_logs_are_found_at_once(log: LogClient, project: str, filled: str, now: int) -> None:
    answer = search(log, project, filled, now, "action: User and status > 201")
    assert answer.is_completed()
    assert actions(answer) == ["Delete-User", "Get-User"]
    (first, _) = answer.get_logs()
    assert (first.get_time(), first.get_source()) == (now - 2, "10.0.0.1")
    assert first.contents["__topic__"] == "audit"
    newest = search(log, project, filled, now, "*", reverse=True, size=2)
    assert [each.get_time() for each in newest.get_logs()] == [now - 1, now - 1]
    assert actions(search(log, project, filled, now, "action: Create", offset=1)) == ["Create-Role"]
    assert actions(search(log, project, filled, now, "*", topic="audit", size=1)) == ["Create-User"]
    assert actions(search(log, project, filled, now, "*", topic="other")) == []


def test_sql_is_answered(
    owner: Caller, log: LogClient, project: str, filled: str, now: int
) -> None:
    query = "* | SELECT split_part(action, '-', 1) AS kind, count(*) AS n GROUP BY kind ORDER BY n"
    answer = search(log, project, filled, now, query)
    assert [each.get_contents() for each in answer.get_logs()] == [
        {"kind": "Delete", "n": "1"},
        {"kind": "Create", "n": "2"},
        {"kind": "Get", "n": "3"},
    ]
    assert answer.get_has_sql()
    denied = "status: 403 | SELECT count(1) AS c"
    v2 = m.GetLogsV2Request(from_=now - 60, to=now + 1, query=denied)
    found = owner.tea.get_logs_v2(project, filled, v2).body
    assert (found.data, found.meta.progress, found.meta.count) == ([{"c": "1"}], "Complete", 1)
    assert (found.meta.where_query, found.meta.agg_query) == ("status: 403", "SELECT count(1) AS c")


def test_the_first_version_tells_by_headers(
    owner: Caller, project: str, filled: str, now: int
) -> None:
    asked = f"type=log&from={now - 60}&to={now + 1}&query=status:403"
    found = owner.call("GET", f"/logstores/{filled}", asked, project=project)
    assert found.status == 200
    assert json.loads(found.body) == [
        {
            "action": "Delete-User",
            "status": "403",
            "__topic__": "audit",
            "__source__": "10.0.0.1",
            "__time__": str(now - 2),
            "__time_ns_part__": ANY,
        }
    ]
    told = {name: found.headers[f"x-log-{name}"] for name in ("progress", "count", "has-sql")}
    assert told == {"progress": "Complete", "count": "1", "has-sql": "false"}
    assert found.headers["x-log-where-query"] == "status:403"
    assert found.headers["x-log-bodyrawsize"] is None


def test_a_histogram_counts(
    owner: Caller, log: LogClient, project: str, filled: str, now: int
) -> None:
    request = GetHistogramsRequest(project, filled, now - 3, now, "", "action: User")
    answer = log.get_histograms(request)
    assert answer.get_total_count() == 5
    found = [(each.get_from(), each.get_to(), each.get_count()) for each in answer.get_histograms()]
    assert found == [(now - 3, now - 2, 1), (now - 2, now - 1, 1), (now - 1, now, 3)]
    asked = m.GetHistogramsRequest(from_=now - 3, to=now, query="action: User")
    shown = owner.tea.get_histograms(project, filled, asked).body
    assert [(each.from_, each.to, each.count) for each in shown] == found


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("unknown: 1", "unknown"),
        ("(", ""),
        ("* | SELECT no_such_function(action)", "no_such_function"),
        ("* | SELECT * FROM read_csv('/etc/passwd')", "table"),
        ("* | DROP TABLE log", "SELECT"),
    ],
)
def test_a_query_that_can_not_be_answered_says_why(
    log: LogClient, project: str, filled: str, query: str, text: str
) -> None:
    with refused("ParameterInvalid", 400, text):
        search(log, project, filled, 2**31, query)


ASKS = {
    "GetLogs": ("GET", "/logstores/{store}", "type=log"),
    "GetLogsV2": ("POST", "/logstores/{store}/logs", ""),
    "GetHistograms": ("GET", "/logstores/{store}", "type=histogram"),
}


@pytest.mark.parametrize("name", ASKS)
def test_each_way_to_ask_refuses_alike(
    owner: Caller, project: str, filled: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, path, query = ASKS[name]

    def answer(store: str, **given: Any) -> tuple[int, str]:
        given = {"from": 1, "to": 2**32 - 1, "query": "*", **given}
        body = json.dumps(given).encode() if method == "POST" else b""
        asked = query if body else "&".join([query, *(f"{k}={v}" for k, v in given.items())])
        found = owner.call(method, path.format(store=store), asked, body, project=project)
        members = json.loads(found.body)
        return found.status, members["errorCode"] if found.status != 200 else ""

    owner.log.create_logstore(project, "plain")
    assert answer(filled) == (200, "")
    assert answer(filled, query="(") == (400, "ParameterInvalid")
    assert answer(filled, to=1) == (400, "InvalidTimeRange")
    assert answer("plain") == (404, "IndexConfigNotExist")
    for failure, refusal in (
        (EngineFailed, (500, "InternalServerError")),
        (TimedOut, (400, "ExceedQuota")),
        (TooMuchMemory, (400, "ExceedQuota")),
    ):
        for engine in ("search", "histogram"):
            monkeypatch.setattr(DuckDBEngine, engine, Mock(side_effect=failure("as told")))
        assert answer(filled) == refusal


def test_windows_and_stores_without_index_are_refused(
    log: LogClient, project: str, logstore: str, now: int
) -> None:
    with refused("InvalidTimeRange", 400):
        log.get_log(project, logstore, now, now, query="*")
    with refused("IndexConfigNotExist", 404):
        log.get_log(project, logstore, now - 1, now, query="*")
    with refused("LogStoreNotExist", 404):
        log.get_log(project, "another", now - 1, now, query="*")


def test_a_query_needs_its_permission(
    as_user: Callable[..., Caller], log: LogClient, project: str, filled: str, now: int
) -> None:
    document = """{"Version": "1", "Statement": [{"Effect": "Allow",
        "Action": "log:GetLogStoreLogs", "Resource": "acs:log:*:*:project/%s/logstore/store"}]}"""
    reader, nobody_else = as_user(document % project), as_user()
    assert len(actions(search(reader.log, project, filled, now, "*"))) == 6
    with refused("Unauthorized", 401, "log:GetLogStoreHistogram"):
        reader.log.get_histograms(GetHistogramsRequest(project, filled, now - 3, now, "", "*"))
    with refused("Unauthorized", 401, "log:GetLogStoreLogs"):
        search(nobody_else.log, project, filled, now, "*")


def test_an_answer_that_lacks_logs_says_so(
    owner: Caller, project: str, indexed: str, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = owner.log
    for number in range(2):
        items = [LogItem(now - 1, [("action", f"a{number}")])]
        log.put_logs(PutLogsRequest(project, indexed, "", "", items, hashKey="0" * 32))
    monkeypatch.setattr(turnover, "MOST_SEARCHED", 1)
    asked = f"from={now - 60}&to={now + 1}&query=*&type="
    first = owner.call("GET", f"/logstores/{indexed}", asked + "log", project=project)
    assert (first.headers["x-log-progress"], len(json.loads(first.body))) == ("Incomplete", 1)
    steps = owner.call("GET", f"/logstores/{indexed}", asked + "histogram", project=project)
    assert {each["progress"] for each in json.loads(steps.body)} == {"Incomplete"}
    assert (steps.headers["x-log-progress"], steps.headers["x-log-count"]) == ("Incomplete", "1")
    for query in ("*", "* | SELECT count(*) AS c"):
        v2 = m.GetLogsV2Request(from_=now - 60, to=now + 1, query=query)
        assert owner.tea.get_logs_v2(project, indexed, v2).body.meta.progress == "Incomplete"
    monkeypatch.undo()
    assert search(log, project, indexed, now, "*").is_completed()


@pytest.mark.parametrize(
    ("accepted", "codec"),
    [
        ("identity", ""),
        ("lz4", "lz4"),
        ("zstd", "zstd"),
        ("deflate", "deflate"),
        ("gzip", ""),
        ("gzip, deflate", ""),
        ("gzip, lz4;q=1", "lz4"),
    ],
)
def test_answers_are_compressed_as_asked(
    owner: Caller, project: str, filled: str, accepted: str, codec: str
) -> None:
    body = json.dumps({"from": 0, "to": 2**31, "query": "*"}).encode()
    answer = owner.call(
        "POST",
        f"/logstores/{filled}/logs",
        body=body,
        project=project,
        headers={"accept-encoding": accepted, "x-log-bodyrawsize": str(len(body))},
    )
    assert answer.status == 200, answer.body
    assert answer.headers.get("x-log-compresstype", "") == codec
    raw_size = answer.headers["x-log-bodyrawsize"]
    assert (raw_size is None) == (codec == "")
    plain = decompress(codec, answer.body, int(raw_size or len(answer.body)))
    assert json.loads(plain)["meta"]["count"] == 6


def test_both_sdks_read_compressed_answers(
    owner: Caller, log: LogClient, project: str, filled: str, now: int
) -> None:
    assert log._get_logs_v2_enabled
    assert len(search(log, project, filled, now, "*").get_logs()) == 6
    v2 = m.GetLogsV2Request(from_=now - 60, to=now + 1, query="*")
    for codec in ("lz4", "zstd", "gzip"):
        named = m.GetLogsV2Headers(accept_encoding=codec)
        found = owner.tea.get_logs_v2with_options(project, filled, v2, named, RuntimeOptions())
        assert found.body.meta.count == 6
