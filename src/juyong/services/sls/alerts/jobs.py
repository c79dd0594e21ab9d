"""Judge alerts by the clock: ask their queries, note what rings, and tell of it.

One tick is one transaction: the alarms, the history, the notices and the next tick are committed
together, or the tick is judged again. Queries are asked before, while no transaction is open.
"""

import hashlib
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec

from juyong.api.bench import Bench
from juyong.api.errors import ApiError
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.engines.alerting.judging import MOST_ROWS, Judged, Labels, judge
from juyong.logs.batches import Arrived
from juyong.notices import TooManyWaiting, send
from juyong.services.sls.acting import context_of
from juyong.services.sls.alerts import history, standing
from juyong.services.sls.alerts.keeping import EVALUATE, alarms_of, document_of, due_at
from juyong.services.sls.alerts.rule import Query, Rule, read_rule
from juyong.services.sls.alerts.standing import Alarm, Change, changes_at
from juyong.services.sls.alerts.tables import AlarmRow, AlertRow
from juyong.services.sls.alerts.telling import Letters, filled, letters_of
from juyong.services.sls.errors import NoProject
from juyong.services.sls.logstores.logstore import the_logstore
from juyong.services.sls.query.get_logs import PREPARE, Reading, get_logs_v2
from juyong.store.queue import Claim, extend, finish, put
from juyong.store.transaction import Transaction

_LEASE_SECONDS = 90
"""Longer than one query may take; an alert of a killed server waits for so long."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5, 60
"""After a failure of the platform, such as a full disk: an alert must not stay silent for long."""
_LINES = 100
_MOST_VALUE = 1024
_MOST_ERROR = 4096
_SHOWN = 10
_ROOM = 64 * 1024
"""Bytes of the rows in one record of the history."""


class Tick(NamedTuple):
    """One run: of which alert, for which time, and how many ticks before it were missed."""

    row: AlertRow
    rule: Rule
    at: Instant
    missed: int


class Asked(NamedTuple):
    """The results of the queries, and why some have none."""

    results: list[list[dict[str, str]]]
    problems: list[str]
    milliseconds: int


@job(
    EVALUATE,
    lease_seconds=_LEASE_SECONDS,
    attempts=None,
    first_pause=_FIRST_PAUSE_SECONDS,
    longest_pause=_LONGEST_PAUSE_SECONDS,
)
def evaluate(bench: Bench, claim: Claim) -> None:
    """Judge one alert at its tick, and have it judged at the next one.

    Ticks that came while no server ran are not made up for: the newest is judged, and the history
    tells how many were missed.
    """
    tick = bench.transact(partial(_begin, bench, claim))
    if tick is None:
        return
    asked = _ask(bench, claim, tick)
    rows, terms = asked.results, tick.rule.terms
    judged = Judged(hits=()) if asked.problems else judge(terms, rows)
    problems = [*asked.problems, *judged.problems]
    now = bench.clock()
    known = bench.transact(lambda tx: {a.fingerprint: _alarm(a) for a in alarms_of(tx, tick.row)})
    # SECURITY: a query that fails must not end an alarm, nor must a row that cannot be judged.
    changes = [
        each
        for each in changes_at(tick.rule, known, judged.hits, now)
        if not problems or each.hit is not None
    ]
    outcome = _Outcome(tick, asked, problems, changes, now)
    letters = bench.transact(lambda tx: [_letter(tx, outcome, each) for each in changes])
    try:
        _finish(bench, claim, outcome, letters)
    except TooManyWaiting:
        refused = ["too many notices of the account wait"]
        _finish(bench, claim, outcome, [Letters(problems=refused) for _ in letters])


class _Outcome(NamedTuple):
    tick: Tick
    asked: Asked
    problems: list[str]
    changes: list[Change]
    now: Instant


def _begin(bench: Bench, claim: Claim, tx: Transaction) -> Tick | None:
    """Return the run that is due; None if there is none, and its item waits or ends."""
    project, name = claim.key.split("/", 1)
    row = tx.get(AlertRow, project, name)
    if row is None or not row.enabled:
        return None
    rule = read_rule(document_of(row), project)
    now = bench.clock()
    begins = due_at(rule, row.tick_at)
    if now < begins:
        finish(tx, claim, now)
        put(tx, EVALUATE, claim.key, now=now, due=begins)
        return None
    at, missed = rule.schedule.last_until(row.tick_at, now - rule.schedule.delay_s)
    return Tick(row, rule, Instant(at), missed)


def _alarm(row: AlarmRow) -> Alarm:
    return Alarm(
        labels=msgspec.json.decode(row.labels.reveal(), type=Labels),
        severity=row.severity,
        streak=row.streak,
        fired_at=row.fired_at,
        told_at=row.told_at,
    )


# --- asking ---


def _ask(bench: Bench, claim: Claim, tick: Tick) -> Asked:
    began = time.monotonic()
    results, problems = [], []
    for query in tick.rule.queries:
        try:
            results.append(_rows(bench, claim, tick, query))
        except ApiError as refusal:
            problems.append(f"{query.store}: {refusal.code}: {refusal.message}")
    return Asked(results, problems, int((time.monotonic() - began) * 1000))


def _rows(bench: Bench, claim: Claim, tick: Tick, query: Query) -> list[dict[str, str]]:
    """Ask one query as GetLogsV2 asks it: all rows of SQL, or pages of a search.

    Raises:
        ApiError: as GetLogsV2.
    """
    found: list[dict[str, str]] = []
    while len(found) < MOST_ROWS:
        bench.transact(lambda tx: extend(tx, claim, now=bench.clock(), seconds=_LEASE_SECONDS))
        rows, is_sql = _page(bench, tick, query, len(found))
        found += rows
        if is_sql or len(rows) < _LINES:
            break
    return [{name: value[:_MOST_VALUE] for name, value in row.items()} for row in found[:MOST_ROWS]]


def _page(bench: Bench, tick: Tick, query: Query, offset: int) -> tuple[list[dict[str, str]], bool]:
    begin, end = query.window(tick.at)
    over = Reading(from_=begin, to=end, query=query.text, line=_LINES, offset=offset)
    arguments = {"project": query.project, "logstore": query.store, "over": over}

    def gather(tx: Transaction) -> tuple[Any, Any]:
        ctx = context_of(bench, tx, tick.row.account_id, tick.row.region)
        row = the_logstore(ctx, query.project, query.store)
        if row.account_id != tick.row.account_id:
            raise NoProject(name=query.project)
        assert PREPARE.gather is not None  # noqa: S101  # queries have one
        return PREPARE.gather(ctx, arguments), (ctx, row)

    question, (ctx, row) = bench.transact(gather)
    read = PREPARE.work(bench.platform, arguments, question)
    answer = msgspec.json.decode(get_logs_v2(ctx, row, prepared=read, over=over).body)
    return answer["data"], answer["meta"]["hasSQL"]


# --- committing ---


def _letter(tx: Transaction, outcome: _Outcome, change: Change) -> Letters:
    """Return the messages of a change; none where nothing is told."""
    if not change.is_told:
        return Letters()
    tick = outcome.tick
    return letters_of(tx, tick.row.account_id, tick.rule, _facts(outcome, change))


def _facts(outcome: _Outcome, change: Change) -> dict[str, Any]:
    """Return the variables of a notification."""
    tick, alarm, hit = outcome.tick, change.alarm, change.hit
    rows = list(hit.rows) if hit else []
    labels = {**dict(tick.rule.labels), **dict(alarm.labels)}
    first = {**(rows[0] if rows else {}), **labels}
    return {
        "aliuid": tick.row.account_id,
        "alert_id": tick.row.alert_name,
        "alert_instance_id": _instance(outcome, change),
        "alert_name": tick.rule.display_name,
        "alert_type": "sls_alert",
        "project": tick.row.project_name,
        "region": tick.row.region,
        "status": change.status,
        "severity": alarm.severity,
        "alert_time": tick.at,
        "fire_time": alarm.fired_at or 0,
        "resolve_time": outcome.now if change.status == standing.RESOLVED else 0,
        "labels": labels,
        "annotations": {name: filled(text, first) for name, text in tick.rule.annotations},
        "results": [_result(tick, query) for query in tick.rule.queries],
        "fire_results": rows,
        "fire_results_count": hit.count if hit else 0,
        "policy": {"action_policy_id": tick.rule.action_policy},
    }


def _instance(outcome: _Outcome, change: Change) -> str:
    """Name one alarm, from when it begins to ring until it is over."""
    row = outcome.tick.row
    parts = (row.schedule_id, change.fingerprint, change.alarm.fired_at or 0)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


def _result(tick: Tick, query: Query) -> dict[str, Any]:
    begin, end = query.window(tick.at)
    return {"store": query.store, "query": query.text, "start_time": begin, "end_time": end}


def _finish(bench: Bench, claim: Claim, outcome: _Outcome, letters: Sequence[Letters]) -> None:
    """Commit a tick.

    Raises:
        TooManyWaiting: nothing was committed, since the notices have no room.
        LostLease, Stale: nothing was committed, since another worker or a call came before.
    """
    records = [_evaluation(outcome)]
    records += [_record(outcome, *each) for each in zip(outcome.changes, letters, strict=True)]
    arrived = history.prepared(bench.platform, outcome.now, records)
    bench.transact(partial(_commit, claim, outcome, letters, arrived))
    if any(each.messages for each in letters):
        bench.platform.wake_worker()


def _evaluation(outcome: _Outcome) -> dict[str, Any]:
    tick, asked = outcome.tick, outcome.asked
    return {
        **_named(tick),
        "record": "evaluation",
        "status": "failed" if outcome.problems else "success",
        "error": "; ".join(outcome.problems)[:_MOST_ERROR],
        "missed_runs": str(tick.missed),
        "fired": str(sum(each.hit is not None for each in outcome.changes)),
        "count": str(sum(len(rows) for rows in asked.results)),
        "milliseconds": str(asked.milliseconds),
    }


def _named(tick: Tick) -> dict[str, Any]:
    return {
        "alert_id": tick.row.alert_name,
        "alert_name": tick.row.alert_name,
        "alert_display_name": tick.rule.display_name,
        "tick": str(tick.at),
    }


def _record(outcome: _Outcome, change: Change, letters: Letters) -> dict[str, Any]:
    hit = change.hit
    return {
        **_named(outcome.tick),
        "record": "alarm",
        "status": change.status,
        "severity": str(change.alarm.severity),
        "fingerprint": change.fingerprint,
        "alert_instance_id": _instance(outcome, change),
        "labels": dict(change.alarm.labels),
        "count": str(hit.count if hit else 0),
        "results": _shown(hit.rows) if hit else [],
        "told": str(len(letters.messages)),
        "not_told": "; ".join(letters.problems),
    }


def _shown(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the first rows that have room in a record of the history."""
    found, room = [], _ROOM
    for row in rows[:_SHOWN]:
        room -= len(msgspec.json.encode(row))
        if room < 0:
            break
        found.append(row)
    return found


def _commit(
    claim: Claim,
    outcome: _Outcome,
    letters: Sequence[Letters],
    arrived: Arrived,
    tx: Transaction,
) -> None:
    tick, now = outcome.tick, outcome.now
    following = tick.rule.schedule.next_after(tick.at)
    tx.update(tick.row, tick_at=Instant(following))
    for change, each in zip(outcome.changes, letters, strict=True):
        _keep(tx, tick.row, change)
        key = f"sls.alert/{_instance(outcome, change)}/{tick.at}/{change.status}"
        for message in each.messages:
            send(tx, tick.row.account_id, message, key=key, now=now)
    history.write(tx, tick.row.project_name, arrived, now)
    finish(tx, claim, now)
    put(tx, EVALUATE, claim.key, now=now, due=due_at(tick.rule, following))


def _keep(tx: Transaction, row: AlertRow, change: Change) -> None:
    """Note what is known of a group after the tick."""
    key = (row.project_name, row.alert_name, change.fingerprint)
    held, after = tx.get(AlarmRow, *key), change.after
    if after is None:
        if held is not None:
            tx.delete(held)
        return
    columns: dict[str, Any] = {
        "severity": after.severity,
        "streak": after.streak,
        "fired_at": after.fired_at,
        "told_at": after.told_at,
    }
    if held is not None:
        tx.update(held, **columns)
        return
    labels = Secret(msgspec.json.encode(after.labels).decode())
    tx.insert(
        AlarmRow(
            project_name=row.project_name,
            alert_name=row.alert_name,
            fingerprint=change.fingerprint,
            labels=labels,
            **columns,
        )
    )
