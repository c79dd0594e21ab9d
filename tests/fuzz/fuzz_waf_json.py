"""JSON bodies: what Python's reader takes is taken with the same members, the rest is refused."""

import json
from typing import Any

from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.read import read_body
from juyong.engines.inspect.limits import Limits

SEEDS: list[bytes] = [
    b'{"a": {"b": [1, -2.5e3, true, false, null, "x\\u00e9\\n"]}, "a": 2}',
    b'[[], {}, [[{"k": "\\ud83d\\ude00 \\ud83d"}]]]',
    b' {"q" : "\\u003cscript\\u003e"} ',
    b"[01, NaN, 'a']",
    b'"a"',
    b"[" * 30 + b"]" * 30,
    '{"ключ":"значение"}'.encode(),
    b'{"a": [1, "b", null, {"c": [true, 2]}, 3], "d": ["\\n", -0.5e1]}',
    b"[" + b"1," * 199 + b"1]",
    b'{"' + b"k" * 900 + b'": [1, [2], "3"]}',
    b"",
]
_ASKED = request(method=b"POST", kind=b"application/json")
_LIMITS = Limits(values=200, names=2_000, json_depth=20)


def target(data: bytes) -> None:
    """Compare with the standard library on what is JSON."""
    parsed = read_body(_ASKED, data, _LIMITS)
    assert (parsed.refusal is not None) == bool(parsed.error)
    expected = _expected(data)
    if parsed.refusal is None and data.strip(b" \t\r\n"):
        assert expected is not None
        assert parsed.arguments == expected
    elif expected is not None and len(expected) < _LIMITS.values and data.strip():
        assert parsed.refusal is not None
        assert parsed.refusal.status == 413


def _expected(data: bytes) -> list[tuple[bytes, bytes]] | None:
    try:
        found = json.loads(
            data.decode(),
            object_pairs_hook=lambda pairs: pairs or {},
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        return None
    return list(_flat("json", found))


class _Number(str):
    """A number as written."""

    __slots__ = ()


def _no_constant(_name: str) -> None:
    raise ValueError


def _flat(path: str, value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        for name, member in value:
            yield from _flat(f"{path}.{name}", member)
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from _flat(f"{path}.array_{at}", member)
    elif not isinstance(value, dict):
        text = {True: "true", False: "false", None: ""}.get(value, value)
        yield path.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass")
