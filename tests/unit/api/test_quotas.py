"""Every quota is declared by a product, and every declared one bounds something."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import juyong.services
from juyong.api import registry
from juyong.api.hosts import api_hosts
from juyong.api.product import Product

SERVICES = Path(juyong.services.__path__[0])


def texts(source: str) -> Iterator[str]:
    """Yield each text in a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def asked_for(source: str) -> Iterator[str]:
    """Yield the names that a module asks for by `ctx.quota("…")`, `Quota("…", …)`, `quota="…"`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="quota") | ast.Name(id="Quota"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.keyword(arg="quota", value=ast.Constant(value=str(name))):
                yield name


def test_what_is_asked_for_is_declared_and_what_is_declared_is_used() -> None:
    sources = {path: path.read_text() for path in SERVICES.rglob("*.py")}
    asked = {name for source in sources.values() for name in asked_for(source)}
    declared = set(registry.quotas())
    assert len(asked) > 25
    assert asked <= declared
    elsewhere = [source for path, source in sources.items() if path.name != "product.py"]
    rates = asked_for((SERVICES / "kms/product.py").read_text())
    used = {text for source in elsewhere for text in texts(source)} | set(rates)
    assert declared <= used


def test_a_quota_of_two_products_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    products = {
        code: Product(
            code=code,
            ram_code="x",
            version="2020-01-01",
            hosts=api_hosts("x"),
            title=code,
            quotas={"x.things": 1},
        )
        for code in ("One", "Two")
    }
    monkeypatch.setattr(registry, "packages", lambda: products)
    with pytest.raises(TypeError, match=r"two products declare the quota `x\.things`"):
        registry.quotas.__wrapped__()
