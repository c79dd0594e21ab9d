"""Figures about rows of the access log, in memory that no client can fill."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from juyong.api.command import OperatorError
from juyong.cli.waf.following import row_in

_MOST_KEYS, _KEPT_KEYS = 20_000, 10_000
_LONGEST_KEY = 512
_LONGEST_LINE = 1024 * 1024
_MOST_ROTATED = 16
_HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d", re.ASCII)
_SAMPLES = 40
_PASSED_SAMPLES = 20
BLOCKED, MONITORED, REFUSED, PASSED = "blocked", "monitored", "refused", "passed"
_OUTCOMES = {"block": BLOCKED, "monitor": MONITORED}

Row = dict[str, Any]


class Tally:
    """Counts by name. Names that are rare among more than 20,000 may be forgotten."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Count one."""
        self._counts[name[:_LONGEST_KEY]] += 1
        if len(self._counts) > _MOST_KEYS:
            self._counts = Counter(dict(self._counts.most_common(_KEPT_KEYS)))

    def most(self, count: int) -> list[tuple[str, int]]:
        """Return the names that came most often, by name where equal."""
        return sorted(self._counts.items(), key=lambda one: (-one[1], one[0]))[:count]


class Figures:
    """All that a report tells.

    outcomes: Requests by outcome. hours: By hour (UTC) and outcome.
    kinds, sources, paths: Of requests that did not simply pass. rules: By id.
    stopped, passed: The newest samples, of passed ones those before all on which rules matched.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.outcomes: Counter[str] = Counter()
        self.hours: dict[str, Counter[str]] = {}
        self.kinds, self.sources, self.paths, self.rules = Tally(), Tally(), Tally(), Tally()
        self.messages: dict[str, str] = {}
        self.stopped: deque[Row] = deque(maxlen=_SAMPLES)
        self._passed: deque[Row] = deque(maxlen=_PASSED_SAMPLES)
        self._noted: deque[Row] = deque(maxlen=_PASSED_SAMPLES)
        self.first = self.last = ""

    @property
    def passed(self) -> list[Row]:
        """The passed samples."""
        return list(self._noted or self._passed)

    def add(self, row: Row) -> None:
        """Count a row."""
        outcome = outcome_of(row)
        self.outcomes[outcome] += 1
        self._at(text(row, "time"), outcome)
        rules = list(rules_of(row))
        for number, message in rules:
            self.rules.add(number)
            if number not in self.messages and len(self.messages) < _MOST_KEYS:
                self.messages[number] = message
        if outcome == PASSED:
            (self._noted if rules else self._passed).append(row)
            return
        self.kinds.add(kind_of(row))
        self.sources.add(text(row, "real_client_ip"))
        self.paths.add(text(row, "request_path"))
        self.stopped.append(row)

    def _at(self, time: str, outcome: str) -> None:
        hour = _HOUR.match(time)
        if hour is None:
            return
        self.first, self.last = min(self.first or time, time), max(self.last, time)
        if hour[0] not in self.hours and len(self.hours) >= _MOST_KEYS:
            del self.hours[min(self.hours)]
        self.hours.setdefault(hour[0], Counter())[outcome] += 1


def outcome_of(row: Row) -> str:
    """Return the outcome of a request."""
    found = _OUTCOMES.get(text(row, "final_action"))
    return found or (REFUSED if row.get("refused") else PASSED)


def kind_of(row: Row) -> str:
    """Return the class of attack of a request that did not simply pass."""
    if kind := text(row, "web_attack_type"):
        return kind
    return "malformed or beyond a limit" if row.get("refused") else "other"


def rules_of(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the rules that matched with their messages, without the rule that sums up."""
    told = row.get("matched_rules_detail")
    rules = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    final = text(row, "final_rule_id")
    for each in rules:
        number = text(each, "id")
        if number != final or len(rules) == 1:
            yield number, text(each, "msg")


def text(row: Row, name: str) -> str:
    """Return a member of a row as a text; empty where there is none."""
    found = row.get(name)
    return "" if found is None else str(found)


def rows_in(path: Path) -> Iterator[Row]:
    """Yield the rows of a log, those of its rotated files first.

    Raises:
        OperatorError: there is no such log.
    """
    rotated = [path.with_name(f"{path.name}.{number}") for number in range(_MOST_ROTATED, 0, -1)]
    for each in (*(one for one in rotated if one.is_file()), path):
        try:
            with each.open("rb") as file:
                while line := file.readline(_LONGEST_LINE):
                    row = row_in(line)
                    if row is not None and row.get("request_traceid"):
                        yield row
        except OSError as failure:
            raise OperatorError(f"`{each}`: {failure.strerror}") from None


def figures_of(rows: Iterable[Row]) -> Figures:
    """Count rows."""
    made = Figures()
    for row in rows:
        made.add(row)
    return made
