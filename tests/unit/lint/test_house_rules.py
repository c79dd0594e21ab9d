"""The house rules: each with good and bad samples, and held over the whole source."""

import ast
from pathlib import Path

import pytest
from tools.lint.rules import RULES

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src"

BAD = {
    "no_clock_outside_base": [
        "import time\nx = time.time()",
        "from datetime import datetime\nx = datetime.now()",
    ],
    "no_randomness_outside_base": ["import random", "from secrets import token_hex"],
    "no_unsafe_serialisation": ["import pickle", "from marshal import loads"],
    "no_broad_except": [
        "try:\n    f()\nexcept Exception:\n    pass",
        "try:\n    f()\nexcept:\n    pass",
        "try:\n    f()\nexcept (KeyError, BaseException) as e:\n    g(e)",
    ],
    "no_sql_by_formatting": ["q = f'SELECT * FROM {t}'", "q = f'DELETE FROM x WHERE a = {a}'"],
    "no_equality_on_secrets": ["a.secret == b", "if given != password:\n    pass"],
    "no_inventory_outside_resources": [
        "tx.insert(ResourceEventRow(seq=1))",
        "ctx.journal.note(noted)",
        "noted = Noted('created', ref)",
    ],
    "no_way_out_but_the_guarded": [
        "import http.client",
        "from http import client",
        "from urllib.request import urlopen",
        "def f():\n    import httpx",
        "import socket",
        "from socket import socket",
        "socket.create_connection(place)",
        "await asyncio.open_connection('a', 1)",
        "await loop.getaddrinfo(host, 1)",
    ],
}
GOOD = {
    "no_clock_outside_base": ["import time\nx = time.monotonic()", "now = clock()"],
    "no_randomness_outside_base": ["from juyong.base.ids import random_bytes"],
    "no_unsafe_serialisation": ["import msgspec"],
    "no_broad_except": [
        "try:\n    f()\nexcept KeyError:\n    pass",
        "try:\n    f()\nexcept BaseException:\n    undo()\n    raise",
    ],
    "no_sql_by_formatting": ["q = 'SELECT 1'", "t = f'Selected {n} rows'"],
    "no_equality_on_secrets": ["compare_digest(a.secret, b)", "kind == 'password'", "a is None"],
    "no_inventory_outside_resources": [
        "KEY.note(tx, journal, 'updated', row)",
        "KEY.add(ctx, row)",
    ],
    "no_way_out_but_the_guarded": [
        "from http import HTTPStatus",
        "from urllib.parse import urlsplit",
        "platform.fetch(url)",
        "http.HTTPStatus.OK",
    ],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.__name__)
def test_rule_knows_bad_from_good(rule: object) -> None:
    name = rule.__name__  # type: ignore[attr-defined]
    for sample in BAD[name]:
        assert list(rule("juyong.sample", ast.parse(sample))), sample  # type: ignore[operator]
    for sample in GOOD[name]:
        assert not list(rule("juyong.sample", ast.parse(sample))), sample  # type: ignore[operator]


def test_source_keeps_every_rule() -> None:
    modules = sorted(SOURCE.rglob("*.py"))
    assert len(modules) > 100
    broken = []
    for path in modules:
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        broken += [
            f"{path.relative_to(ROOT)}:{line}: {message}"
            for rule in RULES
            for line, message in rule(module, tree)
        ]
    assert broken == []
