# ruff: noqa: S608  # no value is joined into a statement
"""Events expire by a statement of the log alone, and stay known by their hashes."""

from functools import partial

import pytest
from tests.sequencing import sequence
from tests.unit.app.state.conftest import NOW
from tests.unit.audit.ledger.conftest import Record
from tests.unit.audit.ledger.test_sequencing import killed_before_each_statement
from tests.unit.audit.ledger.test_verifying import known

from juyong.app.platform import open_platform
from juyong.app.state import check, reset, restore_snapshot, snapshot
from juyong.audit.ledger.expiring import expire
from juyong.audit.ledger.exporting import exported
from juyong.audit.ledger.proving import NotProven, Proof, prove
from juyong.audit.ledger.report import BUNDLE, EARLY, Period
from juyong.audit.ledger.sequencing import stating_step, take
from juyong.audit.ledger.signing import LogSigner
from juyong.audit.ledger.stored import LogDamaged, log_of
from juyong.audit.ledger.tables import LogRow
from juyong.base.clock import Instant
from juyong.engines.ledger import Difference, Expiry, ProofBundle
from juyong.store.errors import Stale
from juyong.store.transaction import Transaction

EVENTS, GONE = 600, 300
AT = "WHERE seq = (SELECT seq FROM actiontrail_event ORDER BY seq LIMIT 1 OFFSET :place)"


@pytest.fixture
def full(record: Record) -> Record:
    """600 events, all of them leaves and summed up."""
    record.write(EVENTS)
    assert record.sequence() == []
    record.sum_up()
    return record


@pytest.fixture
def expired(full: Record) -> Record:
    """The same, the first 300 of which have expired, in two statements."""
    assert full.expire(100)
    assert full.expire(GONE - 100)
    return full


def head(record: Record) -> LogRow:
    row = record.running.store.look(log_of)
    assert row is not None
    return row


def count(record: Record, table: str = "actiontrail_event") -> int:
    return int(record.rows(f"SELECT count(*) FROM {table}")[0][0])


def ids(record: Record) -> list[str]:
    return [
        str(row[0]) for row in record.rows("SELECT event_id FROM actiontrail_event ORDER BY seq")
    ]


def proven(record: Record, event_id: str) -> Proof:
    return record.running.store.look(lambda tx: prove(tx, event_id, None, record.public))


def test_what_expired_is_known_by_its_hash(expired: Record) -> None:
    assert count(expired) == EVENTS - GONE
    report = expired.verify()
    assert report.trouble is None
    assert (report.size, report.compared, report.expired) == (EVENTS + 2, EVENTS - GONE, GONE)
    assert report.statement == Expiry(
        up_to=GONE, previous=EVENTS, kept_days=1, time_ms=(NOW + 86_401) * 1000
    )
    assert check(expired.state, now=NOW) == []
    expired.write(5)
    assert expired.sequence() == []
    assert expired.verify().compared == EVENTS - GONE + 5
    files = expired.running.store.look(lambda tx: dict(exported(tx, expired.public)))
    assert len(files) == 3 + 1 + 3 + 2


def test_only_what_was_kept_for_so_long_goes(full: Record) -> None:
    before = head(full)
    assert not full.expire(seconds=0), "an event of a day ago to the second is kept"
    assert not full.expire(days=2, seconds=-1)
    assert (count(full), head(full)) == (EVENTS, before)


def test_an_event_in_front_that_is_too_young_keeps_what_is_behind(full: Record) -> None:
    full.tamper(f"UPDATE actiontrail_event SET at = at + 100000 {AT}", place=2)
    assert not full.expire()
    assert (count(full), head(full).size) == (EVENTS - 2, EVENTS + 1)


def test_all_may_go_and_more_may_come(full: Record) -> None:
    assert full.expire()
    assert not full.expire()
    assert not full.expire()
    assert count(full) == 0
    assert full.verify().expired == EVENTS
    assert check(full.state, now=NOW) == []
    full.write(300)
    assert full.sequence() == []
    report = full.verify()
    assert (report.trouble, report.compared, report.unsigned) == (None, 300, 0)
    full.sum_up()
    assert not full.expire()
    report = full.verify()
    assert (report.trouble, report.expired, report.size) == (None, 900, 903)


def test_only_what_is_summed_up_as_a_use_goes(record: Record) -> None:
    record.write(5)
    record.sequence()
    record.expire()
    assert count(record) == 5
    record.sum_up()
    record.write(2)
    record.sequence()
    record.expire()
    assert count(record) == 2
    before = record.rows("SELECT sum(count) FROM audit_use")
    record.sum_up()
    record.expire()
    assert int(before[0][0]) == 5
    assert int(record.rows("SELECT sum(count) FROM audit_use")[0][0]) == 7
    assert check(record.state, now=NOW) == []


CASES = [
    ("one more", "DELETE FROM actiontrail_event " + AT, {"place": 0}, "missing", GONE),
    ("one amid", "DELETE FROM actiontrail_event " + AT, {"place": 100}, "missing", GONE + 100),
    ("all that is left", "DELETE FROM actiontrail_event", {}, "missing", GONE),
    ("a body", "UPDATE actiontrail_event SET body = '' " + AT, {"place": 50}, "changed", GONE + 50),
    (
        "a leaf that stays",
        "UPDATE audit_bundle SET entries = :junk WHERE number = 0",
        {},
        BUNDLE,
        0,
    ),
    ("a statement", "UPDATE audit_bundle SET entries = :junk WHERE number = 2", {}, BUNDLE, 601),
    ("no statement", "UPDATE audit_log SET expiry = 0", {}, "missing", 0),
    ("an older one", "UPDATE audit_log SET expiry = 600", {}, "missing", 100),
    ("no statement there", "UPDATE audit_log SET expiry = 599", {}, BUNDLE, 599),
    ("one of the future", "UPDATE audit_log SET expiry = 602", {}, BUNDLE, 602),
    ("one of the past", "UPDATE audit_log SET expiry = -3", {}, BUNDLE, -3),
    (
        "a tile",
        "UPDATE audit_tile SET hashes = :junk WHERE level = 0 AND number = 0",
        {},
        "tile",
        0,
    ),
    ("first number", "UPDATE audit_bundle SET first_seq = 9 WHERE number = 2", {}, BUNDLE, 512),
    ("last number", "UPDATE audit_bundle SET last_seq = 9 WHERE number = 1", {}, BUNDLE, 256),
]


ELSEWHERE = Period(NOW + 1, NOW + 2)
"""No event is of it."""
OUTSIDE = [
    *(each for each in CASES if each[0] not in ("a body", "last number")),
    # A bundle's events are told by its numbers: these leave 212 of them to the bundle behind.
    ("last number", "UPDATE audit_bundle SET last_seq = 9 WHERE number = 1", {}, "reordered", 388),
    ("a time", f"UPDATE actiontrail_event SET at = at - 1 {AT}", {"place": 9}, "changed", GONE + 9),
    ("an id", f"UPDATE actiontrail_event SET event_id = 'x' {AT}", {"place": 9}, "changed", 309),
    ("to the end", f"UPDATE actiontrail_event SET seq = 9999 {AT}", {"place": 9}, "missing", 309),
    ("turned round", "UPDATE actiontrail_event SET seq = -seq", {}, "reordered", GONE),
    (
        "to the front",
        f"UPDATE actiontrail_event SET seq = 7 {AT}",
        {"place": 99},
        "reordered",
        GONE,
    ),
    ("no bundle", "DELETE FROM audit_bundle WHERE number = 1", {}, BUNDLE, 256),
]


@pytest.mark.parametrize(("period", "cases"), [(None, CASES), (ELSEWHERE, OUTSIDE)])
def test_whoever_writes_the_tables_cannot_pass_for_an_expiry(
    expired: Record, period: Period | None, cases: list[tuple[str, str, dict[str, int], str, int]]
) -> None:
    tables = ("actiontrail_event", "audit_bundle", "audit_tile", "audit_log")
    for table in tables:
        expired.tamper(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    wrong = {}
    for name, sql, params, how, index in cases:
        given = {"junk": b"junk" * 9, **params}
        named = {key: value for key, value in given.items() if f":{key}" in sql}
        assert expired.tamper(sql, **named) >= 1, name
        trouble = expired.verify(period=period).trouble
        for table in tables:
            expired.tamper(f"DELETE FROM {table}")
            expired.tamper(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        if trouble is None or (trouble.how.split()[0], trouble.index) != (how.split()[0], index):
            wrong[name] = trouble
    assert wrong == {}
    assert expired.verify(period=period).trouble is None


def test_an_event_that_is_put_back_is_one_too_many(full: Record) -> None:
    full.tamper("CREATE TABLE kept AS SELECT * FROM actiontrail_event")
    full.expire(GONE)
    full.tamper("INSERT INTO actiontrail_event SELECT * FROM kept WHERE seq = 7")
    for period in (None, Period(NOW, NOW), ELSEWHERE):
        trouble = full.verify(period=period).trouble
        assert trouble is not None
        assert (trouble.how, trouble.index) == (Difference.ADDED, GONE)
        assert trouble.event_id == full.rows("SELECT event_id FROM kept WHERE seq = 7")[0][0]
    with pytest.raises(LogDamaged, match="is not leaf"):
        full.expire()


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE actiontrail_event SET body = body || ' ' {AT}",
        f"DELETE FROM actiontrail_event {AT}",
        f"UPDATE actiontrail_event SET seq = -1 {AT}",
        f"UPDATE actiontrail_event SET at = -at {AT}",
    ],
)
def test_what_is_not_as_it_was_signed_does_not_expire(full: Record, sql: str) -> None:
    full.tamper(sql, place=40)
    there = count(full)
    with pytest.raises(LogDamaged, match="is not leaf"):
        full.expire(100)
    assert (count(full), head(full).size) == (there, EVENTS)
    assert full.verify().trouble is not None


def test_a_head_that_names_another_statement_expires_nothing(expired: Record) -> None:
    for wrong in (0, 600, 599, 5000, -1):
        expired.tamper("UPDATE audit_log SET expiry = :wrong", wrong=wrong)
        with pytest.raises(LogDamaged):
            expired.expire()
        assert count(expired) == EVENTS - GONE
    expired.tamper("UPDATE audit_log SET expiry = 601")
    expired.expire()
    assert count(expired) == 0


def test_a_statement_that_came_too_early_is_found(full: Record) -> None:
    """Whoever has the key can sign any statement, but not make events older than they were."""
    signer = LogSigner(full.state.keys["ledger"])
    said = Expiry(up_to=10, previous=0, kept_days=30, time_ms=(NOW + 86_400) * 1000)

    def work(tx: Transaction) -> None:
        row = log_of(tx)
        assert row is not None
        take(tx, stating_step(tx, row, said, signer))

    first = ids(full)[0]
    full.state.transact(work)
    full.tamper("DELETE FROM actiontrail_event WHERE seq <= 10")
    for period in (None, Period(NOW, NOW), ELSEWHERE):
        trouble = full.verify(period=period).trouble
        assert trouble is not None
        assert (trouble.how, trouble.index, trouble.event_id) == (EARLY, 0, first)
    (found,) = check(full.state, now=NOW)
    assert found.code == "audit-events-missing"


def test_of_a_period_what_expired_is_counted(expired: Record) -> None:
    report = expired.verify(period=Period(NOW, NOW))
    assert (report.trouble, report.compared, report.expired) == (None, EVENTS - GONE, GONE)
    report = expired.verify(period=ELSEWHERE)
    assert (report.trouble, report.compared, report.expired) == (None, 0, GONE)
    expired.tamper(f"UPDATE actiontrail_event SET body = '' {AT}", place=250)
    trouble = expired.verify(period=Period(NOW, NOW)).trouble
    assert trouble is not None
    assert (trouble.how, trouble.index) == (Difference.CHANGED, GONE + 250)


def test_checkpoints_from_before_an_expiry_go_on_proving(full: Record) -> None:
    before = known(full)
    full.expire(GONE)
    full.sequence()
    for period in (None, Period(NOW, NOW), ELSEWHERE):
        for strict in (True, False):
            report = full.verify(before, period=period, strict=strict)
            assert (report.trouble, report.expired) == (None, GONE)
    reset(full.state, now=Instant(NOW))
    report = full.verify(before, strict=False)
    assert (report.trouble, report.replaced) == (None, 1)


def test_a_bundle_of_statements_alone_hides_no_events_of_a_period(record: Record) -> None:
    record.write(240)
    record.sequence()
    record.sum_up()
    for _ in range(239):
        record.expire(1)
    record.write(300)
    assert record.sequence() == []
    record.write(3)
    record.sequence()
    assert record.rows("SELECT count(*) FROM audit_bundle")[0][0] == 4
    for period in (None, Period(NOW, NOW), ELSEWHERE):
        report = record.verify(period=period)
        assert report.trouble is None, report.trouble
        assert (report.expired, report.size) == (239, 240 + 239 + 303)


def test_an_event_that_expired_is_proven_by_its_leaf(full: Record) -> None:
    event_id = ids(full)[77]
    whole = proven(full, event_id)
    full.expire(GONE)
    leaf = proven(full, event_id)
    assert leaf.material is None
    assert leaf.index == whole.index == 77
    row = head(full)
    parsed = ProofBundle.parse(leaf.bundle)
    assert parsed.check(row.origin, (leaf.key,)).leaf.event_id == event_id  # type: ignore[union-attr]
    assert parsed.extra == ProofBundle.parse(whole.bundle).extra
    for wrong in ("nothing", event_id[:-1], "", "\ud800"):
        with pytest.raises(NotProven, match="there is no event"):
            proven(full, wrong)
    assert proven(full, ids(full)[0]).index == GONE


def test_copies_that_expired_are_named_by_their_places(full: Record) -> None:
    full.tamper("DELETE FROM actiontrail_event")
    for table in ("audit_bundle", "audit_tile", "audit_log", "audit_use_position"):
        full.tamper(f"DELETE FROM {table}")
    full.write(4)
    full.tamper("UPDATE actiontrail_event SET event_id = 'same' WHERE event_id > ''")
    full.sequence()
    full.sum_up()
    full.expire()
    with pytest.raises(NotProven, match="are the leaves 0, 1, 2, 3 of the log"):
        proven(full, "same")


def test_states_are_kept_and_put_back_with_what_expired(expired: Record) -> None:
    snapshot(expired.state, "s")
    expired.write(3)
    expired.sequence()
    restore_snapshot(expired.state, "s")
    assert expired.sequence() == []
    report = expired.verify()
    assert (report.trouble, report.compared, report.expired) == (None, EVENTS - GONE, 0)
    assert check(expired.state, now=NOW) == []
    expired.expire()
    assert expired.verify().expired == EVENTS - GONE
    reset(expired.state, now=Instant(NOW))
    report = expired.verify()
    assert (report.trouble, report.size, report.expired) == (None, 1, 0)


def test_a_step_from_before_an_expiry_is_stale(full: Record) -> None:
    full.write(3)
    store, signer = full.running.store, LogSigner(full.state.keys["ledger"])
    from juyong.audit.ledger.sequencing import next_step

    step = store.look(lambda tx: next_step(tx, 1 << 60, signer))
    assert step is not None
    full.expire(10)
    with pytest.raises(Stale):
        store.call(partial(take, step=step))
    full.sequence()
    assert full.verify().compared == EVENTS - 10 + 3


def test_killed_before_any_statement_it_expires_all_or_nothing(full: Record) -> None:
    signer = LogSigner(full.state.keys["ledger"])

    def work(tx: Transaction) -> bool:
        return expire(tx, signer, days=1, up_to=1 << 60, now=Instant(NOW + 86_401), most=100)

    gone = 0
    for died in killed_before_each_statement(full, lambda: full.running.store.call(work)):
        gone += not died
        report = full.verify()
        assert report.trouble is None, report.trouble
        assert (report.expired, count(full)) == (100 * gone, EVENTS - 100 * gone)
    assert gone == 1


def test_two_servers_that_expire_and_sequence_get_along(full: Record) -> None:
    other = open_platform(full.running.home.path, settings=full.running.settings, clock=lambda: NOW)
    for _ in range(3):
        full.expire(50)
        full.write(10)
        assert sequence(other) == []
        assert full.sequence() == []
    other.close()
    report = full.verify()
    assert (report.trouble, report.expired, report.compared) == (None, 150, EVENTS - 120)
