"""Gates tested one by one on every value: slow and plain, the model of the other gates."""

from collections.abc import Callable, Sequence

from juyong.engines.inspect.gates import Asked, Found, Gate, Value
from juyong.engines.inspect.operators import make_test
from juyong.engines.inspect.patterns import Captures
from juyong.engines.inspect.plan.selecting import Selection
from juyong.engines.inspect.rules import Operator, Phase
from juyong.engines.inspect.transforms import TRANSFORMS


class PlainGates:
    """Gates without a prefilter; may be shared by threads.

    Source: the contract in `gates.py`.
    """

    def __init__(self, gates: Sequence[Gate]) -> None:
        """Compile.

        Raises:
            OperatorRefused: an operator or its argument cannot be carried out.
        """
        self._gates = [(gate, Selection(gate.selectors), holds_of(gate.operator)) for gate in gates]

    def inspect(self, phase: Phase, values: Sequence[Value]) -> list[Found]:
        """Return each match of the phase's gates, by gate, then by value, then by step."""
        return [
            Found(gate.number, at, text)
            for gate, selection, holds in self._gates
            if gate.phase == phase
            for at, value in enumerate(values)
            if selection.place(value.collection, value.key) >= 0
            for text in steps_of(gate, value.value)
            if holds(text)
        ]

    def captures(self, _gate: int, _text: bytes) -> Captures | None:
        """Return nothing: the rule's own operator is as fast."""
        return None

    def reader(self, _asked: Asked) -> None:
        """Return nothing: values are made in Python."""


def holds_of(operator: Operator) -> Callable[[bytes], bool]:
    """Return whether an operator, negation with it, holds for a text.

    Raises:
        OperatorRefused: the operator or its argument cannot be carried out.
    """
    test = make_test(operator.name, operator.argument, operator.phrases)
    if operator.negated:
        return lambda text: test(text) is None
    return lambda text: test(text) is not None


def steps_of(gate: Gate, value: bytes) -> list[bytes]:
    """Return the texts that a gate tests: the last one, or with multi_match each different one."""
    texts = [value]
    for name in gate.transforms:
        text = TRANSFORMS[name](texts[-1])
        if text != texts[-1]:
            texts.append(text)
    return list(dict.fromkeys(texts)) if gate.multi_match else texts[-1:]
