"""Attacks that no rule was written for: refused alone, behind long ordinary text, and ahead of it.

A text ahead takes the sting out of some attacks, as a path that is the whole value or nothing; so
those classes have bounds of their own.
"""

from collections import Counter
from functools import cache

import pytest
from tests.inspect_suite.running import inspected
from tests.waf_pack.engines import rules
from tests.waf_pack.fresh_attacks import requests

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.http import Response

_PAGE = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"),))
_PROSE = "We went to the market on a sunny day and bought tea, a cake and a small lamp. " * 12
_CODE = "def put(box):\n    for lid in box:\n        print(lid)\n    return box\n\n\n" * 8
_SCRIPT = "-- Lids, and where they're kept.\nCREATE TABLE lids (id int, name text);\n" * 8
_MODULE = 'const lids = require("./lids")\nconst box = open(lids)\n\nmodule.exports = box\n\n'
_WHOLE = {"address": 0, "file": 12}
"""Attacks of a class that are attacks behind any text: the others are the whole value."""
_FEW = 6
_MOST_MISSED = {"command": 6, "code": 2}
"""Attacks of a class that may pass behind a text: `;sleep 9` and others that pass alone too."""


@cache
def engine() -> FastEngine:
    return FastEngine(rules())


def refused(ahead: str = "", behind: str = "") -> tuple[Counter[str], Counter[str]]:
    """Return how many attacks of each class there are, and how many are refused."""
    there, found = Counter[str](), Counter[str]()
    for kind, request, body in requests(ahead, behind):
        there[kind] += 1
        found[kind] += inspected(engine(), request, body, _PAGE, b"").verdict is not None
    return there, found


def test_fresh_attacks_are_refused() -> None:
    there, found = refused()
    print({kind: f"{found[kind]} of {count}" for kind, count in there.items()})
    assert there.total() >= 230
    assert min(there.values()) >= _FEW
    assert found.total() >= 0.97 * there.total()
    assert all(found[kind] >= 0.9 * count for kind, count in there.items())


@pytest.mark.parametrize("ahead", [_PROSE, _CODE, _SCRIPT, _MODULE], ids=len)
def test_long_ordinary_text_ahead_hides_no_attack(ahead: str) -> None:
    there, found = refused(ahead)
    for kind, count in there.items():
        least = _WHOLE.get(kind, count - _MOST_MISSED.get(kind, 1))
        assert found[kind] >= least, kind


@pytest.mark.parametrize("behind", [" " + _PROSE, "\n\n" + _CODE, ";\n" + _SCRIPT], ids=len)
def test_long_ordinary_text_behind_hides_no_attack(behind: str) -> None:
    there, found = refused(behind=behind)
    for kind, count in there.items():
        assert found[kind] >= 0.8 * count, kind
