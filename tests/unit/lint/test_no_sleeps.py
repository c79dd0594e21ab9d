"""No test sleeps to let something happen: it waits for it (tests/waiting.py), or moves a clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[2]
_SLEEPS = ("time.sleep", "asyncio.sleep", "sleep")
ALLOWED = {
    "waiting.py": "the one place that looks again and again",
    "bench": "no tests",
    "crash": "servers are killed at random moments, and throttled calls are made again",
    "conformance/kms/test_secret_databases.py": "a worker is killed at chosen moments",
}


def sleeps(source: str) -> Iterator[int]:
    """Yield the lines that sleep for more than a turn of the event loop."""
    for node in ast.walk(ast.parse(source)) if "sleep(" in source else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _SLEEPS:
            given = node.args[0]
            if not (isinstance(given, ast.Constant) and given.value == 0):
                yield node.lineno


def test_no_test_sleeps() -> None:
    looked_at, found = 0, []
    for path in sorted(TESTS.rglob("*.py")):
        name = path.relative_to(TESTS)
        if name.parts[0] in ALLOWED or str(name) in ALLOWED:
            continue
        looked_at += 1
        found += [f"{name}:{line}" for line in sleeps(path.read_text())]
    assert not found
    assert looked_at > 200


def test_both_ways_to_sleep_are_seen_and_a_turn_is_allowed() -> None:
    source = "time.sleep(0.1)\nasyncio.sleep(0)\nasyncio.sleep(seconds)\nawaited.sleep(1)\n"
    assert list(sleeps(source)) == [1, 3]
