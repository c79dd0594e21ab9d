"""A witness names the values that made rules match, and judges without some of them."""

import pytest
from tests.unit.engines.inspect.requests import request
from tests.unit.engines.inspect.rule_texts import engine

from juyong.engines.inspect.model.witness import Target, Witness
from juyong.engines.inspect.seclang.controls import taken
from juyong.engines.inspect.seclang.targets import selectors


def seen(text: str, target: bytes, without: str = "", removed: int = 0) -> Witness:
    gone = {1: tuple(taken(selectors(without)))} if without else {}
    made = Witness(engine(text), request(target), without=gone, removed=frozenset({removed}))
    made.request_head()
    made.request_body(b"")
    made.end()
    return made


Q, P = Target("ARGS", b"q"), Target("ARGS", b"p")
CHAIN = 'SecRule ARGS "@contains x" "id:1,phase:2,deny,chain"\n'


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ('SecRule ARGS "@contains x" "id:1,phase:2,deny"', [(P, Q)]),
        ('SecRule ARGS:q "@contains x" "id:1,phase:2,deny"', [(Q,)]),
        ('SecRule REQUEST_FILENAME "@streq /a" "id:1,deny"', [(Target("REQUEST_FILENAME"),)]),
        ('SecRule &ARGS "@gt 1" "id:1,deny"', []),
        ('SecAction "id:1,deny"', []),
        (CHAIN + 'SecRule MATCHED_VARS "@contains y" ""', [(Q,), (P, Q)]),
        (CHAIN + 'SecRule &ARGS "@gt 1" ""', [(P, Q)]),
        (
            CHAIN + 'SecRule REQUEST_METHOD "@streq GET" ""',
            [(P, Q), (Target("REQUEST_METHOD"),)],
        ),
    ],
)
def test_the_ways_to_break_a_rule(text: str, ways: list[tuple[Target, ...]]) -> None:
    (found,) = seen(text, b"/a?p=x&q=xy").seen
    assert (found.hit.rule, list(found.ways)) == (1, ways)
    assert found.sums_up is ("SecAction" in text)


def test_what_is_taken_out_is_not_seen() -> None:
    text = 'SecRule ARGS "@contains x" "id:1,phase:2,deny"\nSecAction "id:2,phase:2,pass"'
    assert [each.hit.rule for each in seen(text, b"/?q=x", removed=2).seen] == [1]
    assert [each.hit.rule for each in seen(text, b"/?q=x", "ARGS:q").seen] == [2]
    assert next(each.ways for each in seen(text, b"/?q=x&p=x", "ARGS:q").seen) == ((P,),)
