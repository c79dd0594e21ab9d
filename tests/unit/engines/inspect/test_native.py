"""The native core: what it is given, what it refuses, and that it is never needed."""

import threading
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.inspect_native import needs_core

from juyong.engines.inspect import native
from juyong.engines.inspect.core import CORE_VERSION
from juyong.engines.inspect.fast.plain import PlainGates
from juyong.engines.inspect.gates import Found, Gate, Value
from juyong.engines.inspect.native import NativeGates, native_gates, native_test, native_transform
from juyong.engines.inspect.operators import OPERATORS, REFUSED
from juyong.engines.inspect.patterns import PatternRefused, written_out
from juyong.engines.inspect.rules import Operator, Phase, Selector
from juyong.engines.inspect.transforms import TRANSFORMS

FOLDER = Path(__file__).parents[4] / "core" / "waf"
HEAD = Phase.REQUEST_HEAD
ARGUMENTS = (Selector(collection="ARGS"),)


def gate(operator: Operator, number: int = 0, **parts: object) -> Gate:
    told = {"selectors": ARGUMENTS, "transforms": (), "multi_match": False, "phase": HEAD}
    return Gate(number=number, operator=operator, **{**told, **parts})


def rx(pattern: bytes) -> Operator:
    return Operator(name="rx", argument=pattern)


def found(gates: list[Gate], *values: Value) -> list[Found]:
    answer = NativeGates(gates).inspect(HEAD, values)
    assert answer == PlainGates(gates).inspect(HEAD, values)
    return answer


def argument(value: bytes, key: bytes = b"q") -> Value:
    return Value("ARGS", key, value)


def test_version_is_the_one_that_is_spoken_to():
    told = tomllib.loads((FOLDER / "Cargo.toml").read_text())
    assert told["package"]["version"] == CORE_VERSION


def test_without_the_core_there_are_no_native_gates(monkeypatch):
    monkeypatch.setattr(native, "_CORE", None)
    assert native_gates([gate(rx(b"a"))]) is None
    assert native.core_state() == "the native core is not installed"
    with pytest.raises(RuntimeError, match="is not installed"):
        NativeGates([])


def test_a_core_of_another_version_is_not_used(monkeypatch):
    monkeypatch.setattr(native, "_CORE", SimpleNamespace(VERSION="0.0.9"))
    assert native_gates([gate(rx(b"a"))]) is None
    assert native.core_state() == "the native core is of version 0.0.9, not 0.2.0"


@needs_core
class TestCore:
    def test_is_used_where_it_is_installed(self):
        assert native_gates([gate(rx(b"a"))]) is not None
        assert native.core_state() == "the native core 0.2.0 is used"

    def test_knows_every_transformation_and_operator(self):
        for name in TRANSFORMS:
            native_transform(name, b"a")
        arguments = {"ipmatch": b"::1", "validatebyterange": b"1-2"}
        for name in OPERATORS:
            known = name.removesuffix("f").removesuffix("fromfile")
            native_test(name, arguments.get(known, b"a"))

    def test_patterns_that_wait_give_the_same_answers(self):
        gates = [gate(rx(rb"a+b"), 0), gate(rx(rb"(?<=x)y"), 1), gate(rx(rb"^\d+$"), 2)]
        values = [argument(text) for text in (b"aab", b"xy", b"17", b"")]
        expected = PlainGates(gates).inspect(HEAD, values)
        waiting, prepared = (NativeGates(gates, waits=True) for _ in range(2))
        prepared.prepare()
        assert waiting.inspect(HEAD, values) == prepared.inspect(HEAD, values) == expected

    def test_patterns_are_read_as_they_are_written_out(self):
        asked = []

        def write(text):
            asked.append(text)
            return written_out(text)

        NativeGates([gate(rx(rb"a\d"))], write=write)
        assert set(asked) == {rb"a\d"}

    @pytest.mark.parametrize("name", ["nosuch", *sorted(REFUSED)])
    def test_refuses_what_is_unknown(self, name):
        with pytest.raises(ValueError, match=f"gate 0: @{name}: no such operator"):
            NativeGates([gate(Operator(name=name))])
        with pytest.raises(ValueError, match=f"no transformation {name}"):
            native_transform(name, b"a")
        with pytest.raises(ValueError, match=f"gate 0: no transformation {name}"):
            NativeGates([gate(rx(b"a"), transforms=(name,))])

    def test_refuses_a_pattern_that_is_malformed_or_too_large(self):
        with pytest.raises(PatternRefused):
            NativeGates([gate(rx(b"(a"))])
        bounds = b"((?:a{1000}b){1000}c){100}"
        with pytest.raises(ValueError, match=r".") as refused:
            NativeGates([gate(rx(bounds), 7)])
        assert isinstance(refused.value, PatternRefused) or "gate 7" in str(refused.value)

    def test_patterns_beyond_linear_engines_are_judged_after_the_core(self):
        ahead = rx(b"a(?!b)")
        assert found([gate(ahead)], argument(b"ab"), argument(b"ac")) == [(0, 1, b"ac")]
        negated = Operator(name="rx", argument=b"a(?!b)", negated=True)
        assert found([gate(negated)], argument(b"ab"), argument(b"ac")) == [(0, 0, b"ab")]
        card = Operator(name="verifycc", argument=rb"(?<!\d)\d{16}(?!\d)")
        assert found(
            [gate(card)], argument(b"4111111111111111"), argument(b"41111111111111110")
        ) == [(0, 0, b"4111111111111111")]
        keys = (Selector(collection="ARGS", pattern="(?is)a(?!b)"),)
        with pytest.raises(ValueError, match="no linear engine has the pattern of keys"):
            NativeGates([gate(rx(b"a"), selectors=keys)])

    def test_answers_by_gate_then_value_then_step(self):
        gates = [
            gate(rx(b"b"), 0, transforms=("lowercase", "uppercase"), multi_match=True),
            gate(rx(b"(?i)b"), 1, transforms=("lowercase", "uppercase"), multi_match=True),
        ]
        assert found(gates, argument(b"aB"), argument(b"x"), argument(b"b")) == [
            (0, 0, b"ab"),
            (0, 2, b"b"),
            (1, 0, b"aB"),
            (1, 0, b"ab"),
            (1, 0, b"AB"),
            (1, 2, b"b"),
            (1, 2, b"B"),
        ]

    def test_finds_equal_values_each_time(self):
        gates = [gate(rx(b"union"), transforms=("urldecodeuni",))]
        assert found(gates, *[argument(b"%75nion")] * 3) == [(0, at, b"union") for at in range(3)]

    def test_a_text_that_another_value_has_too_stays_the_text_that_was_tested(self):
        gates = [gate(rx(b"union"), transforms=("urldecodeuni",))]
        values = [argument(b"union"), argument(b"%75nion"), argument(b"union")]
        assert found(gates, *values) == [(0, at, b"union") for at in range(3)]

    def test_answers_stay_the_same_when_they_are_asked_again(self):
        gates = NativeGates(
            [
                gate(rx(b"union"), 0, transforms=("urldecodeuni",)),
                gate(rx(b"^u"), 1, selectors=(*ARGUMENTS, Selector(collection="REQUEST_URI"))),
            ]
        )
        values = [argument(b"%75nion"), Value("REQUEST_URI", b"", b"union"), argument(b"x" * 600)]
        first = gates.inspect(HEAD, values)
        assert first == [(0, 0, b"union"), (1, 1, b"union")]
        assert all(gates.inspect(HEAD, values) == first for _ in range(3))
        assert gates.inspect(HEAD, values[::-1]) == [(0, 2, b"union"), (1, 1, b"union")]

    def test_a_negated_gate_matches_what_its_operator_does_not(self):
        negated = Operator(name="rx", argument=b"^[a-z]+$", negated=True)
        assert found([gate(negated)], argument(b"abc"), argument(b"a c")) == [(0, 1, b"a c")]

    def test_a_member_that_is_taken_out_is_not_tested(self):
        selectors = (
            *ARGUMENTS,
            Selector(collection="REQUEST_HEADERS", pattern="(?is)^x-"),
            Selector(collection="ARGS", key=b"token", excluded=True),
            Selector(collection="ARGS", pattern="(?is)^p_", excluded=True),
        )
        values = [
            argument(b"a", b"Token"),
            argument(b"a", b"P_1"),
            argument(b"a", b"other"),
            Value("REQUEST_HEADERS", b"X-A", b"a"),
            Value("REQUEST_HEADERS", b"Host", b"a"),
        ]
        assert found([gate(rx(b"a"), selectors=selectors)], *values) == [
            (0, 2, b"a"),
            (0, 3, b"a"),
        ]

    def test_a_command_is_found_between_the_bytes_that_shells_pass_over(self):
        spread = gate(rx(rb"(?i)w[\"'\\^]*h[\"'\\^]*o[\"'\\^]*a[\"'\\^]*m[\"'\\^]*i"))
        assert found([spread], argument(b"; w'h\"o^\\AM'i"), argument(b"who am i")) == [
            (0, 0, b"; w'h\"o^\\AM'i")
        ]

    def test_searchers_with_wide_registers_stand_where_the_processor_wants_them(self):
        for size in range(1, 60):
            test = native_test("contains", b"x" * size)
            assert test.matches(b"y" * 61 + b"x" * size)

    def test_other_threads_run_while_large_values_are_inspected(self):
        gates = NativeGates([gate(rx(rb"(?i)union\s+select"), transforms=("urldecodeuni",))])
        large = argument(b"a%20" * 5_000 + b"union%20select")
        answers: list[int] = []

        def inspect() -> None:
            answers.extend(len(gates.inspect(HEAD, [large] * 3)) for _ in range(5))

        threads = [threading.Thread(target=inspect) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [3] * 20

    def test_a_phase_without_gates_finds_nothing(self):
        assert NativeGates([gate(rx(b"a"))]).inspect(Phase.LOGGING, [argument(b"a")]) == []

    @pytest.mark.parametrize("value", ["text", None, 7])
    def test_values_of_other_types_are_refused(self, value):
        gates = NativeGates([gate(rx(b"a"))])
        with pytest.raises(TypeError):
            gates.inspect(HEAD, [Value("ARGS", b"q", value)])
