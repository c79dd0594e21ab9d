"""What lapses is swept away, what has not lapsed stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.sts.tables import AssertionRow
from juyong.store.nonces import NonceRow, forget_nonces
from juyong.worker.hooks import sweeps

NOW = Instant(1_790_000_000)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    opened = open_platform(tmp_path / "home", settings=Settings())
    yield opened
    opened.store.close()


def test_services_that_keep_lapsing_rows_offer_a_sweep() -> None:
    assert {name.rsplit(".", 1)[-1] for name in sweeps()} >= {"ram", "sts", "ims"}


def test_lapsed_assertions_and_nonces_go_and_others_stay(running: Running) -> None:
    account = AccountId("1000000000000001")

    def fill(tx: object) -> None:
        for until in (NOW, NOW + 1):
            tx.insert(  # type: ignore[attr-defined]
                AssertionRow(account_id=account, digest=str(until), remember_until=Instant(until))
            )
        for until in (NOW - 1, NOW):
            tx.insert(  # type: ignore[attr-defined]
                NonceRow(access_key_id="k", nonce=str(until), expires_at=Instant(until))
            )

    running.store.call(fill)
    for sweep in sweeps().values():
        running.store.call(lambda tx, sweep=sweep: sweep(tx, NOW, 10))
    assert running.store.call(lambda tx: forget_nonces(tx, NOW, 10)) == 1
    left = running.store.call(lambda tx: [a.remember_until for a in tx.find(AssertionRow)])
    assert left == [NOW + 1]
    assert running.store.call(lambda tx: tx.count(NonceRow)) == 1
