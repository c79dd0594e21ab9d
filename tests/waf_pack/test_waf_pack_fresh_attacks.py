"""Attacks that no rule was written for: refused alone, behind long ordinary text, and ahead of it.

A text ahead takes the sting out of some attacks, as a path that is the whole value or nothing; so
those classes have bounds of their own.
"""

from collections import Counter
from functools import cache

import pytest
from tests.inspect_suite.running import inspected
from tests.waf_pack.cases import FORM, body
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
    for kind, request, data in requests(ahead, behind):
        there[kind] += 1
        found[kind] += inspected(engine(), request, data, _PAGE, b"").verdict is not None
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


_HIDING = (
    "create x' union select pass from users where 'a'='a",
    "create x' or pass like 'a",
    "create x'; drop table users; select '",
    "create table x (a int); 1 union select pass from users",
    "create x' or 1=1 -- ",
    "create x' and sleep(5) and '",
    "-- don't or 1=1 union select pass from users",
    "/* it's */ create x' or 'a'='a",
    "drop table users;",
    "it's ok\n' or 1=1 --",
    "x'\nor 'a'='a",
    "a\" 'x' or 'a'='a",
    "rock 'n' roll' or 'a'='a",
    "const a = 1\n\n' or 1=1 -- ",
    "let x' or 1=1 --\naa\nbb\n",
    "1;while(1){}",
    "a=process.env.SECRET",
    "');require('fs').readFileSync('/etc/passwd')//",
    "Object.assign(Object.prototype,{a:1})",
    "x[__proto__][a]=1",
    "echo getenv('SECRET');",
    "');fopen('/etc/passwd','r');//",
    "foo */ system('id'); /*",
    "assert(true);system('id');",
    "jar:file:///x!/y",
    "wget --post-file /etc/passwd h.example",
    "sort /etc/passwd",
    "img ../../etc/passwd",
    "foo ../../../../x",
    "../../config",
    "print(os.environ['SECRET'])",
    "x=os.listdir(a)",
    "self['al'+'ert'](1)",
    "String.fromCharCode(88,83,83)",
    "cat<(id)",
    "cat$IFS/etc/hosts",
    "$('id')",
    "' && this.pass.match(/a/) && '",
    "return this.a == 1",
    "a)(|(uid=*)",
    "${new Foo()}",
    "chown a:b x",
)


@pytest.mark.parametrize("value", _HIDING)
def test_what_looks_like_a_script_or_a_program_hides_no_attack(value: str) -> None:
    """Each value has the begin or the form of what passes, and an attack in it."""
    coded = b"text=" + b"".join(b"%%%02x" % each for each in value.encode())
    sample = body(coded, FORM)
    assert inspected(engine(), sample.request, sample.body, _PAGE, b"").verdict is not None
