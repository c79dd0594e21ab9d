"""The corpus as files of columns, and an engine over them."""

import pytest
from tests.clickhouse import click_engine, serving
from tests.logsearch_corpus import corpus_files, corpus_index, make_logs

from juyong.engines.logsearch.duckdb_engine import DuckDBEngine


@pytest.fixture(scope="session")
def logs():
    return make_logs()


@pytest.fixture(scope="session")
def index():
    return corpus_index()


@pytest.fixture(scope="session")
def files(logs, index, tmp_path_factory):
    return corpus_files(logs, index, tmp_path_factory.mktemp("columns"))


@pytest.fixture(scope="session")
def duck():
    made = DuckDBEngine()
    yield made
    made.close()


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory):
    """A server that speaks as ClickHouse does, over chDB."""
    with serving(tmp_path_factory.mktemp("clickhouse")) as url:
        yield url


@pytest.fixture(scope="session")
def click(clickhouse):
    made = click_engine(clickhouse)
    yield made
    made.close()


@pytest.fixture(scope="session", params=["duck", "click"])
def engine(request):
    """Each engine in turn."""
    return request.getfixturevalue(request.param)
