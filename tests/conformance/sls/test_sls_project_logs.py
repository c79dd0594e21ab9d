"""SQL over the logstores of a project, by both official SDKs."""

from collections.abc import Callable

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient, LogItem, PutLogsRequest
from aliyun.log.index_config import IndexConfig, IndexKeyConfig, IndexLineConfig
from tests.conformance.harness import Server
from tests.conformance.sls_calls import Caller, refused

from juyong.logs import turnover

COUNTED = "SELECT count(*) AS n"


@pytest.fixture
def now(server: Server) -> int:
    return int(server.clock())


@pytest.fixture
def filled(log: LogClient, project: str, now: int) -> str:
    """Two logstores whose key `code` is a number in one and text in the other, and a bare one."""
    for name, kind in (("calls", "long"), ("sign-ins", "text"), ("bare", "")):
        log.create_logstore(project, name, shard_count=1)
        if kind:
            keys = {
                "user": IndexKeyConfig([" "], index_type="text", doc_value=True),
                "code": IndexKeyConfig([], index_type=kind, doc_value=True),
            }
            log.create_index(project, name, IndexConfig(30, IndexLineConfig([" "]), keys))
        rows = [("root", "200"), ("eve", "403"), ("eve", "403")]
        items = [
            LogItem(now - 10 * number, [("user", user), ("code", code)])
            for number, (user, code) in enumerate(rows)
        ]
        log.put_logs(PutLogsRequest(project, name, "", "s", items))
    return project


def rows(log: LogClient, project: str, sql: str) -> list[dict[str, str]]:
    answer = log.execute_project_sql(project, sql, power_sql=False)
    assert answer.is_completed()
    return [each.get_contents() for each in answer.get_logs()]


def test_logstores_are_asked_and_joined(log: LogClient, filled: str, now: int) -> None:
    counted = [{"n": "2", "user": "eve"}, {"n": "1", "user": "root"}]
    within = f"__time__ > {now - 60} AND __time__ < {now + 1}"
    sql = f"{COUNTED}, user FROM calls WHERE {within} GROUP BY user ORDER BY n DESC"
    assert rows(log, filled, sql) == counted
    assert rows(log, filled, f"* | {sql}") == counted
    joined = (
        'SELECT c.user, c.code AS number, s.code AS text FROM calls c JOIN "sign-ins" s '
        "ON c.user = s.user WHERE c.__time__ >= {0} AND s.__time__ BETWEEN {0} AND {0}"
    )
    assert rows(log, filled, joined.format(now)) == [
        {"user": "root", "number": "200", "text": "200"}
    ]
    union = 'SELECT "user" FROM calls UNION SELECT "user" FROM "sign-ins" ORDER BY 1'
    assert rows(log, filled, union) == [{"user": "eve"}, {"user": "root"}]
    (star, *_) = rows(log, filled, "SELECT * FROM calls ORDER BY __time__ DESC LIMIT 1")
    assert star == {"__topic__": "", "user": "root", "code": "200"}


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("__time__ >= {0}", 1),
        ("{0} <= __time__", 1),
        ("__time__ = {0}", 1),
        ("__time__ < {0}", 2),
        ("__time__ <= {0} AND (__time__ > {1} AND code > 0)", 2),
        ("__time__ BETWEEN {1} AND {0}", 3),
        ("__time__ >= {0} OR code = 403", 3),
        ("NOT __time__ >= {0}", 2),
        ("__time__ + 5 >= {0}", 1),
        ("__time__ > {0} AND __time__ < {1}", 0),
        ('__time__ IN (SELECT __time__ FROM "sign-ins" WHERE __time__ < {0})', 2),
    ],
)
def test_a_bound_of_time_loses_no_row(
    log: LogClient, filled: str, now: int, where: str, count: int
) -> None:
    sql = f"{COUNTED} FROM calls WHERE {where.format(now, now - 20)}"
    assert rows(log, filled, sql) == [{"n": str(count)}]


def test_the_generated_sdk_reads_them(
    owner: Caller, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = m.GetProjectLogsRequest(query="SELECT max(code) AS c FROM calls")
    found = owner.tea.get_project_logs(filled, asked)
    assert (found.body, found.headers["x-log-progress"]) == ([{"c": "403"}], "Complete")
    monkeypatch.setattr(turnover, "MOST_SEARCHED", 0)
    assert owner.tea.get_project_logs(filled, asked).headers["x-log-progress"] == "Incomplete"


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT 1", "FROM"),
        ("SELECT count(*) FROM other", "FROM"),
        ("SELECT count(*) FROM calls, other", "other"),
        ("SELECT count(*) FROM calls WHERE 1 = (SELECT 1)", "FROM"),
        ("SELECT nothing FROM calls", "nothing"),
        ("SELECT s.code FROM calls", "s"),
        ("DELETE FROM calls", "SELECT"),
        ("SELECT " + "(" * 900 + "1" + ")" * 900 + " FROM calls", "deep"),
    ],
)
def test_sql_that_can_not_be_answered_says_why(
    log: LogClient, filled: str, sql: str, text: str
) -> None:
    with refused("ParameterInvalid", 400, text):
        rows(log, filled, sql)


def test_projects_and_logstores_without_index(log: LogClient, filled: str) -> None:
    with refused("IndexConfigNotExist", 404):
        rows(log, filled, "SELECT count(*) FROM bare")
    with refused("ProjectNotExist", 404):
        rows(log, f"{filled}x", "SELECT count(*) FROM calls")


def test_each_logstore_needs_its_permission(
    as_user: Callable[..., Caller], stranger: Caller, filled: str
) -> None:
    document = """{"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["log:GetProjectLogs",
        "log:GetLogStoreLogs"], "Resource": ["acs:log:*:*:project/%s",
        "acs:log:*:*:project/%s/logstore/calls"]}]}"""
    reader = as_user(document % (filled, filled))
    sql = f"{COUNTED} FROM calls"
    assert rows(reader.log, filled, sql) == [{"n": "3"}]
    for more in (' WHERE user IN (SELECT user FROM "sign-ins")', ", bare"):
        with refused("Unauthorized", 401, "log:GetLogStoreLogs"):
            rows(reader.log, filled, sql + more)
    for caller in (as_user(), stranger):
        with refused("Unauthorized", 401, "denied by sts or ram"):
            rows(caller.log, filled, sql)
