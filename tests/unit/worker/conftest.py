"""A store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.app.state.conftest import NOW

from juyong.services.ram.facade import NewAccount, create_account
from juyong.services.registry import load_tables
from juyong.store.database import StoreSettings, open_database
from juyong.store.executor import Executor
from juyong.store.seal import AesSealer

KEY = b"k" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Executor]:
    settings = StoreSettings(url=f"sqlite:///{tmp_path / 'a.db'}", durable=False)
    opened = open_database(settings, AesSealer(KEY), load_tables)
    yield opened
    opened.close()


@pytest.fixture
def owner(store: Executor) -> NewAccount:
    return store.call(lambda tx: create_account(tx, "a", NOW))
