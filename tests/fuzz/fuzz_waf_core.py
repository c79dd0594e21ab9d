"""The native core: random gates on random values are answered as the plain gates answer them.

Where the core is not built, the gates with a prefilter stand in for it.
"""

from random import Random

import msgspec
from tests import inspect_native as cases

from juyong.engines.inspect.fast.gates import FilteredGates
from juyong.engines.inspect.fast.plain import PlainGates
from juyong.engines.inspect.gates import Gate, Value
from juyong.engines.inspect.native import NativeGates, native_ready
from juyong.engines.inspect.operators import OPERATORS, OperatorRefused, make_test
from juyong.engines.inspect.rules import Operator, Phase, Selector
from juyong.engines.inspect.transforms import TRANSFORMS

SEEDS = [b"gates", b"\0" * 8, bytes(range(64)), b"union select", b"<svg onload=1>"]

_OPERATORS = sorted(OPERATORS)
_TRANSFORMS = sorted(TRANSFORMS)
_TEXTS = [
    cases.escaped_text,
    cases.sql_text,
    cases.html_text,
    cases.matched_text,
    cases.digits_text,
]


def target(data: bytes) -> None:
    """Draw gates from the input, and hold them against values drawn too, and the input itself."""
    random = Random(data)  # noqa: S311  # draws of a test, from its input
    gates = [gate for _ in range(4) if (gate := _gate(random)) is not None]
    gates = [msgspec.structs.replace(gate, number=at) for at, gate in enumerate(gates)]
    values = [Value("ARGS", b"q", random.choice(_TEXTS)(random)) for _ in range(4)]
    values += [Value("ARGS", b"a", data), Value("ARGS", data, b""), values[0]]
    fast = NativeGates(gates) if native_ready() else FilteredGates(gates)
    expected = PlainGates(gates).inspect(Phase.REQUEST_BODY, values)
    assert fast.inspect(Phase.REQUEST_BODY, values) == expected


def _gate(random: Random) -> Gate | None:
    operator = _operator(random)
    if operator is None:
        return None
    return Gate(
        number=0,
        phase=Phase.REQUEST_BODY,
        selectors=(
            Selector(collection="ARGS", key=random.choice([None, None, b"q"])),
            Selector(collection="ARGS", key=b"a", excluded=random.random() < 0.1),
        ),
        transforms=tuple(random.choices(_TRANSFORMS, k=random.randrange(4))),
        operator=operator,
        multi_match=random.random() < 0.3,
    )


def _operator(random: Random) -> Operator | None:
    """Return an operator with an argument; None where the argument drawn is refused."""
    name = random.choice(["rx", *_OPERATORS])
    if name.startswith("rx"):
        argument = cases.raw_pattern(random)
    else:
        argument, _ = cases.argument_and_value(random, name)
    try:
        make_test(name, argument)
    except OperatorRefused:
        return None
    return Operator(name=name, argument=argument, negated=random.random() < 0.2)
