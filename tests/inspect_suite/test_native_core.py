"""Gates of whole rule sets in the native core, on the values of the Core Rule Set's own tests."""

from collections.abc import Sequence

import msgspec
import pytest
from tests.inspect_native import needs_core
from tests.inspect_suite.rule_sets import crs4, crs4_folder, debian
from tests.inspect_suite.running import inspect
from tests.inspect_suite.stages import stages

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.fast.gates import FilteredGates
from juyong.engines.inspect.gates import Asked, Found, Gate, Value
from juyong.engines.inspect.native import NativeGates
from juyong.engines.inspect.operators.detect import detect_sqli, detect_xss
from juyong.engines.inspect.patterns import Captures
from juyong.engines.inspect.rules import Operator, Phase, Selector

pytestmark = needs_core


class BothGates:
    """Gates of the core and of Python at once; each answer is asserted to be the same."""

    def __init__(self, gates: Sequence[Gate]) -> None:
        self._native, self._filtered = NativeGates(gates), FilteredGates(gates)
        self.asked = self.answered = 0

    def inspect(self, phase: Phase, values: Sequence[Value]) -> list[Found]:
        """Return the matches that both found."""
        found = self._native.inspect(phase, values)
        assert found == self._filtered.inspect(phase, values)
        self.asked += len(values)
        self.answered += len(found)
        return found

    def captures(self, gate: int, text: bytes) -> Captures | None:
        """Return what the core captures."""
        return self._native.captures(gate, text)

    def reader(self, _asked: Asked) -> None:
        """Return nothing, so that all values are given to both."""


EVERY = 12
"""Stages of which one is judged here, by level; the engines are compared on others."""


@pytest.mark.parametrize(("level", "share"), [(1, 0), (4, 5)])
def test_gates_are_equal_on_stages_of_the_suite(level: int, share: int) -> None:
    gates: list[BothGates] = []

    def make(given: Sequence[Gate]) -> BothGates:
        gates.append(BothGates(given))
        return gates[-1]

    engine = FastEngine(crs4(level=level), make_gates=make)
    ran = [inspect(engine, stage) for stage in list(stages(crs4_folder() / "tests"))[share::EVERY]]
    asked, answered = sum(one.asked for one in gates), sum(one.answered for one in gates)
    print(f"level {level}: {len(ran)} stages, {asked} values, {answered} matches")
    assert len(ran) > 350
    assert asked > 30 * len(ran)
    assert answered > 3 * len(ran)


def test_the_rule_set_of_debian_is_carried_out() -> None:
    FastEngine(debian().rules, make_gates=NativeGates)


def test_what_the_tokenisers_of_the_core_capture_is_what_python_captures() -> None:
    gate = Gate(
        number=0,
        phase=Phase.REQUEST_HEAD,
        selectors=(Selector(collection="ARGS"),),
        transforms=(),
        operator=Operator(name="detectxss"),
        multi_match=False,
    )
    sqli = msgspec.structs.replace(gate, number=1, operator=Operator(name="detectsqli"))
    texts = msgspec.structs.replace(gate, number=2, operator=Operator(name="rx", argument=b"."))
    gates = NativeGates([gate, sqli, texts])
    for text in (b"<script>", b"x' or 1=1 --", b"<a b=" * 12_000):
        assert gates.captures(0, text) == detect_xss()(text)
        assert gates.captures(1, text) == detect_sqli()(text)
        assert gates.captures(2, text) is None
