"""A record on each database, and whoever writes its tables without the keys."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.postgres import DATABASES, new_database
from tests.sequencing import sequence
from tests.unit.app.state.conftest import NOW, postgres, write_event

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.app.state import state_of
from juyong.app.state.views import frozen_transaction
from juyong.audit.ledger.expiring import expire
from juyong.audit.ledger.report import Report
from juyong.audit.ledger.signing import LogSigner
from juyong.audit.ledger.stored import log_of
from juyong.audit.ledger.verifying import verify
from juyong.audit.use_folding import fold, folded_up_to
from juyong.base.clock import Instant
from juyong.base.ids import new_uuid
from juyong.engines.ledger import Checkpoint
from juyong.services.identity.facade import NewAccount, create_account
from juyong.store.database import engine_of

__all__ = ["postgres"]


class Record:
    """A platform with an account whose events a test writes."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.state = state_of(running)
        self.account: NewAccount = self.state.transact(lambda tx: create_account(tx, "a", NOW))
        self.public = LogSigner(self.state.keys["ledger"]).public
        self._count = 0

    def write(self, count: int = 1) -> None:
        def work(tx: Any) -> None:
            for _ in range(count):
                self._count += 1
                key = self.state.keys["audit"]
                write_event(tx, self.account, key, f"Call{self._count}", NOW)

        self.state.transact(work)

    def sequence(self) -> list[str]:
        return sequence(self.running)

    def sum_up(self) -> None:
        """Sum up all events that are leaves, as the job does."""

        def work(tx: Any) -> bool:
            row = log_of(tx)
            return row is not None and fold(tx, row.last_seq)

        while self.state.transact(work):
            pass

    def expire(self, most: int = 500, *, days: int = 1, seconds: int = 1) -> bool:
        """Let the oldest events expire, some seconds after a day; tells whether there may be more."""
        signer = LogSigner(self.state.keys["ledger"])

        def work(tx: Any) -> bool:
            expired = expire(
                tx,
                signer,
                days=days,
                up_to=folded_up_to(tx),
                now=Instant(NOW + days * 86_400 + seconds),
                most=most,
            )
            return expired is not None and expired.more

        return self.state.transact(work)

    def verify(self, *known: Checkpoint, **more: Any) -> Report:
        with frozen_transaction(self.state) as tx:
            return verify(tx, self.public, known=known, **more)

    def tamper(self, sql: str, **params: Any) -> int:
        """Change the database as somebody without the keys could."""
        engine = engine_of(self.state.url)
        with contextlib.closing(engine.connect()) as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            done = connection.execute(sa.text(sql), params).rowcount
            connection.commit()
        engine.dispose()
        return done

    def rows(self, sql: str) -> list[Any]:
        engine = engine_of(self.state.url)
        with contextlib.closing(engine.connect()) as connection:
            found = list(connection.execute(sa.text(sql)))
        engine.dispose()
        return found


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest) -> Settings:
    if request.param == "sqlite":
        return Settings(durable=False)
    url = request.getfixturevalue("postgres")
    return Settings(database=new_database(url, f"l{new_uuid().replace('-', '')}"), connections=3)


@pytest.fixture
def record(tmp_path: Path, settings: Settings) -> Iterator[Record]:
    running = open_platform(tmp_path / "home", settings=settings, clock=lambda: NOW)
    yield Record(running)
    running.close()


Tamper = Callable[..., int]
