"""Which module declares which operation, read from a product's sources without importing them."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.machinery import FileFinder
from itertools import combinations
from pathlib import Path
from types import MappingProxyType

import msgspec

from juyong.api.operation import Route
from juyong.api.product import Product
from juyong.base.syntax import parsed

_UNCALLED = frozenset({"checks", "commands", "drivers", "jobs", "planes", "sweeps"})
"""Modules and sub-packages that hold no operations.

The worker and `juyong check` scan for their own modules. Drivers need extras that may not be
installed; the code that needs a driver imports it.
"""


class OperationIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The operations of one product: each one's module, and the routes of a ROA product."""

    modules: Mapping[str, str]
    routes: tuple[tuple[str, Route], ...] = ()

    marks: frozenset[str] = frozenset()
    """The marks of all routes."""

    marked: Mapping[tuple[str, frozenset[str]], tuple[tuple[str, Route], ...]] = {}
    """The routes by method and marks."""

    def __post_init__(self) -> None:
        """Refuse two operations that one request could mean.

        Raises:
            TypeError: names both.
        """
        marks: frozenset[str] = frozenset().union(*(each.marked for _, each in self.routes))
        msgspec.structs.force_setattr(self, "marks", marks)
        marked: dict[tuple[str, frozenset[str]], tuple[tuple[str, Route], ...]] = {}
        for name, each in self.routes:
            at = each.method, each.marked
            marked[at] = (*marked.get(at, ()), (name, each))
        msgspec.structs.force_setattr(self, "marked", marked)
        for (one, mine), (other, theirs) in combinations(self.routes, 2):
            if mine.overlaps(theirs):
                raise TypeError(
                    f"{one} and {other} are both meant by {mine.method} {mine.path}, {theirs.path}"
                )

    @classmethod
    def of_loaded(cls, product: Product) -> "OperationIndex":
        """Index a product whose operations are all registered."""
        found = product.operations.values()
        return cls(
            modules={each.name: each.function.__module__ for each in found},
            routes=tuple((each.name, each.route) for each in found if each.route is not None),
        )

    @classmethod
    def of_sources(
        cls, package: str, *also_in: str, places: Mapping[str, str] = MappingProxyType({})
    ) -> "OperationIndex":
        """Index a product's operations by reading sources.

        An operation is of the products that its decorator names; a name that no import explains
        means the product of the package itself.

        Args:
            package: The product's package, with `product.py`.
            *also_in: Further packages, see Product.also_in.
            places: Further decorators, see Product.places.

        Raises:
            TypeError: an operation is declared twice, two routes overlap, or the name or route of
                an operation is no text that can be read off its source.

        Cost: reads every module of the package and parses those with operations: 20 ms for ten
        operations.
        """
        modules: dict[str, str] = {}
        routes: list[tuple[str, Route]] = []
        for folder in (package, *also_in):
            for module, found in _found(folder):
                if not _may_declare(folder, module):
                    continue
                source = _source(module, found)
                for name, route in _declared(package, folder, module, source, places):
                    if name in modules:
                        twice = f"{name} in {modules[name]} and in {module}"
                        raise TypeError(f"{package} declares {twice}")
                    modules[name] = module
                    if route is not None:
                        routes.append((name, route))
        return cls(modules=modules, routes=tuple(routes))


def modules_of(package: str) -> Iterator[str]:
    """Yield the full name of every module of a package, sub-packages included."""
    for name, _ in _found(package):
        yield name


def operation_modules(package: str) -> Iterator[str]:
    """Yield the modules of a package in which operations may be declared."""
    return (name for name in modules_of(package) if _may_declare(package, name))


def _may_declare(package: str, module: str) -> bool:
    return _UNCALLED.isdisjoint(module.removeprefix(f"{package}.").split("."))


def _found(package: str) -> Iterator[tuple[str, pkgutil.ModuleInfo]]:
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        name = f"{package}.{module.name}"
        if module.ispkg:
            yield from _found(name)
        else:
            yield name, module


def _declared(
    package: str, folder: str, module: str, source: bytes, places: Mapping[str, str]
) -> Iterator[tuple[str, Route | None]]:
    """Yield name and route of each operation that a module declares for a package's product."""
    if not any(f"@{each}(".encode() in source for each in ("operation", *places)):
        return
    body = parsed(source).body
    texts = {
        target.id: each.value.value
        for each in body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    products = {
        each.asname or each.name: f"{node.module}".removesuffix(".product")
        for node in body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        if each.name == "PRODUCT"
    }
    for function in body:
        if isinstance(function, ast.FunctionDef):
            for call in function.decorator_list:
                if not isinstance(call, ast.Call):
                    continue
                decorator = ast.unparse(call.func)
                if decorator == "operation":
                    names = [ast.unparse(each) for each in _products(call.args[0])]
                    if package in [products.get(name, folder) for name in names]:
                        yield _name_and_route(module, call, texts)
                elif decorator in places:
                    name, *rest = (_text(module, each, texts) for each in call.args)
                    method, marks = (*rest, "")[:2]
                    yield name, Route(method=method, path=places[decorator], marks=marks)


def _products(named: ast.expr) -> list[ast.expr]:
    """Return the products that a decorator names: one, several, or the keys of a mapping."""
    if isinstance(named, ast.Tuple):
        return named.elts
    if isinstance(named, ast.Dict):
        return [key for key in named.keys if key is not None]
    return [named]


def _source(module: str, found: pkgutil.ModuleInfo) -> bytes:
    finder = found.module_finder
    spec = finder.find_spec(module) if isinstance(finder, FileFinder) else None
    if spec is None or spec.origin is None:
        raise TypeError(f"`{module}` has no source to read")
    return Path(spec.origin).read_bytes()


def _name_and_route(
    module: str, call: ast.Call, texts: Mapping[str, object]
) -> tuple[str, Route | None]:
    name = _text(module, call.args[1], texts)
    given = {each.arg: each.value for each in call.keywords}
    route = given.get("route")
    if route is None:
        return name, None
    if not isinstance(route, ast.Call):
        raise TypeError(f"{module}: `{ast.unparse(route)}` must be written out as a Route")
    parts = {str(each.arg): _text(module, each.value, texts) for each in route.keywords}
    return name, Route(**parts)


def _text(module: str, node: ast.expr, texts: Mapping[str, object]) -> str:
    value: object = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Name):
        value = texts.get(node.id)
    if not isinstance(value, str):
        raise TypeError(f"{module}: `{ast.unparse(node)}` must be a text in this module")
    return value
