"""Judge the rules that are due, note their states and tell of changes, all in one transaction.

A rule is judged by the last whole periods in the store, not by counters: a server that was killed,
or a second server, comes to the same judgement. What is judged, its state, the entry of the history
and the notices commit together.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from juyong.base.clock import Instant
from juyong.services.cms.metrics.catalogue import metric_of
from juyong.services.cms.metrics.points import Stats, buckets, series_of, shown_as, zeros
from juyong.services.cms.rules.hours import effective
from juyong.services.cms.rules.judging import (
    INSUFFICIENT_DATA,
    LEVELS,
    OK,
    Judgement,
    ValueAt,
    judge,
)
from juyong.services.cms.rules.on_groups import judged_by
from juyong.services.cms.rules.rule import conditions_of
from juyong.services.cms.rules.telling import Change, tell
from juyong.services.cms.tables import AlarmRow, RuleDueRow, RuleRow
from juyong.services.cms.texts import dimensions_of, meets, named
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import Select

GRACE_SECONDS = 20
"""How long after its end a period is judged: the samples of every server are in the store then."""
MOST_BEHIND = 10
"""Intervals that a rule catches up with after a pause; older ones are passed over."""
MOST_RESOURCES = 500
"""Resources of a rule that are judged; further ones, in the order of their dimensions, are not."""
Values = Mapping[Instant, Stats]


def judge_due(tx: Transaction, now: Instant, most: int) -> int:
    """Judge at most so many rules that are due; returns how many there were."""
    due = tx.query(_due, until=now - GRACE_SECONDS, most=most)
    for account_id, rule_id in due:
        row = tx.get(RuleDueRow, account_id, rule_id)
        rule = tx.get(RuleRow, account_id, rule_id)
        if row is None:
            continue
        if rule is None or not rule.enabled:
            tx.delete(row)
            continue
        at = row.due_at
        newest = (now - GRACE_SECONDS) // rule.interval * rule.interval
        if newest - at > MOST_BEHIND * rule.interval:
            at = Instant(newest)
        _Evaluation(tx, rule, at, now).run()
        tx.update(row, due_at=Instant(at + rule.interval))
    return len(due)


def _due() -> "Select[tuple[str, str]]":
    row = table_of(RuleDueRow)
    return (
        sa.select(row.c.account_id, row.c.rule_id)
        .where(row.c.due_at <= sa.bindparam("until"))
        .order_by(row.c.due_at, row.c.account_id, row.c.rule_id)
        .limit(sa.bindparam("most"))
    )


class _Evaluation:
    """One rule at the end of one interval."""

    def __init__(self, tx: Transaction, rule: RuleRow, at: Instant, now: Instant) -> None:
        self._tx, self._rule, self._now = tx, rule, now
        self._at = Instant(at // rule.period * rule.period)
        self._escalations = conditions_of(rule.escalations)
        self._metric = metric_of(tx, rule.account_id, rule.namespace, rule.metric_name)
        self._held = {
            row.resource: row
            for row in tx.find(AlarmRow, account_id=rule.account_id, rule_id=rule.rule_id)
        }
        self._wanted = judged_by(tx, rule, self._metric)

    def run(self) -> None:
        """Judge each resource and note what changed."""
        series = self._series() if self._metric is not None else {}
        self._forget(series)
        for resource in sorted({*series, *self._held, *self._expected(series)})[:MOST_RESOURCES]:
            values = series.get(resource)
            judgement = None
            if values is not None:
                judgement = judge(self._escalations, _reader(values), self._at, self._rule.period)
            self._note(resource, judgement)

    def _forget(self, series: Iterable[str]) -> None:
        """Drop the states of what is not in the group any more, and of names that now have series.

        A resource that the rule names and that has no series yet is known by the name alone.
        """
        named_fully = [dimensions_of(name) for name in series]
        for name in self._held.keys() - set(series):
            dims = dimensions_of(name)
            left = self._rule.group_id and not (self._wanted and meets(self._wanted, dims))
            if left or any(meets((dims,), each) for each in named_fully):
                self._tx.delete(self._held.pop(name))

    def _expected(self, series: Iterable[str]) -> Iterable[str]:
        """Yield the resources that the rule names and that have no series."""
        held = [dimensions_of(name) for name in (*series, *self._held)]
        for wanted in self._wanted:
            if wanted and not any(meets((wanted,), each) for each in held):
                yield named(wanted)

    def _series(self) -> dict[str, Values]:
        """Return the values of the periods that the conditions ask about, by resource."""
        rule, metric = self._rule, self._metric
        assert metric is not None  # noqa: S101  # asked by the caller
        held = series_of(self._tx, rule.account_id, metric.key) if self._wanted else {}
        shown = shown_as({k: dims for k, dims in held.items() if meets(self._wanted, dims)})
        found: dict[str, dict[Instant, Stats]] = {name: {} for name in shown.values()}
        for back, times in self._windows():
            end = Instant(self._at - back)
            for bucket in buckets(
                self._tx,
                rule.account_id,
                metric.key,
                shown,
                start=Instant(end - times * rule.period),
                end=end,
                period=rule.period,
                dense=metric.dense,
            ):
                for name, stats in bucket.series.items():
                    found[name][bucket.end] = stats
            if metric.dense:
                _fill(found, end, times, rule.period)
        return dict(found)

    def _windows(self) -> list[tuple[int, int]]:
        """Return how far back, and for how many periods, values are asked for."""
        times: dict[int, int] = {0: max(each.times for each in self._escalations)}
        for each in self._escalations:
            back = each.back(self._rule.period)
            if back:
                times[back] = max(times.get(back, 0), each.times)
        return sorted(times.items())

    def _note(self, resource: str, judgement: Judgement | None) -> None:
        held = self._held.get(resource)
        before = held.level if held else ""
        if judgement is None:
            if self._rule.no_data == "KEEP_LAST_STATE":
                level = before or INSUFFICIENT_DATA
            else:
                level = self._rule.no_data
        else:
            level = judgement.level
        value = _text(judgement.value) if judgement else (held.value if held else "")
        notified = held.notified_at if held and before == level else Instant(0)
        if self._is_told(level, before, notified, known=judgement is not None):
            by = judgement.by if judgement else None
            change = Change(
                rule=self._rule,
                at=self._at,
                resource=resource,
                level=level,
                before=before,
                value=value,
                by=by or self._escalations[0],
            )
            notified = tell(self._tx, change, self._now)
        if held is None:
            self._tx.insert(
                AlarmRow(
                    account_id=self._rule.account_id,
                    rule_id=self._rule.rule_id,
                    resource=resource,
                    level=level,
                    value=value,
                    since=self._at,
                    notified_at=notified,
                )
            )
        elif (before, held.value, held.notified_at) != (level, value, notified):
            since = held.since if before == level else self._at
            self._tx.update(held, level=level, value=value, since=since, notified_at=notified)

    def _is_told(self, level: str, before: str, notified: Instant, *, known: bool) -> bool:
        """Tell whether the history gets an entry.

        An alert is told when its level is new, and again when it was silent for long enough. A
        resource that is well from its first judgement, or has had no data yet, is not told of.
        """
        if level in LEVELS:
            hours = effective(self._rule.effective, self._rule.ineffective, self._at)
            again = self._at - notified >= self._rule.silence_seconds
            return level != before or (known and again and (hours or bool(notified)))
        if level == OK and before == INSUFFICIENT_DATA:
            return False
        return before not in {level, ""}


def _reader(values: Values) -> ValueAt:
    def value_at(statistics: str, end: Instant) -> float | None:
        found = values.get(end)
        return None if found is None else found.statistics()[statistics]

    return value_at


def _fill(found: dict[str, dict[Instant, Stats]], end: Instant, times: int, period: int) -> None:
    """Put zeros where a counter of the platform has no sample: it would have counted."""
    nothing = zeros(period // 60)
    for values in found.values():
        for n in range(times):
            values.setdefault(Instant(end - n * period), nothing)


def _text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
