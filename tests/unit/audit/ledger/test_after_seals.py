"""A home that an earlier version sealed in blocks gets a log that says whether the blocks held."""

import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from tests.unit.app.state.conftest import NOW
from tests.unit.audit.ledger.conftest import Record

from juyong.app.state import check
from juyong.audit.ledger.leaves import all_events
from juyong.audit.ledger.stored import beginning_of, log_of
from juyong.audit.seal_tables import SealMarkRow, SealRow
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.engines.ledger import Beginning
from juyong.store.transaction import Transaction

BLOCK = 4


def seal(record: Record) -> None:
    """Seal all events as versions before the ledger did, in blocks of four."""
    key = record.state.keys["audit"]

    def work(tx: Transaction) -> None:
        rows = tx.find(EventRow, order=("seq",))
        previous = ""
        for number, start in enumerate(range(0, len(rows), BLOCK), 1):
            block = rows[start : start + BLOCK]
            told = "".join(f"{row.seq}:{row.mac}\n" for row in block)
            digest = hashlib.sha256(told.encode()).hexdigest()
            first, last = block[0].seq, block[-1].seq
            parts = ("seal", number, first, last, len(block), digest, previous, NOW)
            mac = hmac.new(key, "\x1f".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()
            tx.insert(
                SealRow(
                    number=number,
                    first_seq=first,
                    last_seq=last,
                    count=len(block),
                    digest=digest,
                    previous=previous,
                    sealed_at=NOW,
                    mac=mac,
                )
            )
            previous = mac
        tx.insert(SealMarkRow(seq=rows[-1].seq, seen_at=NOW))
        head = json.dumps({"number": number, "mac": previous})
        (record.running.home.path / "audit-head.json").write_text(head)

    record.state.transact(work)


@pytest.fixture
def sealed(record: Record) -> Record:
    record.write(10)
    seal(record)
    return record


def first_leaf(record: Record) -> Beginning:
    def look(tx: Transaction) -> Beginning | None:
        row = log_of(tx)
        return None if row is None else beginning_of(tx, row, record.public)

    found = record.running.store.look(look)
    assert found is not None
    return found


def test_blocks_that_held_are_named_by_the_first_leaf_and_gone(sealed: Record) -> None:
    newest = sealed.rows("SELECT mac FROM actiontrail_seal ORDER BY number DESC LIMIT 1")[0][0]
    sealed.write(3)
    assert sealed.sequence() == []
    leaf = first_leaf(sealed)
    assert (leaf.old_origin, leaf.operator) == ("juyong/seals", "upgrade")
    assert leaf.old_checkpoint_hash == hashlib.sha256(newest.encode()).digest()
    assert leaf.reason == "the ledger follows 3 blocks of seals up to event 10, all held"
    assert sealed.rows("SELECT * FROM actiontrail_seal") == []
    assert sealed.rows("SELECT * FROM actiontrail_seal_mark") == []
    assert not (sealed.running.home.path / "audit-head.json").exists()
    events = sealed.running.store.look(lambda tx: list(all_events(tx, 0, 1 << 60)))
    row = sealed.running.store.look(log_of)
    assert row is not None
    assert row.size == 1 + len(events)
    assert sealed.verify().trouble is None
    assert check(sealed.state, now=Instant(NOW)) == []


Harm = Callable[[Record], object]
HARM: dict[str, tuple[Harm, str]] = {
    "an event deleted": (
        lambda r: r.tamper("DELETE FROM actiontrail_event WHERE seq = 6"),
        "block 2: 4 events were sealed up to 8, 3 are there",
    ),
    "a block cut off": (
        lambda r: r.tamper("DELETE FROM actiontrail_seal WHERE number = 3"),
        "block 3: it was the newest one and is gone",
    ),
    "a block left out": (
        lambda r: r.tamper("DELETE FROM actiontrail_seal WHERE number = 2"),
        "block 3: the block before is not number 2",
    ),
    "all blocks gone": (
        lambda r: r.tamper("DELETE FROM actiontrail_seal"),
        "block 3: it was the newest one and is gone",
    ),
    "a head that is none": (
        lambda r: (r.running.home.path / "audit-head.json").write_text("{"),
        "block 0: it was the newest one and is gone",
    ),
    "two MACs exchanged": (
        lambda r: r.tamper(
            "UPDATE actiontrail_event SET mac = (SELECT b.mac FROM actiontrail_event b"
            " WHERE b.seq = 3 - actiontrail_event.seq) WHERE seq IN (1, 2)"
        ),
        "block 1: its events were replaced or reordered",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_block_that_did_not_hold_is_named_for_ever(sealed: Record, harm: str) -> None:
    act, text = HARM[harm]
    act(sealed)
    (told,) = sealed.sequence()
    reason = first_leaf(sealed).reason
    assert told == reason
    assert reason.endswith(f", not all held: {text}")
    notices = [each for each in check(sealed.state, now=NOW) if each.severity == "notice"]
    assert [(each.code, each.what) for each in notices] == [("audit-seals-broken", reason)]


def test_a_home_killed_in_between_proves_the_seals_again(sealed: Record) -> None:
    real = sealed.running.store.call

    def killed(_work: object) -> None:
        raise KeyboardInterrupt

    sealed.running.store.call = killed  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        sealed.sequence()
    sealed.running.store.call = real  # type: ignore[method-assign]
    assert len(sealed.rows("SELECT * FROM actiontrail_seal")) == 3
    sealed.sequence()
    assert first_leaf(sealed).reason.endswith(", all held")
