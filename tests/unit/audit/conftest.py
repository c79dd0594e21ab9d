"""A platform on SQLite, called in process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.audit.calling import Story
from tests.unit.gateway.platforms import platform


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with platform(tmp_path / "home") as running:
        yield Story(running)
