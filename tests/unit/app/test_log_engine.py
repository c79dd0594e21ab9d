"""The settings of the log engine: DuckDB where nothing is set, else a ClickHouse server."""

from pathlib import Path
from typing import Any

import pytest

from juyong.app.logsearch.choosing import log_server_of
from juyong.app.settings import BadSetting, Settings
from juyong.engines.logsearch import Limits
from juyong.engines.logsearch.click_engine import ClickHouseEngine, FirstMessage


def settings(folder: Path, **more: Any) -> Settings:
    given = {
        "log_engine": "clickhouse",
        "log_clickhouse_url": "https://clickhouse.example:8443",
        "log_clickhouse_folder": str(folder),
    }
    return Settings(**(given | more))


def test_processes_of_this_machine_answer_where_nothing_is_set() -> None:
    assert log_server_of(Settings()) is None


def test_the_settings_name_the_server(tmp_path: Path) -> None:
    word = tmp_path / "word"
    word.write_text("open sesame\n")
    word.chmod(0o600)
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    server = log_server_of(
        settings(
            tmp_path,
            log_clickhouse_user="asker",
            log_clickhouse_password_file=str(word),
            log_clickhouse_ca_file=str(authority),
            outbound_allow=("10.0.0.0/8",),
        )
    )
    assert server is not None
    assert server.folder == tmp_path
    engine = server.engine(Limits(threads=3, memory_mb=300))
    engine.close()
    assert isinstance(engine, ClickHouseEngine)
    assert engine._processes._first == FirstMessage(
        url="https://clickhouse.example:8443",
        user="asker",
        ca_file=str(authority),
        allowed=("10.0.0.0/8",),
        zone="Asia/Shanghai",
        threads=3,
        memory_mb=300,
        word="open sesame",
    )


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"log_clickhouse_url": ""}, "log_clickhouse_url"),
        ({"log_clickhouse_url": "ftp://a"}, "log_clickhouse_url"),
        ({"log_clickhouse_url": "http://clickhouse.example:8123"}, "`https://`"),
        ({"log_clickhouse_url": "https://u:p@clickhouse.example"}, "log_clickhouse_url"),
        ({"log_clickhouse_folder": ""}, "log_clickhouse_folder"),
        ({"log_clickhouse_folder": "relative"}, "log_clickhouse_folder"),
        ({"log_clickhouse_folder": "/no/such/folder"}, "log_clickhouse_folder"),
        ({"log_clickhouse_password_file": "/no/such/file"}, "log_clickhouse_password_file"),
        ({"log_clickhouse_ca_file": "/no/such/file"}, "log_clickhouse_ca_file"),
        ({"log_engine": "duckdb"}, "log_engine"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(
    tmp_path: Path, more: dict[str, str], named: str
) -> None:
    with pytest.raises(BadSetting, match=named):
        log_server_of(settings(tmp_path, **more))


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    word = tmp_path / "word"
    word.write_text("open sesame\n")
    word.chmod(0o644)
    with pytest.raises(BadSetting, match="log_clickhouse_password_file") as refused:
        log_server_of(settings(tmp_path, log_clickhouse_password_file=str(word)))
    assert "sesame" not in str(refused.value)


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(BadSetting, match="duckdb, clickhouse"):
        Settings(log_engine="sqlite")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_is_for_loopback(tmp_path: Path, host: str) -> None:
    assert log_server_of(settings(tmp_path, log_clickhouse_url=f"http://{host}:8123"))
