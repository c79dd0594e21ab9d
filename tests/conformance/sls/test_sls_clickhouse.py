"""Both SDKs ask questions that a ClickHouse server answers, by the settings."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from aliyun.log import (
    GetHistogramsRequest,
    GetProjectLogsRequest,
    LogClient,
    LogItem,
    PutLogsRequest,
)
from aliyun.log.index_config import IndexConfig, IndexKeyConfig, IndexLineConfig
from aliyun.log.logexception import LogException
from tests.clickhouse import PASSWORD, USER, serving
from tests.conformance.harness import Server
from tests.platforms import changed

from juyong.api.context import LogServer
from juyong.app.logsearch.choosing import log_server_of
from juyong.app.settings import Settings


@pytest.fixture(scope="module")
def log_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogServer]:
    """A server that speaks as ClickHouse does, as the settings name one."""
    home = tmp_path_factory.mktemp("clickhouse")
    word = home / "word"
    word.write_text(PASSWORD)
    word.chmod(0o600)
    folder = home / "files"
    folder.mkdir()
    with serving(home) as url:
        named = log_server_of(
            Settings(
                log_engine="clickhouse",
                log_clickhouse_url=url,
                log_clickhouse_user=USER,
                log_clickhouse_password_file=str(word),
                log_clickhouse_folder=str(folder),
            )
        )
        assert named is not None
        yield named


@pytest.fixture
def on_clickhouse(server: Server, log_server: LogServer) -> Iterator[Path]:
    with changed(server, log_server=log_server, memory={}):
        yield log_server.folder


@pytest.fixture
def filled(log: LogClient, project: str, logstore: str, server: Server) -> int:
    keys = {
        "action": IndexKeyConfig([" ", "-"], index_type="text", doc_value=True),
        "status": IndexKeyConfig([], index_type="long", doc_value=True),
    }
    log.create_index(project, logstore, IndexConfig(30, IndexLineConfig([" ", ","]), keys))
    now = int(server.clock())
    rows = [("Create-User", 200), ("Delete-User", 403), ("Delete-Role", 403), ("Get-User", 200)]
    items = [
        LogItem(now - 4 + at, [("action", action), ("status", str(status))])
        for at, (action, status) in enumerate(rows)
    ]
    log.put_logs(PutLogsRequest(project, logstore, "audit", "10.0.0.1", items))
    return now


def test_searches_histograms_and_sql(
    log: LogClient, project: str, logstore: str, filled: int, on_clickhouse: Path
) -> None:
    def asked(query: str) -> list[dict[str, str]]:
        answer = log.get_log(project, logstore, filled - 60, filled + 1, query=query)
        assert answer.is_completed()
        return [each.get_contents() for each in answer.get_logs()]

    assert [each["action"] for each in asked("action: delete")] == ["Delete-User", "Delete-Role"]
    assert asked("* | SELECT status, count(*) AS n GROUP BY status ORDER BY status") == [
        {"status": "200", "n": "2"},
        {"status": "403", "n": "2"},
    ]
    assert asked(
        "status: 403 | SELECT split_part(action, '-', 1) AS verb, count(*) AS n, "
        "avg(status) / 2 AS half GROUP BY verb"
    ) == [{"verb": "Delete", "n": "2", "half": "201.5"}]
    counted = log.get_histograms(
        GetHistogramsRequest(project, logstore, filled - 60, filled + 1, "", "action: delete")
    )
    assert counted.get_total_count() == 2
    folders = [*on_clickhouse.iterdir()]
    assert {stat.S_IMODE(each.stat().st_mode) for each in folders} == {0o750}
    modes = {stat.S_IMODE(each.stat().st_mode) for folder in folders for each in folder.iterdir()}
    assert 0o640 in modes


def test_a_project_is_asked(
    log: LogClient, project: str, logstore: str, filled: int, on_clickhouse: Path
) -> None:
    times = f"__time__ BETWEEN {filled - 60} AND {filled}"
    query = f"SELECT count(*) AS n FROM store WHERE status = 403 AND {times}"  # noqa: S608  # ours
    answer = log.get_project_logs(GetProjectLogsRequest(project, query))
    assert [each.get_contents()["n"] for each in answer.get_logs()] == ["2"]
    assert logstore == "store"
    assert [*on_clickhouse.iterdir()]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("* | SELECT codepoint(action)", "function `codepoint` is not supported on ClickHouse"),
        ("* | SELECT nosuch", "Column 'nosuch' cannot be resolved"),
        ("* | SELECT cast(action AS bigint)", "Cannot convert a value"),
        ("* | SELECT status / 0", "Division by zero"),
    ],
)
def test_what_is_refused_says_why(  # noqa: PLR0917  # fixtures
    log: LogClient,
    project: str,
    logstore: str,
    filled: int,
    on_clickhouse: Path,
    query: str,
    words: str,
) -> None:
    with pytest.raises(LogException) as refused:
        log.get_log(project, logstore, filled - 60, filled + 1, query=query)
    assert refused.value.get_error_code() == "ParameterInvalid"
    assert words in refused.value.get_error_message()
    assert str(on_clickhouse) not in refused.value.get_error_message()
