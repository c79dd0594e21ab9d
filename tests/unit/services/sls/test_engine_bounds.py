"""The operator's bounds of questions about logs are those of the engine."""

from pathlib import Path

import pytest

from juyong.app.platform import open_platform
from juyong.app.settings import BadSetting, Settings
from juyong.engines.logsearch import DuckDBEngine, Limits
from juyong.engines.logsearch.click_engine import ClickHouseEngine
from juyong.services.sls.query.asking import engine


def test_the_settings_bound_the_engine(tmp_path: Path) -> None:
    chosen = Settings(
        log_queries=3, log_query_threads=1, log_query_memory_mb=256, log_query_seconds=7
    )
    running = open_platform(tmp_path / "home", settings=chosen)
    try:
        with engine(running.pipeline.platform) as (asked, _):
            assert isinstance(asked, DuckDBEngine)
            wanted = Limits(processes=3, threads=1, memory_mb=256, seconds=7)
            assert asked.limits == wanted
    finally:
        running.close()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("log_queries", 0),
        ("log_query_threads", 65),
        ("log_query_memory_mb", 127),
        ("log_query_seconds", 3601),
    ],
)
def test_bounds_that_can_not_be_meant_are_refused(name: str, number: int) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings(**{name: number})  # type: ignore[arg-type]


def test_the_settings_choose_the_engine(tmp_path: Path) -> None:
    chosen = Settings(
        log_engine="clickhouse",
        log_clickhouse_url="http://127.0.0.1:8123",
        log_clickhouse_folder=str(tmp_path),
    )
    running = open_platform(tmp_path / "home", settings=chosen)
    try:
        with engine(running.pipeline.platform) as (asked, _):
            assert isinstance(asked, ClickHouseEngine)
    finally:
        running.close()
    wrong = Settings(log_clickhouse_url="http://127.0.0.1:8123")
    with pytest.raises(BadSetting, match="log_engine"):
        open_platform(tmp_path / "home", settings=wrong)
