# ruff: noqa: S608  # no value is joined into a statement
"""Everything that somebody who writes the tables can do is found, and the first of it is named."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.sequencing import sequence
from tests.unit.app.state.conftest import NOW
from tests.unit.audit.ledger.conftest import Record

from juyong.app.anchor import HomeAnchor
from juyong.app.platform import open_platform
from juyong.app.state import check, restore_snapshot, snapshot
from juyong.audit.ledger.report import BUNDLE, REPLACED, Period
from juyong.audit.ledger.signing import LogSigner
from juyong.audit.ledger.stored import checkpoints_in
from juyong.audit.tables import EventRow
from juyong.engines.ledger import Checkpoint, Difference
from juyong.worker.sequencing import LOST

EVENTS = 600
"""Two full bundles and a part, so that there are two levels of tiles."""
AT = "WHERE seq = (SELECT seq FROM actiontrail_event ORDER BY seq LIMIT 1 OFFSET :place)"


@pytest.fixture
def logged(record: Record) -> Record:
    record.write(EVENTS)
    assert record.sequence() == []
    return record


def known(record: Record) -> Checkpoint:
    note = HomeAnchor(record.running.home).remembered()
    assert note is not None
    (found,) = checkpoints_in([note], record.public)
    return found


def id_at(record: Record, place: int) -> str:
    rows = record.rows("SELECT event_id FROM actiontrail_event ORDER BY seq")
    return str(rows[place][0])


Case = tuple[str, str, dict[str, Any], str, int | None]
CASES: list[Case] = [
    ("a body", f"UPDATE actiontrail_event SET body = body || ' ' {AT}", {}, "changed", 300),
    ("an account", f"UPDATE actiontrail_event SET account_id = '1' {AT}", {}, "changed", 300),
    ("an id", f"UPDATE actiontrail_event SET event_id = 'x' {AT}", {}, "changed", 300),
    ("a time", f"UPDATE actiontrail_event SET at = at + 1 {AT}", {}, "changed", 300),
    ("no time", f"UPDATE actiontrail_event SET at = -5 {AT}", {}, "changed", 300),
    ("evidence", f"UPDATE actiontrail_event SET evidence = 'x' {AT}", {}, "changed", 300),
    ("dropped", f"DELETE FROM actiontrail_event {AT}", {}, "missing", 300),
    ("the first dropped", f"DELETE FROM actiontrail_event {AT}", {"place": 0}, "missing", 0),
    ("the last dropped", f"DELETE FROM actiontrail_event {AT}", {"place": 599}, "missing", 599),
    ("all dropped", "DELETE FROM actiontrail_event", {}, "missing", 0),
    ("cut off", "DELETE FROM actiontrail_event WHERE seq > 500", {}, "missing", None),
    ("moved to the end", f"UPDATE actiontrail_event SET seq = 10000 {AT}", {}, "missing", 300),
    ("moved to the front", f"UPDATE actiontrail_event SET seq = -1 {AT}", {}, "reordered", 0),
    ("turned round", "UPDATE actiontrail_event SET seq = -seq", {}, "reordered", 0),
    ("bundle 0", "UPDATE audit_bundle SET entries = :junk WHERE number = 0", {}, BUNDLE, 0),
    ("bundle 1", "UPDATE audit_bundle SET entries = :junk WHERE number = 1", {}, BUNDLE, 256),
    ("no bundle", "DELETE FROM audit_bundle WHERE number = 2", {}, BUNDLE, 512),
    (
        "a bundle too many",
        ("INSERT INTO audit_bundle (number, first_seq, last_seq, entries) VALUES (9, 1, 1, :junk)"),
        {},
        BUNDLE,
        None,
    ),
    (
        "tile 0",
        "UPDATE audit_tile SET hashes = :junk WHERE level = 0 AND number = 0",
        {},
        "tile",
        0,
    ),
    ("a tile above", "UPDATE audit_tile SET hashes = :junk WHERE level = 1", {}, "tile", 0),
    ("no tile", "DELETE FROM audit_tile WHERE level = 0 AND number = 1", {}, "tile", 256),
    ("tile swapped", "UPDATE audit_tile SET number = 5 - number WHERE level = 0", {}, "tile", None),
    (
        "a tile too many",
        "INSERT INTO audit_tile (level, number, hashes) VALUES (0, 9, :junk)",
        {},
        "tile",
        None,
    ),
    ("the checkpoint", "UPDATE audit_log SET checkpoint = 'x'", {}, "checkpoint", None),
    ("the origin", "UPDATE audit_log SET origin = 'x'", {}, "checkpoint", None),
    ("the size", "UPDATE audit_log SET size = size - 1", {}, "checkpoint", None),
    ("the edge", "UPDATE audit_log SET edge = :junk", {}, "checkpoint", None),
    ("the last number", "UPDATE audit_log SET last_seq = last_seq - 1", {}, "missing", 599),
    ("no log", "DELETE FROM audit_log", {}, "rolled back", None),
]


def test_every_tampering_is_found_and_the_first_of_it_named(logged: Record) -> None:
    tables = ("actiontrail_event", "audit_bundle", "audit_tile", "audit_log")
    for table in tables:
        logged.tamper(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    assert logged.verify(known(logged)).trouble is None
    wrong = {}
    for name, sql, params, how, index in CASES:
        given = {"place": 300, "junk": b"junk" * 9, **params}
        named = {k: v for k, v in given.items() if f":{k}" in sql}
        assert logged.tamper(sql, **named) >= 1, name
        trouble = logged.verify(known(logged)).trouble
        place = given["place"]
        for table in tables:
            logged.tamper(f"DELETE FROM {table}")
            logged.tamper(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        found = (trouble and trouble.how.split()[0], trouble and trouble.index)
        if (
            found[0] != how.split()[0]
            or (index is not None and found[1] != index)
            or (index == place and trouble and trouble.event_id not in (None, id_at(logged, place)))
        ):
            wrong[name] = trouble
    assert wrong == {}
    assert logged.verify(known(logged)).trouble is None


def test_an_event_added_among_the_others_is_named(logged: Record) -> None:
    others = ", ".join(c for c in EventRow.__struct_fields__ if c not in ("seq", "event_id"))
    logged.tamper(
        f"INSERT INTO actiontrail_event (seq, event_id, {others})"
        f" SELECT -7, 'made-up', {others} FROM actiontrail_event LIMIT 1"
    )
    trouble = logged.verify().trouble
    assert trouble is not None
    assert (trouble.how, trouble.index, trouble.event_id) == (Difference.ADDED, 0, "made-up")


def test_a_log_rolled_back_with_its_events_is_found_by_the_home_alone(record: Record) -> None:
    tables = ("actiontrail_event", "audit_bundle", "audit_tile", "audit_log")
    record.write(40)
    record.sequence()
    for table in tables:
        record.tamper(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    record.write(30)
    record.sequence()
    for table in tables:
        record.tamper(f"DELETE FROM {table}")
        record.tamper(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    assert record.verify().trouble is None, "nothing in the database tells"
    trouble = record.verify(known(record)).trouble
    assert trouble is not None
    assert (trouble.how, trouble.index) == (Difference.ROLLED_BACK, 40)
    record.write(50)
    assert record.sequence() == [LOST]
    trouble = record.verify(known(record)).trouble
    assert trouble is not None
    assert trouble.how == Difference.FORK


def test_a_log_that_the_key_signed_anew_is_bracketed(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has the key can write any history, and a checkpoint kept elsewhere shows it."""
    monkeypatch.setattr("juyong.app.anchor._HISTORY_SECONDS", 0)
    for count in (10, 20, 30):
        record.write(count)
        record.sequence()
    newest = known(record)
    former = checkpoints_in(HomeAnchor(record.running.home).former(), record.public)
    assert [each.size for each in former] == [10, 30, 60]
    record.tamper(f"UPDATE actiontrail_event SET body = body || ' ' {AT}", place=15)
    (origin,) = record.rows("SELECT origin FROM audit_log")[0]
    for table in ("audit_bundle", "audit_tile", "audit_log"):
        record.tamper(f"DELETE FROM {table}")
    monkeypatch.setattr("juyong.audit.ledger.sequencing._new_origin", lambda: origin)
    record.sequence()
    assert record.verify().trouble is None
    trouble = record.verify(newest, former=former).trouble
    assert trouble is not None
    assert trouble.how == Difference.FORK
    assert trouble.text.endswith("the first 10 are as they were, the first 30 are not")


def test_another_log_that_names_no_other_is_no_successor(record: Record) -> None:
    record.write(5)
    record.sequence()
    before = known(record)
    for table in ("audit_bundle", "audit_tile", "audit_log"):
        record.tamper(f"DELETE FROM {table}")
    record.sequence()
    trouble = record.verify(before).trouble
    assert trouble is not None
    assert trouble.how == REPLACED


def test_a_record_under_another_key_is_not_believed(logged: Record) -> None:
    logged.public = LogSigner(b"x" * 32).public
    trouble = logged.verify().trouble
    assert trouble is not None
    assert trouble.how == Difference.CHECKPOINT


@pytest.mark.parametrize("column", ["at = 1.5", "event_id = x'00'", "body = 7", "mac = x'ff'"])
def test_a_value_of_another_type_is_a_changed_event(logged: Record, column: str) -> None:
    if not logged.state.url.startswith("sqlite"):
        pytest.skip("PostgreSQL stores no such value")
    logged.tamper(f"UPDATE actiontrail_event SET {column} {AT}", place=7)
    trouble = logged.verify().trouble
    assert trouble is not None
    assert (trouble.how, trouble.index) == (Difference.CHANGED, 7)


def test_text_that_is_no_unicode_is_a_changed_event(logged: Record) -> None:
    if not logged.state.url.startswith("sqlite"):
        pytest.skip("PostgreSQL stores no such text")
    logged.tamper(f"UPDATE actiontrail_event SET body = CAST(x'ff00fe' AS TEXT) {AT}", place=7)
    trouble = logged.verify().trouble
    assert trouble is not None
    assert (trouble.how, trouble.index) == (Difference.CHANGED, 7)
    assert trouble.event_id == id_at(logged, 7)


def test_of_a_period_only_its_events_are_compared(logged: Record) -> None:
    at = logged.rows("SELECT min(at) FROM actiontrail_event")[0][0]
    assert logged.verify(period=Period(at, at)).compared == EVENTS
    report = logged.verify(period=Period(at + 1, at + 2))
    assert (report.compared, report.trouble) == (0, None)
    logged.tamper(f"UPDATE actiontrail_event SET body = '' {AT}", place=300)
    assert logged.verify(period=Period(at + 1, at + 2)).trouble is None
    trouble = logged.verify(period=Period(at, at)).trouble
    assert trouble is not None
    assert (trouble.how, trouble.index) == (Difference.CHANGED, 300)


OTHERS = ", ".join(c for c in EventRow.__struct_fields__ if c not in ("seq", "event_id"))
OUTSIDE: list[tuple[str, str, str, int | None]] = [
    ("a body", f"UPDATE actiontrail_event SET body = '' {AT}", "", None),
    ("dropped", f"DELETE FROM actiontrail_event {AT}", "missing", 300),
    ("an id", f"UPDATE actiontrail_event SET event_id = 'x' {AT}", "changed", 300),
    ("a time", f"UPDATE actiontrail_event SET at = at - 1 {AT}", "changed", 300),
    (
        "added",
        (
            f"INSERT INTO actiontrail_event (seq, event_id, {OTHERS})"
            f" SELECT -7, 'made-up', {OTHERS} FROM actiontrail_event LIMIT 1"
        ),
        "added",
        0,
    ),
    ("moved to the end", f"UPDATE actiontrail_event SET seq = 10000 {AT}", "missing", 300),
    ("turned round", "UPDATE actiontrail_event SET seq = -seq", "reordered", 0),
    ("all dropped", "DELETE FROM actiontrail_event", "missing", 0),
    (
        "into another bundle",
        "UPDATE audit_bundle SET last_seq = last_seq - 1 WHERE number = 0",
        BUNDLE,
        256,
    ),
    (
        "numbers that hide events",
        "UPDATE audit_bundle SET last_seq = 0 WHERE number = 1",
        "added",
        256,
    ),
]


@pytest.mark.parametrize(("name", "sql", "how", "index"), OUTSIDE)
def test_outside_of_a_period_events_are_compared_but_for_their_bodies(
    logged: Record, name: str, sql: str, how: str, index: int | None
) -> None:
    at = logged.rows("SELECT min(at) FROM actiontrail_event")[0][0]
    elsewhere = Period(at + 1, at + 2)
    assert logged.verify(period=elsewhere).compared == 0
    assert logged.tamper(sql, **({"place": 300} if ":place" in sql else {})) >= 1
    trouble = logged.verify(period=elsewhere).trouble
    found = ("", None) if trouble is None else (trouble.how, trouble.index)
    assert found == (how, index), trouble


def test_the_unsigned_tail_is_counted(logged: Record) -> None:
    assert logged.verify().unsigned == 0
    logged.write(3)
    report = logged.verify()
    assert (report.unsigned, report.trouble) == (3, None)
    assert report.unsigned_since is not None


@pytest.mark.parametrize("seed", range(int(os.environ.get("LEDGER_HISTORIES", "3"))))
def test_no_false_alarm_over_random_histories(record: Record, tmp_path: Path, seed: int) -> None:
    """Two servers write and sequence, one of them starts anew, events expire, states are put back."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    settings = record.running.settings
    others = [open_platform(tmp_path / "home", settings=settings, clock=lambda: NOW)]

    def start_anew() -> None:
        others.pop().close()
        others.append(open_platform(tmp_path / "home", settings=settings, clock=lambda: NOW))

    def quietly(told: list[str]) -> None:
        assert told == []

    steps: list[tuple[int, Callable[[], object]]] = [
        (6, lambda: record.write(draw.choice((1, 2, 40, 255, 300)))),
        (4, lambda: quietly(record.sequence())),
        (4, lambda: quietly(sequence(others[0]))),
        (1, start_anew),
        (1, record.sum_up),
        (2, lambda: record.expire(draw.choice((1, 3, 100, 400)))),
        (1, lambda: snapshot(record.state, "s", replace=True)),
        (1, lambda: restore_snapshot(record.state, "s")),
        (1, lambda: check(record.state, now=NOW)),
    ]
    snapshot(record.state, "s")
    for _ in range(15):
        (act,) = draw.choices([each for _, each in steps], weights=[each for each, _ in steps])
        act()
        anchor = HomeAnchor(record.running.home)
        note = anchor.remembered()
        newest = checkpoints_in([note], record.public) if note else []
        former = checkpoints_in(anchor.former(), record.public)
        report = record.verify(*newest, former=former)
        assert report.trouble is None, report.trouble
    others.pop().close()
