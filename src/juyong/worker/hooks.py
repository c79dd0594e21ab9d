"""What services offer to scheduled work and to checks, found by scanning their packages.

A package takes part by a module `sweeps.py` with `sweep(tx, now) -> int` (rows purged), or
`checks.py` with `check(tx, keys)` yielding findings.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from juyong.base.clock import Instant
from juyong.services.registry import packages
from juyong.store.finding import Finding
from juyong.store.transaction import Transaction

Sweep = Callable[[Transaction, Instant], int]
Check = Callable[[Transaction, Mapping[str, bytes]], Iterator[Finding]]


@lru_cache(maxsize=1)
def sweeps() -> Mapping[str, Sweep]:
    """Return package name to sweep."""
    return _offered("sweeps", "sweep")


@lru_cache(maxsize=1)
def checks() -> tuple[Check, ...]:
    """Return every service's check."""
    return tuple(_offered("checks", "check").values())


def _offered(module: str, function: str) -> dict[str, Any]:
    found = {}
    for package in packages():
        names = {m.name for m in pkgutil.iter_modules(importlib.import_module(package).__path__)}
        if module in names:
            loaded = importlib.import_module(f"{package}.{module}")
            found[package] = getattr(loaded, function)
    return found
