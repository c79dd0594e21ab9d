"""The fast engine, which runs only those of the model's rules that gates let through.

Chains, captures, actions, effects and the report are the model's own code; this engine decides only
which rules need not be judged, since their first link matches nothing.
"""

from collections.abc import Callable, Sequence

from juyong.engines.inspect.fast.gates import FilteredGates
from juyong.engines.inspect.fast.inspecting import Answers, FastInspection
from juyong.engines.inspect.fast.memory import Memory
from juyong.engines.inspect.fast.remembering import RememberingInspection
from juyong.engines.inspect.gates import Asked, Gate, Gates
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model.engine import Clock, CountryOf, ModelEngine
from juyong.engines.inspect.plan.depths import depths_of
from juyong.engines.inspect.plan.gating import gated
from juyong.engines.inspect.plan.kept import Plan, unpack
from juyong.engines.inspect.plan.runs import Steps, steps_of
from juyong.engines.inspect.plan.selecting import Selection
from juyong.engines.inspect.rules import Phase, RuleSet
from juyong.engines.inspect.stored import Store

_StepsKey = tuple[Phase, tuple[int, ...], tuple[int, ...], Answers]
"""A phase, the places of rules whose gates matched, open doors, and which counts hold."""
_MOST_STEPS = 512
_MOST_FOUND = 32
"""Sequences of steps that an engine keeps, and rules that matched in each."""


class FastEngine(ModelEngine):
    """A rule set behind gates; may be shared by threads."""

    def __init__(
        self,
        rules: RuleSet,
        *,
        limits: Limits | None = None,
        store: Store | None = None,
        country_of: CountryOf | None = None,
        clock: Clock | None = None,
        make_gates: Callable[[Sequence[Gate]], Gates] = FilteredGates,
    ) -> None:
        """Compile; arguments as of the model.

        Args:
            make_gates: Compiles the gates: with the prefilter, plain, or in the native core.
        """
        super().__init__(rules, limits=limits, store=store, country_of=country_of, clock=clock)
        self.plan = gated(self.program, self.limits)
        self.gates = make_gates(self.plan.gates)
        self.selections = [Selection(gate.selectors) for gate in self.plan.gates]
        counts = {
            phase: [(one.collection, one.key, one.table) for one in behind.counted]
            for phase, behind in self.plan.phases.items()
        }
        known = depths_of(self.plan, self.program)
        asked = Asked(
            wanted=self.program.wanted,
            counts=counts,
            separator=rules.argument_separator,
            depths=() if known is None else known.gates,
        )
        self.reader = self.gates.reader(asked)
        reads = self.reader is not None
        self.memory = Memory(known, rules.mode) if reads and known is not None else None
        self._steps: dict[_StepsKey, Steps] = {}

    def inspect(self, request: Request) -> FastInspection:
        """Begin with a request."""
        if self.memory is None or self.reader is None:
            return FastInspection(self, request)
        return RememberingInspection(self, request, self.reader, self.memory)

    def steps(
        self, phase: Phase, found: tuple[int, ...], opened: tuple[int, ...], counts: Answers
    ) -> Steps:
        """Return the steps of a phase.

        Args:
            phase: Of the rules.
            found: Places of rules whose gates matched.
            opened: Places of rules without a gate of their own whose later links may match.
            counts: Whether each guard that counts holds.

        COST: Most requests match the same few gates, and have the same headers, so steps are kept
        for these.
        """
        steps = self._steps.get((phase, found, opened, counts))
        if steps is None:
            behind = self.plan.phases[phase]
            places = {*behind.always, *found} - set(behind.doors) | set(opened)
            for holds, ruled in zip(counts, behind.ruled, strict=True):
                if not holds:
                    places -= ruled
            places -= {at for at, some in behind.either if not any(counts[one] for one in some)}
            steps = steps_of(places, behind.rules, behind.fixed, behind.guards)
            if len(self._steps) >= _MOST_STEPS:
                self._steps.clear()
            if len(found) <= _MOST_FOUND:
                self._steps[phase, found, opened, counts] = steps
        return steps


def start(
    kept: bytes | None, read: Callable[[], RuleSet], *, limits: Limits | None = None
) -> tuple[FastEngine, bytes | None]:
    """Return an engine with the prefilter, from a kept plan where there is one.

    Args:
        kept: The bytes of an earlier start under the same key; see `plan.kept.key_of`.
        read: Reads the rules; called only where no plan is kept, or the bytes are of no use.
        limits: Of the site.

    Returns:
        The engine, and the bytes to keep; None where the given bytes still serve.
    """
    plan = None if kept is None else unpack(kept)
    known = Plan(read(), {}) if plan is None else plan

    def make_gates(gates: Sequence[Gate]) -> Gates:
        return FilteredGates(gates, known.clauses_of(gates), waits=plan is not None)

    engine = FastEngine(known.rules, limits=limits, make_gates=make_gates)
    return engine, known.pack() if plan is None else None
