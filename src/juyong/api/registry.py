"""The products that are served, and their operations, each imported at its first call."""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, Any

from juyong.api.errors import ApiError
from juyong.api.hosts import HostPattern
from juyong.api.on_thread import on_thread
from juyong.api.operation_index import OperationIndex, modules_of, operation_modules
from juyong.api.operation_spec import Operation
from juyong.api.product import Product
from juyong.api.resource import Resource
from juyong.base.importing import import_alone
from juyong.store.late import sa

if TYPE_CHECKING:
    from juyong.api.refusals import Refusals

_SERVICES = "juyong.services"
_LONGEST_HOST = 253
"""Characters of a name that DNS takes; what is remembered of names is bounded by it."""


class Registry:
    """Products by host and version, and their operations by name and route.

    Nothing depends on the order in which products or modules were found.
    """

    def __init__(self, packages: Mapping[str, Product], *, loaded: Iterable[Product] = ()) -> None:
        """Take products.

        Args:
            packages: Package name to product.
            loaded: Those whose operations are all registered already.

        Raises:
            TypeError: one request could mean two products; names both.
        """
        self.packages = packages
        self._indexes = {product: OperationIndex.of_loaded(product) for product in loaded}
        self._ready = {(p, each.name): each for p in loaded for each in p.operations.values()}
        self._refusals: dict[Product, Refusals] = {}
        self._formats: dict[Product, Any] = {}
        self.bringing = tuple(each for each in packages.values() if each.wire)
        """The products that are called in a format of their own."""
        self._at_host = lru_cache(maxsize=4096)(_Hosts(packages.values()).find)

    def at_host(self, host: str, own: str) -> tuple[tuple[Product, ...], Mapping[str, str]]:
        """Find the products of a host name, which differ in version, and what fills its slots.

        Args:
            host: A lower-case name without port.
            own: The platform's region.
        """
        if len(host) > _LONGEST_HOST:
            return (), {}
        return self._at_host(host, own)

    def of_version(self, version: str) -> tuple[Product, ...]:
        """Return the products of an API version; few share one."""
        return tuple(each for each in self.packages.values() if each.version == version)

    async def index(self, product: Product) -> OperationIndex:
        """Return the index of a product's operations; a thread reads it at first need."""
        known = self._indexes.get(product)
        if known is None:
            await on_thread(product, partial(self._read_index, product))
            known = self._indexes[product]
        return known

    def operation_at_hand(self, product: Product, name: str | None) -> Operation | None:
        """Return an operation if a call has imported what it needs; else None."""
        return self._ready.get((product, name or ""))

    async def operation(self, product: Product, name: str) -> Operation:
        """Return an operation; its first call waits until a thread has imported what it needs.

        Raises:
            KeyError: the product has no such operation.
            ImportError: it has, and its module fails.
        """
        ready = self.operation_at_hand(product, name)
        if ready is None:
            module = (await self.index(product)).modules[name]
            try:
                await on_thread((product, name), partial(self._import, product, name, module))
            except KeyError as fault:
                raise ImportError(f"`{module}` cannot be imported") from fault
            ready = self._ready[product, name]
        return ready

    async def format_of(self, product: Product) -> Any:
        """Return the wire format that a product brings; its first call waits for the import."""
        if product not in self._formats:
            await on_thread((product, "wire"), partial(self._import_format, product))
        return self._formats[product]

    def format_at_hand(self, product: Product) -> Any:
        """Return the wire format that a product brings, if a call has imported it; else None."""
        return self._formats.get(product)

    def _import_format(self, product: Product) -> None:
        self._formats[product] = importlib.import_module(product.wire).FORMAT

    async def refusals(self, product: Product) -> "Refusals":
        """Return why operations are not served; at the first miss it is read on a thread."""
        known = self._refusals.get(product)
        if known is None:
            served = (await self.index(product)).modules
            await on_thread((product, "refusals"), partial(self._read_refusals, product, served))
            known = self._refusals[product]
        return known

    def load(self, product: Product) -> None:
        """Import all operations of a product, in the caller's thread."""
        for package in self._packages_of(product):
            for module in operation_modules(package):
                importlib.import_module(module)
        self._indexes[product] = OperationIndex.of_loaded(product)
        self._ready.update({(product, each.name): each for each in product.operations.values()})

    def _read_index(self, product: Product) -> None:
        self._indexes[product] = OperationIndex.of_sources(
            *self._packages_of(product), places=product.places
        )

    def _packages_of(self, product: Product) -> tuple[str, ...]:
        """Return where operations of a product may stand, its own package first."""
        own = next(name for name, each in self.packages.items() if each is product)
        return (own, *product.also_in)

    def _read_refusals(self, product: Product, served: Mapping[str, str]) -> None:
        from juyong.api.refusals import Refusals  # noqa: PLC0415  # served calls need no catalogue

        self._refusals[product] = Refusals(product, served)

    def _import(self, product: Product, name: str, module: str) -> None:
        before = set(sys.modules)
        importlib.import_module(module)
        _import_core(set(sys.modules) - before)
        found = product.operations[name]
        for each in found.imports:
            importlib.import_module(each)
        if product.ready is not None:
            _ask(product.ready)
        self._ready[product, name] = found


class _Hosts:
    """The host patterns of products, found by their first label; "" is any."""

    def __init__(self, products: Iterable[Product]) -> None:
        """Take the patterns of products.

        Raises:
            TypeError: two products have a pattern and the version in common, or one host can match
                two patterns; names both.
        """
        self._by_first: dict[str, list[tuple[HostPattern, list[Product]]]] = {}
        taken: dict[str, list[Product]] = {}
        for product in products:
            for text in product.hosts:
                sharing = taken.get(text)
                if sharing is None:
                    taken[text] = [product]
                    self._add(HostPattern.of(text), taken[text])
                else:
                    _refuse_same_version(text, sharing, product)
                    sharing.append(product)

    def _add(self, pattern: HostPattern, products: list[Product]) -> None:
        first = pattern.first
        others = self._near(first) if first else chain.from_iterable(self._by_first.values())
        for other, theirs in others:
            if pattern.overlaps(other):
                raise TypeError(
                    f"one host can match `{pattern.text}` of {products[0].code}"
                    f" and `{other.text}` of {theirs[0].code}"
                )
        self._by_first.setdefault(first, []).append((pattern, products))

    def _near(self, first: str) -> list[tuple[HostPattern, list[Product]]]:
        return [*self._by_first.get(first, ()), *self._by_first.get("", ())]

    def find(self, host: str, own: str) -> tuple[tuple[Product, ...], Mapping[str, str]]:
        """Return the products of a host and what fills its slots; see Registry.at_host."""
        labels = host.split(".")
        for pattern, products in self._near(labels[0]):
            slots = pattern.read(labels, own)
            if slots is not None:
                return tuple(products), slots
        return (), {}


def _refuse_same_version(text: str, sharing: Iterable[Product], product: Product) -> None:
    for other in sharing:
        if other.version == product.version:
            raise TypeError(
                f"{other.code} and {product.code} are both version {product.version} at `{text}`"
            )


def _import_core(imported: Iterable[str]) -> None:
    """Import what statements of SQLAlchemy Core need, where a module that was imported has some.

    PERF: most operations have none, and a first call need not wait for the library.
    """
    if all(getattr(sys.modules.get(name), "sa", None) is not sa for name in imported):
        return
    import_alone("juyong.store.core", "sqlalchemy.dialects.sqlite")
    if "psycopg" in sys.modules:
        import_alone("sqlalchemy.dialects.postgresql.psycopg")


def _ask(ready: Callable[[], None]) -> None:
    """Let a product find out whether it can serve; the call itself asks again, and is answered."""
    with suppress(ApiError):
        ready()


@lru_cache(maxsize=1)
def service_packages() -> tuple[str, ...]:
    """Return every package in the folder of services: products, and models that several share."""
    found = pkgutil.iter_modules(importlib.import_module(_SERVICES).__path__)
    return tuple(f"{_SERVICES}.{each.name}" for each in found if each.ispkg)


@lru_cache(maxsize=1)
def current() -> Registry:
    """Return the registry of every product found in the folder of services."""
    return Registry(
        {
            package: importlib.import_module(f"{package}.product").PRODUCT
            for package in service_packages()
            if find_spec(f"{package}.product")
        }
    )


def packages() -> Mapping[str, Product]:
    """Return package name to product for every product."""
    return current().packages


@lru_cache(maxsize=1)
def quotas() -> Mapping[str, int]:
    """Return the published default of every quota, by its name.

    Raises:
        TypeError: two products declare one name.
    """
    found: dict[str, int] = {}
    for product in packages().values():
        if twice := found.keys() & product.quotas:
            raise TypeError(f"two products declare the quota `{min(twice)}`")
        found |= product.quotas
    return found


def load(product: Product) -> None:
    """Import all operations of a product."""
    current().load(product)


def load_all() -> None:
    """Import every operation: for reference pages and tests."""
    for product in packages().values():
        load(product)


@lru_cache(maxsize=1)
def resources() -> Mapping[str, Resource[Any]]:
    """Return every type of resource by its kind; a package lists its own in `resources.py`.

    Raises:
        TypeError: a kind is declared twice.
    """
    found: dict[str, Resource[Any]] = {}
    for package in service_packages():
        for name in modules_of(package):
            if name.endswith(".resources"):
                for each in importlib.import_module(name).RESOURCES:
                    if found.setdefault(each.kind, each) is not each:
                        raise TypeError(f"{each.kind} is declared twice")
    return found


@lru_cache(maxsize=1)
def load_tables() -> None:
    """Import every service's tables, which completes the schema; a second call does nothing."""
    for package in service_packages():
        for name in modules_of(package):
            if name.endswith(".tables"):
                importlib.import_module(name)
    importlib.import_module("juyong.audit.global_events")
    importlib.import_module("juyong.audit.ledger.tables")
    importlib.import_module("juyong.audit.seal_tables")
    importlib.import_module("juyong.audit.tables")
    importlib.import_module("juyong.blobs.tables")
    importlib.import_module("juyong.logs.tables")
    importlib.import_module("juyong.notices.tables")
    importlib.import_module("juyong.store.epoch")
    importlib.import_module("juyong.store.intake")
    importlib.import_module("juyong.store.inventory_reads")
    importlib.import_module("juyong.store.nonces")
    importlib.import_module("juyong.store.queue")
    importlib.import_module("juyong.store.repeats")
    importlib.import_module("juyong.store.tags")
    importlib.import_module("juyong.store.tally")
