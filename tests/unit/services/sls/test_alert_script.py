"""Scripts of action policies: calls of `fire`, and nothing else."""

import pytest

from juyong.services.sls.alerts.script import BadScript, calls_of

GOOD = r"""
fire(type="sms", users=["a", 'b'], groups=[], external_headers={"X": "y"}, n=5, on=true,
     text="say \"hi\"");
fire(type="email",)
fire()
"""


def test_calls_are_read() -> None:
    first = {
        "type": "sms",
        "users": ["a", "b"],
        "groups": [],
        "external_headers": {"X": "y"},
        "n": "5",
        "on": "true",
        "text": 'say "hi"',
    }
    assert calls_of(GOOD) == [first, {"type": "email"}, {}]
    assert calls_of("") == []


@pytest.mark.parametrize(
    "script",
    [
        'if severity > 5: fire(type="sms")',
        "import os",
        'fire(type="sms"',
        "fire(type=)",
        "fire(users=[[]])",
        'fire("sms")',
        'fire(users=["a" "b"])',
        'fire(h={"a"})',
        "fire(type='sms)",
        "fire() " * 21,
        "#" + "x" * 20_000,
        "é",
    ],
)
def test_anything_else_is_refused_without_a_quote(script: str) -> None:
    with pytest.raises(BadScript) as caught:
        calls_of(script)
    assert "sms" not in str(caught.value)
