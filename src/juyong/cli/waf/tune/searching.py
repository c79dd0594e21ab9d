"""The narrowest exclusions that let a marked request pass.

A rule is broken by leaving out the values that made its chain hold, and of several ways the one is
taken that leaves out the least: fields before whole variables, few before many.
"""

from collections.abc import Iterable, Iterator

from juyong.cli.waf.tune.exclusions import Exclusion, Where, can_be_written, parts, target_text
from juyong.cli.waf.tune.guarding import Guards
from juyong.cli.waf.tune.marking import Case
from juyong.engines.inspect.model.engine import ModelEngine
from juyong.engines.inspect.model.witness import Seen, Target, Witness
from juyong.engines.inspect.rules import Rule
from juyong.engines.inspect.verdict import Verdict

_MOST_STEPS = 64
_NO_SEVERITY = 4


class Unsolved(Exception):
    """No exclusion lets a request pass; the text says why."""


class Search:
    """Exclusions for one request after the other.

    Args:
        engine: The rules.
        guards: Refuses an exclusion that lets attacks pass elsewhere.
        whole_rules: Whether a rule may be left out as a whole where no target breaks the rule.

    found: All exclusions so far.
    """

    def __init__(self, engine: ModelEngine, guards: Guards, *, whole_rules: bool) -> None:
        self._engine, self._guards, self._whole = engine, guards, whole_rules
        self._known = {one.id for one in engine.program.rules.items if isinstance(one, Rule)}
        self.found: list[Exclusion] = []
        self.examples: dict[tuple[int, str], Target] = {}

    def verdict(self, case: Case, exclusions: Iterable[Exclusion]) -> Verdict | None:
        """Judge a request with exclusions."""
        return self._judged(case, exclusions, self.lost(case))[0]

    def example(self, exclusion: Exclusion) -> Target | None:
        """Return a target as some request had it; None for a whole rule."""
        return self.examples.get((exclusion.rule, exclusion.target))

    def solve(self, case: Case) -> bool:
        """Add what lets a request pass; returns whether the request was blocked before.

        Raises:
            Unsolved: nothing does.
        """
        lost = self.lost(case)
        added: list[Exclusion] = []
        for _ in range(_MOST_STEPS):
            verdict, seen = self._judged(case, [*self.found, *added], lost)
            if verdict is None:
                self.found += self._needed(case, added, lost)
                return bool(added)
            if verdict.rule == 0:
                raise Unsolved(f"the engine itself refuses: {verdict.reason}")
            added += self._step(case, seen, verdict, [*self.found, *added])
        raise Unsolved("the request takes too many exclusions")

    def _needed(self, case: Case, added: list[Exclusion], lost: frozenset[int]) -> list[Exclusion]:
        for each in added:
            fewer = [one for one in added if one != each]
            if self._judged(case, [*self.found, *fewer], lost)[0] is None:
                added = fewer
        return added

    def _step(
        self, case: Case, seen: list[Seen], verdict: Verdict, known: list[Exclusion]
    ) -> list[Exclusion]:
        """Return exclusions that break one more rule."""
        why = "no rule matches on a field of the request"
        for each in self._in_order(seen, verdict):
            for way in self._ways(each):
                step = [one for one in self._exclusions(case, each, way) if one not in known]
                if not step:
                    continue
                target = way[0] if way else None
                lets = self._guards.passed(step, target, known)
                if not lets:
                    self.examples.update({(each.hit.rule, target_text(one)): one for one in way})
                    return step
                why = f"without rule {each.hit.rule} there, {lets} would pass elsewhere"
            if not each.ways:
                why = f"rule {each.hit.rule} matches on no field; see --whole-rules"
        raise Unsolved(why)

    def _exclusions(self, case: Case, seen: Seen, way: tuple[Target, ...]) -> list[Exclusion]:
        where, rule = Where(case.path), seen.hit.rule
        texts = sorted({target_text(one) for one in way}) or [""]
        return [Exclusion(where, rule, text) for text in texts]

    def _ways(self, seen: Seen) -> Iterator[tuple[Target, ...]]:
        """Yield the ways to break a rule, the narrowest first; an empty one is the whole rule."""
        fit = [way for way in seen.ways if all(map(can_be_written, way))]
        yield from sorted(fit, key=lambda way: (sum(not one.key for one in way), len(way)))
        if self._whole:
            yield ()

    @staticmethod
    def _in_order(seen: list[Seen], verdict: Verdict) -> list[Seen]:
        """Return the rules that an exclusion may be for, the most severe first."""

        def order(each: Seen) -> tuple[bool, int]:
            severity = each.hit.severity
            refuses = each.hit.rule == verdict.rule
            return not refuses, _NO_SEVERITY if severity is None else severity

        known = [
            each
            for each in seen
            if not each.sums_up and (each.hit.logged or each.hit.rule == verdict.rule)
        ]
        return sorted(known, key=order)

    def _judged(
        self, case: Case, exclusions: Iterable[Exclusion], lost: frozenset[int]
    ) -> tuple[Verdict | None, list[Seen]]:
        without, gone = parts(exclusions, case.path)
        one = Witness(self._engine, case.request, without=without, removed=lost | gone)
        verdict = one.request_head()
        if verdict is None:
            verdict = one.request_body(case.body if one.reads_request_body else b"")
        return verdict or one.end().verdict, one.seen

    def lost(self, case: Case) -> frozenset[int]:
        """Return rules that match only because a log keeps less than the whole request.

        A log that was written under these rules names all that matched then.
        """
        then = {each.rule for each in case.then or ()}
        if not then or not then <= self._known:
            return frozenset()
        _, seen = self._judged(case, (), frozenset())
        return frozenset(
            each.hit.rule
            for each in seen
            if each.hit.logged and not each.sums_up and each.hit.rule not in then
        )
