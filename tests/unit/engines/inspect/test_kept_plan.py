"""Plans kept from one start to the next: the same engine, or none at all."""

import hashlib
from typing import NoReturn

import pytest
from tests.inspect_rules import told
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.fast.engine import start
from juyong.engines.inspect.http import Response
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.patterns import written_out
from juyong.engines.inspect.plan.kept import Plan, key_of, unpack
from juyong.engines.inspect.rules import RuleSet
from juyong.engines.inspect.seclang import load

TEXT = b"""
SecRuleEngine On
SecAction "id:1,phase:1,pass,nolog,setvar:tx.most=3"
SecRule ARGS "@rx un(?:ion|it)" "id:2,phase:2,pass,log,capture,logdata:'%{tx.0}'"
SecRule ARGS "@pm alpha beta" "id:3,phase:2,pass,log,t:lowercase"
SecRule ARGS "!@validateByteRange 1-127" "id:4,phase:2,pass,log,skipAfter:END"
SecRule ARGS "@gt %{tx.most}" "id:5,phase:2,deny,t:length"
SecMarker END
"""
PAGE = Response(status=200, version="HTTP/1.1", headers=())


def read() -> RuleSet:
    return load({"rules.conf": TEXT}, ["rules.conf"]).rules


def never(*_: object) -> NoReturn:
    raise AssertionError("the rules are read although a plan is kept")


def test_an_engine_from_a_kept_plan_tells_the_same() -> None:
    first, kept = start(None, read)
    assert kept is not None
    second, again = start(kept, never)
    assert again is None
    assert unpack(kept).rules == read()
    for target in (b"/?q=union", b"/?q=ALPHA", b"/?q=abc", b"/?q=abcd", b"/?q=%ff"):
        drawn = (request(target), b"", PAGE, b"")
        expected = told(ModelEngine(read()), drawn)
        assert told(first, drawn) == expected
        assert told(second, drawn) == expected


def test_patterns_are_kept_written_out() -> None:
    plan = Plan(read(), {})
    text = rb"un(?:ion|it)\d"
    first = plan.written(text)
    assert first == written_out(text)
    assert plan.grown
    again = unpack(plan.pack())
    assert again is not None
    assert again.written(text) == first
    assert not again.grown
    assert again.written(rb"(?<=a)b").exact is False
    assert again.grown


def test_outlines_of_operators_are_kept() -> None:
    given = ("rx", b"(?:un)ion", (), False)
    drawn = (5, False, [[b"union"], [b"un", b"on"]])
    plan = Plan(read(), {})
    assert plan.outline(given, lambda _: drawn) == drawn
    assert plan.grown
    again = unpack(plan.pack())
    assert again is not None
    assert again.outline(given, never) == drawn
    assert not again.grown
    assert again.outline(("rx", b"other", (), False), lambda _: drawn) == drawn
    assert again.grown


@pytest.mark.parametrize("spoil", ["cut", "bit", "empty", "other", "version"])
def test_bytes_of_no_use_are_passed_over(spoil: str) -> None:
    _, kept = start(None, read)
    spoilt = {
        "cut": kept[:-1],
        "bit": kept[:50] + bytes([kept[50] ^ 1]) + kept[51:],
        "empty": b"",
        "other": hashlib.sha256(b"\x90").digest() + b"\x90",
        "version": hashlib.sha256(kept[32:33] + b"\x63" + kept[34:]).digest()
        + kept[32:33]
        + b"\x63"
        + kept[34:],
    }[spoil]
    assert unpack(spoilt) is None
    engine, again = start(spoilt, read)
    assert again == kept
    assert told(engine, (request(b"/?q=union"), b"", PAGE, b""))[-1].hits


def test_a_key_tells_names_contents_and_entries_apart() -> None:
    files = {"a": b"1", "b": b"2"}
    keys = {
        key_of(files, ["a"]),
        key_of(files, ["a", "b"]),
        key_of({"a": b"2", "b": b"1"}, ["a"]),
        key_of({"a": b"1"}, ["a"]),
    }
    assert len(keys) == 4
    assert key_of(dict(reversed(files.items())), ["a"]) == key_of(files, ["a"])
