"""A first call imports what it needs on a thread, and holds up no other call."""

import ast
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gateway import first_calls

import juyong.services
from juyong.api import registry
from juyong.api.operation_index import modules_of, operation_modules

ROOT = Path(__file__).resolve().parents[3]
ASKED_BY_READY = {
    "juyong.engines.crypto.keys",
    "juyong.engines.crypto.selftest",
    "juyong.services.kms.facade",
}
"""What a product imports when it is asked whether it can serve, which the same thread does."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, first_calls.__file__, str(tmp_path_factory.mktemp("first"))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_fifty_reads_are_answered_while_a_first_call_waits_for_its_import(
    found: dict[str, Any],
) -> None:
    assert found["reads"] == [[200, ""]] * 50
    assert found["waiting"]
    assert found["encrypts"] == [[404, "Forbidden.AliasNotFound"]] * 3
    assert found["elsewhere"].count(first_calls.HELD) == 1


def test_no_first_call_imports_on_the_loop(found: dict[str, Any]) -> None:
    assert found["on_loop"] == []
    assert len(found["first"]) >= 15
    statuses = {name: status for name, (status, _) in found["first"].items()}
    assert [name for name, status in statuses.items() if status != 200] == [
        "ram.NoSuchOperation",
        "/2023-03-30/functions",
        "/2021-04-06/services",
    ]


def test_a_catalogue_is_read_at_the_first_miss_of_a_product_and_not_on_the_loop(
    found: dict[str, Any],
) -> None:
    assert found["catalogues"] == [["ram-2015-05-01.txt", False], ["ecs-2014-05-26.txt", False]]


def test_first_calls_leave_alone_what_no_call_asked_for(found: dict[str, Any]) -> None:
    assert "juyong.services.kms.crypto.reencrypt" not in found["elsewhere"]


def test_whatever_a_service_imports_inside_a_function_is_declared() -> None:
    registry.load_all()
    declared = set(ASKED_BY_READY)
    for product in registry.packages().values():
        declared.update(*(each.imports for each in product.operations.values()))
    late = set()
    for package in registry.service_packages():
        for module in operation_modules(package):
            late |= _late_imports(Path(str(origin_of(module))))
    assert "segno" in late
    assert late <= declared


def origin_of(module: str) -> str | None:
    """Return the file of a module, which commands may import and no call does."""
    spec = find_spec(module)
    return None if spec is None else spec.origin


def _late_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    at_once = {id(node) for top in tree.body for node in _outside_functions(top)}
    names = set()
    for node in ast.walk(tree):
        if id(node) in at_once:
            continue
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    return names


def _outside_functions(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    return [node, *(n for child in ast.iter_child_nodes(node) for n in _outside_functions(child))]


def test_every_service_is_a_package_of_the_registry() -> None:
    folder = Path(juyong.services.__path__[0])
    packages = {f"juyong.services.{each.parent.name}" for each in folder.glob("*/product.py")}
    assert set(registry.packages()) == packages
    assert all(list(modules_of(package)) for package in packages)
