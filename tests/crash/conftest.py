"""Fixtures of the crash tests."""

from collections.abc import Iterator

import pytest
from tests.postgres import DATABASES, postgres_server


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """`sqlite`, or the URL of a PostgreSQL database of its own."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    with postgres_server() as url:
        yield url
