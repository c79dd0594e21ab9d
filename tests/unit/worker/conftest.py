"""A store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.app.state.conftest import NOW

from juyong.api.context import Fetched, Platform
from juyong.api.registry import load_tables
from juyong.services.identity.facade import NewAccount, create_account
from juyong.store.database import StoreSettings, open_database
from juyong.store.executor import Executor
from juyong.store.seal import AesSealer
from juyong.worker import worker

if TYPE_CHECKING:
    from tests.unit.worker.bench import Bench

KEY = b"k" * 32


def no_way_out(_url: str, *, fresh: bool = False) -> Fetched:
    raise OSError("no network in tests")


def platform_with(audit_key: bytes) -> Platform:
    return Platform(
        region="cn-hangzhou",
        keys={"audit": audit_key, "ledger": audit_key},
        quotas={},
        fetch=no_way_out,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Executor]:
    settings = StoreSettings(url=f"sqlite:///{tmp_path / 'a.db'}", durable=False)
    opened = open_database(settings, AesSealer(KEY), load_tables)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for jobs that a test holds."""
    monkeypatch.setattr(worker, "_GRACE_SECONDS", 0.2)


@pytest.fixture
def owner(store: Executor) -> NewAccount:
    return store.call(lambda tx: create_account(tx, "a", NOW))


@pytest.fixture
def bench(store: Executor) -> "Bench":
    from tests.unit.worker.bench import Bench

    return Bench(store)
