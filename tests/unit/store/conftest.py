"""An executor on each database, over tables of the tests' own."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from tests.postgres import DATABASES, new_database, postgres_server

from juyong.api.registry import load_tables
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.core import make_table
from juyong.store.database import StoreSettings, open_database
from juyong.store.executor import Executor
from juyong.store.seal import AesSealer
from juyong.store.table import _SPECS, table

load_tables()


@table("test_thing", key=("thing_id",), unique=(("account_id", "name"),), decides="changed")
class Thing(msgspec.Struct, frozen=True, kw_only=True):
    thing_id: str
    account_id: AccountId
    name: str
    note: str | None = None
    secret: Secret
    active: bool = True
    version: int = 0


# Not part of the shipped schema: taken out again, and known only where `store` is used.
SPEC = _SPECS.pop(Thing)
THINGS = make_table(SPEC, sa.MetaData())


KEY = bytes(range(32))


def sealer() -> AesSealer:
    return AesSealer(KEY)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    base = str(request.getfixturevalue("postgres_url"))
    return new_database(base, f"t{abs(hash(request.node.nodeid)) % 10**12}")


@pytest.fixture
def store(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Executor]:
    from juyong.store.database import engine_of

    opened = open_database(StoreSettings(url=url), sealer(), load_tables)
    monkeypatch.setitem(_SPECS, Thing, SPEC)
    engine = engine_of(url)
    with engine.begin() as connection:
        THINGS.create(connection)
    engine.dispose()
    yield opened
    opened.close()
