"""A platform with a store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.logs.groups import Logstore

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    opened = open_platform(tmp_path / "home", settings=Settings())
    yield opened
    opened.close()


@pytest.fixture
def logstore(running: Running) -> Logstore:
    return Logstore(running)
