"""The corpus as files of columns, and an engine over them."""

import pytest
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
def engine():
    made = DuckDBEngine()
    yield made
    made.close()
