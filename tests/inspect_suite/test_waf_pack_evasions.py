"""Attacks that our own pack refuses are refused in other spellings, and with text around them.

The attacks are those regression tests of the Core Rule Set that level 1 is for and that level 1 of
ours refuses, with the values of their targets and forms changed. Not each change leaves an attack
that works, so the share is bounded, not the whole.
"""

from collections.abc import Callable, Iterator
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec
import pytest
from tests.inspect_suite.rule_sets import crs4_folder
from tests.inspect_suite.running import inspected
from tests.inspect_suite.stages import Stage, stages
from tests.waf_pack.engines import rules

from juyong.engines.inspect.fast.engine import FastEngine

_SAMPLE = 12
_FORM = b"application/x-www-form-urlencoded"


def _mixed(value: bytes) -> bytes:
    """Return a text with each second letter in the other case."""
    return bytes(
        each ^ 0x20 if at % 2 and chr(each).isalpha() and each < 0x80 else each
        for at, each in enumerate(value)
    )


def _quoted(value: bytes) -> bytes:
    return quote_from_bytes(value, safe="").encode()


WAYS: dict[str, tuple[Callable[[bytes], bytes], float]] = {
    "case": (_mixed, 0.93),
    "tabs": (lambda value: value.replace(b" ", b"\t"), 0.97),
    "lines": (lambda value: value.replace(b" ", b"\n"), 0.93),
    "comments": (lambda value: value.replace(b" ", b"/**/"), 0.92),
    "a prose ahead": (lambda value: b"Hello there, my dear friends of tea. " + value, 0.9),
    "a prose behind": (lambda value: value + b" and thank you all for the kind words", 0.9),
    "a title ahead": (lambda value: b"A short title of this\n\nSome words.\n\n" + value, 0.9),
    "lines ahead": (lambda value: b"Some words\nand more\nof them\nand more\n" + value, 0.9),
    "lines behind": (lambda value: value + b"\n\nBest regards\nAnn", 0.9),
    "encoded twice": (_quoted, 0.93),
    "a text ahead": (lambda value: b"'a' " + value, 0.9),
    "double quotes": (lambda value: value.replace(b"'", b'"'), 0.93),
    "a backslash": (lambda value: value.replace(b"'", b"\\'"), 0.93),
    "a space ahead": (lambda value: b" " + value, 0.93),
    "a semicolon ahead": (lambda value: b"1;" + value, 0.88),
}
"""How a value is changed, and the share that is refused still."""


def changed(stage: Stage, change: Callable[[bytes], bytes]) -> Stage | None:
    """Return a stage with each value changed; None where the stage has none."""
    request = stage.request
    assert request is not None
    path, mark, query = request.target.partition(b"?")
    target = path + mark + _pairs(query, change)
    types = [value for name, value in request.headers if name.lower() == b"content-type"]
    body = _pairs(stage.body, change) if types == [_FORM] else stage.body
    if (target, body) == (request.target, stage.body):
        return None
    length = b"%d" % len(body)
    headers = tuple(
        (name, length if name.lower() == b"content-length" else value)
        for name, value in request.headers
    )
    request = msgspec.structs.replace(request, target=target, headers=headers)
    return Stage(
        name=stage.name,
        sent=b"",
        request=request,
        body=body,
        response=stage.response,
        answer=stage.answer,
    )


def _pairs(text: bytes, change: Callable[[bytes], bytes]) -> bytes:
    def one(pair: bytes) -> bytes:
        name, mark, value = pair.partition(b"=")
        return name + mark + _quoted(change(unquote_to_bytes(value.replace(b"+", b" "))))

    return b"&".join(one(pair) if b"=" in pair else pair for pair in text.split(b"&"))


def _refused(engine: FastEngine, stage: Stage) -> bool:
    assert stage.request is not None
    told = inspected(engine, stage.request, stage.body, stage.response, stage.answer)
    return told.verdict is not None


def _attacks(engine: FastEngine) -> Iterator[Stage]:
    found = (each for each in stages(crs4_folder() / "tests") if each.request and each.expected)
    kinds = [each for each in found if each.name[:3] in ("930", "932", "933", "934", "941", "942")]
    return (each for each in kinds[::_SAMPLE] if _refused(engine, each))


@pytest.mark.timeout(240)
def test_changed_attacks_are_refused() -> None:
    engine = FastEngine(rules())
    attacks = list(_attacks(engine))
    assert len(attacks) > 100
    weak = {}
    for way, (change, least) in WAYS.items():
        made = [new for each in attacks if (new := changed(each, change)) is not None]
        found = sum(_refused(engine, each) for each in made)
        print(f"{way:18} refused {found:4} of {len(made):4}")
        assert len(made) > 50
        if found < least * len(made):
            weak[way] = found / len(made)
    assert weak == {}
