"""Messages are counted under claims that were committed, also when calls share a transaction."""

import asyncio
import sqlite3
from typing import Any, cast

from tests.unit.services.kms.rotation_bench import Platform

from juyong.api.context import Context
from juyong.api.registry import quotas
from juyong.services.kms.crypto.allowance import BLOCK, Allowance
from juyong.services.kms.errors import LimitExceeded
from juyong.services.kms.keys.tables import SealedMessagesRow
from juyong.store.errors import Unavailable
from juyong.store.transaction import Transaction

VERSION = "v"


class Sealing:
    """Spends under one version, in transactions of a real store."""

    def __init__(self, platform: Platform, quota: int | None = None) -> None:
        self.store: Any = platform.running.store
        self.quota = quota
        self.allowance = Allowance()

    def spend(self, tx: Transaction) -> None:
        call = _Call(tx, self.quota)
        self.allowance.spend(cast("Context", call), VERSION)

    async def together(self, calls: int) -> list[BaseException | None]:
        """Seal messages whose calls are committed as one batch."""
        waiting = [self.store.run(self.spend) for _ in range(calls)]
        return await asyncio.gather(*waiting, return_exceptions=True)

    def claimed(self) -> int:
        row = self.store.call(lambda tx: tx.get(SealedMessagesRow, VERSION))
        return row.claimed if row else 0


class _Call:
    def __init__(self, tx: Transaction, quota: int | None) -> None:
        self.tx, self._quota = tx, quota

    def quota(self, name: str) -> int:
        return quotas()[name] if self._quota is None else self._quota


def test_claim_of_a_batch_that_is_not_committed_is_made_again(
    platform: Platform, monkeypatch: Any
) -> None:
    sealing = Sealing(platform)
    writes = sealing.store.writes
    connection = writes.connection = writes._files.writer()
    execute = connection.execute

    def failing(sql: str, params: Any = ()) -> Any:
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return execute(sql, params)

    async def story() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(connection, "execute", failing)
            for outcome in await sealing.together(2):
                assert isinstance(outcome, Unavailable)
        assert await sealing.together(1) == [None]

    asyncio.run(story())
    assert sealing.claimed() == BLOCK


def test_batch_seals_no_more_than_it_claims(platform: Platform) -> None:
    sealing = Sealing(platform, quota=1)
    first, *others = asyncio.run(sealing.together(3))
    assert first is None
    assert [type(other) for other in others] == [LimitExceeded, LimitExceeded]
    assert sealing.claimed() == 1


def test_committed_claim_is_not_asked_for_again(platform: Platform) -> None:
    sealing = Sealing(platform)
    assert asyncio.run(sealing.together(3)) == [None] * 3
    for _ in range(3):
        sealing.store.call(sealing.spend)
    assert sealing.claimed() == BLOCK
