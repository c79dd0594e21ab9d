"""Tuning as a whole: search, gather, write, and judge every request again by what was written."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import msgspec

from juyong.api.command import OperatorError, Progress
from juyong.cli.waf.explaining import judged_in
from juyong.cli.waf.sets import compiled_from
from juyong.cli.waf.tune.exclusions import (
    FIRST_ID,
    Exclusion,
    Where,
    can_be_written,
    gathered,
    target_text,
    written,
)
from juyong.cli.waf.tune.guarding import Counted, Guards
from juyong.cli.waf.tune.marking import Case
from juyong.cli.waf.tune.searching import Search, Unsolved
from juyong.engines.inspect.model.engine import ModelEngine
from juyong.engines.inspect.model.witness import Target, can_go, sums_up
from juyong.engines.inspect.rules import Rule
from juyong.engines.inspect.seclang.errors import BadPart
from juyong.engines.inspect.seclang.known import VARIABLES
from juyong.engines.inspect.seclang.targets import selectors
from juyong.waf.rule_source import RuleSource

_HOLD_NAMES = ("MATCHED_VARS:", "MATCHED_VARS_NAMES:")


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """An exclusion and its evidence.

    requests: Ids of marked requests that are blocked without the exclusion and pass with it; of an
        exclusion that is not proved, those whose log names the rule and the field.
    """

    exclusion: Exclusion
    message: str
    requests: tuple[str, ...]
    proved: bool
    counted: Counted


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A marked request that stays blocked, or of which the log tells too little."""

    id: str
    name: str
    why: str


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """The result; blocked: Marked requests that are blocked without new exclusions."""

    marked: int
    blocked: int
    proposed: tuple[Proposed, ...]
    left: tuple[Left, ...]
    text: str


def tuned(
    source: RuleSource,
    cases: list[Case],
    progress: Progress,
    *,
    whole_rules: bool = False,
    unproved: bool = False,
) -> Tuning:
    """Find exclusions for marked requests.

    Args:
        source: The rules, with the exclusions that there are already.
        cases: The marked requests.
        progress: Shows how far the search is.
        whole_rules: Leave a whole rule out where none of its targets can be.
        unproved: Trust the log for requests whose bodies or cookies no log has.

    Raises:
        OperatorError: the rules cannot be used.

    Cost: milliseconds for each request that is blocked, and a tenth of a second for each exclusion.
    """
    engine = compiled_from(source).engine
    work = _Work(engine, whole_rules=whole_rules)
    for case in progress.track("judging", cases, len(cases)):
        work.take(case)
    if unproved:
        work.trust_the_log()
    return work.finish(source, len(cases))


class _Work:
    """The cases that were blocked, and what was found for each."""

    def __init__(self, engine: ModelEngine, *, whole_rules: bool) -> None:
        self.rules = {one.id: one for one in engine.program.rules.items if isinstance(one, Rule)}
        self.guards = Guards(engine)
        self.search = Search(engine, self.guards, whole_rules=whole_rules)
        self.solved: list[Case] = []
        self.left: list[Left] = []
        self.told: dict[Exclusion, list[str]] = {}
        self._unsure: list[Case] = []

    def take(self, case: Case) -> None:
        """Solve one request."""
        try:
            added = self.search.solve(case)
            if added or self.search.verdict(case, ()) is not None:
                self.solved.append(case)
            elif case.then is not None:
                self._unsure.append(case)
        except Unsolved as why:
            self.left.append(Left(id=case.id, name=case.name, why=str(why)))

    def trust_the_log(self) -> None:
        """Take the rules and fields that the log names for what no log can show again."""
        unsure, self._unsure = self._unsure, []
        for case in unsure:
            found = list(self._logged(case))
            for each in found:
                self.told.setdefault(each, []).append(case.id)
            if not found:
                self._unsure.append(case)

    def _logged(self, case: Case) -> Iterator[Exclusion]:
        for each in case.then or ():
            rule, target = self.rules.get(each.rule), target_in(each.variable)
            if rule is None or sums_up(rule) or target is None:
                continue
            step = Exclusion(Where(case.path), each.rule, target_text(target))
            if not self.guards.passed([step], target, [*self.search.found, *self.told]):
                self.search.examples[step.rule, step.target] = target
                yield step

    def finish(self, source: RuleSource, marked: int) -> Tuning:
        """Gather, prove, and write."""
        for case in self._unsure:
            why = "the log has no body and no cookies to judge again; take a HAR, or --unproved"
            self.left.append(Left(id=case.id, name=case.name, why=why))
        proved = self._needed(gathered(self.search.found))
        told = [each for each in gathered(self.told) if each not in proved]
        every = [*proved, *told]
        if not every:
            return Tuning(
                marked=marked, blocked=self._blocked(), proposed=(), left=self._all_left(), text=""
            )
        free = (number for number in count(FIRST_ID) if number not in self.rules)
        text = written(every, {one: self._message(one) for one in self.rules}, free)
        after = _compiled_with(source, text)
        self._judge_again(after)
        proposed = [
            Proposed(
                exclusion=each,
                message=self._message(each.rule),
                requests=proved.get(each) or tuple(self._told_by(each)),
                proved=each in proved,
                counted=self.guards.counted(each, self.search.example(each), after),
            )
            for each in every
        ]
        return Tuning(
            marked=marked,
            blocked=self._blocked(),
            proposed=tuple(proposed),
            left=self._all_left(),
            text=text,
        )

    def _needed(self, found: list[Exclusion]) -> dict[Exclusion, tuple[str, ...]]:
        """Drop exclusions without which every request passes; return the others' requests."""
        needed: dict[Exclusion, tuple[str, ...]] = {}
        for each in list(found):
            fewer = [one for one in found if one != each]
            ids = tuple(
                case.id
                for case in self.solved
                if each.where.holds(case.path) and self.search.verdict(case, fewer) is not None
            )
            if ids:
                needed[each] = ids
            else:
                found = fewer
        return needed

    def _judge_again(self, after: ModelEngine) -> None:
        """Judge the solved requests by what was written; one that stays blocked is left."""
        for case in list(self.solved):
            inspection = after.inspect(case.request)
            inspection.leave_out(self.search.lost(case))
            if judged_in(inspection, case.body)[0] is not None:
                self.solved.remove(case)
                why = "the request stays blocked by the exclusions as written"
                self.left.append(Left(id=case.id, name=case.name, why=why))

    def _told_by(self, exclusion: Exclusion) -> Iterable[str]:
        for each, ids in self.told.items():
            same = (each.rule, each.target) == (exclusion.rule, exclusion.target)
            if same and exclusion.where.holds(each.where.path):
                yield from ids

    def _message(self, rule: int) -> str:
        found = self.rules.get(rule)
        return "" if found is None else found.msg.decode("utf-8", "backslashreplace")

    def _blocked(self) -> int:
        return len(self.solved) + len(self.left)

    def _all_left(self) -> tuple[Left, ...]:
        return tuple(self.left)


def target_in(variable: str) -> Target | None:
    """Return the target that a log names, None for one that no exclusion can name.

    SECURITY: a file may say anything; a text that is no target would be a directive otherwise.
    """
    for prefix in _HOLD_NAMES:
        variable = variable.removeprefix(prefix)
    collection, _, key = variable.partition(":")
    target = Target(collection, key.encode())
    if collection not in VARIABLES or not can_go(target) or not can_be_written(target):
        return None
    try:
        selectors(target_text(target))
    except BadPart:
        return None
    return target


def _compiled_with(source: RuleSource, text: str) -> ModelEngine:
    """Compile the rules with further exclusions.

    Raises:
        OperatorError: the rules and the exclusions together cannot be used.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "exclusions.conf"
            path.write_text(joined(source, text))
            return compiled_from(msgspec.structs.replace(source, exclusions=str(path))).engine
    except OSError as failure:
        raise OperatorError(f"exclusions not tried: {failure.strerror}") from None


def joined(source: RuleSource, text: str) -> str:
    """Return the exclusions that there are, and new ones behind these."""
    old = Path(source.exclusions).read_text() if source.exclusions else ""
    return f"{old.strip() or _BEGIN}\n\n{text}"


_BEGIN = "# Exclusions by `juyong waf tune`; read before the rules of the site."
