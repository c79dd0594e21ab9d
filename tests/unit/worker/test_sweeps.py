"""What lapses is swept away, what has not lapsed stays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.services.identity.credentials.tables import AccessKeyPolicyRow, RecycledAccessKeyRow
from juyong.services.identity.signin.tables import (
    SigninFailureRow,
    SigninSessionRow,
    SpentChallengeRow,
)
from juyong.services.identity.users.tables import RecycledUserRow
from juyong.services.kms.keys.tables import ImportPairRow
from juyong.services.sts.tables import AssertionRow
from juyong.store.nonces import NonceRow
from juyong.store.table import Serial, spec_of
from juyong.store.transaction import Transaction
from juyong.worker.hooks import Hooks, Sweep

NOW = Instant(1_790_000_000)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    opened = open_platform(tmp_path / "home", settings=Settings())
    yield opened
    opened.store.close()


def sweeps() -> dict[str, Sweep]:
    hooks = Hooks()
    assert hooks.load() == {}
    return hooks.sweeps


def test_services_that_keep_lapsing_rows_offer_a_sweep() -> None:
    assert sweeps().keys() >= {
        *("identity.signin.sweeps", "identity.users.sweeps", "sts.sweeps", "store.nonces")
    }


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
    left = running.store.call(lambda tx: [a.remember_until for a in tx.find(AssertionRow)])
    assert left == [NOW + 1]
    assert running.store.call(lambda tx: tx.count(NonceRow)) == 1


LAPSING = (
    *(NonceRow, AssertionRow, SigninSessionRow, SigninFailureRow, ImportPairRow),
    *(RecycledUserRow, RecycledAccessKeyRow, AccessKeyPolicyRow, SpentChallengeRow),
)
FILL: dict[object, Callable[[int], object]] = {
    str: lambda number: f"x{number}",
    int: lambda number: number + 1,
    bool: lambda _: False,
    bytes: lambda number: bytes([number]),
    Secret: lambda number: Secret(f"x{number}"),
}


def lapsed(row_type: type[Any], number: int) -> Any:
    """Return a row whose every time is long past and whose owner does not exist."""
    columns = [c for c in spec_of(row_type).described if c.kind is not Serial]
    return row_type(**{c.name: FILL[c.kind](number) for c in columns})


def test_every_sweep_empties_its_tables_a_few_rows_at_a_time(running: Running) -> None:
    call = running.store.call
    for row_type in LAPSING:
        for number in range(7):
            row = lapsed(row_type, number)
            call(lambda tx, row=row: tx.insert(row))
    for name, sweep in sweeps().items():
        for _ in range(100):

            def chunk(tx: Transaction, sweep: Sweep = sweep) -> tuple[int, int]:
                before = tx.written
                return sweep(tx, NOW, 3), tx.written - before

            purged, written = call(chunk)
            # A resource that goes is written into the history too.
            assert purged <= written <= 4 * purged <= 12, name
            if purged < 3:
                break
        else:
            pytest.fail(f"{name} does not end")
    assert {t.__name__: call(lambda tx, t=t: tx.count(t)) for t in LAPSING} == {
        t.__name__: 0 for t in LAPSING
    }
