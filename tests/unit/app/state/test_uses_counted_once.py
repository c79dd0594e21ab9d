"""Servers that fold the same events beside writers count each event once, on each database."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.model.uses import recount
from tests.sequencing import sequence
from tests.unit.app.state.conftest import NOW

from juyong.api.asked import Asked
from juyong.api.context import Journal
from juyong.app.platform import Running
from juyong.audit import use, use_folding
from juyong.audit.ledger.stored import log_of
from juyong.audit.macs import prepared
from juyong.audit.recorder import Act, Origin, UserIdentity, record
from juyong.audit.tables import EventRow, UseRow
from juyong.audit.use_folding import UseKey, fold
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, new_request_id
from juyong.engines.policy import Layers, PolicySet, Principal, PrincipalKind, Request
from juyong.services.identity.facade import create_account
from juyong.store.errors import Duplicate, Stale
from juyong.store.transaction import Transaction

ROUNDS, WRITERS, EACH = 4, 3, 12
KEY = AccessKeyId("LTAIkey")


def write(running: Running, account_id: str, number: int) -> None:
    who = Principal(arn="", account_id=account_id, kind=PrincipalKind.USER)
    request = Request(action="ram:GetUser", resource=f"r{number % 5}", principal=who)
    act = Act(
        origin=Origin(
            who=UserIdentity(
                type="ram-user", principal_id="2", account_id=account_id, access_key_id=KEY
            ),
            name="GetUser",
            event_type="ApiCall",
            service="Ram",
            region="r",
            is_global=True,
            source="h",
            address="a",
        ),
        request_id=new_request_id(),
        at=Instant(NOW + number),
    )
    journal = Journal(asked=[Asked(request, Layers(identity=PolicySet()), "Allow")])
    key = running.pipeline.platform.keys["audit"]
    running.store.call(lambda tx: record(tx, act, journal, key=prepared(key)))


def fold_what_is_in_the_log(running: Running) -> None:
    more = True
    while more:
        try:
            more = running.store.call(_fold)
        except (Stale, Duplicate):
            more = True


def _fold(tx: Transaction) -> bool:
    head = log_of(tx)
    return head is not None and fold(tx, head.last_seq)


def sums(running: Running) -> dict[Any, Any]:
    rows = running.store.call(lambda tx: tx.find(UseRow))
    return {
        tuple(getattr(row, name) for name in UseKey._fields): (
            row.first_at,
            row.last_at,
            row.count,
        )
        for row in rows
    }


def test_each_event_is_counted_once(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_folding, "_PAGE", 5)
    account_id = running.store.call(lambda tx: create_account(tx, "c", NOW)).account_id

    with ThreadPoolExecutor(WRITERS + 3) as threads:
        for start in range(ROUNDS):
            sequence(running)
            work = [threads.submit(fold_what_is_in_the_log, running) for _ in range(3)]
            work += [
                threads.submit(write, running, account_id, start * 100 + number)
                for number in range(WRITERS * EACH)
            ]
            for each in work:
                each.result()
    before = running.store.call(lambda tx: use.by_key(tx, KEY))
    assert sum(each.total.count for each in before) == ROUNDS * WRITERS * EACH
    sequence(running)
    fold_what_is_in_the_log(running)
    assert running.store.call(lambda tx: use.by_key(tx, KEY)) == before
    rows = running.store.call(lambda tx: tx.find(EventRow, order=("seq",)))
    assert sums(running) == recount((row.at, row.body, row.evidence) for row in rows)
    newest = (Instant(NOW + 100 * ROUNDS - 100 + WRITERS * EACH - 1), "Ram")
    assert running.store.call(lambda tx: use.last_used(tx, KEY)) == newest
