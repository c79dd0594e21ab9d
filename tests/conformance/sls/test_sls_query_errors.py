"""What questions about logs refuse: parents that are not there, engines that cannot answer."""

import json
from collections.abc import Callable

import pytest
from aliyun.log import LogClient
from aliyun.log.index_config import IndexConfig, IndexLineConfig
from tests.conformance.sls_calls import Caller

from juyong.engines.logsearch import DuckDBEngine, EngineFailed, TimedOut, TooMuchMemory

AT = "from=1700000000&to=1700000060&query=*"
V2 = {"from": 1_700_000_000, "to": 1_700_000_060, "query": "*"}
INDEX = {"line": {"token": [" "]}}
Call = tuple[str, str, str, object]
QUESTIONS: dict[str, Call] = {
    "GetLogs": ("GET", "/logstores/store", f"type=log&{AT}", None),
    "GetLogsV2": ("POST", "/logstores/store/logs", "", V2),
    "GetHistograms": ("GET", "/logstores/store", f"type=histogram&{AT}", None),
    "GetProjectLogs": ("GET", "/logs", "query=select(1)from(store)", None),
}
IN_A_LOGSTORE: dict[str, Call] = {
    **{name: call for name, call in QUESTIONS.items() if name != "GetProjectLogs"},
    "GetContextLogs": (
        "GET",
        "/logstores/store",
        "type=context_log&pack_id=a&pack_meta=b&back_lines=1&forward_lines=1",
        None,
    ),
    "CreateIndex": ("POST", "/logstores/store/index", "", INDEX),
    "UpdateIndex": ("PUT", "/logstores/store/index", "", INDEX),
    "GetIndex": ("GET", "/logstores/store/index", "", None),
    "DeleteIndex": ("DELETE", "/logstores/store/index", "", None),
    "PullLogs": ("GET", "/logstores/store/shards/0", "type=log&cursor=MDAw", None),
}


@pytest.fixture
def ask(owner: Caller) -> Callable[[str, Call], tuple[int, str]]:
    """Make a call of a project; returns status and code."""

    def asked(project: str, call: Call) -> tuple[int, str]:
        method, path, query, document = call
        body = b"" if document is None else json.dumps(document).encode()
        answer = owner.call(method, path, query, body, project=project)
        found = json.loads(answer.body) if answer.body else {}
        return answer.status, found.get("errorCode", "") if isinstance(found, dict) else ""

    return asked


@pytest.mark.parametrize("name", IN_A_LOGSTORE)
def test_parents_that_are_not_there(
    ask: Callable[[str, Call], tuple[int, str]], project: str, name: str
) -> None:
    assert ask(project, IN_A_LOGSTORE[name]) == (404, "LogStoreNotExist")
    assert ask(f"{project}x", IN_A_LOGSTORE[name]) == (404, "ProjectNotExist")


@pytest.fixture
def indexed(log: LogClient, project: str, logstore: str) -> str:
    log.create_index(project, logstore, IndexConfig(30, IndexLineConfig([" "])))
    return project


FAILURES: dict[Exception, tuple[int, str]] = {
    TimedOut("too late"): (400, "ExceedQuota"),
    TooMuchMemory("too much"): (400, "ExceedQuota"),
    EngineFailed("gone"): (500, "InternalServerError"),
    FileNotFoundError("expired"): (500, "InternalServerError"),
}


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: type(each).__name__)
def test_an_engine_that_fails_is_said_in_the_words_of_the_service(
    ask: Callable[[str, Call], tuple[int, str]],
    indexed: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    failure: Exception,
) -> None:
    def fails(*_: object) -> None:
        raise failure

    monkeypatch.setattr(DuckDBEngine, "_answer", fails)
    assert ask(indexed, QUESTIONS[name]) == FAILURES[failure]


@pytest.mark.parametrize("name", ["GetLogs", "GetHistograms"])
def test_the_forms_without_a_body_refuse_as_the_others(
    ask: Callable[[str, Call], tuple[int, str]], log: LogClient, indexed: str, name: str
) -> None:
    method, path, query, _ = QUESTIONS[name]
    for other, refusal in (
        (query.replace("query=*", "query=a:b"), (400, "ParameterInvalid")),
        (query.replace("to=1700000060", "to=1700000000"), (400, "InvalidTimeRange")),
    ):
        assert ask(indexed, (method, path, other, None)) == refusal
    log.create_logstore(indexed, "bare", shard_count=1)
    bare = (method, "/logstores/bare", query, None)
    assert ask(indexed, bare) == (404, "IndexConfigNotExist")
