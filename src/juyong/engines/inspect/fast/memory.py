"""Outcomes of phases that were judged before, as steps from one known state to another.

A state is known by being reached: the beginning of a request, or the end of a remembered step. From
a known state, the matches of the gates and the counts of a phase say which step comes next, so that
a request like others is a walk of five steps. States and steps are made as traffic comes.

INVARIANT: `tests/property/test_inspect_memory.py` holds whole reports against the model's.
"""

from collections.abc import Mapping, Sequence

import msgspec

from juyong.engines.inspect.model.judging import LONGEST_VALUE, shown
from juyong.engines.inspect.model.report import report_of, scores_of
from juyong.engines.inspect.model.state import NO_SEVERITY, State
from juyong.engines.inspect.plan.depths import Depths
from juyong.engines.inspect.rules import Mode, Selector
from juyong.engines.inspect.verdict import Hit, Report

_MOST_KNOWN = 512
"""States that are known at a time."""
_MOST_MEMBERS = 128
_MOST_BYTES = 8_192
"""Of TX in a known state."""
_MOST_SEEN = 4_096
_METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"))


class Hole(msgspec.Struct, frozen=True):
    """A hit that quotes the last value that its gate matched; at: Its place among the hits."""

    at: int
    gate: int
    hit: Hit


Quoted = tuple[Hit, tuple[str, bytes, bytes] | None]
"""A hit, and the match to quote in place of the hit's own: collection, key and text, cut."""


class Known:
    """The state that the rules brought a request to, in all that later rules may read.

    hits: Those in holes are of another request. steps: By what `Traffic.step` tells.
    """

    __slots__ = (
        "_report",
        "hits",
        "holes",
        "mode",
        "removed",
        "severity",
        "steps",
        "switches",
        "taken",
        "tx",
    )

    def __init__(
        self,
        state: State | None,
        mode: Mode,
        hits: tuple[Hit, ...] = (),
        holes: tuple[Hole, ...] = (),
    ) -> None:
        """Take the state in; None for the beginning."""
        self.mode = mode
        self.tx: Mapping[bytes, bytes] = {} if state is None else dict(state.tx)
        self.removed = frozenset[int]() if state is None else frozenset(state.removed)
        self.taken: Mapping[int, tuple[Selector, ...]] = {} if state is None else dict(state.taken)
        self.switches: Mapping[str, str] = {} if state is None else dict(state.switches)
        self.severity = NO_SEVERITY if state is None else state.severity
        self.hits, self.holes = hits, holes
        self.steps: dict[bytes | None, Step] = {}
        self._report: Report | None = None

    def load(self, state: State) -> None:
        """Put a request into this state; what no later rule reads stays."""
        state.tx = dict(self.tx)
        state.mode = self.mode
        state.removed = set(self.removed)
        state.taken = dict(self.taken)
        state.switches = dict(self.switches)
        state.severity = self.severity

    def hits_with(self, quoted: Sequence[Quoted]) -> list[Hit]:
        """Return the hits of a request; quoted: By hole."""
        hits = list(self.hits)
        for hole, one in zip(self.holes, quoted, strict=True):
            hits[hole.at] = _quoting(*one)
        return hits

    @property
    def quiet(self) -> bool:
        """Whether a request that ends here leaves nothing to tell; see `Report`."""
        return self._first().quiet

    def report(self, quoted: Sequence[Quoted]) -> Report:
        """Return the report of a request that ends here; quoted: As of `hits_with`."""
        first = self._first()
        if not self.holes:
            return first
        hits = tuple(self.hits_with(quoted))
        return Report(hits=hits, scores=first.scores, quiet=first.quiet)

    def _first(self) -> Report:
        """Return the report of the request that the state was made of."""
        if self._report is None:
            scores = scores_of(dict(self.tx))
            self._report = report_of(
                self.hits, verdict=None, enforced=True, scores=scores, partial=""
            )
        return self._report


def _quoting(hit: Hit, last: tuple[str, bytes, bytes] | None) -> Hit:
    """Return a hit that quotes a match."""
    if last is None:
        return hit
    collection, key, text = last
    name = collection.encode() + b":" + key if key else collection.encode()
    return Hit(
        rule=hit.rule,
        phase=hit.phase,
        msg=hit.msg,
        severity=hit.severity,
        tags=hit.tags,
        variable=shown(name[:LONGEST_VALUE]),
        value=text,
        transforms=hit.transforms,
        logdata=hit.logdata,
        times=hit.times,
        logged=hit.logged,
    )


class Step(msgspec.Struct, frozen=True):
    """The outcome of a phase; work: Steps of the budget that judging took, the gates' apart.

    holes: Those of the phase.
    """

    after: Known
    work: int
    holes: tuple[Hole, ...]


class Memory:
    """The known states of one engine; may be shared by threads.

    count: How many there are, the beginnings apart.

    COST: a state is made only of what was seen twice, so that requests like no others fill nothing.
    All is forgotten when it is full.
    """

    def __init__(self, depths: Depths, mode: Mode) -> None:
        """Begin with nothing; mode: That requests begin in."""
        self.depths = depths
        self._mode = mode
        self._begins: dict[bytes, Known] = {}
        self.count = 0
        self._seen: set[int] = set()

    def begin(self, method: bytes) -> Known | None:
        """Return the state in which requests of a method begin; None for rare methods.

        Guards read the method, so that steps of one are not those of another.
        """
        found = self._begins.get(method)
        if found is None and method in _METHODS:
            found = self._begins[method] = Known(None, self._mode)
        return found

    def again(self, known: Known, key: bytes) -> bool:
        """Tell whether a step was seen before from a state; from now on, it was."""
        mark = hash((id(known), key))
        if mark in self._seen:
            return True
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen.add(mark)
        return False

    def keep(
        self,
        before: Known,
        key: bytes,
        state: State,
        hits: Sequence[Hit],
        *,
        work: int,
        holes: Sequence[Hole],
    ) -> Known | None:
        """Remember a step, and return the state behind the step; None where the state is large."""
        if len(state.tx) > _MOST_MEMBERS or sum(map(len, state.tx.values())) > _MOST_BYTES:
            return None
        if self.count >= _MOST_KNOWN:
            self.count = 0
            self._begins.clear()
        after = Known(state, state.mode, tuple(hits), (*before.holes, *holes))
        before.steps[key] = Step(after, work, tuple(holes))
        self.count += 1
        return after
