"""Gates behind a prefilter: one scan for all literals, then few exact tests.

For a value: its gates by collection and key; the pipelines that may change it, by the bytes that it
holds; a scan of each different text; the gates whose literals were all seen; their own tests on
their own texts, which decide. Values are judged one by one, equal ones too: rules count them.

COST: a few microseconds for a value that no gate may match; answers for short values are kept, as
headers repeat from request to request, and phases ask for the same values.
"""

from collections.abc import Callable, Iterator, Sequence

from juyong.engines.inspect.fast.literals import Literals
from juyong.engines.inspect.fast.plain import holds_of, steps_of
from juyong.engines.inspect.gates import Asked, Found, Gate, Value
from juyong.engines.inspect.patterns import Captures
from juyong.engines.inspect.plan.clauses import operator_clauses
from juyong.engines.inspect.plan.factors import Clause
from juyong.engines.inspect.plan.selecting import Selection
from juyong.engines.inspect.plan.triggers import ALL_BYTES, triggers_of
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.transforms import TRANSFORMS, Transform

_Matches = tuple[tuple[tuple[int, bytes], ...], ...]
"""Of a value: gates and texts, by phase."""

_MOST_TARGETS = 4_096
_MOST_MOULDS = 2_048
_SHORT = 8
"""Bytes of a value that are told apart by their sequence; of more, only the set counts."""
_KEPT_VALUE = 4_096
_KEPT_BYTES = 1_048_576
_KEPT_VALUES = 4_096
_OVERHEAD = 256
"""Bytes that a kept answer takes more than its value has, roughly."""

_NOTHING: _Matches = ((),) * (max(Phase) + 1)
_Steps = tuple[str, ...]


class FilteredGates:
    """Gates with a prefilter; may be shared by threads."""

    def __init__(
        self,
        gates: Sequence[Gate],
        clauses: Sequence[tuple[Clause, ...]] | None = None,
        *,
        waits: bool = False,
    ) -> None:
        """Compile.

        Args:
            gates: By number, from 0.
            clauses: The clauses of each gate in a kept plan; computed where absent.
            waits: Whether a test is made only when its first value comes; for operators that were
                all made once before.

        Raises:
            OperatorRefused: an operator or its argument cannot be carried out.
        """
        self._gates = tuple(gates)
        self._selections = [Selection(gate.selectors) for gate in gates]
        self._holds = [None if waits else holds_of(gate.operator) for gate in gates]
        self._literals = Literals(
            [operator_clauses(gate.operator) for gate in gates] if clauses is None else clauses
        )
        self._members: dict[tuple[str, bytes], _Member] = {}
        self._kinds: dict[int, _Member] = {}
        self._young: dict[Value, _Matches] = {}
        self._old: dict[Value, _Matches] = {}
        self._kept_bytes = 0

    def inspect(self, phase: Phase, values: Sequence[Value]) -> list[Found]:
        """Return each match of the phase's gates, by gate, then by value, then by step."""
        found: list[Found] = []
        young = self._young
        for at, value in enumerate(values):
            matches = young.get(value)
            if matches is None:
                matches = self._old.get(value) or self._judge(value)
                self._keep(value, matches)
            for gate, text in matches[phase]:
                found.append(Found(gate, at, text))
        # By gate and value; the steps of a value are in order already.
        found.sort(key=lambda one: one[:2])
        return found

    def captures(self, _gate: int, _text: bytes) -> Captures | None:
        """Return nothing: the rule's own operator is as fast."""
        return None

    def reader(self, _asked: Asked) -> None:
        """Return nothing: values are made in Python."""

    def _keep(self, value: Value, matches: _Matches) -> None:
        """Remember the answer for a value; two generations bound what is remembered."""
        size = len(value.value) + len(value.key)
        if size > _KEPT_VALUE:
            return
        self._kept_bytes += size + _OVERHEAD
        if self._kept_bytes > _KEPT_BYTES or len(self._young) >= _KEPT_VALUES:
            self._old, self._young, self._kept_bytes = self._young, {}, size + _OVERHEAD
        self._young[value] = matches

    def _judge(self, value: Value) -> _Matches:
        member = self._member(value.collection, value.key)
        if not member.gates:
            return _NOTHING
        text = value.value
        texts: dict[_Steps, bytes] = {(): text}
        found: list[tuple[int, bytes]] = []
        for number in _numbers(member.candidates(text)):
            gate = self._gates[number]
            holds = self._holds[number] or self._made(number)
            if gate.multi_match:
                found += [(number, step) for step in steps_of(gate, text) if holds(step)]
            elif holds(step := _text(gate.transforms, texts)):
                found.append((number, step))
        if not found:
            return _NOTHING
        return tuple(
            tuple(one for one in found if self._gates[one[0]].phase == phase)
            for phase in range(max(Phase) + 1)
        )

    def _made(self, number: int) -> Callable[[bytes], bool]:
        """Make the test of a gate whose first value has come."""
        holds = self._holds[number] = holds_of(self._gates[number].operator)
        return holds

    def _member(self, collection: str, key: bytes) -> "_Member":
        """Return what is known of a member of a collection; members with the same gates share."""
        member = self._members.get((collection, key))
        if member is None:
            wanted = 0
            for number, selection in enumerate(self._selections):
                if selection.place(collection, key) >= 0:
                    wanted |= 1 << number
            member = self._kinds.get(wanted)
            if member is None:
                member = self._kinds.setdefault(
                    wanted, _Member(wanted, self._gates, self._literals)
                )
            if len(self._members) >= _MOST_TARGETS:
                self._members = {}
            self._members[collection, key] = member
        return member


class _Member:
    """The gates of one kind of member, and the pipelines that they share."""

    def __init__(self, wanted: int, gates: Sequence[Gate], literals: Literals) -> None:
        self.gates = wanted
        self._literals = literals
        pipelines: dict[_Steps, int] = {}
        for number in _numbers(wanted):
            for steps in _pipelines(gates[number]):
                pipelines[steps] = pipelines.get(steps, 0) | 1 << number
        self._pipelines = [(steps, triggers_of(steps), bits) for steps, bits in pipelines.items()]
        triggers = frozenset[int]().union(*(at for _, at, _ in self._pipelines if at is not None))
        self._dull = bytes(ALL_BYTES - triggers - literals.rare)
        self._moulds: dict[bytes, _Mould] = {}

    def candidates(self, text: bytes) -> int:
        """Return the gates that may match a value."""
        literals = self._literals
        features = text.translate(None, self._dull)
        if len(features) > _SHORT:
            features = bytes(sorted(set(features)))
        mould = self._moulds.get(features)
        if mould is None:
            mould = self._mould(features)
        folded = text.lower()
        if not mould.outputs:
            return literals.candidates(folded, mould.rows, mould.gates)
        wanted = mould.gates
        others: dict[bytes, int] = {}
        made = [text]
        for step, source in mould.steps:
            made.append(step(made[source]))
        for place, bits in mould.outputs:
            other = made[place]
            if other is text or (other := other.lower()) == folded:
                wanted |= bits
            else:
                others[other] = others.get(other, 0) | bits
        found = literals.candidates(folded, mould.rows, wanted)
        for other, bits in others.items():
            if bits & ~found:
                found |= literals.candidates(other, literals.of_bytes(other), bits)
        return found

    def _mould(self, features: bytes) -> "_Mould":
        """Return the plan for values that hold these bytes."""
        octets = frozenset(features)
        mould = _Mould(self._literals.of_bytes(features))
        for steps, triggers, bits in self._pipelines:
            if triggers is None or triggers & octets:
                mould.run(steps, octets, bits)
            else:
                mould.gates |= bits
        if len(self._moulds) >= _MOST_MOULDS:
            self._moulds = {}
        self._moulds[features] = mould
        return mould


class _Mould:
    """A plan for values that hold the same bytes.

    rows: The clauses that their bytes satisfy. gates: The gates whose pipelines leave the values
    alone.
    steps: Transformations in order, each with the place of its input; the value has place 0.
    outputs: Places of texts, and the gates that test the text.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.gates = 0
        self.steps: list[tuple[Transform, int]] = []
        self.outputs: list[tuple[int, int]] = []
        self._places: dict[_Steps, int] = {(): 0}

    def run(self, steps: _Steps, octets: frozenset[int], bits: int) -> None:
        """Add a pipeline; a step that nothing triggers gives the value itself."""
        place = 0
        for size, name in enumerate(steps, start=1):
            known = self._places.get(steps[:size])
            if known is None:
                triggers = triggers_of((name,))
                known = place
                if place or triggers is None or not triggers or triggers & octets:
                    self.steps.append((TRANSFORMS[name], place))
                    known = len(self.steps)
                self._places[steps[:size]] = known
            place = known
        self.outputs.append((place, bits))


def _pipelines(gate: Gate) -> Iterator[_Steps]:
    """Return a gate's pipeline; with multi_match, each beginning of the pipeline."""
    if gate.multi_match:
        for size in range(len(gate.transforms)):
            yield gate.transforms[:size]
    yield gate.transforms


def _text(steps: _Steps, texts: dict[_Steps, bytes]) -> bytes:
    """Return what a pipeline makes; texts: What its beginnings made, by steps."""
    text = texts.get(steps)
    if text is None:
        text = texts[steps] = TRANSFORMS[steps[-1]](_text(steps[:-1], texts))
    return text


def _numbers(bits: int) -> Iterator[int]:
    """Return the places of the bits that are set, from the lowest."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
