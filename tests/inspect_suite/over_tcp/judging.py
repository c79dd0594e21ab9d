"""Stages judged by the log and the answer of the proxy, against what the suite expects."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from typing import Any

from tests.inspect_suite.stages import Stage

_BY_THE_FRONT = ("malformed", "version", "head", "large")
"""Names of refusals, for the log, of requests that no rule was asked about."""
_SERVER_FAULTS = 500


class Differs(Flag):
    """In what a stage ended otherwise than the suite expects.

    STATUS: Of the answer. REFUSED: By the front, where rules should judge and find nothing.
    MISSING, FOUND: Ids of rules. LOG: A text of the log.
    """

    NOTHING = 0
    STATUS = auto()
    REFUSED = auto()
    MISSING = auto()
    FOUND = auto()
    LOG = auto()


class Kind(StrEnum):
    """How a stage ended."""

    PASSED = "as the suite expects"
    REFUSED = "refused by the front where the suite expects a finding"
    OVERRIDDEN = "as the overrides say"
    FAULT = "neither"


@dataclass(frozen=True)
class Override:
    """A stage that ends otherwise behind our front: why, and in what exactly."""

    reason: str
    differs: Differs


@dataclass(frozen=True)
class Outcome:
    """How a stage ended; text: In what the end differs, or why the front refused."""

    name: str
    kind: Kind
    text: str = ""


def outcome(
    stage: Stage,
    status: int,
    rows: Sequence[Mapping[str, Any]],
    overrides: Mapping[str, Override],
) -> Outcome:
    """Judge a stage.

    Args:
        stage: The stage.
        status: Of the answer; 0 where none came.
        rows: Lines of the log of the stage's connection; the first is of the stage.
        overrides: By the names of stages.
    """
    if not rows:
        return Outcome(stage.name, Kind.FAULT, f"no line in the log, status {status}")
    row, override = rows[0], overrides.get(stage.name)
    refused = str(row.get("refused", ""))
    differs = differences(stage, status, row)
    text = f"{differs.name}: {status} {refused}".rstrip()
    if override is not None:
        if differs is override.differs:
            return Outcome(stage.name, Kind.OVERRIDDEN, override.reason)
        return Outcome(stage.name, Kind.FAULT, f"{text}, and not {override.differs.name}")
    if differs:
        return Outcome(stage.name, Kind.FAULT, text)
    if stage.looks_for and _by_the_front(row):
        return Outcome(stage.name, Kind.REFUSED, f"{status} {refused}")
    return Outcome(stage.name, Kind.PASSED)


def differences(stage: Stage, status: int, row: Mapping[str, Any]) -> Differs:
    """Return in what the end of a stage differs; a refusal by the front blocks what is sought."""
    found = {int(each["id"]) for each in row.get("matched_rules_detail", ())}
    differs = Differs.NOTHING
    if not stage.fails and status not in (stage.status or (status,)):
        differs |= Differs.STATUS
    if stage.unexpected & found:
        differs |= Differs.FOUND
    if _by_the_front(row):
        expected = stage.looks_for or stage.fails or max(stage.status, default=0) >= 400
        return differs if expected else differs | Differs.REFUSED
    told = log_of(row)
    if stage.expected - found:
        differs |= Differs.MISSING
    lacks = stage.pattern and not re.search(stage.pattern, told)
    if lacks or (stage.no_pattern and re.search(stage.no_pattern, told)):
        differs |= Differs.LOG
    # The back end answers whatever passes, and the rules only look on.
    failed = status >= _SERVER_FAULTS and status != int(row.get("upstream_status", 0))
    return differs | Differs.STATUS if failed else differs


def _by_the_front(row: Mapping[str, Any]) -> bool:
    return str(row.get("refused", "")).partition(":")[0] in _BY_THE_FRONT


def log_of(row: Mapping[str, Any]) -> str:
    """Write the rules of a line in the form that the suite's patterns look for."""
    lines = []
    for each in row.get("matched_rules_detail", ()):
        variable, value = each.get("variable", ""), each.get("value", "")
        data = f"Matched Data: {value} found within {variable}: {value}"
        lines.append(f'[id "{each["id"]}"] [msg "{each.get("msg", "")}"] [data "{data}"]')
    return "\n".join(line.replace("\r", "\\r").replace("\n", "\\n") for line in lines)
