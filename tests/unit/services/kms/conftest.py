"""A platform for rotations, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.services.kms.rotation_bench import Database, Platform

from juyong.services.kms.secrets import types


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    opened = Platform(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def database(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database `rm-1` with the accounts app and app2."""
    made = Database({"app": "hunter2-first", "app2": "hunter2-second"}, killer=platform.killer)
    monkeypatch.setattr(types, "REGISTERED", made)
    return made
