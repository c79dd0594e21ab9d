"""Events and snapshots are made in one place each, so that a new member is written in one file."""

import ast
from pathlib import Path

import pytest

import juyong

SOURCES = Path(juyong.__file__).parent


def makers_of(name: str) -> set[str]:
    """Return the modules that call a name, as paths below the package."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if f"{name}(" in text else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                found.add(str(path.relative_to(SOURCES)))
    return found


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("AuditEvent", "audit/recorder.py"),
        ("EventRow", "audit/recorder.py"),
    ],
)
def test_only_one_module_makes(name: str, maker: str) -> None:
    assert makers_of(name) == {maker}
