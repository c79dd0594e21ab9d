"""Find products and load their operations; importing only registers."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import lru_cache

import juyong.services
from juyong.api.operation import Operation
from juyong.api.product import Product

_loaded: set[Product] = set()
_UNCALLED = frozenset({"checks", "drivers", "jobs", "sweeps"})
"""Modules and sub-packages that hold no operations.

The worker and `juyong check` find theirs; drivers need extras that may not be installed, and are
imported by whoever needs one.
"""


@lru_cache(maxsize=1)
def packages() -> dict[str, Product]:
    """Return package name to product for every service found in the folder."""
    found: dict[str, Product] = {}
    for module in pkgutil.iter_modules(juyong.services.__path__):
        if module.ispkg:
            package = f"{juyong.services.__name__}.{module.name}"
            found[package] = importlib.import_module(f"{package}.product").PRODUCT
    return found


@lru_cache(maxsize=1)
def by_version() -> dict[str, Product]:
    """Return API version to product; no two products share a version."""
    return {p.version: p for p in packages().values()}


@lru_cache(maxsize=1)
def by_host() -> dict[str, tuple[Product, ...]]:
    """Return host label to the products it stands for; these differ in version."""
    found: dict[str, tuple[Product, ...]] = {}
    for product in packages().values():
        for host in product.hosts:
            found[host] = (*found.get(host, ()), product)
    return found


def modules(package: str) -> Iterator[str]:
    """Yield the full name of every module of a product's package, sub-packages included."""
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        name = f"{package}.{module.name}"
        if module.ispkg:
            yield from modules(name)
        else:
            yield name


def load(product: Product) -> None:
    """Import a product's modules, which registers its operations."""
    if product in _loaded:
        return
    package = next(name for name, p in packages().items() if p is product)
    for name in modules(package):
        if _UNCALLED.isdisjoint(name.removeprefix(f"{package}.").split(".")):
            importlib.import_module(name)
    _loaded.add(product)


def find(product: Product, name: str) -> Operation | None:
    """Return an operation, loading its product at first use."""
    load(product)
    return product.operations.get(name)


def load_all() -> None:
    """Load every product: for reference pages and tests."""
    for product in packages().values():
        load(product)


def load_tables() -> None:
    """Import every service's tables, which completes the schema."""
    for package in packages():
        for name in modules(package):
            if name.endswith(".tables"):
                importlib.import_module(name)
    importlib.import_module("juyong.store.epoch")
    importlib.import_module("juyong.store.inventory")
    importlib.import_module("juyong.store.nonces")
    importlib.import_module("juyong.store.queue")
    importlib.import_module("juyong.store.tally")
